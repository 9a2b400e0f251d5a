"""Spans from the tags of any scheme, with array operations only.

A span starts at ``B`` or ``S``, where the type changes, behind ``E`` or ``S``, and with the sentence (the
reading of conlleval). It is legal, and counts in the strict reading, where its tags are those that its scheme
has for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmark.domains.tags import IO, IOB1, IOB2, IOE1, IOE2, LAST, OUTSIDE, SINGLE, split_tag
from benchmark.scoring.spans import Bools, Ints, Numbering, Spans

TagIds = npt.NDArray[np.integer[Any]]
_B, _I, _E, _S = 1, 2, 3, 4
_BITS = 3  # of a tag's id that hold its prefix


class SchemeEncoder(dict[str, int]):
    """Tags of any scheme to ids, each different string parsed once; ``numbering`` numbers the types."""

    def __init__(self, numbering: Numbering) -> None:
        super().__init__({OUTSIDE: 0})
        self._types = numbering

    def __missing__(self, tag: str) -> int:
        prefix, kind = split_tag(tag)
        letter = _E if prefix in LAST else _S if prefix in SINGLE else _B if prefix == "B" else _I
        self[tag] = number = (self._types[kind] << _BITS) + letter
        return number

    def encode(self, tags: Sequence[str]) -> TagIds:
        """Return the ids of tags in one array (uint8 where they fit, else int32)."""
        try:
            return np.frombuffer(bytes(map(self.__getitem__, tags)), dtype=np.uint8)
        except ValueError:  # an id beyond 255
            return np.fromiter(map(self.__getitem__, tags), dtype=np.int32, count=len(tags))


def spans_in_scheme(ids: TagIds, lengths: Ints, scheme: str) -> Spans:
    """Return the spans of a stream of tags, as conlleval reads them; ``legal`` ones are the strict ones.

    Parameters
    ----------
    ids : array of int, shape (n_tokens,)
        As ``SchemeEncoder`` gives them.
    lengths : array of int, shape (n_sentences,)
        Each sentence's number of tokens.
    scheme : str
        One of ``benchmark.domains.tags.SCHEMES``.
    """
    size = len(ids)
    letter = ids & ((1 << _BITS) - 1)
    entity = letter != 0
    kind = (ids >> _BITS) + entity  # 0 for O, else the type's number + 1
    first = np.zeros(size + 1, dtype=np.bool_)
    first[np.cumsum(lengths) - lengths] = True
    first[size] = True
    changes = first.copy()
    changes[1:-1] |= kind[1:] != kind[:-1]
    starts = changes.copy()
    starts[:-1] |= (letter == _B) | (letter == _S)
    starts[1:] |= (letter == _E) | (letter == _S)
    start = np.flatnonzero(starts[:-1] & entity)
    end = np.flatnonzero(starts[1:] & entity) + 1
    return Spans(
        sentence=np.repeat(np.arange(len(lengths)), lengths)[start],
        start=start,
        end=end,
        type=kind[start].astype(np.int64) - 1,
        legal=_legal(letter, changes, start, end, scheme),
    )


def _legal(letter: TagIds, changes: Bools, start: Ints, end: Ints, scheme: str) -> Bools:
    """Tell which spans have just the tags that their scheme has for them.

    Within a span there is nothing but ``I`` between its first and its last tag.
    """
    begins, ends = letter[start], letter[end - 1]
    if scheme == IOB2:
        return np.asarray(begins == _B)
    if scheme == IO:
        return np.ones(len(start), dtype=np.bool_)
    if scheme == IOB1:  # B only behind a mention of the same type
        return np.asarray((begins != _B) | ~changes[start])
    if scheme == IOE2:
        return np.asarray(ends == _E)
    if scheme == IOE1:  # E only before a mention of the same type
        return np.asarray((ends != _E) | ~changes[end])
    whole = (begins == _B) & (ends == _E)
    return np.asarray(np.where(end - start == 1, begins == _S, whole))
