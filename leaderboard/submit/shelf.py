"""The submissions of a suite as measured cells of its board, each with what a reader must know of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmark.cells.record import Record
from benchmark.cells.store import Store
from benchmark.domains.corpus import Mention
from leaderboard.columns import PRIMARY
from leaderboard.gold import GoldShelf, Training
from leaderboard.measure import Cell, measure, unfinished
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
    store: Store,
    suite: str,
    shelf: GoldShelf,
    records: Sequence[Record],
    training: Mapping[tuple[str, str], Training] | None = None,
) -> list[Submitted]:
    """Return the cells of all submissions to a suite, holes included, measured as own cells are.

    ``records`` are those of the suite's own cells.
    """
    stored = list(submissions(store.root, suite))
    if not stored:
        return []
    places = places_of(store, suite, records)
    digests = {one.card.name: one.digests for one in stored}
    found: list[Submitted] = []
    for one in stored:
        others = {name: cells for name, cells in digests.items() if name != one.card.name}
        found += _cells_of(one, places, shelf, training or {}, others)
    return found


def _cells_of(
    stored: Stored,
    places: Places,
    shelf: GoldShelf,
    training: Mapping[tuple[str, str], Training],
    others: Mapping[str, Mapping[Place, str]],
) -> list[Submitted]:
    card = stored.card
    records = {
        place: submitted_record(card, places, place, there=True, notes={})
        for place in stored.digests
        if place[1] in places.corpora
    }
    measured: dict[Place, Cell] = {}
    for place, record in records.items():
        if shelf.has(record.corpus, record.domain):
            seen = training.get((record.corpus, record.domain))
            known = None if seen is None else seen.known
            gold = shelf.test(record.corpus, record.domain)
            measured[place] = measure(record, gold, stored.predictions(place), stored.path(place), known)
    f1 = {place: cell.values[PRIMARY.key] or 0.0 for place, cell in measured.items()}
    missing = missing_places(stored.digests, card, places)
    twins = twins_of(stored.digests, places.digests)
    for name, digests in others.items():
        same = sum(digests.get(place) == digest for place, digest in stored.digests.items())
        if same:
            twins[name] = same
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
