"""How long the rest of a run takes: what its cells are expected to take, corrected by what they took."""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmark.plan.estimate import Expected

# the expectation counts like this share of the run, measured: one cell says little of all the others
_TRUST = 0.1


class TimeLeft:
    """Tells the seconds that a run still needs.

    What cells share, a source tagger say, is made by some of them while others wait. So all time that ended
    cells did not take for themselves counts as such work, until as much of it is done as was expected, or
    half of the cells have ended: it comes early.

    Parameters
    ----------
    expected : Expected
        What cells and the work that they share may take.
    jobs : int
        Cells at a time.
    clock : callable
        Returns seconds.
    """

    def __init__(self, expected: Expected, jobs: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rest = dict(expected.cells)
        self._shared = expected.shared
        self._trusted = _TRUST * sum(expected.cells.values())
        self._ended = self._took = 0.0  # what ended cells were expected to take, and what they did take
        self._jobs = max(1, jobs)
        self._clock = clock
        self._start = clock()

    def ended(self, cell: str, seconds: float) -> None:
        """Note that a cell has ended, and how long it took without what it shares."""
        self._ended += self._rest.pop(cell, 0.0)
        self._took += seconds

    def seconds(self) -> float:
        """Return the seconds left."""
        slower = (self._took + self._trusted) / max(self._ended + self._trusted, 1e-9)
        rest = sum(self._rest.values())
        spent = max(0.0, (self._clock() - self._start) * self._jobs - self._took)
        to_come = max(0.0, 1.0 - 2 * self._ended / max(self._ended + rest, 1e-9))
        left = slower * rest + to_come * max(0.0, slower * self._shared - spent)
        return left / min(self._jobs, max(1, len(self._rest)))
