"""``forget``: take a row off a suite of a store, after showing it."""

from __future__ import annotations

import click

from benchmark.cli.options import suite_options
from benchmark.store.forget import find_row, forget_row
from benchmark.store.open_store import open_store


@click.command()
@click.argument("row")
@suite_options
@click.option("--yes", is_flag=True, help="Take it off; without this option it is only shown.")
def forget(row: str, suite: str, store: str, yes: bool) -> None:
    """Show the cells of a row in a suite's ledger; with --yes, take them off it, and so off the board.

    ROW is a row's label, "label (backbone)" for one backbone of it, or the place of one cell as status names
    it. Records and predictions stay until gc removes them; a run that plans the row enters it again.
    """
    kept = open_store(store)
    kept.refresh()
    found = forget_row(kept, suite, row) if yes else find_row(kept, suite, row)
    for key, entry in found.items():
        click.echo(f"{entry.state:<11} {key}")
    what = f"{len(found)} cells of {row}"
    click.echo(f"taken off {suite}: {what}" if yes else f"to take off {suite}: {what}; --yes does it")
