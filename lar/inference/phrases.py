"""Function words of a corpus, and the examples that a type's description lists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from benchmark.domains.corpus import EntityType, LabelledSentence

FUNCTION_WORDS = 50  # set; no search is recorded

_LISTED = re.compile(r"\bsuch as\s+(.+)$")
_BETWEEN = re.compile(r"\s*,\s*(?:(?:or|and)\s+)?|\s+(?:or|and)\s+")
_ARTICLE = re.compile(r"^(?:an?|the)\s+")


def function_words(sentences: Sequence[LabelledSentence], count: int = FUNCTION_WORDS) -> frozenset[str]:
    """Return the most frequent lower-case words of a corpus: those that are part of no name."""
    found = Counter(word for sentence in sentences for word in sentence.tokens if word.islower())
    ranked = sorted(found, key=lambda word: (-found[word], word))
    return frozenset(ranked[:count])


def examples_of(kind: EntityType) -> tuple[str, ...]:
    """Return what a type's description lists after "such as", without articles; empty where it lists nothing.

    "a thing that is played, such as a guitar or a piano" gives ``guitar`` and ``piano``.
    """
    found = _LISTED.search(kind.description)
    if found is None:
        return ()
    parts = (_ARTICLE.sub("", part.strip()) for part in _BETWEEN.split(found.group(1)))
    return tuple(part for part in parts if part)
