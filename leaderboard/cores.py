"""Measuring thousands of cells on all cores; fewer are done sooner than other processes start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from benchmark.errors import LarbenchError
from leaderboard.gold import GoldShelf

MANY = 2_000  # cells

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def on_all_cores(
    work: Callable[[_Item, GoldShelf], _Result], items: Sequence[_Item], shelf: GoldShelf, *, cells: int
) -> list[_Result]:
    """Return what ``work`` makes of each item, given gold; ``cells`` is how many are measured in all.

    ``work`` is a function of a module, or a ``partial`` of one; what it raises is raised here.
    """
    if cells < MANY:
        return _all(work, items, shelf)
    from joblib import Parallel, cpu_count, delayed

    cores = cpu_count()
    parts = [items[first::cores] for first in range(cores)]
    try:
        done = Parallel(n_jobs=cores)(delayed(_all)(work, part, shelf) for part in parts)
    except LarbenchError:  # met again here: on its way from another process its text suffers
        return _all(work, items, shelf)
    return [done[place % cores][place // cores] for place in range(len(items))]


def _all(
    work: Callable[[_Item, GoldShelf], _Result], items: Sequence[_Item], shelf: GoldShelf
) -> list[_Result]:
    return [work(item, shelf) for item in items]
