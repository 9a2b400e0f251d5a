"""A race of methods and seeds on labels held out for it, within a stated time: successive halving.

Every method of a setting runs with one seed; the better half of them (by mean F1) with a second, the
better half of those with a third (Jamieson and Talwalkar, AISTATS 2016, with seeds as the resource).
Test is never looked at. What is measured is half of dev, and of train what is wanting to some dozens of
sentences; methods that choose an epoch do so on the other half of dev.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from benchmark.domains.corpus import Domain
from benchmark.scoring.counts import Counts
from benchmark.scoring.intervals import Difference, Interval
from benchmark.scoring.statistics import bootstrap_f1, f1_of, paired_difference
from benchmark.store.store import Store
from benchmark.task import SUPERVISED, ZERO_SHOT
from larbench.models.training import Training, fit, split_counts

ENTRANTS = {
    ZERO_SHOT: ("source-only", "lar-direct"),
    SUPERVISED: ("fine-tune", "direct", "joint", "lar-direct"),  # what takes longest goes last
}
SEEDS = (555, 666, 777)
MEASURED = 50  # sentences; on fewer hardly any two methods are told apart


class _OutOfTime(Exception):  # noqa: N818 - it ends a fit, and is no error
    """The time is up; the text says how far a fit was."""


@dataclass
class Runner:
    """A method in a setting: the counts of each seed on what is measured, and seconds a fit took."""

    method: str
    setting: str
    runs: dict[int, Counts] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    @property
    def f1(self) -> float:
        """The mean F1 over seeds, a fraction."""
        return float(f1_of(_sums(self.runs)).mean()) if self.runs else 0.0

    @property
    def interval(self) -> Interval:
        """Its 95 % interval over sentences and seeds."""
        return bootstrap_f1(list(self.runs.values()))

    def above(self, other: Runner) -> Difference | None:
        """Return how far it is above another, on the seeds that both have."""
        return paired_difference({"dev": self.runs}, {"dev": other.runs}).average


@dataclass(frozen=True)
class Race:
    """How it went: runners of each setting, the best first; what labels brought; what was left out.

    ``labelled`` sentences were learned from, ``measured`` ones scored. ``source_tagger`` says whether a fit
    that needs the source's tagger came to its end.
    """

    runners: dict[str, list[Runner]]
    doubling: Difference | None
    labelled: int
    measured: int
    left_out: tuple[str, ...]
    seconds: float
    source_tagger: bool = False


def held_out(target: Domain) -> Domain:
    """Return the domain with what a race is measured on as its test: every other sentence of dev.

    Where these are fewer than ``MEASURED``, sentences of train join them, at even distances, a third of it
    at most.
    """
    measured = target.dev[1::2]
    wanting = min(max(MEASURED - len(measured), 0), len(target.train) // 3)
    places = {len(target.train) * number // wanting for number in range(wanting)}
    taken = tuple(one for place, one in enumerate(target.train) if place in places)
    train = tuple(one for place, one in enumerate(target.train) if place not in places)
    return replace(target, train=train, dev=target.dev[::2], test=measured + taken)


def run_race(
    source: Domain,
    target: Domain,
    store: Store,
    *,
    minutes: float,
    params: dict[str, Any],
    device: str = "cpu",
    entrants: dict[str, Sequence[str]] = ENTRANTS,  # type: ignore[assignment]
    tell: Callable[[str], None] = lambda _: None,
) -> Race:
    """Race methods on a target, until all is run or the time is up, which ends the fit that goes on.

    Parameters
    ----------
    source, target : Domain
        Both sides; dev has labels.
    store : Store
        Keeps what fits share.
    minutes : float
        How long to go on.
    params : dict
        Given to every method, as ``{"backbone": "mini"}``.
    device : str
        Where torch computes.
    entrants : dict
        Setting to methods.
    tell : callable
        Shows how it goes.
    """
    start = time.monotonic()
    end = start + 60 * minutes
    split = held_out(target)
    left_out: list[str] = []

    def enter(runner: Runner, seed: int, domain: Domain = split) -> bool:
        """Run one fit where there is time for it, and say so."""
        name = f"{runner.method}, {runner.setting}, seed {seed}"
        begun = time.monotonic()
        if begun + max(runner.seconds, default=0.0) >= end:
            left_out.append(name)
            return False
        training = Training(runner.method, source, domain, runner.setting, seed, params)
        try:
            method = fit(training, store, device=device, tell=_ends_at(end))
        except _OutOfTime as ended:
            left_out.append(f"{name} (ended after {time.monotonic() - begun:.0f} s: {ended})")
            return False
        counts = split_counts(method, domain, "test")
        if counts is not None:
            runner.runs[seed] = counts
        now = time.monotonic()
        runner.seconds.append(now - begun)
        tell(f"{name}: F1 {100 * runner.f1:.1f} after {now - start:.0f} s")
        return True

    labelled = sum(bool(sentence.mentions) for sentence in split.train)
    settings = [one for one in entrants if one == ZERO_SHOT or labelled]
    runners = {one: [Runner(name, one) for name in entrants[one]] for one in settings}
    doubling: Difference | None = None
    for number, seed in enumerate(SEEDS):
        for setting in settings:
            best = sorted(runners[setting], key=lambda one: -one.f1)
            for runner in best[: max(1, -(-len(best) // 2**number))]:
                enter(runner, seed)
        if number == 0 and SUPERVISED in runners:
            doubling = _doubling(runners[SUPERVISED], split, enter)
    ranked = {one: sorted((r for r in some if r.runs), key=lambda r: -r.f1) for one, some in runners.items()}
    return Race(
        {one: some for one, some in ranked.items() if some},
        doubling,
        len(split.train),
        len(split.test),
        tuple(left_out),
        time.monotonic() - start,
        source_tagger=any(one.method != "direct" for some in ranked.values() for one in some),
    )


def _ends_at(end: float) -> Callable[[str], None]:
    """Return what a training tells its progress to, which ends the training when the time is up."""

    def tell(text: str) -> None:
        if time.monotonic() >= end:
            raise _OutOfTime(text)

    return tell


def _doubling(
    runners: Sequence[Runner], split: Domain, enter: Callable[[Runner, int, Domain], bool]
) -> Difference | None:
    """Return what the second half of the labels brings to the best method so far; None without time."""
    best = max(runners, key=lambda one: one.f1)
    half = Runner(best.method, best.setting, seconds=list(best.seconds))
    if not best.runs or not enter(half, SEEDS[0], replace(split, train=split.train[::2])):
        return None
    return best.above(half) if half.runs else None


def _sums(runs: dict[int, Counts]) -> Any:
    import numpy as np

    return np.stack([counts.by_sentence().sum(axis=0) for counts in runs.values()])
