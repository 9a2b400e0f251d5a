"""Sentences that stand in a test set more than once: they are drawn together, as one.

Equal tokens are no independent evidence: a method that is right on one copy is right on all. Whoever draws
sentences apart would take the copies for news and get intervals that are too narrow, so the unit that is
drawn is the group of equal sentences (the cluster bootstrap; Davison and Hinkley, *Bootstrap Methods and
their Application*, 1997, section 3.8).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmark.scoring.counts import Counts
from benchmark.scoring.spans import Ints


def duplicate_clusters(tokens: Sequence[Sequence[str]]) -> Ints:
    """Return the number of each sentence's group, counted from 0 in order of first appearance.

    Sentences with equal tokens are of one group; where none stands twice, groups are sentences.
    """
    numbers: dict[tuple[str, ...], int] = {}
    found = [numbers.setdefault(tuple(sentence), len(numbers)) for sentence in tokens]
    return np.array(found, dtype=np.int64)


def clustered(counts: Counts, groups: Ints) -> Counts:
    """Return the counts of groups of sentences: shape (groups, types), each the sum over its sentences.

    ``groups`` holds the group's number of each sentence. Raises ``ValueError`` where there is not one for
    each sentence.
    """
    if len(groups) != len(counts.gold):
        raise ValueError(f"groups of {len(groups)} sentences for counts of {len(counts.gold)}")
    number = int(groups.max()) + 1 if len(groups) else 0
    if number == len(groups):
        return counts

    def summed(table: Ints) -> Ints:
        sums = np.zeros((number, table.shape[1]), dtype=np.int64)
        np.add.at(sums, groups, table)
        return sums

    return Counts(counts.types, summed(counts.tp), summed(counts.predicted), summed(counts.gold))
