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


class Numbering(dict[str, int]):
    """Names to numbers: the given ones first, in order; any other gets the next number when it is met."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__((name, number) for number, name in enumerate(names))

    def __missing__(self, name: str) -> int:
        self[name] = number = len(self)
        return number


@dataclass(frozen=True, eq=False, slots=True)
class Spans:
    """Spans of one side (gold or predicted), sorted by start and free of overlap; arrays of equal length.

    ``sentence`` is the index of the sentence; ``start`` and ``end`` (half-open) are positions in the stream;
    ``type`` is a number below the number of declared types, or a higher one for a type that is not declared;
    ``legal`` tells whether the tags of the span were well formed (always so for mentions).
    """

    sentence: Ints
    start: Ints
    end: Ints
    type: Ints
    legal: Bools

    def __len__(self) -> int:
        return len(self.start)

    def select(self, which: Bools | Ints) -> Spans:
        """Return the spans that a mask or an array of indices (ascending) picks."""
        return Spans(
            self.sentence[which], self.start[which], self.end[which], self.type[which], self.legal[which]
        )


def pair_mentions(
    gold: MentionLists,
    predicted: MentionLists,
    types: Sequence[str],
    lengths: Sequence[int] | None = None,
    numbering: Numbering | None = None,
) -> tuple[Spans, Spans]:
    """Lay gold and predicted mentions (a list a sentence, in any order) into one stream.

    ``lengths`` are the sentences' numbers of tokens; without them a mention cannot be out of range.
    ``numbering``, which begins with the declared types, learns the others.
    Raises ``InputError`` where the two sides differ in the number of sentences, a span is empty, negative or
    out of range, two mentions of one side overlap, or a gold type is not declared.
    """
    for what, count in (
        ("predictions", len(predicted)),
        ("tokens", len(gold if lengths is None else lengths)),
    ):
        if count != len(gold):
            raise InputError(f"{what} of {count} sentences", expected=f"{len(gold)}, as many as gold has")
    numbering = Numbering(types) if numbering is None else numbering
    sides = _columns(gold, numbering), _columns(predicted, numbering)
    refuse_undeclared(sides[0], types, numbering)
    extent = np.zeros(len(gold), dtype=np.int64)
    for side in sides:
        np.maximum.at(extent, side.sentence, side.end)
    if lengths is not None:
        limit = np.asarray(lengths, dtype=np.int64)
        _refuse(extent > limit, "a mention that ends behind the last token", np.arange(len(gold)))
        extent = limit
    offset = np.cumsum(extent) - extent
    return _placed(sides[0], offset), _placed(sides[1], offset)


def _columns(mentions: MentionLists, numbering: Numbering) -> Spans:
    """Turn lists of mentions into columns, offsets still counted within each sentence."""
    flat = list(chain.from_iterable(mentions))
    size = len(flat)
    start, end = (np.fromiter(map(itemgetter(i), flat), dtype=np.int64, count=size) for i in (0, 1))
    types = map(numbering.__getitem__, map(itemgetter(2), flat))
    sizes = np.fromiter(map(len, mentions), dtype=np.int64, count=len(mentions))
    sentence = np.repeat(np.arange(len(mentions)), sizes)
    _refuse(
        (start < 0) | (end <= start), "a mention that is empty or starts before the first token", sentence
    )
    return Spans(sentence, start, end, np.fromiter(types, np.int64, size), np.ones(size, dtype=np.bool_))


def _placed(spans: Spans, offset: Ints) -> Spans:
    """Move columns into the stream, sort them, and refuse overlap."""
    shift = offset[spans.sentence]
    spans = Spans(spans.sentence, spans.start + shift, spans.end + shift, spans.type, spans.legal)
    if (spans.start[1:] < spans.start[:-1]).any():
        spans = spans.select(np.argsort(spans.start, kind="stable"))
    _refuse(spans.start[1:] < spans.end[:-1], "two mentions that overlap", spans.sentence[1:])
    return spans


def _refuse(bad: Bools, what: str, sentence: Ints) -> None:
    """Raise ``InputError`` for the sentence of the first entry where ``bad`` holds."""
    if bad.any():
        raise InputError(
            f"{what}, in sentence {sentence[np.argmax(bad)]} (counting from 0)",
            expected="mentions within the sentence that do not overlap",
        )


def refuse_undeclared(gold: Spans, types: Sequence[str], numbering: Numbering | None = None) -> None:
    """Raise ``InputError`` for a gold type that is not declared; ``numbering`` knows its name."""
    undeclared = gold.type >= len(types)
    if undeclared.any():
        first = int(np.argmax(undeclared))
        number = int(gold.type[first])
        name = f"number {number}" if numbering is None else repr(list(numbering)[number])
        raise InputError(
            f"the type {name} in gold, in sentence {gold.sentence[first]} (counting from 0)",
            expected=f"one of the declared types: {', '.join(types) or 'none'}",
        )


def exact_matches(gold: Spans, predicted: Spans) -> Ints:
    """Return, for each predicted span, the index of the gold span with the same boundaries, or -1."""
    if not len(gold) or not len(predicted):
        return np.full(len(predicted), -1, dtype=np.int64)
    # no two gold spans start at one position, so a table by position finds the only candidate
    at = np.full(max(int(gold.start[-1]), int(predicted.start[-1])) + 1, -1, dtype=np.int64)
    at[gold.start] = np.arange(len(gold))
    candidate = at[predicted.start]
    return np.where(gold.end[candidate] == predicted.end, candidate, -1)


def overlapping(these: Spans, others: Spans) -> tuple[Ints, Ints]:
    """Return, for each of ``these``, the range [first, last) of indices of ``others`` that share a token."""
    first = np.searchsorted(others.end, these.start, side="right")
    last = np.searchsorted(others.start, these.end, side="left")
    return first, np.maximum(first, last)
