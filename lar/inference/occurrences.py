"""Other places of a mention's words: what is a mention in most places of a text collection is one in all.

A tagger judges every sentence by itself. Where it finds the same words nearly everywhere, the places that it
passed over are mentions too; and how certain it is that words are a mention is better asked of all their
places than of one.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from larbench.tagger.embedding import Span

SHARE = 0.7  # of the places of a mention's words, those that a tagger must have found: docs/lar.md, trials

Words = tuple[str, ...]


@dataclass(frozen=True)
class Occurrences:
    """How often a tagger found each mention's words in a text, and in how many places it passed over them.

    A place counts as passed over where no word of it is part of a mention that was found.
    """

    found: Mapping[Words, int]
    passed: Mapping[Words, int]

    @classmethod
    def of(cls, sentences: Sequence[Words], spans: Sequence[Sequence[Span]]) -> Occurrences:
        """Count the places; ``spans`` are the found mentions of each sentence."""
        found = Counter(
            words[start:end] for words, row in zip(sentences, spans, strict=True) for start, end in row
        )
        by_first = _by_first_word(found)
        passed: Counter[Words] = Counter()
        for words, row in zip(sentences, spans, strict=True):
            passed.update(words[start:end] for start, end in _free(words, row, by_first))
        return cls(found, passed)

    def digest(self) -> str:
        """SHA-256 (hex) of the counts."""
        rows = sorted((list(words), self.found[words], self.passed.get(words, 0)) for words in self.found)
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()

    def completed(
        self, sentences: Sequence[Words], spans: Sequence[Sequence[Span]], *, own: bool
    ) -> list[list[Span]]:
        """Return the mentions of each sentence, with the places passed over that are mentions too, in order.

        Those are the places of words of which ``SHARE`` of all places were found, the longest first. ``own``
        says that this is the text that was counted; of another text each place counts for itself besides.
        """
        extra = 0 if own else 1
        frequent = {
            words
            for words, count in self.found.items()
            if count >= SHARE * (count + self.passed.get(words, 0) + extra)
        }
        by_first = _by_first_word(frequent)
        result = []
        for words, row in zip(sentences, spans, strict=True):
            more = list(row)
            for start, end in sorted(_free(words, row, by_first), key=lambda span: (span[0] - span[1], span)):
                if all(end <= other or after <= start for other, after in more):
                    more.append((start, end))
            result.append(sorted(more))
        return result


def _by_first_word(surfaces: Mapping[Words, int] | set[Words]) -> Mapping[str, list[Words]]:
    """Return the surfaces by their first word."""
    by_first: dict[str, list[Words]] = defaultdict(list)
    for words in surfaces:
        by_first[words[0]].append(words)
    return by_first


def _free(words: Words, taken: Sequence[Span], by_first: Mapping[str, list[Words]]) -> list[Span]:
    """Return the places of the surfaces in a sentence, where no word is taken; they may overlap."""
    free = [True] * len(words)
    for start, end in taken:
        free[start:end] = [False] * (end - start)
    return [
        (start, start + len(surface))
        for start, word in enumerate(words)
        for surface in by_first.get(word, ())
        if words[start : start + len(surface)] == surface and all(free[start : start + len(surface)])
    ]
