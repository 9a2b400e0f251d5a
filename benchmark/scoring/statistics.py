"""Intervals of F1 by bootstrap over sentences, from counts per sentence.

Micro-F1 of any resample of a test set is a function of three sums over its sentences: true positives,
predicted mentions, gold mentions. So one matrix of weights (how often a resample holds each sentence) times
the counts per sentence gives every resample of every system at once, and systems on one test set are
compared on the same resamples (paired) for free.

The percentile bootstrap of Efron and Tibshirani, *An Introduction to the Bootstrap* (1993), chapter 13.
What the interval of one system measures: how much a number would move with another draw of test sentences.
What it does not: how much it would move with another seed; seeds are averaged inside each resample.

The paired difference of two systems draws seeds as well. Two runs pair when they share domain and seed: the
same test sentences, and the same luck of training where both start from one source tagger. Sentences and
seeds are drawn apart from each other, each with replacement: sentences anew in every domain, because test
sets are independent of each other; seeds once for all domains that have the same ones, because a seed's
source tagger serves them all. In each resample both systems have the same sentences and seeds. That is the
"pigeonhole" bootstrap of Owen (*The Annals of Applied Statistics* 1(2), 2007) for data in rows and columns,
which is on the cautious side. With a single seed such an interval is about sentences alone.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from benchmark.scoring.counts import Counts

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

RESAMPLES = 1000
PAIRED_RESAMPLES = 10_000
LEVEL = 0.95

Runs = Mapping[str, Mapping[int, Counts]]  # of a system: domain → seed → counts

_BLOCK = 1 << 22  # weights drawn at a time: bounds memory at 32 MiB, does not change a draw


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval, as fractions."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """F1 of a first system minus F1 of a second, with its paired interval, as fractions."""

    observed: float
    interval: Interval


@dataclass(frozen=True)
class Paired:
    """F1 of a first system minus F1 of a second, as fractions.

    ``domains`` are those in which the two share a seed, ``seeds`` the seeds that they share there, and
    ``average`` is over those domains with equal weight; None where there are none.
    """

    average: Difference | None
    domains: Mapping[str, Difference] = field(default_factory=dict)
    seeds: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def cells(self) -> int:
        """The number of pairs of runs that were compared."""
        return sum(len(seeds) for seeds in self.seeds.values())


def bootstrap_f1(
    counts: Counts | Sequence[Counts], *, resamples: int = RESAMPLES, seed: int = 0, level: float = LEVEL
) -> Interval:
    """Return the interval of one system's micro-F1 on one test set.

    ``counts`` is one run, or the runs of several seeds on the same sentences: their F1s are averaged within
    each resample.
    """
    runs = [counts] if isinstance(counts, Counts) else counts
    samples = _resampled_mean([runs], resamples=resamples, seed=seed)
    return percentile_interval(samples[0], level)


def bootstrap_average(
    domains: Mapping[str, Sequence[Counts]],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> Interval:
    """Return the interval of one system's F1 averaged over domains (domain → the runs of its seeds).

    Each domain is resampled on its own: their test sets are independent of each other.
    """
    return percentile_interval(_resampled_average([domains], resamples=resamples, seed=seed)[0], level)


def bootstrap_difference(
    first: Mapping[str, Sequence[Counts]],
    second: Mapping[str, Sequence[Counts]],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> Difference:
    """Return how far ``first`` is above ``second`` in F1 averaged over domains, on the same resamples.

    Both map domain → the runs of its seeds, in the same sentence order; give one domain to compare on that
    one alone. Raises ``ValueError`` where the domains or their numbers of sentences differ.
    """
    if first.keys() != second.keys():
        raise ValueError(f"domains differ: {sorted(first)} and {sorted(second)}")
    samples = _resampled_average([first, second], resamples=resamples, seed=seed)
    observed = _mean_f1(first) - _mean_f1(second)
    return Difference(observed, percentile_interval(samples[0] - samples[1], level))


def paired_difference(
    first: Runs, second: Runs, *, resamples: int = PAIRED_RESAMPLES, seed: int = 0, level: float = LEVEL
) -> Paired:
    """Return how far ``first`` is above ``second``, per domain and on average, on the runs that they share.

    Both map domain → seed → counts, in the same sentence order. ``seed`` is that of the resampling. Raises
    ``ValueError`` where the runs of a domain differ in their number of sentences.
    """
    return paired_differences({"": first}, second, resamples=resamples, seed=seed, level=level)[""]


def paired_differences(
    systems: Mapping[str, Runs],
    base: Runs,
    *,
    resamples: int = PAIRED_RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> dict[str, Paired]:
    """Return system → how far it is above ``base``: what ``paired_difference`` says of each, at one go."""
    paired: dict[str, dict[str, tuple[int, ...]]] = {name: {} for name in systems}
    gaps: dict[str, dict[str, FloatArray]] = {name: {} for name in systems}
    observed: dict[str, dict[str, float]] = {name: {} for name in systems}
    for domain, runs in base.items():
        shared = {name: _shared(system.get(domain, {}), runs) for name, system in systems.items()}
        shared = {name: seeds for name, seeds in shared.items() if seeds}
        if not shared:
            continue
        sides: dict[tuple[str | None, int], Counts] = {}
        for name, seeds in shared.items():
            sides |= {(None, number): runs[number] for number in seeds}
            sides |= {(name, number): systems[name][domain][number] for number in seeds}
        drawn = _drawn(sides, resamples, seed, domain)
        for name, seeds in shared.items():
            pairs = np.stack([drawn[name, number] - drawn[None, number] for number in seeds], axis=1)
            gaps[name][domain] = (pairs * _seed_weights(seeds, resamples, seed)).mean(axis=1)
            each = [systems[name][domain][n].micro().f1 - runs[n].micro().f1 for n in seeds]
            observed[name][domain] = float(np.mean(each))
            paired[name][domain] = seeds
    return {name: _summary(observed[name], gaps[name], paired[name], level) for name in systems}


def resampled_f1(
    totals: Sequence[IntArray], *, resamples: int = RESAMPLES, seed: int = 0, stream: str = ""
) -> FloatArray:
    """Return (runs, resamples): the micro-F1 of every run in every resample of one test set.

    ``totals`` holds ``Counts.by_sentence()`` of each run, all over the same sentences in the same order.
    ``stream`` keeps test sets apart: equal seeds with different streams (a domain's name) give independent
    draws. Raises ``ValueError`` where the numbers of sentences differ.
    """
    lengths = {len(run) for run in totals}
    if len(lengths) != 1:
        raise ValueError(f"runs must cover the same sentences; their numbers are {sorted(lengths)}")
    columns = np.concatenate(totals, axis=1).astype(np.float64)
    # float64 holds these sums of whole numbers exactly, so the order of summation cannot change a bit
    sums = [weights @ columns for weights in weight_blocks(len(columns), resamples, seed, stream)]
    return f1_of(np.concatenate(sums).reshape(resamples, len(totals), 3)).T


def f1_of(sums: FloatArray | IntArray) -> FloatArray:
    """Return micro-F1 from (..., 3) sums of true positives, predicted and gold; 0 where there is nothing."""
    denominator = sums[..., 1] + sums[..., 2]
    return np.asarray(2.0 * sums[..., 0] / np.maximum(denominator, 1), dtype=np.float64)


def weight_blocks(sentences: int, resamples: int, seed: int, stream: str = "") -> Iterator[FloatArray]:
    """Yield blocks of the (resamples, sentences) weight matrix; each row sums to ``sentences``.

    A row counts how often each sentence was drawn in ``sentences`` draws with replacement: a multinomial
    draw. MT19937, SeedSequence and RandomState are the parts of numpy whose streams are promised to stay the
    same in every release, so a board built elsewhere has the same intervals.
    """
    entropy = np.random.SeedSequence([seed, zlib.crc32(stream.encode())])
    generator = np.random.RandomState(np.random.MT19937(entropy))
    step = max(1, _BLOCK // max(sentences, 1))
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        if sentences == 0:
            yield np.zeros((rows, 0))
            continue
        drawn = generator.randint(0, sentences, size=(rows, sentences), dtype=np.int32).astype(np.int64)
        drawn += np.arange(rows, dtype=np.int64)[:, None] * sentences
        counted = np.bincount(drawn.ravel(), minlength=rows * sentences)
        yield counted.reshape(rows, sentences).astype(np.float64)


def percentile_interval(samples: FloatArray, level: float = LEVEL) -> Interval:
    """Return the central ``level`` share of the samples of one number."""
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not at {level}")
    tail = (1 - level) / 2
    low, high = np.quantile(samples, [tail, 1 - tail])
    return Interval(float(low), float(high))


def _resampled_mean(
    systems: Sequence[Sequence[Counts]], *, resamples: int, seed: int, stream: str = ""
) -> FloatArray:
    """Return (systems, resamples): each system's F1 averaged over its seeds, on shared resamples."""
    if not all(systems):
        raise ValueError("a system without a run has no F1")
    totals = [run.by_sentence() for runs in systems for run in runs]
    samples = resampled_f1(totals, resamples=resamples, seed=seed, stream=stream)
    ends = np.cumsum([len(runs) for runs in systems])
    return np.stack([part.mean(axis=0) for part in np.split(samples, ends[:-1])])


def _resampled_average(
    systems: Sequence[Mapping[str, Sequence[Counts]]], *, resamples: int, seed: int
) -> FloatArray:
    """Return (systems, resamples): F1 averaged over seeds, then over independently resampled domains."""
    domains = [
        _resampled_mean([system[name] for system in systems], resamples=resamples, seed=seed, stream=name)
        for name in systems[0]
    ]
    if not domains:
        raise ValueError("an average needs at least one domain")
    return np.asarray(np.mean(domains, axis=0), dtype=np.float64)


def _mean_f1(domains: Mapping[str, Sequence[Counts]]) -> float:
    return float(np.mean([np.mean([run.micro().f1 for run in runs]) for runs in domains.values()]))


def _shared(one: Mapping[int, Counts], other: Mapping[int, Counts]) -> tuple[int, ...]:
    return tuple(sorted(one.keys() & other.keys()))


def _drawn(
    runs: Mapping[tuple[str | None, int], Counts], resamples: int, seed: int, domain: str
) -> dict[tuple[str | None, int], FloatArray]:
    """Return run → F1 in each resample of a domain's sentences."""
    totals = [counts.by_sentence() for counts in runs.values()]
    samples = resampled_f1(totals, resamples=resamples, seed=seed, stream=domain)
    return dict(zip(runs, samples, strict=True))


def _seed_weights(seeds: tuple[int, ...], resamples: int, seed: int) -> FloatArray:
    """Return (resamples, seeds): how often each resample holds each seed; rows sum to their number."""
    stream = f"seeds {','.join(map(str, seeds))}"
    return np.concatenate(list(weight_blocks(len(seeds), resamples, seed, stream)))


def _summary(
    observed: Mapping[str, float],
    gaps: Mapping[str, FloatArray],
    seeds: Mapping[str, tuple[int, ...]],
    level: float,
) -> Paired:
    domains = {name: Difference(observed[name], percentile_interval(gaps[name], level)) for name in observed}
    if not domains:
        return Paired(None)
    mean = np.mean(list(gaps.values()), axis=0)
    average = Difference(float(np.mean(list(observed.values()))), percentile_interval(mean, level))
    return Paired(average, domains, seeds)
