"""Two ways of doing one thing, timed in turns in one process: a ratio says the same on a busy machine."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

ROUNDS = 7


@dataclass(frozen=True)
class Paired:
    """Seconds of ours and of a peer, round by round; ``share``: the part of its work that the peer did."""

    what: str
    ours: tuple[float, ...]
    peers: tuple[float, ...]
    share: float = 1.0

    @property
    def ratios(self) -> list[float]:
        """How many times as long the peer takes, in ascending order."""
        return sorted(p / self.share / o for o, p in zip(self.ours, self.peers, strict=True))

    def told(self) -> str:
        """Return a row for people: ratios at least, in the median, at most, and the median times."""
        low, middle, high = self.ratios[0], statistics.median(self.ratios), self.ratios[-1]
        times = [statistics.median(self.ours), statistics.median(self.peers) / self.share]
        seconds = " against ".join(f"{1000 * one:,.2f} ms" for one in times)
        return f"{self.what:44} {low:8.1f} {middle:8.1f} {high:8.1f}   {seconds}"


HEADER = f"{'times as fast':44} {'min':>8} {'median':>8} {'max':>8}   median times"


def pair(
    what: str,
    ours: Callable[[], object],
    peer: Callable[[], object],
    *,
    rounds: int = ROUNDS,
    repeat: int = 1,
    share: float = 1.0,
) -> Paired:
    """Time both in turns, ``rounds`` times after one round that does not count.

    ``ours`` is done ``repeat`` times a round, for what is over too soon to be timed alone; ``share`` is the
    part of its work that ``peer`` does.
    """
    found = []
    for _ in range(rounds + 1):
        gc.collect()
        mine = _seconds(partial(_often, ours, repeat)) / repeat
        found.append((mine, _seconds(peer)))
    mine_all, peers = zip(*found[1:], strict=True)
    return Paired(what, mine_all, peers, share)


def in_three(numbers: Sequence[float], unit: str, form: str = ".1f") -> str:
    """Return for people what several rounds gave: at least, in the median, at most."""
    found = (min(numbers), statistics.median(numbers), max(numbers))
    return f"{' / '.join(format(one, form) for one in found)} {unit} (min / median / max)"


def p50_and_p95(seconds: Sequence[float]) -> str:
    """Return for people the median and the 95th percentile of single calls, in milliseconds."""
    middle, tail = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
    return f"p50 {1000 * middle:.1f} ms, p95 {1000 * tail:.1f} ms"


def _often(work: Callable[[], object], times: int) -> None:
    for _ in range(times):
        work()


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
