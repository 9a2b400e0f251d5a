"""Severity curves: F1 over the rate of noise, a panel a domain, a band for the interval.

In the style of ``ablation_chart``: the same curves give the same bytes with one version of matplotlib.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from benchmark.scoring.intervals import LEVEL
from leaderboard.ablation_chart import STYLE
from leaderboard.escape import plain
from leaderboard.noise_curves import Curve, CurveTable, Line
from leaderboard.noise_grids import ON, marked, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

AVERAGE = "average"

# of Okabe and Ito: told apart without colour vision, and by marker and dashes besides
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5f6b76")
_MARKERS = "osD^vPX"
_DASHES = ("-", "--", "-.", ":")


def draw(tables: Sequence[CurveTable], form: Literal["png", "svg"] | str) -> bytes:
    """Return the chart of all tables as PNG or SVG: a row of panels a table, a column a domain."""
    import matplotlib.style

    with matplotlib.style.context(["default", STYLE]):
        figure = _figure(tables)
        out = io.BytesIO()
        metadata = {"Date": None} if form == "svg" else {"Software": None}
        figure.savefig(out, format=form, dpi=130, metadata=metadata)
    return out.getvalue()


def _figure(tables: Sequence[CurveTable]) -> Figure:
    from matplotlib.figure import Figure

    columns = max(len(table.domains) for table in tables) + 1
    figure = Figure(figsize=(2.5 * columns + 0.6, 2.7 * len(tables) + 0.5), layout="constrained")
    panels = figure.subfigures(len(tables), 1, squeeze=False)[:, 0]
    names = list(dict.fromkeys((marked(c), c.backbone) for table in tables for c in table.curves))
    for panel, table in zip(panels, tables, strict=True):
        says = f"{title(table)}: {ON[table.noise['on']]}"
        panel.suptitle(plain(says), fontsize=11, x=0.01, ha="left")
        grid = panel.subplots(1, columns, sharey=True, squeeze=False)[0]
        for number, axes in enumerate(grid):
            axes.tick_params(left=number == 0)
            place = (AVERAGE, *table.domains)[number] if number <= len(table.domains) else None
            axes.set_visible(place is not None)
            if place is not None:
                _panel(axes, table, place, names)
        grid[0].set_ylabel("F1 × 100")
        grid[0].set_ylim(_heights(table))
    legend(figure, names, f"band: {LEVEL:.0%} interval over test sentences")
    return figure


def _heights(table: CurveTable) -> tuple[float, float]:
    """Return the ends of the axis: tens that hold all bands, and no more, so that no curve lies flat."""
    lines = [line for curve in table.curves for line in (curve.average, *curve.domains.values()) if line]
    bands = [point.f1.interval for line in lines for point in line.points]
    low = 100 * min((band.low for band in bands), default=0.0)
    high = 100 * max((band.high for band in bands), default=1.0)
    return max(0.0, 10 * math.floor((low - 2) / 10)), min(100.0, 10 * math.ceil((high + 1) / 10))


def _panel(axes: Axes, table: CurveTable, place: str, names: Sequence[tuple[str, str]]) -> None:
    for curve in table.curves:
        line = curve.average if place == AVERAGE else curve.domains.get(place)
        if line is not None:
            _curve(axes, curve, line, names)
    axes.set_title(plain(place), fontsize=10, fontweight="bold" if place == AVERAGE else "normal")
    axes.set_xlabel("rate of noise, %", fontsize=9)
    axes.set_xticks([100 * rate for rate in table.rates])
    axes.grid(color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)


def _curve(axes: Axes, curve: Curve, line: Line, names: Sequence[tuple[str, str]]) -> None:
    colour, marker, dashes = look(names.index((marked(curve), curve.backbone)))
    rates = [100 * point.rate for point in line.points]
    low, high = (
        [100 * bound for bound in some]
        for some in zip(*((p.f1.interval.low, p.f1.interval.high) for p in line.points), strict=True)
    )
    axes.fill_between(rates, low, high, color=colour, alpha=0.15, linewidth=0)
    middle = [100 * point.f1.value for point in line.points]
    axes.plot(rates, middle, color=colour, marker=marker, markersize=5, linestyle=dashes, linewidth=1.6)


def look(number: int) -> tuple[str, str, str]:
    """Return colour, marker and dashes of a row by its number, the same in all panels."""
    return (
        _COLOURS[number % len(_COLOURS)],
        _MARKERS[number % len(_MARKERS)],
        _DASHES[number % len(_DASHES)],
    )


def legend(figure: Figure, names: Sequence[tuple[str, str]], title: str) -> None:
    """Put the looks of rows, each (label, backbone), below a figure."""
    from matplotlib.lines import Line2D

    handles = []
    for number, (label, backbone) in enumerate(names):
        colour, marker, dashes = look(number)
        text = plain(f"{label} ({backbone})")
        handles.append(Line2D([], [], color=colour, marker=marker, linestyle=dashes, label=text))
    figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=min(4, len(handles) or 1),
        frameon=False,
        fontsize=9,
        title=title,
        title_fontsize=9,
    )
