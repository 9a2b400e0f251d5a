"""Severity curves as plain data: F1 over the rate of noise, a drawing a domain, on one scale for a series."""

from __future__ import annotations

from typing import Any

from leaderboard.analyses.noise_curves import Curve, CurveTable
from leaderboard.analyses.noise_files import ROBUSTNESS
from leaderboard.analyses.noise_grids import curve_grid, damage_grid
from leaderboard.board import Board
from leaderboard.output.numbers import percent
from leaderboard.page.curves import AVERAGE, Looks, Point, looks_of, panel
from leaderboard.page.scale import Mark, Scale


def severity(board: Board) -> list[dict[str, Any]]:
    """Return a panel for each series of noise and setting, its tables besides."""
    looks = looks_of(curve for table in (board.get(ROBUSTNESS) or ()) for curve in table.curves)
    return [
        _panel(table, looks)
        for table in (board.get(ROBUSTNESS) or ())
        if any(curve.domains for curve in table.curves)
    ]


def _panel(table: CurveTable, looks: Looks) -> dict[str, Any]:
    names = [AVERAGE, *table.domains] if any(curve.average for curve in table.curves) else table.domains
    places = {place: {(c.label, c.backbone): _points(c, place) for c in table.curves} for place in names}
    grids = [curve_grid(table), damage_grid(table)]
    return {"table": table, "grids": grids, **panel(table.curves, places, _rates(table.rates), looks)}


def _points(curve: Curve, place: str) -> list[Point]:
    line = curve.average if place == AVERAGE else curve.domains.get(place)
    return [Point(p.rate, p.f1.value, p.f1.interval) for p in line.points] if line is not None else []


def _rates(rates: tuple[float, ...]) -> Scale:
    """Return an axis from 0 to the highest rate, marked at the rates themselves."""
    high = rates[-1]
    marks = tuple(Mark(round(100 * rate / high, 2), percent(rate)) for rate in rates)
    return Scale(0.0, high, False, marks)
