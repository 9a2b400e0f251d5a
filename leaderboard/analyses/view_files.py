"""Views of a board as Markdown and JSON, in files beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from benchmark.scoring.frequency import CLASSES
from benchmark.scoring.intervals import LEVEL, Difference
from leaderboard.analyses.analysis import Analysis, Where
from leaderboard.analyses.views import (
    LEAK_FREE,
    VIEWS,
    Frequency,
    Key,
    Seen,
    Setting,
    Types,
    Views,
    make_views,
    view_cells,
)
from leaderboard.output.numbers import NONE, interval, points, rounded, signed
from leaderboard.output.table import Table
from leaderboard.results.heading import Heading
from leaderboard.results.results import Results, clean
from leaderboard.results.rows import resample

AVERAGE = "average"


def compute(results: Results) -> Views | None:
    """Return the views of the main tables; None where train and dev were not asked."""
    if results.training is None:
        return None
    kept = {place: found.kept for place, found in results.training.items()}
    cells = clean(results.main)
    viewed = view_cells(cells, kept)
    samples = resample([cell for some in viewed.values() for cell in some], results.heading.resamples)
    return make_views(results.tables, cells, viewed, kept, samples, results.domains)


def tables(found: Views, where: Where) -> Iterator[Table]:
    """Yield all views: each setting's views and frequencies, then the types of its domains."""
    if where != "file":
        return
    for name, setting in found.settings.items():
        for view, rows in setting.tables.items():
            yield _table(found, name, view, rows)
        yield _frequency_table(found, name, setting.frequency)
    for name, setting in found.settings.items():
        for types in setting.types:
            yield _types_table(name, types)


def _table(views: Views, setting: str, view: str, rows: Sequence[Seen]) -> Table:
    whole = (AVERAGE, f"{LEVEL:.0%} interval", "change")
    cells = [
        (
            *row.key,
            *(points(row.domains[d].observed) if d in row.domains else NONE for d in views.domains),
            *(
                (NONE, NONE, NONE)
                if row.average is None or row.change is None
                else (points(row.average.observed), interval(row.average.interval), signed(row.change))
            ),
        )
        for row in rows
    ]
    notes = [f"{view}: {VIEWS[view]}. change: of the average, to all types and sentences."]
    if view == LEAK_FREE:
        left_out = ", ".join(f"{domain} {many} of {of}" for domain, (many, of) in views.leaks.items())
        notes.append(f"Left out of the different test sentences: {left_out}.")
    header = ("method", "backbone", *views.domains, *whole)
    return Table(f"{setting}: {view}", header, tuple(cells), tuple(notes))


def _frequency_table(views: Views, setting: str, rows: Sequence[Frequency]) -> Table:
    whole = [row for row in rows if AVERAGE in row.recall]
    cells = tuple((*row.key, *(_points(row.recall[AVERAGE][name]) for name in CLASSES)) for row in whole)
    gold = "; ".join(
        f"{domain} {', '.join(str(counts[name]) for name in CLASSES)}"
        for domain, counts in views.mentions.items()
    )
    notes = (
        "Recall × 100 of gold mentions by what the target's train set tells of their text, averaged over"
        " domains. seen: it is a mention there, always of this type; ambiguous: a mention of another type, or"
        " of several; unseen: no mention there. Zero-shot methods saw none of it.",
        f"Gold mentions ({', '.join(CLASSES)}): {gold}.",
    )
    return Table(f"{setting}: recall by mention frequency", ("method", "backbone", *CLASSES), cells, notes)


def _points(value: float | None) -> str:
    return NONE if value is None else points(value)


def _types_table(setting: str, types: Types) -> Table:
    rows = tuple(
        (name, str(gold), *(points(scores[name]) for scores in types.rows.values()))
        for name, gold in types.gold.items()
    )
    header = ("type", "gold", *(_name(key) for key in types.rows))
    note = "F1 × 100 of each type, the mean over seeds; few gold mentions make an unsure figure."
    return Table(f"{setting}: types of {types.domain}", header, rows, (note,), (1, None))


def _name(key: Key) -> str:
    return f"{key[0]} ({key[1]})"


def document(views: Views, heading: Heading) -> dict[str, Any]:
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
        "leaks": {d: {"left_out": some, "sentences": of} for d, (some, of) in views.leaks.items()},
        "mentions": views.mentions,
        "settings": {name: _setting(setting) for name, setting in views.settings.items()},
    }


def _setting(setting: Setting) -> dict[str, Any]:
    return {
        "views": {view: [_seen(row) for row in rows] for view, rows in setting.tables.items()},
        "frequency": [{**_row(row.key), "recall": _rounded(row.recall)} for row in setting.frequency],
        "types": {
            types.domain: {
                "gold": types.gold,
                "rows": [{**_row(key), "f1": _fractions(f1)} for key, f1 in types.rows.items()],
            }
            for types in setting.types
        },
    }


def _seen(row: Seen) -> dict[str, Any]:
    return {
        **_row(row.key),
        "domains": {domain: _numbers(found) for domain, found in row.domains.items()},
        "average": None if row.average is None else _numbers(row.average),
        "change": rounded(row.change),
    }


def _row(key: Key) -> dict[str, str]:
    return dict(zip(("label", "backbone"), key, strict=True))


def _numbers(found: Difference) -> dict[str, float | None]:
    limits = {f"f1_{name}": rounded(value) for name, value in asdict(found.interval).items()}
    return {"f1": rounded(found.observed), **limits}


def _rounded(recall: Mapping[str, Mapping[str, float | None]]) -> dict[str, dict[str, float | None]]:
    return {domain: _fractions(classes) for domain, classes in recall.items()}


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
    pointer=("More views", "[without misc, free of leaks, by mention frequency, by type](views.md)"),
)
