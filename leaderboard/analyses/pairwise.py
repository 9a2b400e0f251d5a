"""Rows of a table held against each other: pairs tested, and ties instead of ranks. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from statistics import median

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
from benchmark.scoring.permutation import Permutations, p_of_average, permute
from leaderboard.results.measure import ScoredCell
from leaderboard.results.rows import Row, sampled

Key = tuple[str, str]  # a row's label and backbone

EVERY_PAIR = 100  # rows at most of a table whose pairs are all tested: ten seconds' work


@dataclass(frozen=True)
class Pair:
    """The upper row's average minus the lower's, on the cells that both have; fractions.

    ``p`` is the greater of the permutation test's and, where the two share several seeds, of the interval's,
    with the luck of seeds as all pairs of the table tell it. ``corrected`` is p corrected for all of them.
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
class Contrasts:
    """The tested pairs of a table's complete rows, upper row first, and what is made of them.

    All pairs, but in a table of more than ``EVERY_PAIR`` rows: see ``_pairs_for_ties``.
    ``ties`` maps row → number of its tie group. ``detectable`` maps domain, and "average", to the minimum
    detectable difference of two rows: a fraction, the median over the pairs.
    """

    pairs: tuple[Pair, ...] = ()
    ties: Mapping[Key, int] | None = None
    detectable: Mapping[str, float] | None = None


def contrast(
    rows: Sequence[Row], cells: Iterable[ScoredCell], samples: Mapping[str, FloatArray], swaps: int
) -> Contrasts:
    """Return the contrasts of a table's rows that have an average, best first; oracles are left out.

    ``cells`` are those of the table and ``samples`` their resampled F1 by cell name. Two rows that share no
    seed in some domain cannot be paired: they are in no pair, and count as not separated.
    """
    whole = [row for row in rows if row.average is not None and row.ranked]
    runs: dict[Key, dict[str, list[ScoredCell]]] = defaultdict(lambda: defaultdict(list))
    for cell in sorted(cells, key=lambda cell: cell.record.spec.seed):
        if cell.counts is not None:
            runs[cell.record.spec.label, cell.record.spec.backbone][cell.record.spec.domain].append(cell)
    keys = [(row.label, row.backbone) for row in whole]
    if len(keys) < 2:
        return Contrasts(ties=dict.fromkeys(keys, 1))
    domains = whole[0].domains
    tables = {
        domain: _Table.of({key: runs[key][domain] for key in keys}, samples, swaps) for domain in domains
    }
    held = _Held(keys, tables)
    return _every_pair(held) if len(keys) <= EVERY_PAIR else _pairs_for_ties(held)


def _every_pair(held: _Held) -> Contrasts:
    pairs = [pair for pair in combinations(held.keys, 2) if held.paired(*pair)]
    gaps = {pair: _Gap.of(held.samples(*pair)) for pair in pairs}
    luck = held.luck([gap.of_seeds for gap in gaps.values() if gap.of_seeds is not None])
    tested = {pair: held.tested(*pair, gaps[pair].of_seeds, luck) for pair in pairs}
    return _made(held, tested, holm(tested), gaps)


def _pairs_for_ties(held: _Held) -> Contrasts:
    """Test what ties ask for: the best row of each group against the rows that are left; tell a part of it.

    All pairs of a thousand rows would take half an hour. Which of them are tested depends on how others came
    out, so each is corrected for the number of all (Bonferroni's correction: Holm's where the others are not
    known), and what bounds a p-value from below is set so low that one can still be significant. Told are
    each row's test against the best of its group, and that of each group's best against the best above.
    """
    number = len(held.keys) * (len(held.keys) - 1) // 2
    least = min(LEAST_P, ALPHA / (10 * number))
    neighbours = [held.seeds_of(*pair) for pair in pairwise(held.keys) if held.paired(*pair)]
    luck = held.luck([one for one in neighbours if one is not None])
    tested: dict[tuple[Key, Key], float] = {}

    def apart(best: Key, row: Key) -> bool:
        if not held.paired(best, row):
            return False
        tested[best, row] = held.tested(best, row, held.seeds_of(best, row), luck, least)
        return tested[best, row] * number < ALPHA

    groups = tie_groups(held.keys, apart)
    best_of = {number: key for key, number in reversed(groups.items())}  # rows come best first
    told = {}
    for key, group in groups.items():
        best = best_of[group] if key != best_of[group] else best_of.get(group - 1)
        if best is not None and (best, key) in tested:
            told[best, key] = tested[best, key]
    gaps = {pair: _Gap.of(held.samples(*pair)) for pair in told}
    return _made(held, told, {pair: min(1.0, p * number) for pair, p in told.items()}, gaps, groups)


def _made(
    held: _Held,
    tested: Mapping[tuple[Key, Key], float],
    corrected: Mapping[tuple[Key, Key], float],
    gaps: Mapping[tuple[Key, Key], _Gap],
    groups: Mapping[Key, int] | None = None,
) -> Contrasts:
    pairs = tuple(Pair(*pair, gaps[pair].difference, p, corrected[pair]) for pair, p in tested.items())
    if groups is None:
        apart = {(pair.first, pair.second) for pair in pairs if pair.separated}
        groups = tie_groups(held.keys, lambda best, row: (best, row) in apart)
    return Contrasts(pairs, groups, _detectable(pairs, gaps.values(), list(held.tables)))


@dataclass(frozen=True)
class _Luck:
    """What all pairs together tell of the luck of seeds.

    Three seeds tell two rows' luck on two degrees of freedom, too few to hold a p-value against that a
    correction for many pairs multiplies. The pairs of R rows whose seeds differ have (R − 1)(S − 1) together,
    those of the residuals of rows × seeds (Snedecor and Cochran, *Statistical Methods*, 8th edition 1989,
    section 14.2).
    """

    variance: float
    freedom: int

    def added_to(self, one: SamplingDistribution) -> SamplingDistribution:
        """Return a pair's spread with it: a pair that shows more luck keeps its own, one without has none."""
        if not one.seed_variance > 0:
            return one
        variance, freedom = max(one.seed_variance, self.variance), max(one.freedom, self.freedom)
        return replace(one, seed_variance=variance, freedom=freedom)


@dataclass(frozen=True)
class _Held:
    """Rows, best first, that are held against each other in each domain of ``tables``."""

    keys: Sequence[Key]
    tables: Mapping[str, _Table]

    def paired(self, one: Key, other: Key) -> bool:
        """Whether two rows share a seed in every domain."""
        return all(table.shared(one, other) for table in self.tables.values())

    def samples(self, one: Key, other: Key) -> dict[str, BootstrapSample]:
        """Return domain → how far the first is above the second, resampled."""
        return {d: table.samples[one].minus(table.samples[other]) for d, table in self.tables.items()}

    def seeds_of(self, one: Key, other: Key) -> SamplingDistribution | None:
        """Return the spread of the average difference where the two share several seeds."""
        if all(len(table.shared(one, other)) < 2 for table in self.tables.values()):
            return None
        return sampling_distribution(self.samples(one, other).values())

    def luck(self, found: Sequence[SamplingDistribution]) -> _Luck:
        """Return the luck of seeds that these spreads show together; it adds nothing where they show none."""
        several = [one for one in found if one.seed_variance > 0]
        if not several:
            return _Luck(0.0, 0)
        tables = self.tables.values()
        lucky = sum(any(np.ptp(table.samples[key].observed) > 0 for table in tables) for key in self.keys)
        freedom = max(1, lucky - 1) * min(one.freedom for one in several)
        return _Luck(float(np.mean([one.seed_variance for one in several])), freedom)

    def tested(
        self, one: Key, other: Key, of_seeds: SamplingDistribution | None, luck: _Luck, least: float = LEAST_P
    ) -> float:
        """Return the p-value of two rows' average difference: for the luck of sentences, and of seeds."""
        p = p_of_average([table.difference(one, other) for table in self.tables.values()], least)
        return p if of_seeds is None else max(p, luck.added_to(of_seeds).p_value(least))


@dataclass(frozen=True)
class _Gap:
    """What is kept of a pair of rows: a large table has a hundred thousand of them.

    ``detectable`` maps domain → minimum detectable difference. ``of_seeds`` is the average's spread where the
    two share several seeds, whose luck is still to be held against that of all pairs.
    """

    difference: Difference
    detectable: Mapping[str, float]
    of_seeds: SamplingDistribution | None

    @classmethod
    def of(cls, samples: Mapping[str, BootstrapSample]) -> _Gap:
        average = sampling_distribution(samples.values())
        return cls(
            average.difference(),
            {
                domain: minimum_detectable(sampling_distribution([one]).interval())
                for domain, one in samples.items()
            },
            average if average.freedom else None,
        )


@dataclass(frozen=True)
class _Table:
    """One domain: its rows' figures, resampled and under swaps, and each run's number by (row, seed)."""

    samples: Mapping[Key, BootstrapSample]
    swapped: Permutations
    numbers: Mapping[tuple[Key, int], int]

    @classmethod
    def of(
        cls, rows: Mapping[Key, Sequence[ScoredCell]], samples: Mapping[str, FloatArray], swaps: int
    ) -> _Table:
        runs = [(key, cell) for key, cells in rows.items() for cell in cells]
        totals = [cell.counts.by_sentence() for _, cell in runs if cell.counts is not None]
        swapped = permute(totals, swaps=swaps, stream=runs[0][1].record.spec.domain)
        numbers = {(key, cell.record.spec.seed): place for place, (key, cell) in enumerate(runs)}
        return cls({key: sampled(cells, samples) for key, cells in rows.items()}, swapped, numbers)

    def shared(self, one: Key, other: Key) -> tuple[int, ...]:
        """Return the seeds that both rows have."""
        return tuple(seed for seed in self.samples[one].seeds if seed in self.samples[other].seeds)

    def difference(self, one: Key, other: Key) -> tuple[float, FloatArray]:
        """Return the difference of two rows, observed and under swaps."""
        first, second = (
            [self.numbers[key, seed] for seed in self.shared(one, other)] for key in (one, other)
        )
        return self.swapped.difference(first, second)


def _detectable(
    pairs: Sequence[Pair], gaps: Iterable[_Gap], domains: Sequence[str]
) -> dict[str, float] | None:
    if not pairs:
        return None
    every = [gap.detectable for gap in gaps]
    found = {domain: median(one[domain] for one in every) for domain in domains}
    return {**found, "average": median(minimum_detectable(pair.difference.interval) for pair in pairs)}


def with_ties(rows: Sequence[Row], found: Contrasts) -> tuple[Row, ...]:
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
        " same for all rows), paired: both rows have the same sentences in each, and the same seeds; the luck"
        " of several seeds is added."
        + (" Where there is one seed only, it knows nothing of the luck of training." if single else "")
    )
