"""Phrases of a text: the short word sequences that a mention without a capital could be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from benchmark.domains.corpus import EntityType, LabelledSentence
from larbench.tagger.embedding import Span

FUNCTION_WORDS = 50  # chosen on the dev set of politics, with lar.inference.dated_events
LONGEST = 4

_LISTED = re.compile(r"\bsuch as\s+(.+)$")
_BETWEEN = re.compile(r"\s*,\s*(?:(?:or|and)\s+)?|\s+(?:or|and)\s+")
_ARTICLE = re.compile(r"^(?:an?|the)\s+")


def function_words(sentences: Sequence[LabelledSentence], count: int = FUNCTION_WORDS) -> frozenset[str]:
    """Return the most frequent lower-case words of a corpus: those that no phrase begins or ends with."""
    found = Counter(word for sentence in sentences for word in sentence.tokens if word.islower())
    ranked = sorted(found, key=lambda word: (-found[word], word))
    return frozenset(ranked[:count])


def phrases(words: Sequence[str], between: frozenset[str], longest: int = LONGEST) -> Iterator[Span]:
    """Yield the spans of at most ``longest`` words that could be a phrase.

    No function word (``between``) stands at its ends, and no punctuation in it.
    """
    for start, first in enumerate(words):
        if first.lower() in between:
            continue
        for end in range(start + 1, min(len(words), start + longest) + 1):
            last = words[end - 1]
            if not any(character.isalnum() for character in last):
                break
            if last.lower() not in between:
                yield start, end


def examples_of(kind: EntityType) -> tuple[str, ...]:
    """Return what a type's description lists after "such as", without articles; empty where it lists nothing.

    "a thing that is played, such as a guitar or a piano" gives ``guitar`` and ``piano``.
    """
    found = _LISTED.search(kind.description)
    if found is None:
        return ()
    parts = (_ARTICLE.sub("", part.strip()) for part in _BETWEEN.split(found.group(1)))
    return tuple(part for part in parts if part)
