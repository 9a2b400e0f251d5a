"""The submissions of a suite as measured cells of its board, each with what a reader must know of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchmark.cells.record import Record
from benchmark.cells.store import Store
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


def submitted_cells(
    store: Store,
    suite: str,
    shelf: GoldShelf,
    records: Sequence[Record],
    training: Mapping[tuple[str, str], Training] | None = None,
) -> list[Cell]:
    """Return the cells of all submissions to a suite, holes included, measured as own cells are.

    ``records`` are those of the suite's own cells. Each cell's record notes the ``Standing`` of its row.
    """
    stored = list(submissions(store.root, suite))
    if not stored:
        return []
    places = places_of(store, suite, records)
    digests = {one.card.name: one.digests for one in stored}
    found: list[Cell] = []
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
) -> list[Cell]:
    card = stored.card
    measured: dict[Place, Cell] = {}
    for place in stored.digests:
        _, domain, _ = place
        if domain not in places.corpora or not shelf.has(places.corpora[domain], domain):
            continue
        record = submitted_record(card, places, place, there=True, notes={})
        seen = training.get((record.corpus, record.domain))
        known = None if seen is None else seen.known
        gold = shelf.test(record.corpus, record.domain)
        path = stored.path(place)
        measured[place] = measure(record, gold, stored.predictions(place), path, known)
    f1 = {place: cell.values[PRIMARY.key] or 0.0 for place, cell in measured.items()}
    missing = missing_places(stored.digests, card, places)
    twins = twins_of(stored.digests, places.digests)
    for name, digests in others.items():
        same = sum(digests.get(place) == digest for place, digest in stored.digests.items())
        if same:
            twins[name] = same
    evidence = read_evidence(stored.folder, stored.digests)
    standing = Standing.of(stored, hold_claims(card.claims, f1, places.domains), missing, twins, evidence)
    holes = [unfinished(submitted_record(card, places, p, there=False, notes={})) for p in missing]
    return [_noted(cell, standing.notes) for cell in (*measured.values(), *holes)]


def _noted(cell: Cell, notes: Mapping[str, Any]) -> Cell:
    record = replace(cell.record, notes={**cell.record.notes, NOTE: notes})
    return replace(cell, record=record)
