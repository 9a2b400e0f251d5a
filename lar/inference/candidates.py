"""Direct inference over many types: mentions in blocks, and of each the most probable types alone.

A distribution over T types for M mentions is a matrix of M × T numbers. With ten thousand types and a hundred
thousand mentions that is 4 GB, several times over while it is computed. Here it is made block by block, and a
block leaves the k greatest of each row behind: they are those of the whole distribution, to the last bit
where the block's products are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lar.inference.direct import DirectInference, Views
from lar.inference.mentions import FoundMentions
from larbench.tagger.arrays import Floats, Ints

BLOCK = 4_000_000  # numbers of a block's distribution; some six arrays of this size exist at a time


@dataclass(frozen=True)
class Candidates:
    """The most probable types of each mention: ``types`` (mentions, k) are their numbers, best first.

    ``probability`` (mentions, k) is out of all types, so a row sums to one at most. Of equally probable types
    the one with the smaller number stands first.
    """

    types: Ints
    probability: Floats


def top_types(
    inference: DirectInference, found: FoundMentions, views: Views, k: int, *, block: int = BLOCK
) -> Candidates:
    """Return the ``k`` most probable types of each mention, all of them where there are no more than ``k``.

    ``block`` bounds how many numbers of the distribution exist at a time (one mention's at least). Raises
    ``ValueError`` for a ``k`` below 1.
    """
    if k < 1:
        raise ValueError(f"k = {k}: ask for one type at least")
    count, kinds = len(found.spans), len(inference.types)
    best = np.zeros((count, min(k, kinds)), dtype=np.int64)
    probability = np.zeros(best.shape, dtype=np.float32)
    step = max(1, block // max(1, kinds))
    for start in range(0, count, step):
        rows = slice(start, start + step)
        part = FoundMentions(found.sentence[rows], found.spans[rows], found.source[rows])
        seen = Views(views.mention[rows], views.context[rows], views.sentence[rows])
        distribution = inference.distribution(part, seen)
        best[rows] = greatest(distribution, best.shape[1])
        probability[rows] = np.take_along_axis(distribution, best[rows], axis=1)
    return Candidates(best, probability)


def greatest(values: Floats, k: int) -> Ints:
    """Return (rows, k): where each row's greatest values are, in falling order, equal ones from the left.

    ``k`` is from 1 to the number of columns. Takes time linear in the columns but for rows with equal values
    around the last place, which are sorted whole.
    """
    found = np.argpartition(-values, k - 1, axis=1)[:, :k]
    found.sort(axis=1)  # so that the sort by value, which is stable, leaves equal ones from left to right
    picked = np.take_along_axis(values, found, axis=1)
    order = np.argsort(-picked, axis=1, kind="stable")
    found = np.take_along_axis(found, order, axis=1)
    tied = (values >= picked.min(axis=1, keepdims=True)).sum(axis=1) > k
    found[tied] = np.argsort(-values[tied], axis=1, kind="stable")[:, :k]
    result: Ints = found.astype(np.int64)
    return result
