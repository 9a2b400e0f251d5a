"""Carrying a store over to another version of the scorer.

What a store keeps of scores is little: boards are computed from predictions, and a record holds no test
score. It holds dev scores, for information, and the scorer's version as a component of its identity. A new
version makes every identity another one, though no prediction changes. So a record is carried over to its new
identity with the same predictions; its dev scores, whose predictions are not stored, are dropped rather than
kept under a version that did not make them. The old record stays until ``gc``.

Code that a method reaches is another component, and stays as it was: where the scorer's change touched code
that a method uses to choose (its dev F1, say), the carried record still differs from what is planned, and a
run computes the cell again. That is as it must be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from benchmark.errors import InputError
from benchmark.scoring import SCORER_VERSION
from benchmark.store.cell_spec import identity_hash
from benchmark.store.ledger import PLANNED, Entry
from benchmark.store.record import Record, predictions_path
from benchmark.store.store import Store


@dataclass(frozen=True)
class Migrated:
    """What became of a suite's cells.

    Attributes
    ----------
    suite : str
        Its name.
    carried : tuple of (str, str)
        Old and new name of those carried over.
    current : int
        How many were current already.
    without_dev : int
        How many lost their dev scores.
    planned : int
        How many are planned and not done.
    left : tuple of str
        Why damaged ones were left alone.
    """

    suite: str
    carried: tuple[tuple[str, str], ...]
    current: int
    without_dev: int
    planned: int
    left: tuple[str, ...]


def migrate_suite(store: Store, suite: str) -> Migrated:
    """Carry a suite's current cells over to this version of the scorer; damaged ones are left, and named.

    Raises ``InputError`` where the ledger is damaged or the store cannot be written.
    """
    carried, changes, left = [], {}, []
    current = without_dev = planned = 0
    for slot, entry in store.ledger(suite).items():
        if entry.state == PLANNED:
            planned += 1
            continue
        try:
            record = store.record(suite, entry.cell)
            content = store.predictions_bytes(record) if record.has_predictions else None
        except InputError as error:
            left.append(f"{entry.cell}: {error}")
            continue
        if record.spec.identity.get("scorer") == SCORER_VERSION:
            current += 1
            continue
        new = migrate_record(record)
        store.save(new, content)
        changes[slot] = Entry(new.cell, new.state)
        carried.append((record.cell, new.cell))
        without_dev += record.dev is not None
    _enter(store, suite, changes)
    return Migrated(suite, tuple(carried), current, without_dev, planned, tuple(left))


def migrate_record(record: Record) -> Record:
    """Return a record under the identity that it has with this scorer; its notes say from which it comes."""
    identity = {**record.spec.identity, "scorer": SCORER_VERSION}
    digest = identity_hash(identity)
    spec = replace(record.spec, identity=identity, identity_hash=digest)
    origin = {"cell": record.cell, "scorer": record.spec.identity.get("scorer")}
    return replace(
        record,
        cell=spec.name,
        spec=spec,
        dev=None,
        notes={**record.notes, "rescored_from": origin},
        predictions=None if record.predictions is None else predictions_path(spec.name),
    )


def _enter(store: Store, suite: str, changes: Mapping[str, Entry]) -> None:
    if changes:
        store.update_ledger(suite, changes)
