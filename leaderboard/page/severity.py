"""Severity curves as plain data: F1 over the rate of noise, a drawing a domain, on one scale for a series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leaderboard.board import Board
from leaderboard.noise_curves import Curve, CurveTable, Line
from leaderboard.noise_grids import curve_grid, damage_grid, percent
from leaderboard.page.scale import Mark, Scale, linear
from leaderboard.views import Key

LOOKS = 7  # colours that are told apart; from then on dashes tell, too


def severity(board: Board) -> list[dict[str, Any]]:
    """Return a panel for each series of noise and setting, its tables besides."""
    rows = dict.fromkeys((curve.label, curve.backbone) for table in board.noise for curve in table.curves)
    looks = {key: f"c{n % LOOKS} d{n // LOOKS % 3}" for n, key in enumerate(rows)}  # one a row, in all panels
    return [_panel(table, looks) for table in board.noise if any(curve.domains for curve in table.curves)]


def _panel(table: CurveTable, looks: Mapping[Key, str]) -> dict[str, Any]:
    lines = [line for curve in table.curves for line in (curve.average, *curve.domains.values()) if line]
    ends = [
        100 * end for line in lines for p in line.points for end in (p.f1.interval.low, p.f1.interval.high)
    ]
    up, across = linear(ends, marks=5), _rates(table.rates)
    places = ["average", *table.domains] if any(curve.average for curve in table.curves) else table.domains
    return {
        "table": table,
        "up": up,
        "across": across,
        "places": [
            {
                "title": place,
                "curves": [
                    _drawn(looks[curve.label, curve.backbone], line, up, across)
                    for curve in table.curves
                    if (line := _line(curve, place)) is not None
                ],
            }
            for place in places
        ],
        "key": [{"look": looks[curve.label, curve.backbone], "row": curve} for curve in table.curves],
        "grids": [curve_grid(table), damage_grid(table)],
    }


def _line(curve: Curve, place: str) -> Line | None:
    return curve.average if place == "average" else curve.domains.get(place)


def _rates(rates: tuple[float, ...]) -> Scale:
    """Return an axis from 0 to the highest rate, marked at the rates themselves."""
    high = rates[-1]
    marks = tuple(Mark(round(100 * rate / high, 2), percent(rate)) for rate in rates)
    return Scale(0.0, high, False, marks)


def _drawn(look: str, line: Line, up: Scale, across: Scale) -> dict[str, Any]:
    """Return a curve in per cent of the drawing from its upper left: marks, their line, and its band."""

    def at(rate: float, f1: float) -> tuple[float, float]:
        return across.at(rate), round(100 - up.at(100 * f1), 2)

    marks = [at(point.rate, point.f1.value) for point in line.points]
    upper = [at(point.rate, point.f1.interval.high) for point in line.points]
    lower = [at(point.rate, point.f1.interval.low) for point in line.points]
    return {"look": look, "marks": marks, "line": path(marks), "band": path([*upper, *reversed(lower)])}


def path(places: list[tuple[float, float]]) -> str:
    """Return places as SVG wants the points of a line."""
    return " ".join(f"{x:g},{y:g}" for x, y in places)
