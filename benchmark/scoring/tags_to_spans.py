"""From tags to spans: IOB2 tag strings to integer ids once, ids to spans with array operations only.

Tag ids: 0 is ``O``; the type numbered t has ``B-`` at 2t + 1 and ``I-`` at 2t + 2. Both readings of tags
come from the same spans:

- *conlleval* (seqeval's default): an ``I-`` that nothing of its type precedes starts a span of its own;
- *strict* (seqeval's ``mode="strict", scheme=IOB2``): such spans do not count. They are the ones that are
  not ``legal``, and there is one for every illegal transition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmark.domains.tags import OUTSIDE, split_tag
from benchmark.errors import InputError
from benchmark.scoring.counts import UNDECLARED, Counts, count_spans
from benchmark.scoring.spans import Ints, Numbering, Spans, refuse_undeclared

TagIds = npt.NDArray[np.integer[Any]]


class TagEncoder(dict[str, int]):
    """IOB2 tag strings to ids, each different string parsed once.

    The declared types come first; a type that is not declared gets the next number when it is met.
    """

    def __init__(self, types: Sequence[str]) -> None:
        super().__init__({OUTSIDE: 0})
        self._types = Numbering(types)

    def __missing__(self, tag: str) -> int:
        try:
            prefix, kind = split_tag(tag)
        except ValueError as error:
            raise InputError(str(error), expected="O, or B- or I- and a type") from error
        if prefix not in ("B", "I"):
            raise InputError(
                f"the tag {tag!r}", expected="O, or B- or I- and a type", todo="convert the tags to IOB2"
            )
        self[tag] = number = 2 * self._types[kind] + (1 if prefix == "B" else 2)
        return number

    @property
    def types(self) -> tuple[str, ...]:
        """The types by number: the declared ones, then those that were met."""
        return tuple(self._types)

    def encode(self, sentences: Sequence[Sequence[str]]) -> TagIds:
        """Return the ids of all sentences' tags in one array (uint8 where they fit, else int32).

        Raises ``InputError`` for a tag that is neither ``O`` nor ``B-`` or ``I-`` and a type.
        """
        try:
            # the fastest way from strings to an array that Python has
            return np.frombuffer(bytes(map(self.__getitem__, chain.from_iterable(sentences))), dtype=np.uint8)
        except ValueError:  # an id beyond 255
            return np.fromiter(map(self.__getitem__, chain.from_iterable(sentences)), dtype=np.int32)


def spans_of_tags(ids: TagIds, lengths: Sequence[int] | Ints) -> Spans:
    """Return the spans of a stream of tag ids, as conlleval reads them; ``legal`` ones are the strict ones.

    ``ids`` has shape (n_tokens,), ``lengths`` holds the number of tokens of each sentence.
    Raises ``InputError`` for a negative id (such as the -100 of padding) and for lengths that do not add up.
    """
    lengths = np.asarray(lengths, dtype=np.int64)
    spans = _spans_together(ids, lengths)
    return replace(spans, sentence=np.repeat(np.arange(len(lengths)), lengths)[spans.start])


def _spans_together(ids: TagIds, lengths: Ints) -> Spans:
    """Return the spans, all of them in sentence 0: to number a token's sentence takes as long as all else."""
    size = len(ids)
    if int(lengths.sum()) != size or (lengths < 0).any():
        raise InputError(f"{size} tags for sentences of {int(lengths.sum())} tokens in all")
    if not size:
        nothing = np.zeros(0, dtype=np.int64)
        return Spans(nothing, nothing, nothing, nothing, nothing.astype(np.bool_))
    if int(ids.min()) < 0:
        raise InputError(
            f"the tag id {int(ids.min())}", expected="0 or more", todo="remove padding before scoring"
        )
    # A run is an entity or a stretch of O. It starts at B, where the type changes, and with the sentence; one
    # more start behind the last token closes the last run.
    begins = (ids & 1).astype(np.bool_)
    kind = (ids >> 1) + begins  # 0 for O, else the type's number + 1
    starts = np.ones(size + 1, dtype=np.bool_)
    starts[:-1] = begins
    starts[1:-1] |= kind[1:] != kind[:-1]
    starts[np.cumsum(lengths) - lengths] = True
    entity = kind != 0
    start = np.flatnonzero(starts[:-1] & entity)
    return Spans(
        sentence=np.zeros(len(start), dtype=np.int64),
        start=start,
        end=np.flatnonzero(starts[1:] & entity) + 1,
        type=kind[start].astype(np.int64) - 1,
        legal=begins[start],
    )


def count_tags(
    gold: TagIds,
    predicted: TagIds,
    lengths: Sequence[int] | Ints,
    types: Sequence[str],
    *,
    strict: bool = False,
) -> Counts:
    """Count exact matches of two streams of tag ids, in the conlleval or the strict reading.

    Raises ``InputError`` as ``spans_of_tags`` does. Ids beyond the declared types are wrong in predictions
    (the column ``(undeclared)``) and refused in gold.
    """
    sides = [_strict(spans_of_tags(ids, lengths), strict) for ids in (gold, predicted)]
    return count_spans(sides[0], sides[1], types, len(lengths))


def total_tags(
    gold: TagIds,
    predicted: TagIds,
    lengths: Sequence[int] | Ints,
    types: Sequence[str],
    *,
    strict: bool = False,
) -> Counts:
    """Count as ``count_tags`` does, all sentences together in one row: enough for figures, and soon done.

    What resamples sentences needs a row for each.
    """
    lengths = np.asarray(lengths, dtype=np.int64)
    real, said = (_strict(_spans_together(ids, lengths), strict) for ids in (gold, predicted))
    if len(real) and int(real.type.max()) >= len(types):
        refuse_undeclared(_strict(spans_of_tags(gold, lengths), strict), types)
    names = (*types, UNDECLARED) if len(said) and int(said.type.max()) >= len(types) else tuple(types)

    def row(kind: Ints) -> Ints:
        return np.bincount(np.minimum(kind, len(names) - 1), minlength=len(names)).reshape(1, -1)

    # no two spans of a side start at one position: those that share their start pair off in order
    mine, its = (_starts_among(one, other, len(gold)) for one, other in ((real, said), (said, real)))
    right = (real.end[mine] == said.end[its]) & (real.type[mine] == said.type[its])
    return Counts(names, tp=row(real.type[mine][right]), predicted=row(said.type), gold=row(real.type))


def _starts_among(spans: Spans, others: Spans, tokens: int) -> Ints:
    """Return the indices of the spans that start where one of the others does."""
    started = np.zeros(tokens, dtype=np.bool_)
    started[others.start] = True
    return np.flatnonzero(started[spans.start])


def _strict(spans: Spans, strict: bool) -> Spans:
    return spans.select(spans.legal) if strict else spans
