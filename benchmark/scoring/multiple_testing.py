"""Many comparisons at once: Holm's correction, and which rows of a table are tied."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

ALPHA = 0.05

_Key = TypeVar("_Key")


def holm(p_values: Mapping[_Key, float], comparisons: int | None = None) -> dict[_Key, float]:
    """Return the p-values corrected for their number, each at most 1.

    Whoever calls those significant that stay below α errs at all with probability α at most, however the
    tests hang together (Holm, *A Simple Sequentially Rejective Multiple Test Procedure*, Scandinavian Journal
    of Statistics 6, 1979). The k-th smallest of m is multiplied by m − k + 1, and is not below one before it.

    ``comparisons`` is m where more were planned than could be made: those count as if they had the largest
    p-values. Raises ``ValueError`` where it is less than the number of p-values.
    """
    number = len(p_values) if comparisons is None else comparisons
    if number < len(p_values):
        raise ValueError(f"{len(p_values)} p-values of {number} comparisons")
    corrected: dict[_Key, float] = {}
    most = 0.0
    for place, key in enumerate(sorted(p_values, key=lambda key: p_values[key])):
        most = max(most, min(1.0, (number - place) * p_values[key]))
        corrected[key] = most
    return {key: corrected[key] for key in p_values}


def tie_groups(rows: Sequence[_Key], separated: Callable[[_Key, _Key], bool]) -> dict[_Key, int]:
    """Return row → number of its tie group, from 1; ``rows`` come best first.

    The best row without a group opens one. Every row without a group joins it that the test does not separate
    from that best row. Then the best of those that are left opens the next. So a row's number is one more
    than the number of group bests that it is known to be below; equal numbers do not say that rows are equal.
    """
    groups: dict[_Key, int] = {}
    left = list(rows)
    number = 0
    while left:
        number += 1
        best = left[0]
        groups |= {row: number for row in left if row == best or not separated(best, row)}
        left = [row for row in left if row not in groups]
    return groups
