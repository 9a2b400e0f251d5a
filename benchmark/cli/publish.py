"""``publish``: copy a suite's current results into another store."""

from __future__ import annotations

import click

from benchmark import api


@click.command()
@click.argument("source")
@click.argument("store")
def publish(source: str, store: str) -> None:
    """Copy the current records and predictions of SOURCE (STORE/SUITE, as runs/sample) into STORE.

    Every file is checked by its hash on the way; artefacts and locks stay behind.
    """
    count = api.publish(source, store)
    click.echo(f"{count} cells of {source} are in {store}")
