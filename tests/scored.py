"""Scores of mentions and of tags, as the command ``score`` makes them of files."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np

from benchmark.domains.tags import IOB2
from benchmark.scoring.dialects import misc_beyond
from benchmark.scoring.scheme_spans import SchemeEncoder, spans_in_scheme
from benchmark.scoring.score import Score, score_spans
from benchmark.scoring.spans import MentionLists, Numbering, Spans, pair_mentions


def scored(
    gold: MentionLists,
    predicted: MentionLists,
    types: Sequence[str],
    tokens: Sequence[Sequence[str]] | None = None,
) -> Score:
    """Score mentions; without tokens each sentence is as long as its last mention needs, of one word."""
    if tokens is None:
        ends = [[end for _, end, _ in (*real, *said)] for real, said in zip(gold, predicted, strict=True)]
        tokens = [["word"] * max(some, default=1) for some in ends]
    numbering = Numbering(types)
    sides = pair_mentions(gold, predicted, types, [len(words) for words in tokens], numbering)
    return score_spans(*sides, types, tokens, undeclared_misc=misc_beyond(numbering, types))


def spans_in_iob2(sentences: Sequence[Sequence[str]], numbering: Numbering) -> Spans:
    """Return the spans of the sentences' tags, in one stream."""
    ids = SchemeEncoder(numbering).encode(list(chain.from_iterable(sentences)))
    return spans_in_scheme(ids, np.array([len(tags) for tags in sentences], dtype=np.int64), IOB2)


def scored_tags(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], types: Sequence[str]
) -> Score:
    """Score tags in IOB2, of sentences of one word again and again."""
    numbering = Numbering(types)
    real, said = (spans_in_iob2(side, numbering) for side in (gold, predicted))
    return score_spans(real, said, types, [["word"] * len(tags) for tags in gold])
