"""Numbers and marks as text, one way for every table, file and page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from benchmark.scoring.intervals import LEVEL, Difference, Interval, excludes_zero

NONE = "—"
STAR = "*"
_DIGITS = 6  # of a fraction: beyond any meaning, within what every machine agrees on


def points(value: float | None) -> str:
    """Render a fraction as points with one decimal; a dash where there is none."""
    return NONE if value is None else f"{100 * value:.1f}"


def percent(rate: float) -> str:
    """Render a rate."""
    return f"{100 * rate:.4g} %"


def interval(value: Interval) -> str:
    """Render an interval in points."""
    return f"{points(value.low)}–{points(value.high)}"


def signed(value: float) -> str:
    """Render a difference as points with a sign; what rounds to nothing has none."""
    text = f"{100 * value:+.1f}".replace("-", "\u2212")
    return "0.0" if text[1:] == "0.0" else text


def span(difference: Difference) -> str:
    """Render the interval of a difference."""
    return f"{signed(difference.interval.low)} to {signed(difference.interval.high)}"


def starred(difference: Difference) -> str:
    """Render a difference, marked where its interval holds no 0."""
    return signed(difference.observed) + (STAR if excludes_zero(difference.interval) else "")


def number_range(values: set[int]) -> str:
    """Render the least and the greatest of some numbers, as ``3`` or ``2–3``; ``0`` where there are none."""
    return "–".join(map(str, dict.fromkeys((min(values), max(values))))) if values else "0"


def rounded(value: float | None) -> float | None:
    """Return a fraction with as many digits as files hold."""
    return None if value is None else round(value, _DIGITS)


def places(cells: Iterable[tuple[str, int]]) -> str:
    """Name cells, as (domain, seed), by domain: ``ai (seed 1, 2), music (seed 1)``."""
    seeds: dict[str, list[int]] = {}
    for domain, seed in cells:
        seeds.setdefault(domain, []).append(seed)
    return ", ".join(f"{domain} (seed {', '.join(map(str, some))})" for domain, some in seeds.items())


def estimate_values(name: str, value: float, limits: Interval) -> dict[str, float | None]:
    """Return a figure and its interval under names of files: ``f1``, ``f1_low`` and ``f1_high``."""
    return {name: rounded(value), f"{name}_low": rounded(limits.low), f"{name}_high": rounded(limits.high)}


def difference_values(difference: Difference) -> dict[str, Any]:
    """Return a difference and its interval, as JSON values."""
    return {
        "difference": rounded(difference.observed),
        "low": rounded(difference.interval.low),
        "high": rounded(difference.interval.high),
        "excludes_zero": excludes_zero(difference.interval),
    }


def interval_facts(resamples: int) -> dict[str, Any]:
    """Return how intervals of paired differences are made, as JSON values."""
    method = (
        "percentile bootstrap over groups of equal sentences, paired; of several seeds, with Student's"
        " margin of the mean of their differences"
    )
    return {"level": LEVEL, "resamples": resamples, "method": method}
