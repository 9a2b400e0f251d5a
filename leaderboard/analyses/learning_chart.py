"""Learning curves: F1 over shots, a panel a domain, an arm for the interval.

The axis has a place for each setting, from no labels to all, at equal distances: shots grow about
geometrically, and the ends have no number. Few-shot points are joined by full lines, the ends by dotted ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from benchmark.scoring.intervals import LEVEL, Interval
from benchmark.settings import shots_of
from leaderboard.analyses.learning_curves import LearningCurve, LearningTable
from leaderboard.analyses.learning_grids import short_name, title
from leaderboard.output.chart import AVERAGE, Form, Look, Name, curve_panels, drawn, name_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw(tables: Sequence[LearningTable], form: Form) -> bytes:
    """Return the chart of all tables as PNG or SVG: a row of panels a table, a column a domain."""
    return drawn(lambda: _figure(tables), form, dpi=130)


def _figure(tables: Sequence[LearningTable]) -> Figure:
    return curve_panels(
        tables,
        height=3.0,
        footer=0.6,
        title=title,
        bands=_bands,
        fill=_fill,
        key=f"arms: {LEVEL:.0%} interval over test sentences and, of several seeds, seeds",
    )


def _bands(table: LearningTable) -> Iterable[Interval]:
    places = (None, *table.domains)
    scores = [c.score(setting, place) for c in table.curves for setting in table.settings for place in places]
    return [score.interval for score in scores if score is not None]


def _fill(axes: Axes, table: LearningTable, place: str, looks: Mapping[Name, Look]) -> None:
    for curve in table.curves:
        _curve(axes, curve, table.settings, None if place == AVERAGE else place, looks[name_of(curve)])
    axes.set_xlabel("mentions of each type", fontsize=9)
    axes.set_xticks(range(len(table.settings)), [short_name(setting) for setting in table.settings])
    axes.set_xlim(-0.4, len(table.settings) - 0.6)


def _curve(
    axes: Axes,
    curve: LearningCurve,
    settings: Sequence[str],
    domain: str | None,
    look: Look,
) -> None:
    colour, marker, dashes = look
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
