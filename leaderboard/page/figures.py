"""From a chart's description to what the templates draw: places in per cent of a drawing, and its tables.

``output.chart`` draws the same descriptions for files. A page's reader needs more than such a picture: it
follows the theme and the width of the window, holds no text as outlines, and its figures stand in tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmark.scoring.intervals import excludes_zero
from leaderboard.output.figure import AVERAGE, Axis, Curve, CurveChart, DotChart, Panels, Point
from leaderboard.page.scale import Mark, Scale, linear

_COLOURS = 7  # that are told apart; from then on dashes tell, too
_Looks = Mapping[tuple[str, str], str]  # label and backbone → the classes of a curve


def drawn(figure: CurveChart | DotChart) -> tuple[str, list[dict[str, Any]]]:
    """Return the template that draws a chart, and its panels."""
    if isinstance(figure, DotChart):
        return "chart_dots.html", _dots(figure)
    keys = dict.fromkeys(_key(curve) for row in figure.rows for curve in row.curves)
    looks = {key: f"c{n % _COLOURS} d{n // _COLOURS % 3}" for n, key in enumerate(keys)}
    return "chart_curves.html", [_curves(row, looks) for row in figure.rows if any(row.points())]


def _key(curve: Curve) -> tuple[str, str]:
    return curve.label, curve.backbone


def _curves(row: Panels, looks: _Looks) -> dict[str, Any]:
    """Return axes, drawings and key of a row of panels; a curve without a point somewhere is not there."""
    ends = [100 * end for one in row.points() for end in (one.interval.low, one.interval.high)]
    up, across = linear(ends, marks=5), _across(row.across)
    places = []
    for panel in row.panels:
        found = [(looks[_key(curve)], curve.points.get(panel, ())) for curve in row.curves]
        curves = [_drawn(look, points, up, across) for look, points in found if points]
        if curves or panel != AVERAGE:
            places.append({"title": panel, "curves": curves})
    key = [{"look": looks[_key(curve)], "row": curve} for curve in row.curves]
    return {"row": row, "up": up, "across": across, "places": places, "key": key}


def _across(axis: Axis) -> Scale:
    """Return the axis: numbers from 0 to the highest tick, or places a little off both ends."""
    low, high = (0.0, max(axis.ticks)) if axis.unit else (-0.5, len(axis.ticks) - 0.5)
    scale = Scale(low, high, False, ())
    marks = (Mark(scale.at(x), f"{text} {axis.unit}".strip()) for x, text in axis.ticks.items())
    return Scale(low, high, False, tuple(marks))


def _drawn(look: str, points: Sequence[Point], up: Scale, across: Scale) -> dict[str, Any]:
    """Return a curve in per cent of the drawing from its upper left: marks, their line, and its band."""

    def at(x: float, f1: float) -> tuple[float, float]:
        return across.at(x), round(100 - up.at(100 * f1), 2)

    marks = [at(one.x, one.f1) for one in points]
    upper = [at(one.x, one.interval.high) for one in points]
    lower = [at(one.x, one.interval.low) for one in points]
    return {"look": look, "marks": marks, "line": _path(marks), "band": _path([*upper, *reversed(lower)])}


def _path(places: Iterable[tuple[float, float]]) -> str:
    """Return places as SVG wants the points of a line."""
    return " ".join(f"{x:g},{y:g}" for x, y in places)


def _dots(figure: DotChart) -> list[dict[str, Any]]:
    """Return a panel for each column; oracles have panels of their own."""
    panels = []
    for column in figure.columns:
        for oracle in (False, True):
            dots = [dot for dot in column.dots if dot.oracle == oracle]
            intervals = [dot.difference.interval for dot in dots]
            if dots:
                scale = linear([0.0, *(100 * end for one in intervals for end in (one.low, one.high))])
                lines = [{"dot": dot, "sure": excludes_zero(dot.difference.interval)} for dot in dots]
                panels.append({"column": column, "oracle": oracle, "scale": scale, "lines": lines})
    return panels
