"""Differences to a base row as a chart: a dot and an interval a row, the base row as the line at zero.

In the style of ``chart_parts``: the same differences give the same bytes with one version of matplotlib.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from benchmark.scoring.intervals import LEVEL, excludes_zero
from leaderboard.analyses.ablations import Ablation, Ablations
from leaderboard.output.chart import Form, drawn
from leaderboard.output.escape import plain
from leaderboard.output.numbers import points, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SURE, UNSURE, ORACLE = "#0b5394", "#5f6b76", "#b45f06"  # told apart by shape too

_ROW = 0.30  # inches


def draw(tables: Sequence[Ablations], form: Form) -> bytes:
    """Return the chart of all tables as PNG or SVG: a column a table, oracles below on their own scale."""
    return drawn(lambda: _figure(tables), form, dpi=160)


def _figure(tables: Sequence[Ablations]) -> Figure:
    from matplotlib.figure import Figure

    bands = [band for band in (_labels(tables, False), _labels(tables, True)) if band]
    heights = [len(band) + 1 for band in bands]
    longest = max((len(label) for band in bands for label in band), default=0)
    figure = Figure(
        figsize=(0.085 * longest + 1.2 + 5.2 * len(tables), _ROW * sum(heights) + 0.75 * len(bands) + 0.9),
        layout="constrained",
    )
    grid = figure.subplots(
        *(max(len(bands), 1), len(tables)),
        squeeze=False,
        sharex="row",  # settings side by side are read on one scale
        gridspec_kw={"height_ratios": heights or [1]},
    )
    for number, band in enumerate(bands):
        for column, table in enumerate(tables):
            axes = grid[number][column]
            _panel(axes, table, band, first=column == 0)
            if number == 0:
                axes.set_title(_title(table), fontsize=11, loc="left")
            if number == len(bands) - 1:
                axes.set_xlabel(f"difference in F1, points, with its {LEVEL:.0%} interval")
    _legend(figure, tables)
    return figure


def _labels(tables: Iterable[Ablations], oracle: bool) -> list[str]:
    """Return the labels of one band in the suite's order, those of all tables together."""
    rows = [row for table in tables for row in table.rows if row.oracle == oracle and row.paired.average]
    return list(dict.fromkeys(row.label for row in rows))


def _title(table: Ablations) -> str:
    return plain(f"{table.setting}: 0 = {table.base} ({table.backbone}), F1 {points(table.average)}")


def _panel(axes: Axes, table: Ablations, labels: Sequence[str], *, first: bool) -> None:
    rows = {row.label: row for row in table.rows}
    axes.axvline(0, color="#333333", linewidth=1)
    for place, label in enumerate(labels):
        row = rows.get(label)
        if row is not None and row.paired.average is not None:
            _dot(axes, place, row)
    axes.set_yticks(range(len(labels)), [plain(label) for label in labels] if first else [""] * len(labels))
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.grid(axis="x", color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.margins(x=0.12)


def _dot(axes: Axes, place: int, row: Ablation) -> None:
    from matplotlib.patheffects import withStroke

    found = row.paired.average
    assert found is not None
    low, middle, high = (100 * v for v in (found.interval.low, found.observed, found.interval.high))
    sure = excludes_zero(found.interval)
    color = ORACLE if row.oracle else SURE if sure else UNSURE
    axes.plot([low, high], [place, place], color=color, linewidth=2, solid_capstyle="butt")
    marker = "D" if row.oracle else "o"
    face = color if sure else "white"
    axes.plot(middle, place, marker=marker, markersize=6.5, markerfacecolor=face, markeredgecolor=color)
    text = signed(found.observed) + (" (part)" if row.missing else "")
    written = axes.annotate(
        text, (middle, place), xytext=(0, 6), textcoords="offset points", ha="center", fontsize=8, color=color
    )
    written.set_path_effects([withStroke(linewidth=2.5, foreground="white")])  # the zero line may run below


def _legend(figure: Figure, tables: Sequence[Ablations]) -> None:
    from matplotlib.lines import Line2D

    rows = [row for table in tables for row in table.rows if row.paired.average]
    kinds = [
        ("o", SURE, SURE, "interval without 0", any(not row.oracle for row in rows)),
        ("o", UNSURE, "white", "interval with 0", any(not row.oracle for row in rows)),
        ("D", ORACLE, ORACLE, "oracle: types from gold, no method", any(row.oracle for row in rows)),
    ]
    handles = [
        Line2D([], [], marker=marker, color=color, markerfacecolor=face, linewidth=2, label=text)
        for marker, color, face, text, used in kinds
        if used
    ]
    figure.legend(
        handles=handles, loc="outside lower center", ncols=len(handles) or 1, frameon=False, fontsize=9
    )
