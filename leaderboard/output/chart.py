"""Charts as PNG and SVG, drawn from their description by matplotlib.

matplotlib is imported when a chart is drawn, not before. The same figures give the same bytes with one
version of matplotlib: its own fonts, no user's settings, no date, fixed names inside the SVG.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from benchmark.scoring.intervals import LEVEL, Interval, excludes_zero
from leaderboard.output.escape import plain
from leaderboard.output.figure import (
    AVERAGE,
    Axis,
    Curve,
    CurveChart,
    Differences,
    Dot,
    DotChart,
    Panels,
    Point,
)
from leaderboard.output.numbers import points, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Form = Literal["png", "svg"]
_Name = tuple[str, str]  # a curve's label with its mark, and its backbone
_Look = tuple[str, str, str]  # colour, marker and dashes

_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 10,
    "svg.hashsalt": "larbench",
    "svg.fonttype": "path",  # no viewer's font can move a label
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "text.parse_math": False,  # a label is a label, dollar signs included
}
# of Okabe and Ito: told apart without colour vision, and by marker and dashes besides
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5f6b76")
_MARKERS = "osD^vPX"
_DASHES = ("-", "--", "-.", ":")
_SURE, _UNSURE, _ORACLE = "#0b5394", "#5f6b76", "#b45f06"  # told apart by shape too
_ROW = 0.30  # inches, of a row of dots
_HEIGHTS = {"band": (2.7, 0.5), "arms": (3.0, 0.6)}  # inches, of a row of panels and of what is below them


def draw(chart: CurveChart | DotChart, form: Form) -> bytes:
    """Return a chart as PNG or SVG."""
    import matplotlib.style

    curves = isinstance(chart, CurveChart)
    with matplotlib.style.context(["default", _STYLE]):
        out = io.BytesIO()
        metadata = {"Date": None} if form == "svg" else {"Software": None}
        figure = _curves(chart) if isinstance(chart, CurveChart) else _dots(chart)
        figure.savefig(out, format=form, dpi=130 if curves else 160, metadata=metadata)
    return out.getvalue()


def _curves(chart: CurveChart) -> Figure:
    from matplotlib.figure import Figure

    names = dict.fromkeys(_name(curve) for row in chart.rows for curve in row.curves)
    looks = {name: _look(number) for number, name in enumerate(names)}
    columns = max(len(row.panels) for row in chart.rows)
    height, footer = _HEIGHTS[chart.intervals]
    size = (2.5 * columns + 0.6, height * len(chart.rows) + footer)
    figure = Figure(figsize=size, layout="constrained")
    below = figure.subfigures(len(chart.rows), 1, squeeze=False)[:, 0]
    for part, row in zip(below, chart.rows, strict=True):
        part.suptitle(plain(row.title), fontsize=11, x=0.01, ha="left")
        grid = part.subplots(1, columns, sharey=True, squeeze=False)[0]
        for number, axes in enumerate(grid):
            axes.tick_params(left=number == 0)
            axes.set_visible(number < len(row.panels))
            if number < len(row.panels):
                _panel(axes, row, row.panels[number], looks, chart.intervals)
        grid[0].set_ylabel("F1 × 100")
        grid[0].set_ylim(_heights([point.interval for point in row.points()]))
    _key_of_curves(figure, looks, chart.key)
    return figure


def _panel(axes: Axes, row: Panels, panel: str, looks: Mapping[_Name, _Look], intervals: str) -> None:
    for curve in row.curves:
        found = curve.points.get(panel, ())
        if found:
            (_band if intervals == "band" else _arms)(axes, found, looks[_name(curve)])
    _across(axes, row.across)
    axes.set_title(plain(panel), fontsize=10, fontweight="bold" if panel == AVERAGE else "normal")
    axes.grid(color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)


def _across(axes: Axes, axis: Axis) -> None:
    axes.set_xlabel(f"{axis.title}, {axis.unit}" if axis.unit else axis.title, fontsize=9)
    if axis.unit:
        axes.set_xticks(list(axis.ticks))
    else:
        axes.set_xticks(list(axis.ticks), list(axis.ticks.values()))
        axes.set_xlim(-0.4, len(axis.ticks) - 0.6)


def _band(axes: Axes, found: Sequence[Point], look: _Look) -> None:
    colour, marker, dashes = look
    across = [point.x for point in found]
    low, high = [100 * point.interval.low for point in found], [100 * point.interval.high for point in found]
    axes.fill_between(across, low, high, color=colour, alpha=0.15, linewidth=0)
    middle = [100 * point.f1 for point in found]
    axes.plot(across, middle, color=colour, marker=marker, markersize=5, linestyle=dashes, linewidth=1.6)


def _arms(axes: Axes, found: Sequence[Point], look: _Look) -> None:
    colour, marker, dashes = look
    for point in found:
        ends = (point.f1 - point.interval.low, point.interval.high - point.f1)
        # an interval that lies beside its figure has no arm on that side
        arms = [[max(0.0, 100 * end)] for end in ends]
        axes.errorbar(
            [point.x], [100 * point.f1], yerr=arms, color=colour, marker=marker, markersize=5, elinewidth=1
        )
    for here, there in pairwise(found):
        line, width = (dashes, 1.6) if here.joined else (":", 1.0)
        axes.plot(
            [here.x, there.x], [100 * here.f1, 100 * there.f1], color=colour, linestyle=line, linewidth=width
        )


def _name(curve: Curve) -> _Name:
    return (f"{curve.label} {curve.mark}" if curve.mark else curve.label, curve.backbone)


def _look(number: int) -> _Look:
    return (
        _COLOURS[number % len(_COLOURS)],
        _MARKERS[number % len(_MARKERS)],
        _DASHES[number % len(_DASHES)],
    )


def _heights(bands: Sequence[Interval]) -> tuple[float, float]:
    """Return the ends of the axis: tens that hold all bands, and no more, so that no curve lies flat."""
    low = 100 * min((band.low for band in bands), default=0.0)
    high = 100 * max((band.high for band in bands), default=1.0)
    return max(0.0, 10 * math.floor((low - 2) / 10)), min(100.0, 10 * math.ceil((high + 1) / 10))


def _key_of_curves(figure: Figure, looks: Mapping[_Name, _Look], title: str) -> None:
    from matplotlib.lines import Line2D

    handles = []
    for (label, backbone), (colour, marker, dashes) in looks.items():
        text = plain(f"{label} ({backbone})")
        handles.append(Line2D([], [], color=colour, marker=marker, linestyle=dashes, label=text))
    _key(figure, handles, min(4, len(handles)), title=title, title_fontsize=9)


def _key(figure: Figure, handles: Sequence[Any], columns: int, **more: Any) -> None:
    """Put what looks mean below a figure."""
    figure.legend(
        handles=handles, loc="outside lower center", ncols=columns or 1, frameon=False, fontsize=9, **more
    )


def _dots(chart: DotChart) -> Figure:
    from matplotlib.figure import Figure

    columns = chart.columns
    bands = [band for band in (_labels(columns, False), _labels(columns, True)) if band]
    heights = [len(band) + 1 for band in bands]
    longest = max((len(label) for band in bands for label in band), default=0)
    figure = Figure(
        figsize=(0.085 * longest + 1.2 + 5.2 * len(columns), _ROW * sum(heights) + 0.75 * len(bands) + 0.9),
        layout="constrained",
    )
    grid = figure.subplots(
        *(max(len(bands), 1), len(columns)),
        squeeze=False,
        sharex="row",  # settings side by side are read on one scale
        gridspec_kw={"height_ratios": heights or [1]},
    )
    for number, band in enumerate(bands):
        for place, column in enumerate(columns):
            axes = grid[number][place]
            _column(axes, column, band, first=place == 0)
            if number == 0:
                title = f"{column.setting}: 0 = {column.base} ({column.backbone}), F1 {points(column.f1)}"
                axes.set_title(plain(title), fontsize=11, loc="left")
            if number == len(bands) - 1:
                axes.set_xlabel(f"difference in F1, points, with its {LEVEL:.0%} interval")
    _key_of_dots(figure, [dot for column in columns for dot in column.dots])
    return figure


def _labels(columns: Iterable[Differences], oracle: bool) -> list[str]:
    """Return the labels of one band in the suite's order, those of all columns together."""
    return list(dict.fromkeys(d.label for column in columns for d in column.dots if d.oracle == oracle))


def _column(axes: Axes, column: Differences, labels: Sequence[str], *, first: bool) -> None:
    dots = {dot.label: dot for dot in column.dots}
    axes.axvline(0, color="#333333", linewidth=1)
    for place, label in enumerate(labels):
        if label in dots:
            _dot(axes, place, dots[label])
    axes.set_yticks(range(len(labels)), [plain(label) for label in labels] if first else [""] * len(labels))
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.grid(axis="x", color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.margins(x=0.12)


def _dot(axes: Axes, place: int, dot: Dot) -> None:
    from matplotlib.patheffects import withStroke

    found = dot.difference
    low, middle, high = (100 * v for v in (found.interval.low, found.observed, found.interval.high))
    sure = excludes_zero(found.interval)
    color = _ORACLE if dot.oracle else _SURE if sure else _UNSURE
    axes.plot([low, high], [place, place], color=color, linewidth=2, solid_capstyle="butt")
    marker = "D" if dot.oracle else "o"
    face = color if sure else "white"
    axes.plot(middle, place, marker=marker, markersize=6.5, markerfacecolor=face, markeredgecolor=color)
    text = signed(found.observed) + (" (part)" if dot.part else "")
    written = axes.annotate(
        text, (middle, place), xytext=(0, 6), textcoords="offset points", ha="center", fontsize=8, color=color
    )
    written.set_path_effects([withStroke(linewidth=2.5, foreground="white")])  # the zero line may run below


def _key_of_dots(figure: Figure, dots: Sequence[Dot]) -> None:
    from matplotlib.lines import Line2D

    methods, oracles = any(not dot.oracle for dot in dots), any(dot.oracle for dot in dots)
    kinds = [
        ("o", _SURE, _SURE, "interval without 0", methods),
        ("o", _UNSURE, "white", "interval with 0", methods),
        ("D", _ORACLE, _ORACLE, "oracle: types from gold, no method", oracles),
    ]
    handles = [
        Line2D([], [], marker=marker, color=color, markerfacecolor=face, linewidth=2, label=text)
        for marker, color, face, text, used in kinds
        if used
    ]
    _key(figure, handles, len(handles))
