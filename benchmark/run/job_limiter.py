"""How many cells compute at a time: one that waits for another's work lends its place to the next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class JobLimiter:
    """So many places for cells; safe to use from several threads.

    Who has waited goes on at once: for a while more cells may then compute than there are places, and none
    starts until enough of them have ended.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._taken = 0
        self._came = self._entered = 0  # who comes first takes the next place
        self._change = threading.Condition()

    @contextmanager
    def one(self) -> Iterator[Callable[[bool], None]]:
        """Take a place, as soon as there is one, for the time of the block.

        What comes with it is to be told True when its holder begins to wait, and False when it goes on.
        """
        lent = False

        def wait(waits: bool) -> None:
            nonlocal lent
            if waits != lent:
                lent = waits
                self._add(-1 if waits else 1)

        with self._change:
            turn, self._came = self._came, self._came + 1
            self._change.wait_for(lambda: turn == self._entered and self._taken < self.count)
            self._entered += 1
            self._taken += 1
            self._change.notify_all()
        try:
            yield wait
        finally:
            if not lent:
                self._add(-1)

    def _add(self, change: int) -> None:
        with self._change:
            self._taken += change
            self._change.notify_all()
