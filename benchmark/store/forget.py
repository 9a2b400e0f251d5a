"""Taking a row off a suite of a store: its entries in the ledger; records stay until ``gc`` removes them."""

from __future__ import annotations

from collections.abc import Mapping

from benchmark.errors import InputError, choose
from benchmark.store.ledger import Entry
from benchmark.store.row_label import split_label
from benchmark.store.status import find_suite
from benchmark.store.store import Store


def find_row(store: Store, suite: str, row: str) -> dict[str, Entry]:
    """Return the entries of a row in a suite's ledger, those under noise included.

    Parameters
    ----------
    store : Store
        The store.
    suite : str
        A suite that it holds.
    row : str
        The row's label, or ``label (backbone)`` for that of one backbone only.

    Raises
    ------
    UsageError
        Where the store holds no such suite, or the suite no such row.
    InputError
        Where the ledger is damaged.
    """
    find_suite(store, suite)
    entries = store.ledger(suite)
    names = {key: _names(store, suite, key, entry) for key, entry in entries.items()}
    choose(row, dict.fromkeys(name for those in names.values() for name in those), f"row of {suite}")
    return {key: entries[key] for key, those in names.items() if row in those}


def forget_row(store: Store, suite: str, row: str) -> Mapping[str, Entry]:
    """Remove the entries of a row from a suite's ledger and return them; raises as ``find_row`` does."""
    found = find_row(store, suite, row)
    store.update_ledger(suite, {}, removed=found)
    return found


def _names(store: Store, suite: str, key: str, entry: Entry) -> tuple[str, ...]:
    """Return what the row of an entry may be called; its key where no record tells."""
    try:
        spec = store.record(suite, entry.cell).spec
    except InputError:  # planned and not done, or damaged
        return (key,)
    label, _ = split_label(spec.label, spec.noise)
    return label, f"{label} ({spec.backbone})", key
