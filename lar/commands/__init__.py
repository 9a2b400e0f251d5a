"""``python -m lar``: looking into LAR beside the benchmark's runs.

Each command lives in a module of its own and is imported when it is called.
"""

from __future__ import annotations

import click

from benchmark.cli import LazyGroup, run_commands

_COMMANDS = {
    "align": "lar.commands.align:align",
    "choose": "lar.commands.tune:choose",
    "round-trip": "lar.commands.round_trip:round_trip",
    "types": "lar.commands.type_accuracy:types",
}


@click.group(cls=LazyGroup, commands_at=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Label alignment and reassignment, looked into."""


def main() -> None:
    """Run the command line and exit with its code."""
    run_commands(cli, "python -m lar")
