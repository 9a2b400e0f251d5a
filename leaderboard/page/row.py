"""A row's page as plain data: its average, its mean in every domain, and the seeds of each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmark.store.atomic_io import sha256
from benchmark.store.record import Record
from leaderboard.output.escape import plain
from leaderboard.page.facts import FACTS, RowFacts
from leaderboard.results.columns import PRIMARY
from leaderboard.results.measure import ScoredCell
from leaderboard.results.results import OWN
from leaderboard.results.rows import Row, Score

Place = tuple[str, str, str, bool]  # setting, label, backbone, whether of a user's own domains
_NO_FILE_NAME = re.compile(r"[^A-Za-z0-9.]+")


@dataclass(frozen=True)
class Mean:
    """A line of the page: a domain, or the average of all, with the cell of each seed as (F1, name).

    A fraction is None where the seed has no score; the average's seeds have no page of their own.
    """

    title: str
    score: Score | None
    seeds: tuple[tuple[float | None, str], ...]


def place_of(record: Record) -> Place:
    """Return which row a record belongs to."""
    spec = record.spec
    return (spec.setting, spec.label, spec.backbone, spec.corpus == OWN)


def page_name(place: Place) -> str:
    """Return the file name of a row's page, without its ending: readable, and no other row's."""
    told = "-".join(part for part in (place[1], place[0], place[2]) if part)
    return f"{_NO_FILE_NAME.sub('-', told).strip('-.')[:80]}-{sha256(repr(place).encode())[:8]}"


def cells_by_row(cells: Iterable[ScoredCell]) -> dict[Place, list[ScoredCell]]:
    """Return the cells of each row."""
    found: dict[Place, list[ScoredCell]] = defaultdict(list)
    for cell in cells:
        found[place_of(cell.record)].append(cell)
    return found


def row_page(row: Row, cells: Iterable[ScoredCell]) -> dict[str, Any]:
    """Return all that a row's page shows."""
    some = list(cells)
    by_place = {(one.record.spec.domain, one.record.spec.seed): one for one in some}
    means = [_mean(domain, row, by_place) for domain in row.domains]
    facts = RowFacts(row, [one.record for one in some])
    costs = [(fact, fact.value(facts)) for fact in FACTS]
    return {
        "row": row,
        "means": [Mean("average", row.average, _averages(means)), *means],
        "costs": [(fact, _number(fact.places, value)) for fact, value in costs if value is not None],
    }


def _mean(domain: str, row: Row, cells: Mapping[tuple[str, int], ScoredCell]) -> Mean:
    found = [cells.get((domain, seed)) for seed in row.seeds]
    return Mean(
        plain(domain),
        row.scores.get(domain),
        tuple((None, "") if one is None else (one.values.get(PRIMARY.key), one.record.cell) for one in found),
    )


def _averages(means: Iterable[Mean]) -> tuple[tuple[float | None, str], ...]:
    """Return each seed's mean over the domains, None where one of them lacks it."""
    columns = zip(*(mean.seeds for mean in means), strict=True)
    values = [[value for value, _ in column if value is not None] for column in columns]
    whole = len(list(means))
    return tuple((sum(some) / whole if len(some) == whole else None, "") for some in values)


def _number(places: int, value: float) -> str:
    return f"{value:,.{0 if value >= 100 else places}f}"
