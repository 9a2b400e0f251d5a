"""Severity curves: F1 over the rate of noise, a panel a domain, a band for the interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from benchmark.scoring.intervals import LEVEL, Interval
from leaderboard.analyses.noise_curves import CurveTable, Line
from leaderboard.analyses.noise_grids import ON, title
from leaderboard.output.chart import AVERAGE, Form, Look, Name, curve_panels, drawn, name_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw(tables: Sequence[CurveTable], form: Form) -> bytes:
    """Return the chart of all tables as PNG or SVG: a row of panels a table, a column a domain."""
    return drawn(lambda: _figure(tables), form, dpi=130)


def _figure(tables: Sequence[CurveTable]) -> Figure:
    return curve_panels(
        tables,
        height=2.7,
        footer=0.5,
        title=lambda table: f"{title(table)}: {ON[table.noise['on']]}",
        bands=_bands,
        fill=_fill,
        key=f"band: {LEVEL:.0%} interval over test sentences",
    )


def _bands(table: CurveTable) -> Iterable[Interval]:
    lines = [line for curve in table.curves for line in (curve.average, *curve.domains.values()) if line]
    return [point.f1.interval for line in lines for point in line.points]


def _fill(axes: Axes, table: CurveTable, place: str, looks: Mapping[Name, Look]) -> None:
    for curve in table.curves:
        line = curve.average if place == AVERAGE else curve.domains.get(place)
        if line is not None:
            _curve(axes, line, looks[name_of(curve)])
    axes.set_xlabel("rate of noise, %", fontsize=9)
    axes.set_xticks([100 * rate for rate in table.rates])


def _curve(axes: Axes, line: Line, look: Look) -> None:
    colour, marker, dashes = look
    rates = [100 * point.rate for point in line.points]
    low, high = (
        [100 * bound for bound in some]
        for some in zip(*((p.f1.interval.low, p.f1.interval.high) for p in line.points), strict=True)
    )
    axes.fill_between(rates, low, high, color=colour, alpha=0.15, linewidth=0)
    middle = [100 * point.f1.value for point in line.points]
    axes.plot(rates, middle, color=colour, marker=marker, markersize=5, linestyle=dashes, linewidth=1.6)
