"""Learning curves as Markdown, CSV, JSON and charts, in files beside the board."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmark.scoring.intervals import LEVEL
from benchmark.settings import shots_of
from leaderboard.analyses.learning_curves import Drawn, LearningCurve, LearningTable
from leaderboard.analyses.learning_grids import learning_domain_grids, support_grid
from leaderboard.board import Board
from leaderboard.output import render, sidecar
from leaderboard.output.numbers import rounded
from leaderboard.results.rows import Score


def write(board: Board, folder: Path) -> list[Path]:
    """Write learning.md, .csv, .json, .png and .svg into a folder, each atomically.

    Nothing is written for a board without few-shot rows.
    """
    if not board.learning:
        return []
    from leaderboard.analyses.learning_chart import draw  # matplotlib takes a second to import

    texts = {"md": markdown(board), "csv": csv(board), "json": to_json(board)}
    return sidecar.write(folder, render.LEARNING, texts, lambda form: draw(board.learning, form))


def markdown(board: Board) -> str:
    """Render a page of its own: chart, averages, what the shots are, and the curves of every domain."""
    lines = [*render.heading("Learning curves", board), *render.markdown_learning(board)[1:]]
    for table in board.learning:
        for grid in (support_grid(table), *learning_domain_grids(table)):
            lines += render.markdown_grid(grid)
    return "\n".join(lines) + "\n"


def csv(board: Board) -> str:
    """Render a tidy frame: one line for each row, setting and domain (or average); scores are fractions."""
    rows = ((table, curve) for table in board.learning for curve in table.curves)
    return sidecar.frame((line for row in rows for line in _lines(board, *row)), _FRAME)


_FRAME = [
    *("suite", "corpus", "source", "label", "method", "backbone", "setting", "shots", "kind", "domain"),
    *("f1", "f1_low", "f1_high", "seeds", "support_sentences", "support_mentions", "train_sentences"),
]


def _lines(board: Board, table: LearningTable, curve: LearningCurve) -> Iterator[dict[str, object]]:
    for setting, row in curve.rows.items():
        common = {
            "suite": board.suite,
            "corpus": row.record.spec.corpus,
            "source": board.source,
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


def to_json(board: Board) -> str:
    """Render everything as one JSON object; scores are fractions."""
    return sidecar.document(
        board,
        units="scores are fractions; sentences and mentions are means over seeds",
        interval={"level": LEVEL, "resamples": board.resamples, "method": "as in board.json"},
        tables=[_table(table) for table in board.learning],
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
