"""``python -m lar``: commands that inspect LAR outside of the benchmark's runs.

Each command lives in a module of its own and is imported when it is called.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from benchmark.cli import LazyGroup, run_commands

if TYPE_CHECKING:
    from rich.console import Console

SOURCES = {"crossner": "conll2003", "sample": "news"}  # corpus → its source domain

_COMMANDS = {
    "align": "lar.commands.align:align",
    "mentions": "lar.commands.mentions:mentions",
    "round-trip": "lar.commands.round_trip:round_trip",
    "tune": "lar.commands.tune:tune",
    "types": "lar.commands.type_accuracy:types",
}


@click.group(cls=LazyGroup, commands_at=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Inspect label alignment and reassignment."""


def main() -> None:
    """Run the command line and exit with its code."""
    run_commands(cli, "python -m lar")


def console() -> Console:
    """Return a console that cuts no figure: a file or a pipe has no width to fit."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)
