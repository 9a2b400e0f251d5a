"""Numbers right behind a mention, which CoNLL's annotators mostly left outside, are a part of it.

"Windows 10", "Red Alert 2.0": a reading of ours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from larbench.tagger.embedding import Span

_NUMBER = re.compile(r"[vV]?\d+(\.\d+)*[a-zA-Z]?|[IVX]{2,}")


def with_numbers(words: Sequence[str], spans: Sequence[Span]) -> list[Span]:
    """Return the mentions of a sentence, in order and apart, each with the number that follows it."""
    grown: list[Span] = []
    for place, (start, end) in enumerate(spans):
        following = spans[place + 1][0] if place + 1 < len(spans) else len(words)
        joins = end < following and _NUMBER.fullmatch(words[end])
        grown.append((start, end + 1 if joins else end))
    return grown
