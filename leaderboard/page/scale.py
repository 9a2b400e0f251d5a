"""From values to places on a drawing, in per cent of its width or height, with round marks.

matplotlib chooses the marks: what a good axis is has been settled there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Mark:
    """A labelled place on an axis, in per cent from its start."""

    at: float
    text: str


@dataclass(frozen=True)
class Scale:
    """An axis from ``low`` to ``high``, logarithmic or not, with its marks."""

    low: float
    high: float
    log: bool
    marks: tuple[Mark, ...]

    def at(self, value: float) -> float:
        """Return where a value lies, in per cent from the start, rounded to a hundredth."""
        return round(_place(value, self.low, self.high, self.log), 2)


def linear(values: Iterable[float], *, marks: int = 6, whole: bool = False) -> Scale:
    """Return an axis over the values, widened to round marks; ``whole``: years, without commas or halves."""
    from matplotlib.ticker import MaxNLocator

    low, high = _ends(values)
    rounds = [1, 2, 5, 10] if whole else [1, 2, 2.5, 5, 10]
    steps = MaxNLocator(nbins=marks, steps=rounds, integer=whole).tick_values(low, high)
    places = [float(step) for step in steps]
    scale = _scale(places[0], places[-1], False, places)
    if not whole:
        return scale
    return replace(scale, marks=tuple(Mark(mark.at, mark.text.replace(",", "")) for mark in scale.marks))


def logarithmic(values: Iterable[float]) -> Scale:
    """Return an axis over positive values whose marks are 1, 2 or 5 times a power of ten."""
    low, high = _ends(values)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    rounds = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
    low = max((r for r in rounds if r <= low), default=low)
    high = min((r for r in rounds if r >= high), default=high)
    inside = [r for r in rounds if low <= r <= high]
    tens = [r for r in inside if round(math.log10(r), 6).is_integer()]
    return _scale(low, high, True, inside if len(inside) <= 6 else tens)


def _ends(values: Iterable[float]) -> tuple[float, float]:
    found = [value for value in values if math.isfinite(value)]
    low, high = (min(found), max(found)) if found else (0.0, 1.0)
    if low == high:
        low, high = (low * 0.8, high * 1.25) if low > 0 else (low - 1, high + 1)
    return low, high


def _scale(low: float, high: float, log: bool, marks: Iterable[float]) -> Scale:
    placed = (
        Mark(round(_place(mark, low, high, log), 2), f"{mark:,.6g}".replace("-", "\u2212")) for mark in marks
    )
    return Scale(low, high, log, tuple(placed))


def _place(value: float, low: float, high: float, log: bool) -> float:
    if log:
        value, low, high = math.log(value), math.log(low), math.log(high)
    return 100 * (value - low) / (high - low)
