"""Intervals of F1 by bootstrap over sentences, from counts per sentence.

Micro-F1 of any resample of a test set is a function of three sums over its sentences: true positives,
predicted mentions, gold mentions. So one matrix of weights (how often a resample holds each sentence) times
the counts per sentence gives every resample of every system at once, and systems on one test set are
compared on the same resamples (paired) for free.

Where a sentence stands in a test set more than once, give counts of groups of equal sentences
(``benchmark.scoring.clusters``): then groups are drawn, and all below holds of them.

What an interval measures: how much a number would move with other test sentences and, where there are
several seeds, with other seeds. ``benchmark.scoring.intervals`` says how the two are put together. With a
single seed it is about sentences alone. The paired difference of two systems is on the runs that they share:
the same test sentences, and the same effect of training where both start from one source tagger.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmark.scoring.counts import Counts
from benchmark.scoring.intervals import (
    LEVEL,
    BootstrapSample,
    Difference,
    FloatArray,
    Interval,
    as_fraction,
    sampling_distribution,
)

IntArray = npt.NDArray[np.int64]
RealArray = npt.NDArray[np.floating[Any]]  # single or double precision

RESAMPLES = 10_000
PAIRED_RESAMPLES = RESAMPLES  # differences are those of the resamples of single systems

Runs = Mapping[str, Mapping[int, Counts]]  # of a system: domain → seed → counts

_BLOCK = 1 << 20  # weights drawn at a time: bounds memory at 8 MiB, does not change a draw
_EXACT_IN_SINGLE = 1 << 24  # single precision holds all whole numbers up to here


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

    ``counts`` is one run, or the runs of several seeds on the same sentences; ``seed`` is of the resampling.
    """
    runs = [counts] if isinstance(counts, Counts) else counts
    return bootstrap_average({"": runs}, resamples=resamples, seed=seed, level=level)


def bootstrap_average(
    domains: Mapping[str, Sequence[Counts]],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> Interval:
    """Return the interval of one system's F1 averaged over domains.

    ``domains`` maps domain → the runs of its seeds, which all domains have in one order. Each is resampled on
    its own: their test sets are independent of each other. Raises ``ValueError`` where there is no domain or
    no run, or runs differ in their number of sentences.
    """
    if not all(domains.values()):
        raise ValueError("a system without a run has no F1")
    runs = {domain: dict(enumerate(some)) for domain, some in domains.items()}
    return as_fraction(
        sampling_distribution(sample_runs(runs, resamples=resamples, seed=seed).values()).interval(level)
    )


def sample_runs(runs: Runs, *, resamples: int = RESAMPLES, seed: int = 0) -> dict[str, BootstrapSample]:
    """Return domain → F1 of a system's runs there, observed and resampled."""
    found = {}
    for domain, of_seeds in runs.items():
        totals = [counts.by_sentence() for counts in of_seeds.values()]
        drawn = resampled_f1(totals, resamples=resamples, seed=seed, stream=domain)
        observed = f1_of(np.stack([total.sum(axis=0) for total in totals]))
        found[domain] = BootstrapSample(tuple(of_seeds), observed, drawn)
    return found


def paired_difference(
    first: Runs, second: Runs, *, resamples: int = PAIRED_RESAMPLES, seed: int = 0, level: float = LEVEL
) -> Paired:
    """Return how far ``first`` is above ``second``, per domain and on average, on the runs that they share.

    Both map domain → seed → counts, in the same sentence order. ``seed`` is that of the resampling. Raises
    ``ValueError`` where the runs of a domain differ in their number of sentences.
    """
    gaps = {}
    for domain, runs in second.items():
        if shared := _shared(first.get(domain, {}), runs):
            mine, its = ([side[number] for number in shared] for side in (first[domain], runs))
            sides = dict(enumerate(mine + its))  # one matrix of weights serves both
            both = sample_runs({domain: sides}, resamples=resamples, seed=seed)[domain]
            (observed, base), (drawn, drawn_base) = (
                np.split(side, 2) for side in (both.observed, both.drawn)
            )
            gaps[domain] = BootstrapSample(shared, observed - base, drawn - drawn_base)
    return summarise(gaps, level)


def summarise(gaps: Mapping[str, BootstrapSample], level: float = LEVEL) -> Paired:
    """Return the differences of two systems, per domain and on average, from domain → sampled difference."""
    if not gaps:
        return Paired(None)
    return Paired(
        sampling_distribution(gaps.values()).difference(level),
        {domain: sampling_distribution([gap]).difference(level) for domain, gap in gaps.items()},
        {domain: gap.seeds for domain, gap in gaps.items()},
    )


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
    # right ones, and mentions of both sides: all that F1 is made of
    columns = np.concatenate([_columns(totals, (0,)), _columns(totals, (1, 2))], axis=1)
    drawn = weight_blocks(len(columns), resamples, seed, stream)
    right, mentions = np.split(exact_products(drawn, columns, resamples), 2)
    return _f1(right, mentions)


def _columns(totals: Sequence[IntArray], parts: tuple[int, ...]) -> IntArray:
    """Return (sentences, runs): the sum of these parts of each run."""
    return np.stack([run[:, parts].sum(axis=1) for run in totals], axis=1)


def f1_of(sums: RealArray | IntArray) -> FloatArray:
    """Return micro-F1 from (..., 3) sums of true positives, predicted and gold; 0 where there is nothing."""
    return _f1(sums[..., 0], sums[..., 1] + sums[..., 2])


def _f1(right: RealArray | IntArray, mentions: RealArray | IntArray) -> FloatArray:
    return np.divide(2 * right, np.maximum(mentions, 1), dtype=np.float64)


def exact_products(blocks: Iterable[npt.NDArray[np.integer[Any]]], columns: IntArray, rows: int) -> RealArray:
    """Return (n, rows): the columns (sentences, n) summed as each row (sentences,) of the blocks weighs them.

    ``rows`` is how many the blocks have together. Weights and columns are not negative, and no row of weights
    sums to more than the number of sentences. Floats hold such sums of whole numbers exactly, so that the
    order of summation cannot change a bit: single precision, in half the time, where no sum can reach 2^24,
    else double.
    """
    largest = len(columns) * int(columns.max(initial=0))
    kind = np.float32 if largest < _EXACT_IN_SINGLE else np.float64
    factor = np.ascontiguousarray(columns.T, dtype=kind)
    found = np.empty((len(factor), rows), dtype=kind)
    start = 0
    for block in blocks:
        end = start + len(block)
        found[:, start:end] = factor @ block.T.astype(kind)
        start = end
    return found


def weight_blocks(sentences: int, resamples: int, seed: int, stream: str = "") -> Iterator[IntArray]:
    """Yield blocks of the (resamples, sentences) weight matrix; each row sums to ``sentences``.

    A row counts how often each sentence was drawn in ``sentences`` draws with replacement: a multinomial
    draw. MT19937, SeedSequence and RandomState are the parts of numpy whose streams are promised to stay the
    same in every release, so a board built elsewhere has the same intervals.
    """
    entropy = np.random.SeedSequence([seed, zlib.crc32(stream.encode())])
    generator = np.random.RandomState(np.random.MT19937(entropy))
    step = max(1, _BLOCK // max(sentences, 1))
    shift = np.arange(step, dtype=np.int32)[:, None] * sentences  # each row counts in bins of its own
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        if sentences == 0:
            yield np.zeros((rows, 0), dtype=np.int64)
            continue
        drawn = generator.randint(0, sentences, size=(rows, sentences), dtype=np.int32)
        counted = np.bincount((drawn + shift[:rows]).ravel(), minlength=rows * sentences)
        yield counted.reshape(rows, sentences)


def _shared(one: Mapping[int, Counts], other: Mapping[int, Counts]) -> tuple[int, ...]:
    return tuple(sorted(one.keys() & other.keys()))
