"""The test of one line: whether the run's loss is larger than sentences, and other seeds, make by chance.

Two things vary: which sentences stand in the test set, and which seed a method was trained with. A loss
counts only when neither explains it, so the line's p-value is the larger of two (an intersection-union test:
Berger, *Technometrics* 24(4), 1982):

- sentences: the loss over the standard deviation of F1 of run minus baseline on the same resamples of
  sentences, copies of a sentence drawn together, as on a board (``benchmark.scoring.clusters``);
- seeds: the loss over s · √(1/n + 1/m), where s is the baseline's spread over its stored seeds and n and m
  are the numbers of seeds compared. With one stored seed there is no s, and this half is left out.

The interval is that of a board (``benchmark.scoring.intervals``), with s in place of what the few seeds
compared would tell of seeds. On one test set a re-run differs from its baseline by the errors that each model
makes for itself, and s holds these too; so the margins of sentences and of seeds are not added, and the
interval has the wider.

Both are held against Student's t, whose tails a few thousand resamples could not show. Over all lines of a
report Holm's procedure (*Scandinavian Journal of Statistics* 6(2), 1979) keeps the chance that any fires
without cause below ``alpha``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from benchmark.gate.spread import Spread
from benchmark.scoring import intervals
from benchmark.scoring.counts import Counts
from benchmark.scoring.intervals import FloatArray, Interval
from benchmark.scoring.statistics import resampled_f1

_SEED = 0  # of the resampling

Runs = Mapping[int, Counts]  # seed → counts


@dataclass(frozen=True)
class LineTest:
    """One line's figures before the correction over all lines.

    gaps: (resamples,) F1 of run minus baseline in each resample, both averaged over their seeds. sentences:
    how many different test sentences can tell anything, having a mention on any side. base_seeds, run_seeds:
    how many seeds each side has. spread: of the baseline's stored seeds, None where it has one.
    """

    baseline_f1: float
    run_f1: float
    gaps: FloatArray
    sentences: int
    base_seeds: int
    run_seeds: int
    spread: Spread | None = None

    @property
    def difference(self) -> float:
        """F1 of run minus baseline, as it was observed."""
        return self.run_f1 - self.baseline_f1

    @property
    def interval(self) -> Interval:
        """The 95 % interval of the difference."""
        spread = self.spread
        made = intervals.SamplingDistribution(
            mean=self.difference,
            drawn=np.sort(self.gaps),
            seed_variance=0.0 if spread is None else spread.deviation**2 * self._pairs,
            freedom=0 if spread is None else spread.freedom,
            own=1.0,
        )
        return made.interval()

    @property
    def _pairs(self) -> float:
        return 1 / self.base_seeds + 1 / self.run_seeds

    @cached_property
    def p(self) -> float:
        """The one-sided p-value of a loss."""
        from scipy import stats  # slow to import

        return max(_tail(stats.t.sf, -self.difference, error, freedom) for error, freedom in self._errors())

    def threshold(self, level: float) -> float:
        """Return the smallest loss with a p-value of at most ``level``."""
        from scipy import stats

        return max(float(error * stats.t.isf(level, freedom)) for error, freedom in self._errors())

    def _errors(self) -> list[tuple[float, int]]:
        """Return the standard error and the degrees of freedom of each half of the test."""
        errors = [(float(np.std(self.gaps)), self.sentences - 1)]
        if self.spread is not None:
            errors.append((self.spread.deviation * self._pairs**0.5, self.spread.freedom))
        return errors


def _tail(sf: Callable[[float, int], Any], loss: float, error: float, freedom: int) -> float:
    if error == 0:
        return 0.0 if loss > 0 else 1.0
    return float(sf(loss / error, freedom))


def draw(runs: Sequence[Counts], resamples: int, stream: str) -> FloatArray:
    """Return (runs, resamples): F1 of runs on one test set, on the same resamples of its sentences.

    ``stream`` is the domain's name: its sentences are drawn in the same way for all rows, and as for boards.
    """
    totals = [counts.by_sentence() for counts in runs]
    return resampled_f1(totals, resamples=resamples, seed=_SEED, stream=stream)


def compare(base: Runs, run: Runs, drawn: FloatArray, spread: Spread | None) -> LineTest | None:
    """Compare a place's runs; None where fewer than two of its sentences have a mention at all.

    ``drawn`` holds the F1s of the baseline's runs and then of the run's, as ``draw`` gives them.
    """
    told = np.any([counts.by_sentence().any(axis=1) for counts in (*base.values(), *run.values())], axis=0)
    sentences = int(told.sum())
    if sentences < 2:
        return None
    gaps = drawn[len(base) :].mean(axis=0) - drawn[: len(base)].mean(axis=0)
    means = [float(np.mean([counts.micro().f1 for counts in side.values()])) for side in (base, run)]
    return LineTest(means[0], means[1], gaps, sentences, len(base), len(run), spread)


def average(domains: Sequence[LineTest], spread: Spread | None) -> LineTest:
    """Return the comparison of a row's average over its domains, with equal weight."""
    return LineTest(
        baseline_f1=float(np.mean([one.baseline_f1 for one in domains])),
        run_f1=float(np.mean([one.run_f1 for one in domains])),
        gaps=np.asarray(np.mean([one.gaps for one in domains], axis=0)),
        sentences=sum(one.sentences for one in domains),
        base_seeds=min(one.base_seeds for one in domains),
        run_seeds=min(one.run_seeds for one in domains),
        spread=spread,
    )
