"""The board seen otherwise: without misc, free of leaks, by mention frequency, by type. Pure.

``no misc``    the type misc is left out of gold and predictions.
``leak-free``  test sentences that stand in train or dev of their own target are left out. Whoever trains on
               the target's labels has seen them; rows that did not show whether they are easy besides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmark.scoring.counts import UNDECLARED, Counts
from benchmark.scoring.dialects import MISC
from benchmark.scoring.frequency import CLASSES
from benchmark.scoring.intervals import (
    BootstrapSample,
    Difference,
    FloatArray,
    as_fraction,
    sampling_distribution,
)
from benchmark.scoring.spans import Bools
from leaderboard.results.measure import ScoredCell, narrow
from leaderboard.results.rows import Row, sampled

NO_MISC, LEAK_FREE = "no misc", "leak-free"
VIEWS = {
    NO_MISC: "the type misc left out of gold and predictions",
    LEAK_FREE: "test sentences that stand in train or dev of the same target left out",
}

Place = tuple[str, str]  # corpus and domain
Key = tuple[str, str]  # a row's label and backbone
_ByRow = Mapping[tuple[str, str, str], Sequence[ScoredCell]]


@dataclass(frozen=True)
class Seen:
    """A row in one view: F1 by domain and on average, as fractions with intervals.

    ``average`` is None where a cell of the row is missing; ``change`` is the average less that of all types
    and sentences.
    """

    key: Key
    domains: Mapping[str, Difference]
    average: Difference | None
    change: float | None


@dataclass(frozen=True)
class Frequency:
    """A row by mention frequency: domain, and "average" → class → recall (fraction, mean over seeds).

    A class without a gold mention has none; the average of a class is over all domains of a complete row, and
    None where one of them has no such mention.
    """

    key: Key
    recall: Mapping[str, Mapping[str, float | None]]


@dataclass(frozen=True)
class Types:
    """One domain by type: ``gold`` mentions of each, and row → type → F1 (fraction, mean over seeds)."""

    domain: str
    gold: Mapping[str, int]
    rows: Mapping[Key, Mapping[str, float]]


@dataclass(frozen=True)
class Setting:
    """The views of one setting; rows in the order of its table."""

    tables: Mapping[str, tuple[Seen, ...]]
    frequency: tuple[Frequency, ...]
    types: tuple[Types, ...]


@dataclass(frozen=True)
class Views:
    """All views of a board.

    ``leaks`` maps domain → how many of its different test sentences stand in train or dev, and how many there
    are; ``mentions`` maps domain → class → gold mentions. ``domains`` are those of the tables.
    """

    settings: Mapping[str, Setting]
    leaks: Mapping[str, tuple[int, int]]
    mentions: Mapping[str, Mapping[str, int]]
    domains: tuple[str, ...]


def view_cells(cells: Iterable[ScoredCell], kept: Mapping[Place, Bools]) -> dict[str, list[ScoredCell]]:
    """Return view → finished cells with the counts of that view, all types in one, under names of their own.

    ``kept`` says of each group of equal sentences of a (corpus, domain) whether it is free of leaks.
    """
    finished = [cell for cell in cells if cell.counts is not None]
    return {view: [_viewed(cell, view, kept) for cell in finished] for view in VIEWS}


def _viewed(cell: ScoredCell, view: str, kept: Mapping[Place, Bools]) -> ScoredCell:
    counts = cell.counts
    assert counts is not None
    if view == NO_MISC:
        counts = counts.without(*(name for name in counts.types if name.lower() == MISC))
    sums = counts.by_sentence()
    if view == LEAK_FREE:
        sums *= kept[_place(cell)][:, None]
    sums = narrow(sums)
    whole = Counts(("all",), *(sums[:, part : part + 1] for part in range(3)))
    return replace(cell, counts=whole, record=replace(cell.record, cell=f"{cell.record.cell} {view}"))


def make_views(
    tables: Mapping[str, Sequence[Row]],
    cells: Sequence[ScoredCell],
    viewed: Mapping[str, Sequence[ScoredCell]],
    kept: Mapping[Place, Bools],
    samples: Mapping[str, FloatArray],
    over: tuple[str, ...],
) -> Views:
    """Return the views of a board's tables, for rows that are methods and have a finished cell.

    ``viewed`` are the cells as ``view_cells`` returns them, ``samples`` the resampled F1 of these by name,
    ``over`` the domains of the tables.
    """
    there = {_place(cell) for cell in cells}
    kept = {place: mask for place, mask in kept.items() if place in there}
    whole = _by_row(cells)
    seen = {view: _by_row(some) for view, some in viewed.items()}
    settings = {}
    for setting, rows in tables.items():
        shown = [row for row in rows if row.scores and not row.oracle]
        settings[setting] = Setting(
            {
                view: tuple(_seen(row, _of(row, some), samples) for row in shown)
                for view, some in seen.items()
            },
            tuple(_frequency(row, _of(row, whole)) for row in shown),
            tuple(_types({_key(row): _of(row, whole) for row in shown})),
        )
    domains = dict.fromkeys(domain for rows in tables.values() for row in rows for domain in row.domains)
    masks = {domain: mask for (_, domain), mask in kept.items()}
    classes = _mentions(cells)
    return Views(
        settings,
        {domain: (int((~masks[domain]).sum()), len(masks[domain])) for domain in domains if domain in masks},
        {domain: classes[domain] for domain in domains if domain in classes},
        over,
    )


def _place(cell: ScoredCell) -> Place:
    return cell.record.spec.corpus, cell.record.spec.domain


def _key(row: Row) -> Key:
    return row.label, row.backbone


def _by_row(cells: Iterable[ScoredCell]) -> _ByRow:
    """Return label, backbone and setting → the finished cells of that row, by rising seed."""
    found: defaultdict[tuple[str, str, str], list[ScoredCell]] = defaultdict(list)
    for cell in sorted(cells, key=lambda cell: cell.record.spec.seed):
        if cell.counts is not None:
            found[cell.record.spec.label, cell.record.spec.backbone, cell.record.spec.setting].append(cell)
    return found


def _of(row: Row, cells: _ByRow) -> dict[str, list[ScoredCell]]:
    """Return domain → the finished cells of a row, domains in the row's order."""
    found: dict[str, list[ScoredCell]] = {domain: [] for domain in row.domains}
    for cell in cells.get((row.label, row.backbone, row.record.spec.setting), ()):
        found[cell.record.spec.domain].append(cell)
    return {domain: some for domain, some in found.items() if some}


def _seen(row: Row, cells: Mapping[str, Sequence[ScoredCell]], samples: Mapping[str, FloatArray]) -> Seen:
    figures = {domain: sampled(some, samples) for domain, some in cells.items()}
    domains = {domain: _with_interval([figure]) for domain, figure in figures.items()}
    if row.average is None:
        return Seen(_key(row), domains, None, None)
    average = _with_interval(figures.values())
    return Seen(_key(row), domains, average, average.observed - row.average.f1)


def _with_interval(figures: Iterable[BootstrapSample]) -> Difference:
    found = sampling_distribution(figures)
    return Difference(found.mean, as_fraction(found.interval()))


def _frequency(row: Row, cells: Mapping[str, Sequence[ScoredCell]]) -> Frequency:
    recall: dict[str, dict[str, float | None]] = {}
    for domain, some in cells.items():
        counts = [cell.by_frequency for cell in some if cell.by_frequency is not None]
        support, scores = counts[0].support(), [one.per_type() for one in counts]
        recall[domain] = {
            name: _mean([one[name].recall for one in scores]) if support[name] else None for name in CLASSES
        }
    if row.average is not None:
        recall["average"] = {name: _mean([one[name] for one in recall.values()]) for name in CLASSES}
    return Frequency(_key(row), recall)


def _mean(values: Sequence[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    return sum(present) / len(present) if present and len(present) == len(values) else None


def _types(rows: Mapping[Key, Mapping[str, Sequence[ScoredCell]]]) -> Iterable[Types]:
    domains = dict.fromkeys(domain for cells in rows.values() for domain in cells)
    for domain in domains:
        runs = {
            key: [cell.counts for cell in cells[domain] if cell.counts is not None]
            for key, cells in rows.items()
            if domain in cells
        }
        gold = next(iter(runs.values()))[0].support()
        scores = {key: [one.per_type() for one in counts] for key, counts in runs.items()}
        f1 = {
            key: {name: sum(one[name].f1 for one in some) / len(some) for name in gold if name != UNDECLARED}
            for key, some in scores.items()
        }
        yield Types(domain, gold, f1)


def _mentions(cells: Iterable[ScoredCell]) -> dict[str, dict[str, int]]:
    found = {cell.record.spec.domain: cell.by_frequency for cell in cells if cell.by_frequency is not None}
    return {domain: counts.support() for domain, counts in found.items()}
