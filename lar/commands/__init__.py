"""``python -m lar``: looking into LAR beside the benchmark's runs.

Each command lives in a module of its own and is imported when it is called.
"""

from __future__ import annotations

import click

from benchmark.cli import LazyGroup, run_commands

# name → (module:attribute, one line of help)
_COMMANDS: dict[str, tuple[str, str]] = {
    "align": ("lar.commands.align:align", "Align a target's types with a source's: table, JSON, heat map."),
    "choose": ("lar.commands.tune:choose", "Repeat the search for direct inference's weights."),
    "round-trip": (
        "lar.commands.round_trip:round_trip",
        "What the form of prompts and answers loses: nothing.",
    ),
    "types": ("lar.commands.type_accuracy:types", "How often direct and enhanced inference type dev right."),
}


@click.group(cls=LazyGroup, lazy=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Label alignment and reassignment, looked into."""


def main() -> None:
    """Run the command line and exit with its code."""
    run_commands(cli, "python -m lar")
