"""Rows compared in pairs: paired differences with intervals and p-values, and ties instead of ranks. Pure.

Every paired figure of the leaderboard is made here: of all pairs of a table (``pairwise_tests``), of rows
against a base (``differences``), and of any two rows and their types (``DomainFigures``). All share the draws
of the bootstrap and of the permutations, which depend on a test set alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations, pairwise
from statistics import median
from typing import Generic, TypeVar

import numpy as np

from benchmark.scoring.intervals import (
    LEAST_P,
    LEVEL,
    BootstrapSample,
    Difference,
    FloatArray,
    SamplingDistribution,
    minimum_detectable,
    sampling_distribution,
)
from benchmark.scoring.multiple_testing import ALPHA, holm, tie_groups
from benchmark.scoring.permutation import Permutations, p_of_difference, permute
from benchmark.scoring.spans import Ints
from benchmark.scoring.statistics import f1_of, resampled_f1
from leaderboard.results.measure import ScoredCell
from leaderboard.results.results import Results
from leaderboard.results.rows import Row, sampled

Key = tuple[str, str]  # a row's label and backbone
System = TypeVar("System", bound=Hashable)

EVERY_PAIR = 100  # rows at most of a table whose pairs are all tested: ten seconds' work


def figures_of(
    cells: Iterable[ScoredCell], domains: Iterable[str], samples: Mapping[str, FloatArray]
) -> dict[str, BootstrapSample]:
    """Return domain → F1 of one row's finished cells, by rising seed; ``samples`` is by cell name."""
    finished = sorted((c for c in cells if c.whole), key=lambda one: one.record.spec.seed)
    found = {domain: [c for c in finished if c.record.spec.domain == domain] for domain in domains}
    return {domain: sampled(some, samples) for domain, some in found.items() if some}


def differences(
    first: Mapping[str, BootstrapSample], second: Mapping[str, BootstrapSample]
) -> dict[str, BootstrapSample]:
    """Return domain → how far the first row is above the second, on the seeds that both have there."""
    return {
        domain: first[domain].minus(one)
        for domain, one in second.items()
        if domain in first and set(first[domain].seeds) & set(one.seeds)
    }


@dataclass(frozen=True, eq=False)
class DomainFigures(Generic[System]):
    """F1 of several systems on one test set: observed, resampled, and under swaps of sentences.

    ``runs`` maps (system, seed) to the run's number in ``permutations``.
    """

    samples: Mapping[System, BootstrapSample]
    permutations: Permutations
    runs: Mapping[tuple[System, int], int]

    @classmethod
    def of(
        cls,
        totals: Mapping[System, Sequence[Ints]],
        samples: Mapping[System, BootstrapSample],
        permuted: Callable[[Sequence[Ints]], Permutations],
    ) -> DomainFigures[System]:
        """Permute systems that are resampled already; ``totals``: ``Counts.by_sentence()`` of each seed."""
        permutations = permuted([run for runs in totals.values() for run in runs])
        places = [(system, seed) for system in totals for seed in samples[system].seeds]
        return cls(samples, permutations, {place: number for number, place in enumerate(places)})

    @classmethod
    def resampled(
        cls, totals: Mapping[System, Sequence[Ints]], seeds: tuple[int, ...], *, resamples: int, domain: str
    ) -> DomainFigures[System]:
        """Resample and permute systems that all have the same seeds: one matrix of each serves them all."""
        runs = [run for runs in totals.values() for run in runs]
        observed = np.split(f1_of(np.stack([run.sum(axis=0) for run in runs])), len(totals))
        drawn = np.split(resampled_f1(runs, resamples=resamples, stream=domain), len(totals))
        figures = zip(totals, observed, drawn, strict=True)
        samples = {system: BootstrapSample(seeds, *both) for system, *both in figures}
        return cls.of(totals, samples, partial(permute, swaps=resamples, stream=domain))

    def shared(self, one: System, other: System) -> tuple[int, ...]:
        """Return the seeds that both have."""
        return tuple(seed for seed in self.samples[one].seeds if seed in self.samples[other].seeds)

    def difference(self, one: System, other: System) -> BootstrapSample:
        """Return how far the first is above the other, resampled."""
        return self.samples[one].minus(self.samples[other])

    def permuted(self, one: System, other: System) -> tuple[float, FloatArray]:
        """Return how far the first is above the other, observed and under swaps."""
        shared = self.shared(one, other)
        return self.permutations.difference(
            *([self.runs[system, seed] for seed in shared] for system in (one, other))
        )


@dataclass(frozen=True)
class Pair:
    """The upper row's average minus the lower's, on the cells that both have; fractions.

    ``p`` is the greater of the permutation test's and, where the two share several seeds, of the interval's,
    with the variance of seeds as all pairs of the table tell it. ``corrected`` is p corrected for all.
    """

    first: Key
    second: Key
    difference: Difference
    p: float
    corrected: float

    @property
    def separated(self) -> bool:
        """Whether the test tells the two apart."""
        return self.corrected < ALPHA


@dataclass(frozen=True)
class PairwiseTests:
    """The tested pairs of a table's complete rows, upper row first, and what is made of them.

    All pairs, but in a table of more than ``EVERY_PAIR`` rows: see ``_pairs_for_ties``.
    ``ties`` maps row → number of its tie group. ``detectable`` maps domain, and "average", to the minimum
    detectable difference of two rows: a fraction, the median over the pairs.
    """

    pairs: tuple[Pair, ...] = ()
    ties: Mapping[Key, int] | None = None
    detectable: Mapping[str, float] | None = None


def pairwise_tests(rows: Sequence[Row], cells: Iterable[ScoredCell], results: Results) -> PairwiseTests:
    """Test the pairs of a table's rows that have an average, best first; oracles are left out.

    ``cells`` are those of the table, and in the results. Two rows that share no seed in some domain cannot
    be paired: they are in no pair, and count as not separated.
    """
    whole = [row for row in rows if row.average is not None and row.ranked]
    cells_of: dict[Key, list[ScoredCell]] = defaultdict(list)
    for cell in sorted(cells, key=lambda cell: cell.record.spec.seed):
        cells_of[cell.record.spec.label, cell.record.spec.backbone].append(cell)
    keys = [(row.label, row.backbone) for row in whole]
    if len(keys) < 2:
        return PairwiseTests(ties=dict.fromkeys(keys, 1))
    figures = {key: figures_of(cells_of[key], whole[0].domains, results.samples) for key in keys}
    totals: dict[str, dict[Key, list[Ints]]] = {d: {key: [] for key in keys} for d in whole[0].domains}
    for key in keys:
        for cell in cells_of[key]:
            if cell.counts is not None and cell.record.spec.domain in totals:
                totals[cell.record.spec.domain][key].append(cell.counts.by_sentence())
    domains = {
        domain: DomainFigures.of(
            some, {key: figures[key][domain] for key in keys}, partial(results.permuted, domain=domain)
        )
        for domain, some in totals.items()
    }
    compared = _Rows(keys, domains)
    return _every_pair(compared) if len(keys) <= EVERY_PAIR else _pairs_for_ties(compared)


def _every_pair(rows: _Rows) -> PairwiseTests:
    pairs = [pair for pair in combinations(rows.keys, 2) if rows.paired(*pair)]
    kept = {pair: _KeptPair.of(rows.differences(*pair)) for pair in pairs}
    variance = rows.seed_variance([one.of_seeds for one in kept.values() if one.of_seeds is not None])
    tested = {pair: rows.p_value(*pair, kept[pair].of_seeds, variance) for pair in pairs}
    return _put_together(rows, tested, holm(tested), kept)


def _pairs_for_ties(rows: _Rows) -> PairwiseTests:
    """Test what ties ask for: the best row of each group against the rows that are left.

    All pairs of a thousand rows would take half an hour. Which of them are tested depends on how others came
    out, so each is corrected for the number of all (Bonferroni's correction: Holm's where the others are not
    known), and what bounds a p-value from below is set so low that one can still be significant. Returned are
    each row's test against the best of its group, and that of each group's best against the best above.
    """
    number = len(rows.keys) * (len(rows.keys) - 1) // 2
    least = min(LEAST_P, ALPHA / (10 * number))
    neighbours = [rows.of_seeds(*pair) for pair in pairwise(rows.keys) if rows.paired(*pair)]
    variance = rows.seed_variance([one for one in neighbours if one is not None])
    tested: dict[tuple[Key, Key], float] = {}

    def apart(best: Key, row: Key) -> bool:
        if not rows.paired(best, row):
            return False
        tested[best, row] = rows.p_value(best, row, rows.of_seeds(best, row), variance, least)
        return tested[best, row] * number < ALPHA

    groups = tie_groups(rows.keys, apart)
    best_of = {group: key for key, group in reversed(groups.items())}  # rows come best first
    shown = {}
    for key, group in groups.items():
        best = best_of[group] if key != best_of[group] else best_of.get(group - 1)
        if best is not None and (best, key) in tested:
            shown[best, key] = tested[best, key]
    kept = {pair: _KeptPair.of(rows.differences(*pair)) for pair in shown}
    return _put_together(rows, shown, {pair: min(1.0, p * number) for pair, p in shown.items()}, kept, groups)


def _put_together(
    rows: _Rows,
    tested: Mapping[tuple[Key, Key], float],
    corrected: Mapping[tuple[Key, Key], float],
    kept: Mapping[tuple[Key, Key], _KeptPair],
    groups: Mapping[Key, int] | None = None,
) -> PairwiseTests:
    pairs = tuple(Pair(*pair, kept[pair].difference, p, corrected[pair]) for pair, p in tested.items())
    if groups is None:
        apart = {(pair.first, pair.second) for pair in pairs if pair.separated}
        groups = tie_groups(rows.keys, lambda best, row: (best, row) in apart)
    detectable = None
    if pairs:
        detectable = {d: median(one.detectable[d] for one in kept.values()) for d in rows.domains}
        detectable["average"] = median(minimum_detectable(pair.difference.interval) for pair in pairs)
    return PairwiseTests(pairs, groups, detectable)


@dataclass(frozen=True)
class _SeedVariance:
    """What all pairs together tell of the variance of seeds.

    Three seeds tell that of two rows on two degrees of freedom, too few to hold a p-value against that a
    correction for many pairs multiplies. The pairs of R rows whose seeds differ have (R − 1)(S − 1) together,
    those of the residuals of rows × seeds (Snedecor and Cochran, *Statistical Methods*, 8th edition 1989,
    section 14.2).
    """

    variance: float
    freedom: int

    def added_to(self, one: SamplingDistribution) -> SamplingDistribution:
        """Return a pair's distribution with it: a greater variance of its own stays, and none stays none."""
        if not one.seed_variance > 0:
            return one
        variance, freedom = max(one.seed_variance, self.variance), max(one.freedom, self.freedom)
        return replace(one, seed_variance=variance, freedom=freedom)


@dataclass(frozen=True)
class _Rows:
    """Rows, best first, that are compared in each of the domains."""

    keys: Sequence[Key]
    domains: Mapping[str, DomainFigures[Key]]

    def paired(self, one: Key, other: Key) -> bool:
        """Whether two rows share a seed in every domain."""
        return all(domain.shared(one, other) for domain in self.domains.values())

    def differences(self, one: Key, other: Key) -> dict[str, BootstrapSample]:
        """Return domain → how far the first is above the second, resampled."""
        return {name: domain.difference(one, other) for name, domain in self.domains.items()}

    def of_seeds(self, one: Key, other: Key) -> SamplingDistribution | None:
        """Return the distribution of the average difference where the two share several seeds."""
        if all(len(domain.shared(one, other)) < 2 for domain in self.domains.values()):
            return None
        return sampling_distribution(self.differences(one, other).values())

    def seed_variance(self, found: Sequence[SamplingDistribution]) -> _SeedVariance:
        """Return the variance that these show together; it adds nothing where they show none."""
        several = [one for one in found if one.seed_variance > 0]
        if not several:
            return _SeedVariance(0.0, 0)
        domains = self.domains.values()
        varying = sum(any(np.ptp(one.samples[key].observed) > 0 for one in domains) for key in self.keys)
        freedom = max(1, varying - 1) * min(one.freedom for one in several)
        return _SeedVariance(float(np.mean([one.seed_variance for one in several])), freedom)

    def p_value(
        self,
        one: Key,
        other: Key,
        of_seeds: SamplingDistribution | None,
        variance: _SeedVariance,
        least: float = LEAST_P,
    ) -> float:
        """Return the p-value of two rows' average difference, with the variance of seeds of all pairs."""
        permuted = [domain.permuted(one, other) for domain in self.domains.values()]
        return p_of_difference(permuted, None if of_seeds is None else variance.added_to(of_seeds), least)


@dataclass(frozen=True)
class _KeptPair:
    """What is kept of a pair of rows: a large table has a hundred thousand of them.

    ``detectable`` maps domain → minimum detectable difference. ``of_seeds`` is the average's distribution
    where the two share several seeds, whose variance is still to be compared with that of all pairs.
    """

    difference: Difference
    detectable: Mapping[str, float]
    of_seeds: SamplingDistribution | None

    @classmethod
    def of(cls, samples: Mapping[str, BootstrapSample]) -> _KeptPair:
        average = sampling_distribution(samples.values())
        detectable = {
            domain: minimum_detectable(sampling_distribution([one]).interval())
            for domain, one in samples.items()
        }
        return cls(average.difference(), detectable, average if average.freedom else None)


def with_ties(rows: Sequence[Row], found: PairwiseTests) -> tuple[Row, ...]:
    """Return the rows with the numbers of their tie groups; those without an average have none."""
    ties = found.ties or {}
    return tuple(
        replace(row, tie=ties.get((row.label, row.backbone)) if row.ranked else None) for row in rows
    )


def how_paired(resamples: int, seeds: Iterable[Sequence[int]]) -> str:
    """Say how intervals of paired differences were made; ``seeds`` are those of each comparison."""
    single = any(len(some) == 1 for some in seeds)
    return (
        f"{LEVEL:.0%} interval of a difference: bootstrap over test sentences ({resamples:,} resamples, the"
        " same for all rows), paired: both rows have the same sentences in each, and the same seeds; what"
        " differs between several seeds is added."
        + (
            " Where there is one seed only, it knows nothing of what another seed would change."
            if single
            else ""
        )
    )
