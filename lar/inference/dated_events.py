"""Dated events: "2006 Canadian federal election", of which a source tagger finds "Canadian" alone.

CoNLL's annotators left the year and the common noun outside; finer-grained schemes name the event by them.
Where a found mention follows a year and is followed by lower-case words up to a noun that names a target
type, and that type's partner in the source is the one for named things of other kinds, the whole is taken for
one mention of the type. This reading is ours, chosen on the dev split of politics.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from benchmark.domains.corpus import EntityType
from lar.alignment.align import Alignment
from lar.inference.mentions import TypedMentions
from larbench.tagger.arrays import Floats
from larbench.tagger.embedding import Embedder

NAMES = 0.8  # the least cosine at which a word names a type ("elections" names "election")
REACH = 4  # words after the mention within which the noun stands
OTHER_KINDS = "misc"  # the source type of named things that are no person, organisation or place

_YEAR = re.compile(r"\d{4}")


def naming_nouns(
    sentences: Sequence[Sequence[str]], types: Sequence[EntityType], alignment: Alignment, embedder: Embedder
) -> dict[str, int]:
    """Return which lower-case words of a text name a type with the partner ``misc``, and its number."""
    numbers = [place for place, kind in enumerate(types) if alignment.pairs[kind.name] == OTHER_KINDS]
    words = sorted({word for sentence in sentences for word in sentence if word.islower()})
    if not numbers or not words:
        return {}
    cosines = embedder.texts(words) @ embedder.texts([types[place].readable for place in numbers]).T
    return {
        word: numbers[int(row.argmax())]
        for word, row in zip(words, cosines, strict=True)
        if row.max() >= NAMES
    }


def extend_dated_events(
    found: TypedMentions,
    sentences: Sequence[Sequence[str]],
    nouns: Mapping[str, int],
    function_words: frozenset[str],
) -> TypedMentions:
    """Return the mentions with those of dated events extended, and without those that these cover."""
    kept: dict[int, list[tuple[int, int, Floats]]] = {}
    certain = np.eye(found.distribution.shape[1], dtype=np.float32)
    for number, (start, end), row in zip(
        found.sentence.tolist(), found.spans, found.distribution, strict=True
    ):
        others = kept.setdefault(number, [])
        taken = max((other[1] for other in others if other[0] < start - 1), default=0)
        event = _event(sentences[number], start, end, nouns, function_words, free=taken)
        first, last, distribution = (start, end, row) if event is None else (*event[:2], certain[event[2]])
        apart = [other for other in others if other[1] <= first or other[0] >= last]
        if event is not None or len(apart) == len(others):
            others[:] = [*apart, (first, last, distribution)]
    flat = [
        (number, *mention)
        for number in sorted(kept)
        for mention in sorted(kept[number], key=lambda mention: mention[:2])
    ]
    return TypedMentions(
        np.array([number for number, *_ in flat], dtype=np.int64),
        [(start, end) for _, start, end, _ in flat],
        np.array([row for *_, row in flat], dtype=np.float32).reshape(len(flat), found.distribution.shape[1]),
    )


def _event(
    words: Sequence[str],
    start: int,
    end: int,
    nouns: Mapping[str, int],
    function_words: frozenset[str],
    *,
    free: int,
) -> tuple[int, int, int] | None:
    """Return start, end and type of the dated event that a mention is the middle of, if it is one.

    Words before ``free`` belong to mentions that reach further back.
    """
    if start > free and _YEAR.fullmatch(words[start - 1]):
        start -= 1
    if not _YEAR.fullmatch(words[start]):
        return None
    for place in range(end, min(len(words), end + REACH)):
        word = words[place]
        if not word.islower() or word in function_words:
            return None
        if word in nouns:
            return start, place + 1, nouns[word]
    return None
