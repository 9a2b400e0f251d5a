"""``publish``: copy a suite's current results into another store."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from benchmark import api
from benchmark.store.open_store import open_store
from benchmark.store.record import INCOMPLETE


@click.command()
@click.argument("source")
@click.argument("store")
def publish(source: str, store: str) -> None:
    """Copy the current records and predictions of SOURCE (STORE/SUITE, as runs/sample) into STORE.

    Either may be at a URL: s3://bucket/folder.
    Every file is checked by its hash on the way; artefacts and locks stay behind. Predictions are compressed
    there (gzip, without a time); every command reads both forms.
    """
    count = api.publish(source, store)
    click.echo(f"{count} cells of {source} are in {store}; to build the board there:")
    suite = Path(source).name
    kept = open_store(store)
    own = sorted({record.spec.domain for record in kept.records(suite) if record.spec.corpus == "own"})
    arguments = [
        f"{kept.location}/{suite}",
        *(part for name in own for part in ("--domain", f"path/to/{name}")),
    ]
    click.echo(f"  python -m leaderboard build {shlex.join(arguments)}")
    partial = sum(entry.state == INCOMPLETE for entry in kept.ledger(suite).values())
    if partial:
        click.echo(f"{partial} of them are incomplete: shown there with what they lost, and not ranked")
