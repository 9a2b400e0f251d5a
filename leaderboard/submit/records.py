"""A submitted cell as a record in memory, so that it is measured by the very path that own cells take.

No such record is ever written: what a store's ledger and records hold was computed there, what lies in its
``submissions`` was not, and a row made from it says so in its very name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmark.store.record import OK, SKIPPED, Record
from leaderboard.submit.card import Card
from leaderboard.submit.places import Places

MARK = "[submitted]"  # no label of a computed row can hold a bracket
NOTE = "submission"
NOT_SUBMITTED = "not in the submission"


def label_of(name: str) -> str:
    """Return the label of a submission's row, which no computed row can have."""
    return f"{name} {MARK}"


def is_submitted(record: Record) -> bool:
    """Return whether a record stands for a cell that was not computed here."""
    return record.spec.label.endswith(MARK)


def submitted_record(
    card: Card, places: Places, place: tuple[str, str, int], *, there: bool, notes: Mapping[str, Any]
) -> Record:
    """Return the record of one submitted cell (setting, domain, seed), or of a hole in a submission."""
    setting, domain, seed = place
    told = {"transductive": True} if card.transductive else {}
    return Record.from_fields(
        cell=f"submitted-{card.name}-{setting}-{domain}-s{seed}",
        suite=places.suite,
        corpus=places.corpora[domain],
        method=card.name,
        label=label_of(card.name),
        setting=setting,
        source=places.source,
        domain=domain,
        source_corpus=places.source_corpus,
        backbone=card.backbone,
        seed=seed,
        state=OK if there else SKIPPED,
        reason=None if there else NOT_SUBMITTED,
        notes={**told, NOTE: dict(notes)},
    )


def noted(record: Record) -> Mapping[str, Any]:
    """Return what a submitted cell's record notes of its submission; nothing for a computed one."""
    found = record.notes.get(NOTE) if is_submitted(record) else None
    return found if isinstance(found, Mapping) else {}


def unranked(record: Record) -> tuple[str, ...]:
    """Return why a submission's row is not ranked; nothing for one that is, and for every computed row."""
    return tuple(noted(record).get("unranked", ()))
