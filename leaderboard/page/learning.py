"""Learning curves as plain data: F1 over shots, a drawing a domain, on one scale for a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leaderboard.board import Board
from leaderboard.learning_curves import LearningCurve, LearningTable
from leaderboard.learning_grids import learning_grid, short_name, support_grid
from leaderboard.page.scale import Mark, Scale, linear
from leaderboard.page.severity import LOOKS, path
from leaderboard.views import Key


def learning(board: Board) -> list[dict[str, Any]]:
    """Return a panel for each table of learning curves, its tables besides."""
    rows = dict.fromkeys((curve.label, curve.backbone) for table in board.learning for curve in table.curves)
    looks = {key: f"c{n % LOOKS} d{n // LOOKS % 3}" for n, key in enumerate(rows)}  # one a row, in all panels
    return [_panel(table, looks) for table in board.learning]


def _panel(table: LearningTable, looks: Mapping[Key, str]) -> dict[str, Any]:
    places = (None, *table.domains)
    found = [c.score(setting, place) for c in table.curves for setting in table.settings for place in places]
    ends = [100 * end for s in found if s is not None for end in (s.interval.low, s.interval.high)]
    up, across = linear(ends, marks=5), _shots(table)
    return {
        "table": table,
        "up": up,
        "across": across,
        "places": [
            {
                "title": "average" if place is None else place,
                "curves": [
                    drawn
                    for curve in table.curves
                    if (drawn := _drawn(looks[curve.label, curve.backbone], curve, table, place, up, across))
                ],
            }
            for place in places
        ],
        "key": [{"look": looks[curve.label, curve.backbone], "row": curve} for curve in table.curves],
        "grids": [learning_grid(table), support_grid(table)],
    }


def _shots(table: LearningTable) -> Scale:
    """Return an axis with a place for each setting, at equal distances, a little off both ends."""
    high = len(table.settings) - 0.5
    scale = Scale(-0.5, high, False, ())
    marks = (Mark(scale.at(n), short_name(setting)) for n, setting in enumerate(table.settings))
    return Scale(-0.5, high, False, tuple(marks))


def _drawn(
    look: str, curve: LearningCurve, table: LearningTable, place: str | None, up: Scale, across: Scale
) -> dict[str, Any] | None:
    """Return a curve in per cent of the drawing from its upper left: marks, their line, and its band."""
    scores = [(n, curve.score(setting, place)) for n, setting in enumerate(table.settings)]
    found = [(across.at(n), score) for n, score in scores if score is not None]
    if not found:
        return None

    def down(value: float) -> float:
        return round(100 - up.at(100 * value), 2)

    marks = [(x, down(score.f1)) for x, score in found]
    upper = [(x, down(score.interval.high)) for x, score in found]
    lower = [(x, down(score.interval.low)) for x, score in found]
    return {"look": look, "marks": marks, "line": path(marks), "band": path([*upper, *reversed(lower)])}
