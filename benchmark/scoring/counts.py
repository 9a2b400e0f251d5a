"""Counts per sentence and type, and the figures they give.

A predicted mention is right when a gold mention of the same sentence has the same start, end and type. A
predicted mention of a type that is not declared is wrong: it is counted in an extra last column named
``(undeclared)``, which is there only where such a mention is, and which the macro average leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.scoring.spans import Ints, MentionLists, Spans, exact_matches, pair_mentions, refuse_undeclared

UNDECLARED = "(undeclared)"


@dataclass(frozen=True, slots=True)
class PRF:
    """Precision, recall and F1, as fractions 0..1; 0.0 where the denominator is 0, as in seqeval."""

    precision: float
    recall: float
    f1: float

    @classmethod
    def of(cls, correct: float, predicted: float, gold: float) -> PRF:
        """Compute the three from totals. ``correct`` may hold half credits.

        The order of operations is seqeval's, so that results agree to the last bit.
        """
        precision = float(correct) / float(predicted) if predicted else 0.0
        recall = float(correct) / float(gold) if gold else 0.0
        total = precision + recall
        return cls(precision, recall, 2.0 * precision * recall / total if total else 0.0)


@dataclass(frozen=True, eq=False)
class Counts:
    """True positives, predicted and gold mentions: int64 arrays of shape (n_sentences, n_types).

    Columns follow ``types``: the declared types in their order and, where a predicted type is not declared,
    a last column ``(undeclared)``. Raises ``ValueError`` where the arrays contradict each other.
    """

    types: tuple[str, ...]
    tp: Ints
    predicted: Ints
    gold: Ints

    def __post_init__(self) -> None:
        shape = self.tp.shape
        if (
            len(shape) != 2
            or shape[1] != len(self.types)
            or {self.predicted.shape, self.gold.shape} != {shape}
        ):
            shapes = f"{shape}, {self.predicted.shape}, {self.gold.shape}"
            raise ValueError(f"counts of shapes {shapes} for {len(self.types)} types")
        if (self.tp < 0).any() or (self.tp > np.minimum(self.predicted, self.gold)).any():
            raise ValueError("true positives are negative, or more than the predicted or the gold mentions")

    @property
    def declared(self) -> tuple[str, ...]:
        """The declared types, without the column of undeclared ones."""
        return tuple(name for name in self.types if name != UNDECLARED)

    def by_sentence(self) -> Ints:
        """Return totals over types, shape (n_sentences, 3): true positives, predicted, gold."""
        return np.stack([self.tp.sum(axis=1), self.predicted.sum(axis=1), self.gold.sum(axis=1)], axis=1)

    def micro(self) -> PRF:
        """Return precision, recall and F1 over all mentions, undeclared predicted ones included."""
        return PRF.of(int(self.tp.sum()), int(self.predicted.sum()), int(self.gold.sum()))

    def totals(self) -> dict[str, tuple[int, int, int]]:
        """Return true positives, predicted and gold mentions of each column, over all sentences."""
        columns = (array.sum(axis=0).tolist() for array in (self.tp, self.predicted, self.gold))
        return dict(zip(self.types, zip(*columns, strict=True), strict=True))

    def per_type(self) -> dict[str, PRF]:
        """Return precision, recall and F1 of each column."""
        return {name: PRF.of(*totals) for name, totals in self.totals().items()}

    def macro(self) -> float:
        """Return the mean F1 over the declared types; one without gold and predictions counts as 0.0.

        What a system invents cannot change the number of types that are averaged over.
        """
        scores = self.per_type()
        return float(np.mean([scores[name].f1 for name in self.declared])) if self.declared else 0.0

    def support(self) -> dict[str, int]:
        """Return the number of gold mentions of each declared type."""
        totals = self.totals()
        return {name: totals[name][2] for name in self.declared}

    def without(self, *types: str) -> Counts:
        """Return the counts without the columns of these types."""
        kept = [index for index, name in enumerate(self.types) if name not in types]
        return Counts(
            tuple(self.types[index] for index in kept),
            self.tp[:, kept],
            self.predicted[:, kept],
            self.gold[:, kept],
        )


def count_spans(gold: Spans, predicted: Spans, types: Sequence[str], n_sentences: int) -> Counts:
    """Count exact matches (span and type) of two sides that lie in one stream.

    Raises ``InputError`` for a gold type that is not declared.
    """
    refuse_undeclared(gold, types)
    match = exact_matches(gold, predicted)
    found = np.flatnonzero(match >= 0)
    right = found[gold.type[match[found]] == predicted.type[found]]
    names = tuple(types)
    if len(predicted) and int(predicted.type.max()) >= len(names):
        names = (*names, UNDECLARED)
    width = len(names)

    def table(sentence: Ints, kind: Ints) -> Ints:
        cells = sentence * width + np.minimum(kind, width - 1)
        return np.bincount(cells, minlength=n_sentences * width).reshape(n_sentences, width)

    return Counts(
        names,
        tp=table(predicted.sentence[right], predicted.type[right]),
        predicted=table(predicted.sentence, predicted.type),
        gold=table(gold.sentence, gold.type),
    )


def count_mentions(gold: MentionLists, predicted: MentionLists, types: Sequence[str]) -> Counts:
    """Count exact matches (span and type), sentence by sentence; mentions may come in any order.

    ``types`` are the declared types. Raises ``InputError`` where the two sides differ in the number of
    sentences, a span is empty or negative, mentions of one side overlap, or a gold type is not declared.
    """
    return count_spans(*pair_mentions(gold, predicted, types), types, len(gold))
