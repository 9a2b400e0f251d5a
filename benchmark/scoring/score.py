"""All figures of one system on one test set at once: what a board and the command ``score`` show."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields

import numpy as np

from benchmark.scoring.counts import Counts
from benchmark.scoring.decomposition import Decomposition, decompose_spans
from benchmark.scoring.dialects import Dialects, Tally, Texts, TokenLists, dialects_of_spans
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
    gold: Spans,
    predicted: Spans,
    types: Sequence[str],
    tokens: TokenLists,
    texts: Texts | None = None,
    undeclared_misc: Collection[int] = (),
) -> Score:
    """Score two sides that lie in one stream with the tokens, as ``pair_mentions`` lays mentions.

    ``types`` are the declared types; ``texts``, where many systems are scored, those of these tokens;
    ``undeclared_misc`` as ``dialects_of_spans`` has it. A
    predicted type that is not declared is wrong (the column ``(undeclared)`` of the counts).
    """
    return Score(
        dialects_of_spans(gold, predicted, types, tokens, texts, undeclared_misc),
        decompose_spans(gold, predicted, types, len(tokens)),
    )


def total(scores: Sequence[Score]) -> Score:
    """Return the score of several test sets, or parts of one, as if they were one; at least one is needed.

    Their types are the same. The counts have one row, for all sentences together: what resamples sentences
    needs the parts.
    """
    dialects = [score.dialects for score in scores]
    parts = [score.decomposition for score in scores]
    return Score(
        Dialects(
            strict=all_sentences([one.strict for one in dialects]),
            conlleval=all_sentences([one.conlleval for one in dialects]),
            tallies={name: _all([one.tallies[name] for one in dialects]) for name in dialects[0].tallies},
            illegal_gold=sum(one.illegal_gold for one in dialects),
            illegal_predicted=sum(one.illegal_predicted for one in dialects),
        ),
        Decomposition(
            **{
                field.name: sum(getattr(part, field.name) for part in parts)
                for field in fields(Decomposition)
                if field.name != "if_typed_right"
            },
            if_typed_right=all_sentences([part.if_typed_right for part in parts]),
        ),
    )


def _all(tallies: Sequence[Tally]) -> Tally:
    return Tally(
        sum(tally.correct for tally in tallies),
        sum(tally.predicted for tally in tallies),
        sum(tally.gold for tally in tallies),
    )


def all_sentences(counts: Sequence[Counts]) -> Counts:
    """Add up counts of the same declared types over their sentences; some may have the undeclared column."""
    types = max((one.types for one in counts), key=len)  # that column is the last
    rows = np.zeros((3, 1, len(types)), dtype=np.int64)
    for one in counts:
        for row, table in zip(rows, (one.tp, one.predicted, one.gold), strict=True):
            row[0, : len(one.types)] += table.sum(axis=0)
    return Counts(types, *rows)
