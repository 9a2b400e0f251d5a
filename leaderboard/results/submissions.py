"""The submissions of a suite as measured cells of its board, each with what a reader must know of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from benchmark.domains.corpus import Mention
from benchmark.store.record import OK, SKIPPED, Record
from benchmark.store.store import Store
from leaderboard.results.columns import PRIMARY
from leaderboard.results.gold import GoldCache
from leaderboard.results.measure import ScoredCell, measure, unfinished
from leaderboard.results.parallel import on_all_cores
from leaderboard.submit.evidence import read_evidence
from leaderboard.submit.manifest import CellKey
from leaderboard.submit.status import check_claims, duplicates_of, missing_cells, status_notes
from leaderboard.submit.store import StoredSubmission, submissions
from leaderboard.submit.suite_cells import SuiteCells, suite_cells

MARK = "[submitted]"  # no label of a computed row can hold a bracket
NOTE = "submission"
NOT_SUBMITTED = "not in the submission"


@dataclass(frozen=True)
class SubmittedCell:
    """A cell of a submission: scored, its record noting the status of its row, and where it lies.

    ``at_hand``: whether its gold is on this machine, without which there is no score.
    """

    cell: ScoredCell
    at_hand: bool
    stored: StoredSubmission
    key: CellKey

    @property
    def record(self) -> Record:
        """Its record, which is in memory alone."""
        return self.cell.record

    @property
    def missing(self) -> bool:
        """Whether the submission has no predictions for this cell."""
        return self.key not in self.stored.digests

    @property
    def sha256(self) -> str:
        """The SHA-256 of its predictions, as they are stored."""
        return self.stored.digests[self.key]

    def predictions(self) -> dict[str, list[Mention]]:
        """Read its predictions; ``InputError`` where their bytes are not those that were added."""
        return self.stored.predictions(self.key)


def submitted_cells(
    store: Store, suite: str, gold: GoldCache, records: Sequence[Record], *, views: bool = False
) -> list[SubmittedCell]:
    """Return the cells of all submissions to a suite, missing ones too, measured as own cells are.

    ``records`` are those of the suite's own cells; ``views`` asks what views need besides.
    """
    stored = list(submissions(store.root, suite))
    if not stored:
        return []
    asked = suite_cells(store, suite, records)
    work = partial(_measured, suite=asked, views=views)
    measured = on_all_cores(work, stored, gold, cells=sum(len(one.digests) for one in stored))
    others = _duplicates_among(stored)
    return [
        cell
        for one, cells in zip(stored, measured, strict=True)
        for cell in _cells_of(one, cells, asked, others[one.card.name])
    ]


def _measured(
    stored: StoredSubmission, gold: GoldCache, *, suite: SuiteCells, views: bool
) -> dict[CellKey, ScoredCell]:
    """Return the cells that a submission has predictions for, where their gold is on this machine."""
    found: dict[CellKey, ScoredCell] = {}
    for key, record in _records(stored, stored.digests, suite).items():
        target = (record.spec.corpus, record.spec.domain)
        if gold.has(*target):
            known = gold.training(*target).known if views else None
            spans = stored.predicted_spans(key)
            found[key] = measure(record, gold.test(*target), spans, stored.path(key), known)
    return found


def _duplicates_among(stored: Sequence[StoredSubmission]) -> dict[str, Counter[str]]:
    """Return submission → other submission → how many of its cells have the same bytes there."""
    having: defaultdict[tuple[CellKey, str], list[str]] = defaultdict(list)
    for one in stored:
        for cell in one.digests.items():
            having[cell].append(one.card.name)
    return {
        one.card.name: Counter(
            name for cell in one.digests.items() for name in having[cell] if name != one.card.name
        )
        for one in stored
    }


def _cells_of(
    stored: StoredSubmission,
    cells: Mapping[CellKey, ScoredCell],
    suite: SuiteCells,
    others: Mapping[str, int],
) -> list[SubmittedCell]:
    f1 = {key: cell.values[PRIMARY.key] or 0.0 for key, cell in cells.items()}
    missing = missing_cells(stored.digests, stored.card, suite)
    notes = status_notes(
        stored.card,
        stored.digests,
        stored.added,
        claims=check_claims(stored.card.claimed, f1, suite.domains),
        missing=missing,
        duplicates={**duplicates_of(stored.digests, suite.digests), **dict(sorted(others.items()))},
        evidence=read_evidence(stored.folder, stored.digests),
    )
    holes = _records(stored, missing, suite)
    measured = {**cells, **{key: unfinished(record) for key, record in holes.items()}}
    return [
        _noted(record, measured.get(key), stored, key, notes)
        for key, record in {**_records(stored, stored.digests, suite), **holes}.items()
    ]


def _noted(
    record: Record, cell: ScoredCell | None, stored: StoredSubmission, key: CellKey, notes: Mapping[str, Any]
) -> SubmittedCell:
    record = replace(record, notes={**record.notes, NOTE: notes})
    found = ScoredCell(record) if cell is None else replace(cell, record=record)
    return SubmittedCell(found, cell is not None, stored, key)


# ---- a submitted cell as a record


def is_submitted(record: Record) -> bool:
    """Return whether a record stands for a cell that was not computed here."""
    return record.spec.label.endswith(MARK)


def _records(stored: StoredSubmission, keys: Iterable[CellKey], suite: SuiteCells) -> dict[CellKey, Record]:
    """Return records in memory of submitted cells, and of those that a submission lacks.

    They are measured by the very path that own cells take. No such record is ever written: what a store's
    ledger and records hold was computed there, what lies in its ``submissions`` was not.
    """
    card, found = stored.card, {}
    for setting, domain, seed in keys:
        if domain not in suite.corpora:
            continue
        there = (setting, domain, seed) in stored.digests
        found[setting, domain, seed] = Record.from_fields(
            cell=f"submitted-{card.name}-{setting}-{domain}-s{seed}",
            suite=suite.suite,
            corpus=suite.corpora[domain],
            method=card.name,
            label=f"{card.name} {MARK}",
            setting=setting,
            source=suite.source,
            domain=domain,
            source_corpus=suite.source_corpus,
            backbone=card.backbone,
            seed=seed,
            predictions_sha256=stored.digests.get((setting, domain, seed)),
            state=OK if there else SKIPPED,
            reason=None if there else NOT_SUBMITTED,
            notes={"transductive": True} if card.transductive else {},
        )
    return found


def noted(record: Record) -> Mapping[str, Any]:
    """Return what a submitted cell's record notes of its submission; nothing for a computed one."""
    found = record.notes.get(NOTE) if is_submitted(record) else None
    return found if isinstance(found, Mapping) else {}


def unranked(record: Record) -> tuple[str, ...]:
    """Return why a submission's row is not ranked; nothing for one that is, and for every computed row."""
    return tuple(noted(record).get("unranked", ()))
