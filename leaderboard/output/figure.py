"""What a chart shows, said once: ``output.chart`` draws it for files, the page for its readers.

Scores and differences are fractions. Texts are as they come: who draws them makes them harmless.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from benchmark.scoring.intervals import Difference, Interval
from leaderboard.output.table import Table

AVERAGE = "average"


class Point(NamedTuple):
    """A score with its interval at a value of the axis across; ``joined``: a full line leads to the next."""

    x: float
    f1: float
    interval: Interval
    joined: bool = True


@dataclass(frozen=True)
class Curve:
    """A row of the board in each panel: ``points`` maps a panel's title to its points, by rising x.

    ``mark`` is what stands behind its label where there is room for it, or "".
    """

    label: str
    backbone: str
    points: Mapping[str, tuple[Point, ...]]
    mark: str = ""


@dataclass(frozen=True)
class Axis:
    """The axis across: ``ticks`` maps a value to its text.

    With a ``unit``, values are numbers from 0 on; without one, places at equal distances, numbered from 0.
    """

    title: str
    ticks: Mapping[float, str]
    unit: str = ""


@dataclass(frozen=True)
class Panels:
    """A row of panels on one scale: the same curves on average, then in each domain.

    ``tables`` hold the same figures for those who do not see them, and what is behind them, each under a few
    words. ``setting`` is the one that all of it is of, or "".
    """

    title: str
    panels: tuple[str, ...]
    curves: tuple[Curve, ...]
    across: Axis
    tables: Mapping[str, Table] = field(default_factory=dict)
    setting: str = ""

    def points(self) -> Iterator[Point]:
        """Yield the points of all panels."""
        for curve in self.curves:
            for panel in self.panels:
                yield from curve.points.get(panel, ())


@dataclass(frozen=True)
class CurveChart:
    """Curves of F1, a row of panels below the other; intervals are drawn as a band or as arms.

    ``title`` and ``says`` head it where it is not the whole of a page; ``key`` says what intervals are.
    """

    title: str
    says: str
    rows: tuple[Panels, ...]
    intervals: Literal["band", "arms"]
    key: str


@dataclass(frozen=True)
class Dot:
    """A row's difference to the base; ``part``: of some of the base's cells alone. An oracle is no method."""

    label: str
    difference: Difference
    part: bool
    oracle: bool


@dataclass(frozen=True)
class Differences:
    """Rows held against one base row, which scores ``f1``, in one setting."""

    setting: str
    base: str
    backbone: str
    f1: float
    dots: tuple[Dot, ...]


@dataclass(frozen=True)
class DotChart:
    """Differences in F1 with their intervals, side by side on one scale; oracles below, on their own."""

    title: str
    says: str
    columns: tuple[Differences, ...]


Figure = CurveChart | DotChart
