"""Learning curves as Markdown, CSV, JSON and charts, in files beside the board."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from benchmark.scoring.intervals import LEVEL
from benchmark.settings import shots_of
from leaderboard.analyses.analysis import Analysis, Form, Where, document_of
from leaderboard.analyses.learning_curves import Drawn, LearningCurve, LearningTable, learning_tables
from leaderboard.analyses.learning_grids import learning_domain_grids, learning_grid, support_grid
from leaderboard.output.numbers import rounded
from leaderboard.output.table import Lines, Table
from leaderboard.results.heading import Heading
from leaderboard.results.results import Results, clean
from leaderboard.results.rows import Score


def compute(results: Results) -> tuple[LearningTable, ...] | None:
    """Return the curves over the suite's domains and over the user's own; None without few-shot rows."""
    main = learning_tables(results.tables, clean(results.main), results.domains)
    own = learning_tables(results.own_tables, clean(results.own), results.own_domains, own=True)
    return (*main, *own) or None


def tables(found: Sequence[LearningTable], where: Where) -> Iterator[Table]:
    """Yield the averages; in a file, what the shots are and every domain's curves too."""
    if where in ("board", "file", "terminal"):
        yield from map(learning_grid, found)
    for table in found if where == "file" else ():
        yield support_grid(table)
        yield from learning_domain_grids(table)


def lines(found: Sequence[LearningTable], heading: Heading) -> Lines:
    """Return one line for each row, setting and domain (or average); scores are fractions."""
    rows = ((table, curve) for table in found for curve in table.curves)
    return Lines(tuple(_FRAME), tuple(line for row in rows for line in _lines(heading, *row)))


_FRAME = [
    *("suite", "corpus", "source", "label", "method", "backbone", "setting", "shots", "kind", "domain"),
    *("f1", "f1_low", "f1_high", "seeds", "support_sentences", "support_mentions", "train_sentences"),
]


def _lines(heading: Heading, table: LearningTable, curve: LearningCurve) -> Iterator[dict[str, object]]:
    for setting, row in curve.rows.items():
        common = {
            "suite": heading.suite,
            "corpus": row.record.spec.corpus,
            "source": heading.source,
            "label": curve.label,
            "method": curve.method,
            "backbone": curve.backbone,
            "setting": setting,
            "shots": shots_of(setting),
        }
        for domain in table.domains:
            score = curve.score(setting, domain)
            if score is not None:
                kind = "own" if table.own else "domain"
                drawn = table.drawn.get(setting, {}).get(domain)
                yield {**common, "kind": kind, "domain": domain, **_numbers(score), **_support(drawn)}
        if row.average is not None:
            yield {**common, "kind": "average", **_numbers(row.average)}


def _numbers(score: Score) -> dict[str, float | int | None]:
    low, high = rounded(score.interval.low), rounded(score.interval.high)
    return {"f1": rounded(score.f1), "f1_low": low, "f1_high": high, "seeds": score.seeds}


def _support(drawn: Drawn | None) -> dict[str, float | int | None]:
    if drawn is None:
        return {}
    return {
        "support_sentences": rounded(drawn.sentences),
        "support_mentions": rounded(drawn.mentions),
        "train_sentences": drawn.of,
    }


def document(found: Sequence[LearningTable], heading: Heading) -> dict[str, Any]:
    """Return everything; scores are fractions."""
    return document_of(
        heading,
        units="scores are fractions; sentences and mentions are means over seeds",
        interval={"level": LEVEL, "resamples": heading.resamples, "method": "as in board.json"},
        tables=map(_table, found),
    )


def _table(table: LearningTable) -> dict[str, Any]:
    return {
        "settings": table.settings,
        "domains": table.domains,
        "own": table.own,
        "rows": [_row(table, curve) for curve in table.curves],
        "support": {
            setting: {domain: {**_support(found), "short": found.short} for domain, found in drawn.items()}
            for setting, drawn in table.drawn.items()
        },
    }


def _row(table: LearningTable, curve: LearningCurve) -> dict[str, Any]:
    return {
        "label": curve.label,
        "method": curve.method,
        "backbone": curve.backbone,
        "points": [_point(table, curve, setting) for setting in curve.rows],
    }


def _point(table: LearningTable, curve: LearningCurve, setting: str) -> dict[str, Any]:
    average = curve.score(setting)
    scores = {domain: curve.score(setting, domain) for domain in table.domains}
    return {
        "setting": setting,
        "shots": shots_of(setting),
        "average": None if average is None else _numbers(average),
        "domains": {domain: _numbers(score) for domain, score in scores.items() if score is not None},
    }


def figure(found: Sequence[LearningTable], form: Form) -> bytes:
    """Return the chart of all tables as PNG or SVG."""
    from leaderboard.analyses.learning_chart import draw  # matplotlib takes a second to import

    return draw(found, form)


LEARNING = Analysis(
    "learning",
    "Learning curves",
    compute,
    tables,
    lines=lines,
    document=document,
    figure=figure,
    caption="F1 over the number of shots",
)
