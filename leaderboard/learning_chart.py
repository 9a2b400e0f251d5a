"""Learning curves: F1 over shots, a panel a domain, an arm for the interval.

The axis has a place for each setting, from no labels to all, at equal distances: shots grow about
geometrically, and the ends have no number. Few-shot points are joined by full lines, the ends by dotted ones.
In the style of ``noise_chart``: the same curves give the same bytes with one version of matplotlib.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from benchmark.scoring.intervals import LEVEL
from benchmark.settings import shots_of
from leaderboard.ablation_chart import STYLE
from leaderboard.escape import plain
from leaderboard.learning_curves import LearningCurve, LearningTable
from leaderboard.learning_grids import marked, short_name, title
from leaderboard.noise_chart import AVERAGE, legend, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw(tables: Sequence[LearningTable], form: Literal["png", "svg"] | str) -> bytes:
    """Return the chart of all tables as PNG or SVG: a row of panels a table, a column a domain."""
    import matplotlib.style

    with matplotlib.style.context(["default", STYLE]):
        figure = _figure(tables)
        out = io.BytesIO()
        metadata = {"Date": None} if form == "svg" else {"Software": None}
        figure.savefig(out, format=form, dpi=130, metadata=metadata)
    return out.getvalue()


def _figure(tables: Sequence[LearningTable]) -> Figure:
    from matplotlib.figure import Figure

    columns = max(len(table.domains) for table in tables) + 1
    figure = Figure(figsize=(2.5 * columns + 0.6, 3.0 * len(tables) + 0.6), layout="constrained")
    panels = figure.subfigures(len(tables), 1, squeeze=False)[:, 0]
    names = list(dict.fromkeys((marked(c), c.backbone) for table in tables for c in table.curves))
    for panel, table in zip(panels, tables, strict=True):
        panel.suptitle(plain(title(table)), fontsize=11, x=0.01, ha="left")
        grid = panel.subplots(1, columns, sharey=True, squeeze=False)[0]
        for number, axes in enumerate(grid):
            axes.tick_params(left=number == 0)
            place = (AVERAGE, *table.domains)[number] if number <= len(table.domains) else None
            axes.set_visible(place is not None)
            if place is not None:
                _panel(axes, table, place, names)
        grid[0].set_ylabel("F1 × 100")
        grid[0].set_ylim(_heights(table))
    legend(figure, names, f"arms: {LEVEL:.0%} interval over test sentences and, of several seeds, seeds")
    return figure


def _heights(table: LearningTable) -> tuple[float, float]:
    """Return the ends of the axis: tens that hold all bands, and no more."""
    places = (None, *table.domains)
    scores = [c.score(setting, place) for c in table.curves for setting in table.settings for place in places]
    bands = [score.interval for score in scores if score is not None]
    low = 100 * min((band.low for band in bands), default=0.0)
    high = 100 * max((band.high for band in bands), default=1.0)
    return max(0.0, 10 * math.floor((low - 2) / 10)), min(100.0, 10 * math.ceil((high + 1) / 10))


def _panel(axes: Axes, table: LearningTable, place: str, names: Sequence[tuple[str, str]]) -> None:
    for curve in table.curves:
        _curve(axes, curve, table.settings, None if place == AVERAGE else place, names)
    axes.set_title(plain(place), fontsize=10, fontweight="bold" if place == AVERAGE else "normal")
    axes.set_xlabel("mentions of each type", fontsize=9)
    axes.set_xticks(range(len(table.settings)), [short_name(setting) for setting in table.settings])
    axes.set_xlim(-0.4, len(table.settings) - 0.6)
    axes.grid(color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)


def _curve(
    axes: Axes,
    curve: LearningCurve,
    settings: Sequence[str],
    domain: str | None,
    names: Sequence[tuple[str, str]],
) -> None:
    colour, marker, dashes = look(names.index((marked(curve), curve.backbone)))
    found = [(n, setting, curve.score(setting, domain)) for n, setting in enumerate(settings)]
    points = [(n, setting, score) for n, setting, score in found if score is not None]
    for number, _, score in points:
        arms = [[100 * (score.f1 - score.interval.low)], [100 * (score.interval.high - score.f1)]]
        # an interval that lies beside its figure has no arm on that side
        arms = [[max(0.0, length)] for (length,) in arms]
        axes.errorbar(
            [number], [100 * score.f1], yerr=arms, color=colour, marker=marker, markersize=5, elinewidth=1
        )
    for (here, before, one), (there, after, other) in pairwise(points):
        full = shots_of(before) is not None and shots_of(after) is not None
        line, width = (dashes, 1.6) if full else (":", 1.0)
        axes.plot(
            [here, there], [100 * one.f1, 100 * other.f1], color=colour, linestyle=line, linewidth=width
        )
