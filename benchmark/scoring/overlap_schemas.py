"""The schemas ``type`` and ``exact`` of nervaluate (SemEval-2013, task 9.1; Segura-Bedmar and others, 2013).

``exact``: same boundaries, whatever the type. ``type``: a shared token and the same type, whatever the
boundaries. Each prediction and each gold mention counts once, so precision is over the predicted mentions and
recall over the gold mentions.
"""

from __future__ import annotations

import numpy as np

from benchmark.scoring.dialects import Tally
from benchmark.scoring.spans import Spans, exact_matches, overlapping


def schema_tallies(gold: Spans, predicted: Spans) -> dict[str, Tally]:
    """Return the totals of both schemas, by name."""
    match = exact_matches(gold, predicted)
    return {
        "type": Tally(_right_types(gold, predicted), len(predicted), len(gold)),
        "exact": Tally(int((match >= 0).sum()), len(predicted), len(gold)),
    }


def _right_types(gold: Spans, predicted: Spans) -> int:
    """Return how many predictions nervaluate 1.2 pairs with a gold mention of their type.

    Predictions choose in order, from the gold mentions that share a token and are still free: the one of
    their type with the nearest boundaries, else the first of another type. An overlap of less than a
    hundredth of the gold mention is none.
    """
    first, last = overlapping(predicted, gold)
    some = np.flatnonzero(last > first)
    nearest = first[some]
    equal = (gold.start[nearest] == predicted.start[some]) & (gold.end[nearest] == predicted.end[some])
    # spans that are equal overlap nothing else
    right = int((gold.type[nearest[equal]] == predicted.type[some[equal]]).sum())
    taken: set[int] = set()
    for mine in some[~equal].tolist():
        start, end, kind = int(predicted.start[mine]), int(predicted.end[mine]), int(predicted.type[mine])
        best, other = None, None
        for its in range(int(first[mine]), int(last[mine])):
            low, high = int(gold.start[its]), int(gold.end[its])
            if its in taken or 100 * (min(end, high) - max(start, low)) < high - low:
                continue
            if int(gold.type[its]) == kind:
                distance = abs(start - low) + abs(end - high)
                if best is None or distance < best[0]:
                    best = distance, its
            elif other is None:
                other = its
        if best is not None:
            right += 1
            taken.add(best[1])
        elif other is not None:
            taken.add(other)
    return right
