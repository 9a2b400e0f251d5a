"""Rows of a table held against each other: every pair tested, and ties instead of ranks. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import median

import numpy as np

from benchmark.scoring.intervals import Difference, FloatArray, Sample, Spread, minimum_detectable, spread
from benchmark.scoring.multiple import ALPHA, holm, tie_groups
from benchmark.scoring.permutation import Swapped, paired_test, swap
from leaderboard.measure import Cell
from leaderboard.rows import Row, sampled

Key = tuple[str, str]  # a row's label and backbone


@dataclass(frozen=True)
class Pair:
    """The upper row's average minus the lower's, on the cells that both have; fractions.

    ``p`` is the greater of the permutation test's and, where the two share several seeds, of the interval's,
    with the luck of seeds as all pairs of the table tell it. ``corrected`` is Holm's, over all of them.
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
    """All pairs of a table's complete rows, upper row first, and what is made of them.

    ``ties`` maps row → number of its tie group. ``detectable`` maps domain, and "average", to the minimum
    detectable difference of two rows: a fraction, the median over the pairs.
    """

    pairs: tuple[Pair, ...] = ()
    ties: Mapping[Key, int] | None = None
    detectable: Mapping[str, float] | None = None


def contrast(
    rows: Sequence[Row], cells: Iterable[Cell], samples: Mapping[str, FloatArray], swaps: int
) -> Contrasts:
    """Return the contrasts of a table's rows that have an average, best first; oracles are left out.

    ``cells`` are those of the table and ``samples`` their resampled F1 by cell name. Two rows that share no
    seed in some domain cannot be paired: they are in no pair, and count as not separated.
    """
    whole = [row for row in rows if row.average is not None and row.ranked]
    runs: dict[Key, dict[str, list[Cell]]] = defaultdict(lambda: defaultdict(list))
    for cell in sorted(cells, key=lambda cell: cell.record.seed):
        if cell.counts is not None:
            runs[cell.record.label, cell.record.backbone][cell.record.domain].append(cell)
    keys = [(row.label, row.backbone) for row in whole]
    if len(keys) < 2:
        return Contrasts(ties=dict.fromkeys(keys, 1))
    domains = whole[0].domains
    tables = {
        domain: _Table.of({key: runs[key][domain] for key in keys}, samples, swaps) for domain in domains
    }
    gaps: dict[tuple[Key, Key], _Gap] = {}
    swapped: dict[tuple[Key, Key], float] = {}
    for one, other in combinations(keys, 2):
        if all(table.shared(one, other) for table in tables.values()):
            gaps[one, other] = _Gap.of({d: t.samples[one].minus(t.samples[other]) for d, t in tables.items()})
            moved = {domain: table.difference(one, other) for domain, table in tables.items()}
            swapped[one, other] = paired_test(moved).average
    steady = _with_usual_luck(
        {pair: gap.of_seeds for pair, gap in gaps.items() if gap.of_seeds is not None},
        _lucky(keys, tables.values()),
    )
    tested = {pair: max(p, steady[pair].p_value()) if pair in steady else p for pair, p in swapped.items()}
    corrected = holm(tested)
    pairs = tuple(Pair(*pair, gaps[pair].difference, p, corrected[pair]) for pair, p in tested.items())
    apart = {(pair.first, pair.second) for pair in pairs if pair.separated}
    ties = tie_groups(keys, lambda best, row: (best, row) in apart)
    return Contrasts(pairs, ties, _detectable(pairs, gaps.values(), domains))


def _lucky(keys: Iterable[Key], tables: Iterable[_Table]) -> int:
    """Return the number of rows whose seeds differ."""
    some = list(tables)
    return sum(any(np.ptp(table.samples[key].observed) > 0 for table in some) for key in keys)


def _with_usual_luck(found: Mapping[tuple[Key, Key], Spread], lucky: int) -> dict[tuple[Key, Key], Spread]:
    """Return the spreads of pairs with what all pairs together tell of the luck of seeds.

    Three seeds tell two rows' luck on two degrees of freedom, too few to hold a p-value against that Holm's
    correction multiplies. The pairs of R rows whose seeds differ have (R − 1)(S − 1) together, those of the
    residuals of rows × seeds (Snedecor and Cochran, *Statistical Methods*, 8th edition 1989, section 14.2).
    A pair that shows more luck than is usual keeps its own variance; one of rows without luck has none.
    """
    several = [one for one in found.values() if one.seed_variance > 0]
    if not several:
        return dict(found)
    usual = float(np.mean([one.seed_variance for one in several]))
    freedom = max(1, lucky - 1) * min(one.freedom for one in several)
    return {
        pair: replace(one, seed_variance=max(one.seed_variance, usual), freedom=max(one.freedom, freedom))
        if one.seed_variance > 0
        else one
        for pair, one in found.items()
    }


@dataclass(frozen=True)
class _Gap:
    """What is kept of a pair of rows: a large table has a hundred thousand of them.

    ``detectable`` maps domain → minimum detectable difference. ``of_seeds`` is the average's spread where the
    two share several seeds, whose luck is still to be held against that of all pairs.
    """

    difference: Difference
    detectable: Mapping[str, float]
    of_seeds: Spread | None

    @classmethod
    def of(cls, samples: Mapping[str, Sample]) -> _Gap:
        average = spread(samples.values())
        return cls(
            average.difference(),
            {domain: minimum_detectable(spread([one]).interval()) for domain, one in samples.items()},
            average if average.freedom else None,
        )


@dataclass(frozen=True)
class _Table:
    """One domain: its rows' figures, resampled and under swaps, and each run's number by (row, seed)."""

    samples: Mapping[Key, Sample]
    swapped: Swapped
    numbers: Mapping[tuple[Key, int], int]

    @classmethod
    def of(cls, rows: Mapping[Key, Sequence[Cell]], samples: Mapping[str, FloatArray], swaps: int) -> _Table:
        runs = [(key, cell) for key, cells in rows.items() for cell in cells]
        totals = [cell.counts.by_sentence() for _, cell in runs if cell.counts is not None]
        swapped = swap(totals, swaps=swaps, stream=runs[0][1].record.domain)
        numbers = {(key, cell.record.seed): place for place, (key, cell) in enumerate(runs)}
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
