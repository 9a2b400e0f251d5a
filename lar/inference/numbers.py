"""Numbers that belong to a mention, which CoNLL's annotators mostly left outside.

Two readings of ours. A number right behind a mention is a part of it: "Windows 10", "Red Alert 2.0". And
where a mention follows or begins with a year and is followed, within a few lower-case words, by a noun that
names a target type or one of its listed examples, the whole is one mention: "2006 Canadian federal
election".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.domains.corpus import EntityType
from lar.inference.phrases import examples_of
from larbench.tagger.embedding import Embedder, Span

NAMES = 0.7  # the least cosine at which a word names a type ("elections" names "election")
REACH = 4  # words after the mention within which the noun stands

_NUMBER = re.compile(r"[vV]?\d+(\.\d+)*[a-zA-Z]?|[IVX]{2,}")
_YEAR = re.compile(r"\d{4}")


def naming_nouns(
    sentences: Sequence[Sequence[str]], types: Sequence[EntityType], embedder: Embedder
) -> frozenset[str]:
    """Return which lower-case words of a text name a type, or an example that its description lists."""
    words = sorted({word for sentence in sentences for word in sentence if word.islower()})
    if not words:
        return frozenset()
    listed = [text for kind in types for text in (kind.readable, *examples_of(kind))]
    nearest = (embedder.texts(words) @ embedder.texts(listed).T).max(axis=1)
    return frozenset(word for word, cosine in zip(words, nearest, strict=True) if cosine >= NAMES)


@dataclass(frozen=True)
class Numbers:
    """Joins numbers to mentions. ``nouns`` name target types, ``function_words`` are part of no name."""

    nouns: frozenset[str]
    function_words: frozenset[str]

    def joined(self, words: Sequence[str], spans: Sequence[Span]) -> list[Span]:
        """Return the mentions of a sentence, in order and apart, with the numbers that belong to them."""
        grown: list[Span] = []
        for place, (start, end) in enumerate(spans):
            free = grown[-1][1] if grown else 0
            if start < free:  # a dated event before reaches over it
                continue
            following = spans[place + 1][0] if place + 1 < len(spans) else len(words)
            if end < following and _NUMBER.fullmatch(words[end]):
                end += 1
            grown.append(self._dated(words, start, end, free) or (start, end))
        return grown

    def _dated(self, words: Sequence[str], start: int, end: int, free: int) -> Span | None:
        """Return the dated event that a mention is the middle of, if any; words before ``free`` are taken."""
        if start > free and _YEAR.fullmatch(words[start - 1]):
            start -= 1
        if not _YEAR.fullmatch(words[start]):
            return None
        last = None  # of several such nouns the last is the head: "presidential election"
        for place in range(end, min(len(words), end + REACH)):
            word = words[place]
            if not word.islower() or word in self.function_words:
                break
            if word in self.nouns:
                last = place + 1
        return None if last is None else (start, last)
