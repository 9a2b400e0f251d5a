"""Learning curves as plain data: F1 over shots, a drawing a domain, on one scale for a table."""

from __future__ import annotations

from typing import Any

from leaderboard.analyses.learning_curves import LearningCurve, LearningTable
from leaderboard.analyses.learning_files import LEARNING
from leaderboard.analyses.learning_grids import learning_grid, short_name, support_grid
from leaderboard.board import Board
from leaderboard.page.curves import AVERAGE, Looks, Point, looks_of, panel
from leaderboard.page.scale import Mark, Scale


def learning(board: Board) -> list[dict[str, Any]]:
    """Return a panel for each table of learning curves, its tables besides."""
    tables = board.get(LEARNING) or ()
    looks = looks_of(curve for table in tables for curve in table.curves)
    return [_panel(table, looks) for table in tables]


def _panel(table: LearningTable, looks: Looks) -> dict[str, Any]:
    places = {
        place: {(c.label, c.backbone): _points(table, c, place) for c in table.curves}
        for place in (AVERAGE, *table.domains)
    }
    grids = [learning_grid(table), support_grid(table)]
    return {"table": table, "grids": grids, **panel(table.curves, places, _shots(table), looks)}


def _points(table: LearningTable, curve: LearningCurve, place: str) -> list[Point]:
    domain = None if place == AVERAGE else place
    scores = [(n, curve.score(setting, domain)) for n, setting in enumerate(table.settings)]
    return [Point(n, score.f1, score.interval) for n, score in scores if score is not None]


def _shots(table: LearningTable) -> Scale:
    """Return an axis with a place for each setting, at equal distances, a little off both ends."""
    high = len(table.settings) - 0.5
    scale = Scale(-0.5, high, False, ())
    marks = (Mark(scale.at(n), short_name(setting)) for n, setting in enumerate(table.settings))
    return Scale(-0.5, high, False, tuple(marks))
