"""Rows of a table held against each other: every pair tested, and ties instead of ranks. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import median

from benchmark.scoring.intervals import Difference, Sample, minimum_detectable, spread
from benchmark.scoring.multiple import ALPHA, holm, tie_groups
from benchmark.scoring.permutation import Swapped, p_of_difference, swap
from benchmark.scoring.statistics import FloatArray
from leaderboard.measure import Cell
from leaderboard.rows import Row, sampled

Key = tuple[str, str]  # a row's label and backbone


@dataclass(frozen=True)
class Pair:
    """The upper row's average minus the lower's, on the cells that both have; fractions.

    ``p`` is that of ``p_of_difference``, ``corrected`` is Holm's, over all pairs of the table.
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
    gaps: dict[tuple[Key, Key], dict[str, Sample]] = {}
    tested: dict[tuple[Key, Key], float] = {}
    for one, other in combinations(keys, 2):
        if all(table.shared(one, other) for table in tables.values()):
            gaps[one, other] = {d: t.samples[one].minus(t.samples[other]) for d, t in tables.items()}
            swapped = {domain: table.difference(one, other) for domain, table in tables.items()}
            tested[one, other] = p_of_difference(gaps[one, other], swapped)
    corrected = holm(tested)
    pairs = tuple(
        Pair(*pair, spread(gaps[pair].values()).difference(), p, corrected[pair])
        for pair, p in tested.items()
    )
    apart = {(pair.first, pair.second) for pair in pairs if pair.separated}
    ties = tie_groups(keys, lambda best, row: (best, row) in apart)
    return Contrasts(pairs, ties, _detectable(pairs, list(gaps.values()), domains))


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
    pairs: Sequence[Pair], gaps: Sequence[Mapping[str, Sample]], domains: Sequence[str]
) -> dict[str, float] | None:
    if not pairs:
        return None
    found = {
        domain: median(minimum_detectable(spread([gap[domain]]).interval()) for gap in gaps)
        for domain in domains
    }
    return {**found, "average": median(minimum_detectable(pair.difference.interval) for pair in pairs)}


def with_ties(rows: Sequence[Row], found: Contrasts) -> tuple[Row, ...]:
    """Return the rows with the numbers of their tie groups; those without an average have none."""
    ties = found.ties or {}
    return tuple(
        replace(row, tie=ties.get((row.label, row.backbone)) if row.ranked else None) for row in rows
    )
