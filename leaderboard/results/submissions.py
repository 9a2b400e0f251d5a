"""The submissions of a suite as measured cells of its board, each with what a reader must know of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from benchmark.domains.corpus import Mention
from benchmark.store.record import Record
from benchmark.store.store import Store
from leaderboard.results.columns import PRIMARY
from leaderboard.results.gold import GoldShelf
from leaderboard.results.measure import Cell, measure, unfinished
from leaderboard.results.parallel import on_all_cores
from leaderboard.submit.evidence import read_evidence
from leaderboard.submit.places import Places, places_of
from leaderboard.submit.records import NOTE, submitted_record
from leaderboard.submit.scores import Place, hold_claims
from leaderboard.submit.standing import Standing
from leaderboard.submit.stored import Stored, submissions
from leaderboard.submit.validate import missing_places, twins_of


@dataclass(frozen=True)
class Submitted:
    """A cell of a submission: its record, which notes the ``Standing`` of its row, and where it lies.

    ``cell`` is its measurement; None where its gold is not on this machine. A hole is a cell that the
    submission lacks.
    """

    record: Record
    cell: Cell | None
    stored: Stored
    place: Place

    @property
    def hole(self) -> bool:
        """Whether the submission has no predictions for this cell."""
        return self.place not in self.stored.digests

    @property
    def sha256(self) -> str:
        """The SHA-256 of its predictions, as they are stored."""
        return self.stored.digests[self.place]

    def predictions(self) -> dict[str, list[Mention]]:
        """Read its predictions; ``InputError`` where their bytes are not those that were added."""
        return self.stored.predictions(self.place)


def submitted_cells(
    store: Store, suite: str, shelf: GoldShelf, records: Sequence[Record], *, views: bool = False
) -> list[Submitted]:
    """Return the cells of all submissions to a suite, holes included, measured as own cells are.

    ``records`` are those of the suite's own cells; ``views`` asks what views need besides.
    """
    stored = list(submissions(store.root, suite))
    if not stored:
        return []
    places = places_of(store, suite, records)
    work = partial(_measured, places=places, views=views)
    measured = on_all_cores(work, stored, shelf, cells=sum(len(one.digests) for one in stored))
    twins = _twins_among(stored)
    return [
        cell
        for one, cells in zip(stored, measured, strict=True)
        for cell in _cells_of(one, cells, places, twins[one.card.name])
    ]


def _measured(stored: Stored, shelf: GoldShelf, *, places: Places, views: bool) -> dict[Place, Cell]:
    """Return the cells that a submission has predictions for, where their gold is on this machine."""
    found: dict[Place, Cell] = {}
    for place, record in _records_of(stored, places).items():
        if shelf.has(record.spec.corpus, record.spec.domain):
            known = shelf.training(record.spec.corpus, record.spec.domain).known if views else None
            gold = shelf.test(record.spec.corpus, record.spec.domain)
            found[place] = measure(record, gold, stored.predicted_spans(place), stored.path(place), known)
    return found


def _records_of(stored: Stored, places: Places) -> dict[Place, Record]:
    return {
        place: submitted_record(stored.card, places, place, there=True, notes={})
        for place in stored.digests
        if place[1] in places.corpora
    }


def _twins_among(stored: Sequence[Stored]) -> dict[str, Counter[str]]:
    """Return submission → other submission → how many of its cells have the same bytes there."""
    having: defaultdict[tuple[Place, str], list[str]] = defaultdict(list)
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
    stored: Stored, cells: Mapping[Place, Cell], places: Places, others: Mapping[str, int]
) -> list[Submitted]:
    card, records, measured = stored.card, _records_of(stored, places), dict(cells)
    f1 = {place: cell.values[PRIMARY.key] or 0.0 for place, cell in measured.items()}
    missing = missing_places(stored.digests, card, places)
    twins = {**twins_of(stored.digests, places.digests), **dict(sorted(others.items()))}
    evidence = read_evidence(stored.folder, stored.digests)
    standing = Standing.of(stored, hold_claims(card.claims, f1, places.domains), missing, twins, evidence)
    holes = {place: submitted_record(card, places, place, there=False, notes={}) for place in missing}
    measured |= {place: unfinished(record) for place, record in holes.items()}
    return [
        _noted(record, measured.get(place), stored, place, standing.notes)
        for place, record in {**records, **holes}.items()
    ]


def _noted(
    record: Record, cell: Cell | None, stored: Stored, place: Place, notes: Mapping[str, Any]
) -> Submitted:
    record = replace(record, notes={**record.notes, NOTE: notes})
    return Submitted(record, None if cell is None else replace(cell, record=record), stored, place)
