"""Measuring thousands of cells on all cores; fewer are done sooner than other processes start."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

from benchmark.errors import LarbenchError
from benchmark.garbage import collector_paused
from leaderboard.results.gold import GoldCache

MANY = 2_000  # cells
_PARTS = 16  # a core: what is on its way from one process to the other is little of the whole

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def on_all_cores(
    work: Callable[[_Item, GoldCache], _Result], items: Sequence[_Item], cache: GoldCache, *, cells: int
) -> Iterator[_Result]:
    """Yield what ``work`` makes of each item, given gold; ``cells`` is how many are measured in all.

    ``work`` is a function of a module, or a ``partial`` of one; what it raises is raised here.
    """
    done = 0
    if cells >= MANY:
        with suppress(LarbenchError):  # met again below: on its way from another process its text suffers
            for results in _in_parts(work, items, cache):
                yield from results
                done += len(results)
    for item in items[done:]:
        yield work(item, cache)


def _in_parts(
    work: Callable[[_Item, GoldCache], _Result], items: Sequence[_Item], cache: GoldCache
) -> Iterator[list[_Result]]:
    from joblib import Parallel, cpu_count, delayed

    cores = cpu_count()
    size = max(1, len(items) // (cores * _PARTS))
    parts = [items[first : first + size] for first in range(0, len(items), size)]
    yield from Parallel(n_jobs=cores, return_as="generator")(
        delayed(_all)(work, part, cache) for part in parts
    )


def _all(
    work: Callable[[_Item, GoldCache], _Result], items: Sequence[_Item], cache: GoldCache
) -> list[_Result]:
    with collector_paused():
        return [work(item, cache) for item in items]
