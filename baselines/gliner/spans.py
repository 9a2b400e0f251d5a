"""From character offsets back to tokens: what GLiNER finds in a text, as mentions of a sentence."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmark.domains.corpus import EntityType, Mention

# what a span may meet
FOUND, SNAPPED, OVERLAPPING = "found", "snapped", "overlapping"
UNKNOWN_LABEL, EMPTY = "unknown-label", "empty"

_WORD = re.compile(r"\w+(?:[-_]\w+)*|\S")  # what GLiNER takes for a word


@dataclass(frozen=True)
class Part:
    """A stretch of a sentence's tokens that is read at once: which sentence, its first token, its text.

    ``starts`` and ``ends`` are the tokens' offsets in ``text``, the tokens joined by spaces.
    """

    sentence: int
    first: int
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def tokens(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the tokens of the sentence that the characters lie in, wholly or partly; None for none."""
        first, last = bisect_right(self.ends, start), bisect_left(self.starts, end)
        return None if first >= last else (self.first + first, self.first + last)


@dataclass(frozen=True)
class Outcome:
    """The mentions of a sentence, free of overlap, and how often each thing was met on the way."""

    mentions: list[Mention]
    met: Counter[str] = field(default_factory=Counter)


def labels_of(types: Sequence[EntityType]) -> dict[str, str]:
    """Return label → type: readable names; names where two types read alike, whatever the case."""
    counts = Counter(kind.readable.casefold() for kind in types)
    return {
        kind.readable if counts[kind.readable.casefold()] == 1 else kind.name: kind.name for kind in types
    }


def parts_of(sentences: Sequence[Sequence[str]], most: int) -> Iterator[Part]:
    """Yield each sentence in parts of at most ``most`` of GLiNER's words, one token at least.

    Sentences without a word have none.
    """
    for number, tokens in enumerate(sentences):
        first = words = 0
        for place, token in enumerate(tokens):
            here = sum(1 for _ in _WORD.finditer(token))
            if place > first and words + here > most:
                yield from _part(number, first, tokens[first:place])
                first, words = place, 0
            words += here
        yield from _part(number, first, tokens[first:])


def _part(number: int, first: int, tokens: Sequence[str]) -> Iterator[Part]:
    text = " ".join(tokens)
    if _WORD.search(text) is None:
        return
    starts, ends, at = [], [], 0
    for token in tokens:
        starts.append(at)
        ends.append(at + len(token))
        at += len(token) + 1
    yield Part(number, first, text, tuple(starts), tuple(ends))


def outcome_of(
    parts: Sequence[Part], spans: Sequence[Sequence[Mapping[str, Any]]], labels: Mapping[str, str]
) -> Outcome:
    """Return the mentions of one sentence: its parts, what the model found in each, label → type.

    A span that begins or ends inside a token is widened to the whole token, and counted. Of overlapping spans
    the one of the higher score stays, then the longer, then the earlier.
    """
    found: list[tuple[float, Mention]] = []
    met: Counter[str] = Counter()
    for part, entities in zip(parts, spans, strict=True):
        for entity in entities:
            met[FOUND] += 1
            start, end = int(entity["start"]), int(entity["end"])
            tokens, kind = part.tokens(start, end), labels.get(str(entity["label"]))
            if tokens is None or kind is None:
                met[EMPTY if kind is not None else UNKNOWN_LABEL] += 1
                continue
            exact = (
                start == part.starts[tokens[0] - part.first] and end == part.ends[tokens[1] - part.first - 1]
            )
            met[SNAPPED] += not exact
            found.append((float(entity["score"]), Mention(*tokens, kind)))
    found.sort(key=lambda one: (-one[0], one[1].start - one[1].end, one[1]))
    kept: list[Mention] = []
    for _, mention in found:
        if any(mention.start < other.end and other.start < mention.end for other in kept):
            met[OVERLAPPING] += 1
        else:
            kept.append(mention)
    return Outcome(sorted(kept), +met)
