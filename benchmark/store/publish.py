"""Publishing: the current records and predictions of a suite, copied into another store."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.store.comparison import read_comparison, write_comparison
from benchmark.store.status import find_suite
from benchmark.store.store import Store


def publish_suite(source: Path, target: Store) -> int:
    """Copy the cells that the ledger of ``source`` (a suite's folder in a store) names; return their number.

    Each file is checked by its hash as it is read. Refused where a cell is planned and not done: a published
    result has no holes. Predictions are compressed. No folder for locks or temporary files is left that was
    not there before. Raises ``InputError`` for a damaged file, before anything is written.
    """
    store, suite = Store(source.parent), source.name
    find_suite(store, suite)
    if store.root.resolve() == target.root.resolve():
        raise UsageError(f"{source} is in the store {target.root} already")
    entries = store.ledger(suite)
    records = store.records(suite)
    if len(records) < len(entries):
        raise UsageError(
            f"{len(entries) - len(records)} cells of {source} are planned and not done: run it first"
        )
    comparison = read_comparison(store, suite)
    predictions = [store.predictions_bytes(record) if record.has_predictions else None for record in records]
    helpers = [folder for folder in (target.root / "locks", target.temporary) if not folder.exists()]
    try:
        for record, content in zip(records, predictions, strict=True):
            target.save(record, content)
            if content is not None:
                target.pack(record)
        target.update_ledger(suite, entries, specs=[record.spec for record in records])
        write_comparison(target, suite, comparison)
    finally:
        for folder in helpers:
            _leave(folder, suite)
    return len(records)


def _leave(folder: Path, suite: str) -> None:
    """Remove a folder for locks or temporary files, unless another process has begun to use it."""
    with suppress(OSError):
        (folder / f"ledger-{suite}.lock").unlink(missing_ok=True)
        folder.rmdir()
