"""``python -m larbench.tagger``: bring backbones onto this machine, for runs to come."""

from __future__ import annotations

import sys

import click

from benchmark.cli import run_commands
from larbench.tagger.backbones import find_backbone, fingerprint, hub_model
from larbench.tagger.hub import fetch as fetch_model


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Backbones: the pre-trained encoders that taggers stand on."""


@cli.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def fetch(names: tuple[str, ...]) -> None:
    """Download each backbone NAME: base, large, or owner/name[@revision] of the model hub.

    A name without a commit means, from then on, the commit that was fetched here. What is on this machine
    anyway (mini, a folder) is only checked.
    """
    for name in names:
        model = hub_model(name)
        if model is not None:
            fetch_model(model, progress=sys.stderr.isatty())
        click.echo(f"{name}: {fingerprint(name)}, weights sha256:{find_backbone(name).weights_sha256}")


def main() -> None:
    """Run the command line and exit with its code."""
    run_commands(cli, "python -m larbench.tagger")


if __name__ == "__main__":
    main()
