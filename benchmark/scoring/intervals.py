"""Confidence intervals from resampled figures: the variance of the test sentences and that of the seeds.

A figure is observed once for each seed, and resampled with other test sentences (``BootstrapSample``). Two
errors add up in the mean over seeds, and each has its own margin:

- *seeds*: Student's t with one degree of freedom less than there are seeds, times the standard error of
  their mean. What the seeds' figures differ by is the variance of training, and that each model errs on
  sentences of its own.
- *sentences*: the percentile interval of the resampled mean (Efron and Tibshirani, *An Introduction to the
  Bootstrap*, 1993, chapter 13). It keeps what is skewed as it is. The errors that each model makes for itself
  are in the first margin already; the resamples tell their share of the variance, and the margin is that of
  the rest: of what is hard or easy for all models alike.

The two are independent, and there are two usual ways to put them together:

- *MOVER*, the method of variance estimates recovery (Zou and Donner, *Statistics in Medicine* 27(10), 2008):
  the distances from the observed figure to the limits add in squares. It is too wide where both matter.
- *Welch and Satterthwaite* (Satterthwaite, *Biometrics Bulletin* 2(6), 1946): the variances add, and
  Student's t has (v + s)² · ν / s² degrees of freedom, with v of sentences and s of seeds on ν degrees. It is
  too narrow where seeds that matter come out close together by chance.

An interval here ends between the two: the first weighs 1 / (ν + 1), the more the fewer seeds there are, the
second the rest. Where either error is nothing beside the other, they agree.

Two ways that seem simpler cover too little. To draw seeds with replacement beside the sentences shows two
thirds of the variance of three seeds, and nothing of how badly three tell it. To subtract the models' own
errors from the seeds' variance, instead of from that of sentences, leaves nothing wherever a few seeds come
out close together by chance; then nothing is said of seeds when they were seen least well.
``tests/stress/test_stress_coverage.py`` measures all of them.

With one seed the interval is about sentences alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

LEVEL = 0.95
POWER = 0.8
_STEPS = 20  # halvings, on a scale of logarithms, in search of a p-value
LEAST_P = 1e-6


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


@dataclass(frozen=True, eq=False, slots=True)
class BootstrapSample:
    """A figure on one test set: ``observed`` (seeds,) and ``drawn`` (seeds, resamples), by ``seeds``.

    All figures that are put together have the same number of resamples; those on one test set have the same
    sentences in each.
    """

    seeds: tuple[int, ...]
    observed: FloatArray
    drawn: FloatArray

    @property
    def mean(self) -> float:
        """The observed figure, averaged over seeds."""
        return float(_average(self.observed))

    def minus(self, other: BootstrapSample) -> BootstrapSample:
        """Return the difference to another figure on the same test set, on the seeds that both have.

        Raises ``ValueError`` where there are none.
        """
        shared = tuple(seed for seed in self.seeds if seed in other.seeds)
        if not shared:
            raise ValueError("figures that share no seed")
        mine, its = self._only(shared), other._only(shared)
        return BootstrapSample(shared, mine.observed - its.observed, mine.drawn - its.drawn)

    def _only(self, seeds: Sequence[int]) -> BootstrapSample:
        kept = [self.seeds.index(seed) for seed in seeds]
        return BootstrapSample(tuple(seeds), self.observed[kept], self.drawn[kept])


@dataclass(frozen=True, eq=False, slots=True)
class SamplingDistribution:
    """All that an interval of an average is made of.

    ``mean`` is observed, ``drawn`` (sorted) its resamples, ``seed_variance`` that of the mean as its seeds
    show it, on ``freedom`` degrees of freedom; 0 of both where there is one seed. ``own`` is the share of the
    variance of ``drawn`` that is in ``seed_variance`` too: the errors that each model makes for itself.
    """

    mean: float
    drawn: FloatArray
    seed_variance: float = 0.0
    freedom: int = 0
    own: float = 0.0

    def interval(self, level: float = LEVEL) -> Interval:
        """Return the interval; ``ValueError`` for a level that is not between 0 and 1."""
        _check(level)
        low, high = (self._margin(abs(limit - self.mean), level) for limit in self._by_sentences(level))
        return Interval(self.mean - low, self.mean + high)

    def _margin(self, sentences: float, level: float) -> float:
        """Return the distance to a limit: never less than that of ``sentences`` alone."""
        if not self.seed_variance:
            return sentences
        rest = (1 - self.own) * sentences**2
        added = (rest + _student(level, self.freedom) ** 2 * self.seed_variance) ** 0.5  # MOVER
        whole = rest / _normal((1 + level) / 2) ** 2 + self.seed_variance
        pooled = _student(level, whole**2 * self.freedom / self.seed_variance**2) * whole**0.5  # Welch
        return float(max((added + self.freedom * pooled) / (1 + self.freedom), sentences))

    def _by_sentences(self, level: float) -> tuple[float, float]:
        """Return the limits for the sentences' variance; beyond what resamples tell, with normal tails."""
        most = 1 - 2.0 / (len(self.drawn) + 1)
        inner = _central(self.drawn, min(level, most))
        stretch = _normal((1 + level) / 2) / _normal((1 + most) / 2) if level > most else 1.0
        low, high = min(inner.low - self.mean, 0.0), max(inner.high - self.mean, 0.0)
        return self.mean + low * stretch, self.mean + high * stretch

    def p_value(self, least: float = LEAST_P) -> float:
        """Return the two-sided p-value of a mean of 0: one minus the level of the interval that just holds 0.

        It is never below ``least``, one in a million, because normal tails are a guess by then.
        """
        low, high = least, 1.0
        if excludes_zero(self.interval(1 - low)):
            return low
        for _ in range(_STEPS):  # at low the interval holds 0; at high it may not
            middle = (low * high) ** 0.5
            low, high = (low, middle) if excludes_zero(self.interval(1 - middle)) else (middle, high)
        return high

    def difference(self, level: float = LEVEL) -> Difference:
        """Return the observed mean with its interval."""
        return Difference(self.mean, self.interval(level))


def sampling_distribution(samples: Iterable[BootstrapSample]) -> SamplingDistribution:
    """Return what the mean of figures on test sets apart is made of; ``ValueError`` where there is none.

    Test sets count with equal weight and are drawn apart from each other. A seed has the same effect on all
    of them, since its source tagger serves them all: what it adds to each is summed before it is squared.
    """
    some = list(samples)
    if not some:
        raise ValueError("an average needs at least one domain")
    drawn: FloatArray = _average([_average(sample.drawn) for sample in some])
    mean = float(_average([sample.mean for sample in some]))
    return SamplingDistribution(mean, np.sort(drawn), *_seed_variance(some, drawn))


def _average(figures: Any) -> Any:
    """Return the mean over the first axis; of one alone itself, which boards of one seed ask for most."""
    return figures[0] if len(figures) == 1 else np.mean(figures, axis=0)


def _seed_variance(samples: Sequence[BootstrapSample], drawn: FloatArray) -> tuple[float, int, float]:
    """Return the variance of the mean that its seeds show, its degrees of freedom, and ``own``.

    With the same seeds s = 1..S on every test set this is the sample variance of the seeds' means over S. In
    general each seed has an influence on the mean, e_s = Σ_d (F_ds − F_d) / (S_d D), and the variance is
    S / (S − 1) · Σ_s e_s². The variances of the same e_s over resamples, in the same formula, tell how much
    of it the sentences make: what a sentence does to all models alike is not in any e_s.
    """
    seeds = sorted({seed for sample in samples if len(sample.seeds) > 1 for seed in sample.seeds})
    if len(seeds) < 2:
        return 0.0, 0, 0.0
    at = {seed: place for place, seed in enumerate(seeds)}
    observed = np.zeros(len(seeds))
    resampled = np.zeros((len(seeds), len(drawn)))
    for sample in samples:
        if len(sample.seeds) > 1:
            rows = [at[seed] for seed in sample.seeds]
            weight = 1.0 / (len(rows) * len(samples))
            observed[rows] += weight * (sample.observed - sample.observed.mean())
            resampled[rows] += weight * (sample.drawn - sample.drawn.mean(axis=0))
    scale = len(seeds) / (len(seeds) - 1)
    by_sentences, whole = scale * float(resampled.var(axis=1).sum()), float(drawn.var())
    own = min(1.0, by_sentences / whole) if whole else 0.0
    return scale * float((observed**2).sum()), len(seeds) - 1, own


def minimum_detectable(interval: Interval, power: float = POWER, level: float = LEVEL) -> float:
    """Return the true difference that a test at ``level`` finds with probability ``power``, as a fraction.

    From the interval of a difference: with half its width h = z(level) · se, the difference is
    (z(level) + z(power)) · se = h · (1 + z(power) / z(level)), of a two-sided test (Cohen, *Statistical Power
    Analysis for the Behavioral Sciences*, 2nd ed. 1988, chapter 2; for what it means in NLP see Card and
    others, *With Little Power Comes Great Responsibility*, EMNLP 2020).
    """
    half = (interval.high - interval.low) / 2
    return half * (1 + _normal(power) / _normal((1 + level) / 2))


def as_fraction(interval: Interval) -> Interval:
    """Return the part of an interval that a fraction can lie in: the variance of seeds may reach beyond."""
    return Interval(max(interval.low, 0.0), min(interval.high, 1.0))


def excludes_zero(interval: Interval) -> bool:
    """Return whether all of an interval lies on one side of 0."""
    return interval.low > 0 or interval.high < 0


def percentile_interval(samples: FloatArray, level: float = LEVEL) -> Interval:
    """Return the central ``level`` share of the samples of one number."""
    _check(level)
    tail = (1 - level) / 2
    low, high = np.quantile(samples, [tail, 1 - tail])
    return Interval(float(low), float(high))


def _central(ordered: FloatArray, level: float) -> Interval:
    """Return what ``percentile_interval`` does, to the last bit, of samples in ascending order.

    numpy would look for the order again, which takes ten times as long, and boards ask for it often.
    """
    tail = (1 - level) / 2
    return Interval(*(_quantile(ordered, share) for share in (tail, 1 - tail)))


def _quantile(ordered: FloatArray, share: float) -> float:
    """Interpolate between two neighbours as ``numpy.quantile`` does (its method ``linear``)."""
    place = (len(ordered) - 1) * share
    below = int(place)
    part = place - below
    low, high = float(ordered[below]), float(ordered[min(below + 1, len(ordered) - 1)])
    return low + (high - low) * part if part < 0.5 else high - (high - low) * (1 - part)


def _check(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not at {level}")


def _student(level: float, freedom: float) -> float:
    """Return what the two-sided interval of that level reaches of Student's t."""
    from scipy.special import stdtrit  # scipy.stats would take ten times as long to import

    return float(stdtrit(freedom, (1 + level) / 2))


def _normal(share: float) -> float:
    return NormalDist().inv_cdf(share)
