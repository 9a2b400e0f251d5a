"""Panels of curves as plain data: a drawing a domain and one of the average, on one scale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from benchmark.scoring.intervals import Interval
from leaderboard.analyses.views import Key
from leaderboard.page.scale import Scale, linear

AVERAGE = "average"
_LOOKS = 7  # colours that are told apart; from then on dashes tell, too


class Point(NamedTuple):
    """F1 (a fraction) with its interval, at a value of the axis across."""

    x: float
    f1: float
    interval: Interval


class Row(Protocol):
    """What a curve is of."""

    @property
    def label(self) -> str:
        """Its name on the board."""
        ...

    @property
    def backbone(self) -> str:
        """Its pre-trained encoder."""
        ...


Looks = Mapping[Key, str]
Places = Mapping[str, Mapping[Key, Sequence[Point]]]  # the average's or a domain's name → row → its points


def looks_of(rows: Iterable[Row]) -> Looks:
    """Return the classes of each row, the same in all panels."""
    keys = dict.fromkeys((row.label, row.backbone) for row in rows)
    return {key: f"c{n % _LOOKS} d{n // _LOOKS % 3}" for n, key in enumerate(keys)}


def panel(rows: Sequence[Row], places: Places, across: Scale, looks: Looks) -> dict[str, Any]:
    """Return axes, drawings and key of a panel; a row without a point somewhere has no curve there."""
    points = [one for curves in places.values() for some in curves.values() for one in some]
    up = linear([100 * end for one in points for end in (one.interval.low, one.interval.high)], marks=5)
    return {
        "up": up,
        "across": across,
        "places": [
            {
                "title": place,
                "curves": [_drawn(looks[key], some, up, across) for key, some in curves.items() if some],
            }
            for place, curves in places.items()
        ],
        "key": [{"look": looks[row.label, row.backbone], "row": row} for row in rows],
    }


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
