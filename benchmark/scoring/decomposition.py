"""Where a score is lost: at boundaries, on types, by misses, by spurious mentions.

With G gold and P predicted mentions, F1 = 2·TP / (P + G), so the loss is
1 − F1 = (false positives + false negatives) / (P + G). Every wrong mention of either side is given to
exactly one cause, hence the shares add up to the loss:

- *types*: a predicted and a gold mention with the same boundaries and different types (2 wrong mentions);
- *boundaries*: a predicted mention that shares a token with a gold mention without being equal to it, and
  such a gold mention, whatever their types;
- *spurious*: a predicted mention that shares no token with gold;
- *missed*: a gold mention that shares no token with a predicted one.

The ceiling of whatever only types the found mentions again: each predicted mention with the boundaries of a
gold mention gets its type, the others stay. Its micro figures equal those of boundaries-only, because no two
mentions of one side overlap; its figures per type and its macro average are its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmark.scoring.counts import PRF, Counts, count_spans
from benchmark.scoring.spans import Bools, Spans, exact_matches, overlapping


@dataclass(frozen=True, eq=False)
class Decomposition:
    """Every gold and predicted mention given to one cause (numbers of mentions).

    gold = correct + wrong_type + boundary_gold + missed;
    predicted = correct + wrong_type + boundary_predicted + spurious.
    ``if_typed_right`` are the counts if every mention that was found had its right type.
    """

    correct: int
    wrong_type: int
    boundary_gold: int
    boundary_predicted: int
    missed: int
    spurious: int
    if_typed_right: Counts

    @property
    def gold(self) -> int:
        """The number of gold mentions."""
        return self.correct + self.wrong_type + self.boundary_gold + self.missed

    @property
    def predicted(self) -> int:
        """The number of predicted mentions."""
        return self.correct + self.wrong_type + self.boundary_predicted + self.spurious

    @property
    def f1(self) -> float:
        """Exact micro F1."""
        return PRF.of(self.correct, self.predicted, self.gold).f1

    @property
    def boundary_f1(self) -> float:
        """Micro F1 of the boundaries alone."""
        return PRF.of(self.correct + self.wrong_type, self.predicted, self.gold).f1

    @property
    def typed_right_f1(self) -> float:
        """Micro F1 if every mention that was found had its right type."""
        return self.if_typed_right.micro().f1

    def shares(self) -> dict[str, float]:
        """Return the part of F1 (0..1) lost to each cause; they add up to 1 − F1.

        Without any mention on either side nothing is lost: all are 0.0.
        """
        wrong = {
            "boundaries": self.boundary_gold + self.boundary_predicted,
            "types": 2 * self.wrong_type,
            "missed": self.missed,
            "spurious": self.spurious,
        }
        total = self.gold + self.predicted
        return {cause: number / total if total else 0.0 for cause, number in wrong.items()}


def decompose_spans(gold: Spans, predicted: Spans, types: Sequence[str], n_sentences: int) -> Decomposition:
    """Decompose the score of two sides that lie in one stream."""
    match = exact_matches(gold, predicted)
    found = np.flatnonzero(match >= 0)
    retyped = predicted.type.copy()
    retyped[found] = gold.type[match[found]]
    same_boundaries = len(found)
    correct = int((retyped[found] == predicted.type[found]).sum())
    # a pair with the same boundaries overlaps too, and neither of the two overlaps anything else
    boundary_gold = int(_touches(gold, predicted).sum()) - same_boundaries
    boundary_predicted = int(_touches(predicted, gold).sum()) - same_boundaries
    return Decomposition(
        correct=correct,
        wrong_type=same_boundaries - correct,
        boundary_gold=boundary_gold,
        boundary_predicted=boundary_predicted,
        missed=len(gold) - same_boundaries - boundary_gold,
        spurious=len(predicted) - same_boundaries - boundary_predicted,
        if_typed_right=count_spans(gold, replace(predicted, type=retyped), types, n_sentences),
    )


def _touches(these: Spans, others: Spans) -> Bools:
    """Tell for each of ``these`` whether it shares a token with any of the others."""
    first, last = overlapping(these, others)
    return last > first
