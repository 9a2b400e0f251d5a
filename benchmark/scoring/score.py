"""All figures of one system on one test set at once: what a board and the command ``score`` show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.scoring.counts import Counts
from benchmark.scoring.decomposition import Decomposition, decompose_spans
from benchmark.scoring.dialects import Dialects, Texts, TokenLists, dialects_of_spans
from benchmark.scoring.spans import Spans


@dataclass(frozen=True, eq=False)
class Score:
    """Every dialect, and where the score is lost (in the conlleval reading, where tags were scored)."""

    dialects: Dialects
    decomposition: Decomposition

    @property
    def counts(self) -> Counts:
        """Counts per sentence and type in the strict reading: what figures and intervals are made from."""
        return self.dialects.strict


def score_spans(
    gold: Spans, predicted: Spans, types: Sequence[str], tokens: TokenLists, texts: Texts | None = None
) -> Score:
    """Score two sides that lie in one stream with the tokens, as ``pair_mentions`` lays mentions.

    ``types`` are the declared types; ``texts``, where many systems are scored, those of these tokens. A
    predicted type that is not declared is wrong (the column ``(undeclared)`` of the counts).
    """
    return Score(
        dialects_of_spans(gold, predicted, types, tokens, texts),
        decompose_spans(gold, predicted, types, len(tokens)),
    )
