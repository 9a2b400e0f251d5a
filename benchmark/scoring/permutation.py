"""The paired permutation test of two systems' F1, from counts per sentence.

If two systems were as good as each other, it would not matter which of them gave which answer to a sentence.
So their answers are swapped sentence by sentence, each with probability one half; F1 of both is computed anew
from the swapped counts; and the p-value is the share of such swaps whose difference is at least as far from 0
as the observed one: approximate randomisation (Noreen, *Computer-Intensive Methods for Testing Hypotheses*,
1989, chapter 2; for F1 in language processing Yeh, *More accurate tests for the statistical significance of
result differences*, COLING 2000). The observed one counts as one of the swaps, so that p is never 0 and the
test is exact (Phipson and Smyth, *Statistical Applications in Genetics and Molecular Biology* 9(1), 2010).

What is swapped is the unit of the counts: a sentence, or a group of equal sentences. With several seeds a
sentence's answers of all seeds are swapped together, so the test is about these models on other sentences;
that another seed would have made other models is for the interval to say (``SamplingDistribution.p_value``).

One matrix of swaps times the counts gives the sums of every system under every swap at once.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
import numpy.typing as npt

from benchmark.scoring.intervals import LEAST_P, FloatArray, SamplingDistribution
from benchmark.scoring.spans import Ints
from benchmark.scoring.statistics import RESAMPLES, RealArray, exact_products, f1_of

_BLOCK = 1 << 20  # swaps drawn at a time: bounds memory, does not change a draw
_ROUNDING = 1e-12  # of two differences that are equal but for the order of operations


@dataclass(frozen=True, eq=False)
class Permutations:
    """Runs of systems on one test set: their sums as ``observed`` (runs, 3), and what swaps take of them.

    ``part`` has shape (2, runs, swaps): true positives, then predicted mentions, in the sentences that a swap
    takes. Of two systems A and B, A's sums under a swap are observed A − part A + part B.
    """

    observed: Ints
    part: RealArray

    def difference(self, first: Sequence[int], second: Sequence[int]) -> tuple[float, FloatArray]:
        """Return the mean difference in F1 of paired runs, by their numbers: observed, and (swaps,) of them.

        ``first`` and ``second`` are of equal length: a pair of runs for each seed.
        """
        one, other = list(first), list(second)
        seen = (f1_of(self.observed[one]) - f1_of(self.observed[other])).mean()
        moved = self.part[:, other] - self.part[:, one]
        swapped = self._f1(one, moved) - self._f1(other, -moved)
        return float(seen), np.asarray(swapped.mean(axis=0), dtype=np.float64)

    def _f1(self, runs: Sequence[int], moved: RealArray) -> FloatArray:
        tp, predicted, gold = self.observed[runs].T[:, :, None]
        return np.asarray(2.0 * (tp + moved[0]) / np.maximum(predicted + moved[1] + gold, 1), np.float64)


def permute(
    totals: Sequence[Ints], *, swaps: int = RESAMPLES, seed: int = 0, stream: str = ""
) -> Permutations:
    """Return what swaps of sentences do to the sums of runs on one test set.

    ``totals`` holds ``Counts.by_sentence()`` of each run, all over the same sentences in the same order.
    ``stream`` keeps test sets apart. Raises ``ValueError`` where the numbers of sentences differ.
    """
    lengths = {len(run) for run in totals}
    if len(lengths) != 1:
        raise ValueError(f"runs must cover the same sentences; their numbers are {sorted(lengths)}")
    columns = np.concatenate([np.stack([run[:, part] for run in totals], axis=1) for part in (0, 1)], axis=1)
    taken = exact_products(_swap_blocks(len(columns), swaps, seed, stream), columns, swaps)
    return Permutations(np.stack([run.sum(axis=0) for run in totals]), taken.reshape(2, len(totals), swaps))


def p_value(observed: float, swapped: FloatArray, least: float = LEAST_P) -> float:
    """Return the share of swaps, the observed one among them, that are as far from 0 as it, or a bound on it.

    A share of n swaps cannot fall below 1 / (n + 1), however far the observed difference is. What a swap does
    is a sum of independent signs, in good approximation; such a sum is t standard deviations from 0, or more,
    with probability 2·exp(−t²/2) at most (Hoeffding, *Journal of the American Statistical Association*
    58(301), 1963, theorem 2). Where that is less than the share, it is returned, but nothing below ``least``.
    """
    as_far = int((np.abs(swapped) >= abs(observed) - _ROUNDING).sum())
    share = (as_far + 1) / (len(swapped) + 1)
    variance = float(np.mean(swapped**2))
    bound = 2.0 * exp(-(observed**2) / (2.0 * variance)) if variance > 0 else 1.0
    return max(min(share, bound), least)


def p_of_average(differences: Collection[tuple[float, FloatArray]], least: float = LEAST_P) -> float:
    """Return the p-value of the average of domains' differences, observed and under swaps.

    Domains are swapped apart from each other. Raises ``ValueError`` where there is none.
    """
    if not differences:
        raise ValueError("a test needs at least one domain")
    mean = float(np.mean([observed for observed, _ in differences]))
    return p_value(mean, np.mean([some for _, some in differences], axis=0), least)


def p_of_difference(
    permuted: Collection[tuple[float, FloatArray]],
    average: SamplingDistribution | None,
    least: float = LEAST_P,
) -> float:
    """Return the p-value of two systems' average difference, for the variance of sentences and of seeds.

    That of the permutation test and, where the systems share several seeds, the greater of it and that of the
    interval: small only where neither variance explains the difference (the intersection-union test; Berger,
    *Technometrics* 24(4), 1982).

    Parameters
    ----------
    permuted : collection of (float, array)
        For each domain the difference, observed and (swaps,) under swaps of sentences; fractions.
    average : SamplingDistribution or None
        The average difference; None, or without degrees of freedom, where there is one seed.
    least : float
        What no p-value is below.

    Returns
    -------
    float
        The two-sided p-value.

    Raises
    ------
    ValueError
        Where there is no domain.
    """
    p = p_of_average(permuted, least)
    return max(p, average.p_value(least)) if average is not None and average.freedom else p


def _swap_blocks(sentences: int, swaps: int, seed: int, stream: str) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield blocks of a (swaps, sentences) matrix of zeros and ones.

    The parts of numpy used here are those whose streams are promised to stay the same.
    """
    entropy = np.random.SeedSequence([seed, zlib.crc32(stream.encode()), zlib.crc32(b"swaps")])
    generator = np.random.RandomState(np.random.MT19937(entropy))
    step = max(1, _BLOCK // max(sentences, 1))
    for start in range(0, swaps, step):
        rows = min(step, swaps - start)
        yield generator.randint(0, 2, size=(rows, sentences), dtype=np.uint8)
