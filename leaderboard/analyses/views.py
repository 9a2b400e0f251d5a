"""The board seen otherwise: without misc, free of leaks, by mention frequency, by type. Pure.

``no misc``    the type misc is left out of gold and predictions.
``leak-free``  test sentences that stand in train or dev of their own target are left out. Whoever trains on
               the target's labels has seen them; rows that did not show whether they are easy besides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmark.scoring.counts import UNDECLARED, Counts
from benchmark.scoring.dialects import MISC
from benchmark.scoring.frequency import CLASSES
from benchmark.scoring.intervals import (
    LEVEL,
    BootstrapSample,
    Difference,
    FloatArray,
    as_fraction,
    sampling_distribution,
)
from benchmark.scoring.spans import Bools
from leaderboard.analyses.analysis import Analysis, Where
from leaderboard.output.figure import AVERAGE
from leaderboard.output.numbers import NONE, estimate_values, interval, points, rounded, signed
from leaderboard.output.table import Table
from leaderboard.results.heading import Heading
from leaderboard.results.measure import ScoredCell, narrow
from leaderboard.results.results import Results, clean
from leaderboard.results.rows import Row, resample, sampled

NO_MISC, LEAK_FREE = "no misc", "leak-free"
VIEWS = {
    NO_MISC: "the type misc left out of gold and predictions",
    LEAK_FREE: "test sentences that stand in train or dev of the same target left out",
}
_FREQUENCY = (
    "Recall × 100 of gold mentions by what the target's train set tells of their text, averaged over"
    " domains. seen: it is a mention there, always of this type; ambiguous: a mention of another type, or"
    " of several; unseen: no mention there. Zero-shot methods saw none of it."
)

Key = tuple[str, str]  # a row's label and backbone
_Place = tuple[str, str]  # corpus and domain
_ByRow = Mapping[tuple[str, str, str], Sequence[ScoredCell]]


@dataclass(frozen=True)
class ViewedRow:
    """A row in one view: F1 by domain and on average, as fractions with intervals.

    ``average`` is None where a cell of the row is missing; ``change`` is the average less that of all types
    and sentences.
    """

    key: Key
    domains: Mapping[str, Difference]
    average: Difference | None
    change: float | None


@dataclass(frozen=True)
class RowByFrequency:
    """A row by mention frequency: domain, and "average" → class → recall (fraction, mean over seeds).

    A class without a gold mention has none; the average of a class is over all domains of a complete row, and
    None where one of them has no such mention.
    """

    key: Key
    recall: Mapping[str, Mapping[str, float | None]]


@dataclass(frozen=True)
class DomainByType:
    """One domain by type: ``gold`` mentions of each, and row → type → F1 (fraction, mean over seeds)."""

    domain: str
    gold: Mapping[str, int]
    rows: Mapping[Key, Mapping[str, float]]


@dataclass(frozen=True)
class SettingViews:
    """The views of one setting; rows in the order of its table."""

    tables: Mapping[str, tuple[ViewedRow, ...]]
    frequency: tuple[RowByFrequency, ...]
    types: tuple[DomainByType, ...]


@dataclass(frozen=True)
class Views:
    """All views of a board.

    ``leaks`` maps domain → how many of its different test sentences stand in train or dev, and how many there
    are; ``mentions`` maps domain → class → gold mentions. ``domains`` are those of the tables.
    """

    settings: Mapping[str, SettingViews]
    leaks: Mapping[str, tuple[int, int]]
    mentions: Mapping[str, Mapping[str, int]]
    domains: tuple[str, ...]


def compute(results: Results) -> Views | None:
    """Return the views of the main tables; None where train and dev were not asked.

    Rows are those that are methods and have a finished cell.
    """
    if results.training is None:
        return None
    cells = [cell for cell in clean(results.main) if cell.whole]
    there = {_place(cell) for cell in clean(results.main)}
    kept = {place: found.kept for place, found in results.training.items() if place in there}
    viewed = {view: [_viewed(cell, view, kept) for cell in cells] for view in VIEWS}
    every = [cell for some in viewed.values() for cell in some]
    samples = resample(every, results.heading.resamples, results.kept)
    whole, seen = _by_row(cells), {view: _by_row(some) for view, some in viewed.items()}
    settings = {}
    for setting, rows in results.tables.items():
        shown = [row for row in rows if row.scores and not row.oracle and not row.incomplete]
        settings[setting] = SettingViews(
            {
                view: tuple(_viewed_row(row, _of(row, some), samples) for row in shown)
                for view, some in seen.items()
            },
            tuple(_by_frequency(row, _of(row, whole)) for row in shown),
            tuple(_by_type({_key(row): _of(row, whole) for row in shown})),
        )
    masks = {domain: mask for (_, domain), mask in kept.items()}
    counts = {cell.record.spec.domain: cell.by_frequency for cell in cells if cell.by_frequency is not None}
    domains = results.domains
    return Views(
        settings,
        {domain: (int((~masks[domain]).sum()), len(masks[domain])) for domain in domains if domain in masks},
        {domain: counts[domain].support() for domain in domains if domain in counts},
        domains,
    )


def _viewed(cell: ScoredCell, view: str, kept: Mapping[_Place, Bools]) -> ScoredCell:
    """Return a finished cell with the counts of a view, all types in one, under a name of its own.

    ``kept`` says of each group of equal sentences of a domain whether it is free of leaks.
    """
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


def _place(cell: ScoredCell) -> _Place:
    return cell.record.spec.corpus, cell.record.spec.domain


def _key(row: Row) -> Key:
    return row.label, row.backbone


def _by_row(cells: Iterable[ScoredCell]) -> _ByRow:
    """Return label, backbone and setting → the cells of that row, by rising seed."""
    found: defaultdict[tuple[str, str, str], list[ScoredCell]] = defaultdict(list)
    for cell in sorted(cells, key=lambda cell: cell.record.spec.seed):
        found[cell.record.spec.label, cell.record.spec.backbone, cell.record.spec.setting].append(cell)
    return found


def _of(row: Row, cells: _ByRow) -> dict[str, list[ScoredCell]]:
    """Return domain → the finished cells of a row, domains in the row's order."""
    found: dict[str, list[ScoredCell]] = {domain: [] for domain in row.domains}
    for cell in cells.get((*_key(row), row.record.spec.setting), ()):
        found[cell.record.spec.domain].append(cell)
    return {domain: some for domain, some in found.items() if some}


def _viewed_row(
    row: Row, cells: Mapping[str, Sequence[ScoredCell]], samples: Mapping[str, FloatArray]
) -> ViewedRow:
    figures = {domain: sampled(some, samples) for domain, some in cells.items()}
    domains = {domain: _with_interval([figure]) for domain, figure in figures.items()}
    if row.average is None:
        return ViewedRow(_key(row), domains, None, None)
    average = _with_interval(figures.values())
    return ViewedRow(_key(row), domains, average, average.observed - row.average.f1)


def _with_interval(figures: Iterable[BootstrapSample]) -> Difference:
    found = sampling_distribution(figures)
    return Difference(found.mean, as_fraction(found.interval()))


def _by_frequency(row: Row, cells: Mapping[str, Sequence[ScoredCell]]) -> RowByFrequency:
    recall: dict[str, dict[str, float | None]] = {}
    for domain, some in cells.items():
        counts = [cell.by_frequency for cell in some if cell.by_frequency is not None]
        support, scores = counts[0].support(), [one.per_type() for one in counts]
        recall[domain] = {
            name: _mean([one[name].recall for one in scores]) if support[name] else None for name in CLASSES
        }
    if row.average is not None:
        recall[AVERAGE] = {name: _mean([one[name] for one in recall.values()]) for name in CLASSES}
    return RowByFrequency(_key(row), recall)


def _mean(values: Sequence[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    return sum(present) / len(present) if present and len(present) == len(values) else None


def _by_type(rows: Mapping[Key, Mapping[str, Sequence[ScoredCell]]]) -> Iterator[DomainByType]:
    for domain in dict.fromkeys(domain for cells in rows.values() for domain in cells):
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
        yield DomainByType(domain, gold, f1)


def tables(found: Views, where: Where) -> Iterator[Table]:
    """Yield each setting's views and frequencies, then the types of its domains, in a file."""
    settings = found.settings if where == "file" else {}
    for name, setting in settings.items():
        for view, rows in setting.tables.items():
            yield _view_table(found, name, view, rows)
        yield _frequency_table(found, name, setting.frequency)
    for name, setting in settings.items():
        yield from (_types_table(name, types) for types in setting.types)


def _view_table(views: Views, setting: str, view: str, rows: Iterable[ViewedRow]) -> Table:
    cells = []
    for row in rows:
        f1 = (points(row.domains[d].observed) if d in row.domains else NONE for d in views.domains)
        whole: tuple[str, ...] = (NONE, NONE, NONE)
        if row.average is not None and row.change is not None:
            whole = (points(row.average.observed), interval(row.average.interval), signed(row.change))
        cells.append((*row.key, *f1, *whole))
    notes = [f"{view}: {VIEWS[view]}. change: of the average, to all types and sentences."]
    if view == LEAK_FREE:
        left_out = ", ".join(f"{domain} {many} of {of}" for domain, (many, of) in views.leaks.items())
        notes.append(f"Left out of the different test sentences: {left_out}.")
    header = ("method", "backbone", *views.domains, AVERAGE, f"{LEVEL:.0%} interval", "change")
    return Table(f"{setting}: {view}", header, tuple(cells), tuple(notes))


def _frequency_table(views: Views, setting: str, rows: Iterable[RowByFrequency]) -> Table:
    whole = [row for row in rows if AVERAGE in row.recall]
    cells = tuple((*row.key, *(points(row.recall[AVERAGE][name]) for name in CLASSES)) for row in whole)
    gold = "; ".join(
        f"{domain} {', '.join(str(counts[name]) for name in CLASSES)}"
        for domain, counts in views.mentions.items()
    )
    notes = (_FREQUENCY, f"Gold mentions ({', '.join(CLASSES)}): {gold}.")
    return Table(f"{setting}: recall by mention frequency", ("method", "backbone", *CLASSES), cells, notes)


def _types_table(setting: str, types: DomainByType) -> Table:
    rows = tuple(
        (name, str(gold), *(points(scores[name]) for scores in types.rows.values()))
        for name, gold in types.gold.items()
    )
    header = ("type", "gold", *(f"{label} ({backbone})" for label, backbone in types.rows))
    note = "F1 × 100 of each type, the mean over seeds; few gold mentions make an unsure figure."
    return Table(f"{setting}: types of {types.domain}", header, rows, (note,), (1, None))


def document(found: Views, heading: Heading) -> dict[str, Any]:
    """Return all views; scores are fractions."""
    return {
        "schema": 1,
        "suite": heading.suite,
        "corpus": heading.corpus,
        "warning": heading.warning,
        "source": heading.source,
        "scorer": heading.scorer,
        "units": "scores are fractions",
        "interval": {"level": LEVEL, "resamples": heading.resamples},
        "views": VIEWS,
        "leaks": {d: {"left_out": some, "sentences": of} for d, (some, of) in found.leaks.items()},
        "mentions": found.mentions,
        "settings": {name: _setting_values(setting) for name, setting in found.settings.items()},
    }


def _setting_values(setting: SettingViews) -> dict[str, Any]:
    return {
        "views": {view: [_row_values(row) for row in rows] for view, rows in setting.tables.items()},
        "frequency": [
            {**_name(row.key), "recall": {domain: _fractions(some) for domain, some in row.recall.items()}}
            for row in setting.frequency
        ],
        "types": {
            types.domain: {
                "gold": types.gold,
                "rows": [{**_name(key), "f1": _fractions(f1)} for key, f1 in types.rows.items()],
            }
            for types in setting.types
        },
    }


def _row_values(row: ViewedRow) -> dict[str, Any]:
    return {
        **_name(row.key),
        "domains": {domain: _values(found) for domain, found in row.domains.items()},
        "average": None if row.average is None else _values(row.average),
        "change": rounded(row.change),
    }


def _name(key: Key) -> dict[str, str]:
    return dict(zip(("label", "backbone"), key, strict=True))


def _values(found: Difference) -> dict[str, float | None]:
    return estimate_values("f1", found.observed, found.interval)


def _fractions(values: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: rounded(value) for name, value in values.items()}


VIEWS_OF_BOARD = Analysis(
    "views",
    "Views of the board",
    compute,
    tables,
    document=document,
    intro="The same predictions as on [the board](board.md), F1 × 100, averages with their"
    f" {LEVEL:.0%} intervals; rows in the order of the board.",
    pointer=(
        "More views",
        "[without misc, free of leaks, by mention frequency, by type](views.md)",
    ),
)
