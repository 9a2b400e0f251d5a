"""Mentions of many sentences as arrays of integers: the form that all scoring works on.

Sentences are laid one after another in one stream of tokens. A span is then two positions in the stream and
a type's number, so that no comparison needs to look at sentences again. Spans of one side never overlap:
that is checked here, once, and makes every later matching unique.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from benchmark.domains.corpus import Mention
from benchmark.errors import InputError

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
MentionLists = Sequence[Sequence[Mention]]

UNDECLARED = "(undeclared)"


@dataclass(frozen=True, eq=False, slots=True)
class Spans:
    """Spans of one side (gold or predicted), sorted by start and free of overlap; arrays of equal length.

    ``sentence`` is the index of the sentence; ``start`` and ``end`` (half-open) are positions in the stream;
    ``type`` is the type's index among the declared types, or their number for a type that is not declared;
    ``opened`` tells whether the span began as IOB2 asks, with ``B-`` (always so for mentions).
    """

    sentence: Ints
    start: Ints
    end: Ints
    type: Ints
    opened: Bools

    def __len__(self) -> int:
        return len(self.start)

    def select(self, which: Bools | Ints) -> Spans:
        """Return the spans that a mask or an array of indices (ascending) picks."""
        return Spans(
            self.sentence[which], self.start[which], self.end[which], self.type[which], self.opened[which]
        )


def pair_mentions(
    gold: MentionLists, predicted: MentionLists, types: Sequence[str], lengths: Sequence[int] | None = None
) -> tuple[Spans, Spans]:
    """Lay gold and predicted mentions (a list a sentence, in any order) into one stream.

    ``lengths`` are the sentences' numbers of tokens; without them a mention cannot be out of range.
    Raises ``InputError`` where the two sides differ in the number of sentences, a span is empty, negative or
    out of range, two mentions of one side overlap, or a gold type is not declared.
    """
    if len(gold) != len(predicted):
        raise InputError(
            f"{len(predicted)} predicted sentences", expected=f"{len(gold)}, as many as gold has"
        )
    if lengths is not None and len(lengths) != len(gold):
        raise InputError(f"{len(lengths)} sentences of tokens", expected=f"{len(gold)}, as many as gold has")
    number = {name: index for index, name in enumerate(types)}
    sides = [_columns(side, number) for side in (gold, predicted)]
    undeclared = np.flatnonzero(sides[0].type == len(types))
    if len(undeclared):
        sentence = int(sides[0].sentence[undeclared[0]])
        unknown = sorted({mention[2] for mention in gold[sentence]} - set(types))
        raise InputError(
            f"the type {unknown[0]!r} in gold sentence {sentence} (counting from 0)",
            expected=f"one of {', '.join(types) or 'no types at all'}",
        )
    extent = np.zeros(len(gold), dtype=np.int64)
    for side in sides:
        np.maximum.at(extent, side.sentence, side.end)
    if lengths is not None:
        limit = np.asarray(lengths, dtype=np.int64)
        _refuse(extent > limit, "a mention that ends behind the last token")
        extent = limit
    offset = np.cumsum(extent) - extent
    return _placed(sides[0], offset), _placed(sides[1], offset)


def _columns(mentions: MentionLists, number: dict[str, int]) -> Spans:
    """Turn lists of mentions into columns, offsets still counted within each sentence."""
    flat = list(chain.from_iterable(mentions))
    size = len(flat)

    def column(index: int) -> Ints:
        return np.fromiter(map(itemgetter(index), flat), dtype=np.int64, count=size)

    undeclared = len(number)
    types = (number.get(mention[2], undeclared) for mention in flat)
    sentence = np.repeat(np.arange(len(mentions)), np.fromiter(map(len, mentions), np.int64, len(mentions)))
    spans = Spans(
        sentence, column(0), column(1), np.fromiter(types, np.int64, size), np.ones(size, dtype=np.bool_)
    )
    bad = (spans.start < 0) | (spans.end <= spans.start)
    _refuse(bad, "a mention that is empty or starts before the first token", sentence)
    return spans


def _placed(spans: Spans, offset: Ints) -> Spans:
    """Move columns into the stream, sort them, and refuse overlap."""
    shift = offset[spans.sentence]
    spans = Spans(spans.sentence, spans.start + shift, spans.end + shift, spans.type, spans.opened)
    if (spans.start[1:] < spans.start[:-1]).any():
        spans = spans.select(np.argsort(spans.start, kind="stable"))
    _refuse(spans.start[1:] < spans.end[:-1], "two mentions that overlap", spans.sentence[1:])
    return spans


def _refuse(bad: Bools, what: str, sentence: Ints | None = None) -> None:
    """Raise ``InputError`` naming the first sentence where ``bad`` holds."""
    if bad.any():
        first = int(np.argmax(bad))
        index = first if sentence is None else int(sentence[first])
        raise InputError(
            f"{what}, in sentence {index} (counting from 0)",
            expected="mentions within the sentence that do not overlap",
        )


def partners(gold: Spans, predicted: Spans) -> Ints:
    """Return, for each predicted span, the index of the gold span with the same boundaries, or -1."""
    if not len(gold):
        return np.full(len(predicted), -1, dtype=np.int64)
    nearest = np.searchsorted(gold.start, predicted.start)
    nearest[nearest == len(gold)] = 0
    same = (gold.start[nearest] == predicted.start) & (gold.end[nearest] == predicted.end)
    return np.where(same, nearest, -1)
