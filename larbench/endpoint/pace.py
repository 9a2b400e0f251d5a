"""How fast a server can be asked: found out from how it answers, while asking."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from larbench.endpoint.policy import Policy

_FEWEST = 4  # answers at a level before it is judged
_SLOWER = 1.5  # times the seconds at the level below: there, more at once bring hardly more
_HOLD = 25  # answers after which a level that was too high is tried again
_SHORTEST_TIMEOUT = 60.0
_STALLED = 20.0  # times the slowest answer so far: such a request is not being answered


class Pace:
    """How many requests may be under way (``level``), and until when none may be sent.

    The level starts with one and doubles while answers come no slower; it goes back where they do, and falls
    on time-outs and rate limits. A pause holds for all requests. It grows while nothing is answered: by one
    step for all requests that were under way when it began (``round`` tells these apart).
    """

    def __init__(self, policy: Policy, clock: Callable[[], float], jitter: Callable[[], float]) -> None:
        self._policy, self._clock, self._jitter = policy, clock, jitter
        self.level = 1
        self.round = 0
        self.seconds: float | None = None  # of a typical answer at this level
        self._ceiling = policy.concurrency
        self._hold = 0
        self._latencies: list[float] = []
        self._slowest = 0.0
        self._failures = 0
        self._answered_at = self._free_at = clock()

    def start(self) -> None:
        """Begin to ask: the time since the last answer was not spent waiting."""
        self._answered_at = self._clock()

    def left(self) -> float:
        """Return how many seconds of the pause are left."""
        return max(0.0, self._free_at - self._clock())

    def timeout(self) -> float:
        """Return how long to wait for the next answer: as long as allowed until it is known what is usual."""
        usual = max(_SHORTEST_TIMEOUT, _STALLED * self._slowest) if self._slowest else self._policy.timeout
        return min(self._policy.timeout, usual)

    def answered(self, seconds: float, level: int) -> None:
        """Note an answer to a request that was sent at ``level``, and raise or lower the level."""
        self._failures, self._answered_at = 0, self._clock()
        self._slowest = max(self._slowest, seconds)
        self._hold -= 1
        if self._hold == 0:
            self._ceiling = self._policy.concurrency
        if level != self.level:
            return
        self._latencies.append(seconds)
        if len(self._latencies) < max(_FEWEST, self.level):
            return
        typical = statistics.median(self._latencies)
        self._latencies.clear()
        if self.level > 1 and self.seconds is not None and typical > _SLOWER * self.seconds:
            self._lower()
        else:
            self.seconds = typical
            self.level = min(2 * self.level, max(1, self._ceiling))

    def timed_out(self) -> None:
        """Note a time-out: fewer at once, for a while."""
        self._lower()

    def pause(self, round_: int, retry_after: float | None, *, rate_limited: bool) -> bool:
        """Let all wait after a fault of a request of this round; False where patience is at an end."""
        if round_ == self.round:
            self.round += 1
            self._failures += 1
            if rate_limited:
                self.level = max(1, self.level // 2)
                self._latencies.clear()
        now = self._clock()
        wait = self._policy.wait(max(1, self._failures), retry_after, self._jitter())
        if now + wait - self._answered_at > self._policy.patience:
            return False
        self._free_at = max(self._free_at, now + wait)
        return True

    def _lower(self) -> None:
        self.level = self._ceiling = max(1, self.level // 2)
        self._hold = _HOLD
        self._latencies.clear()
