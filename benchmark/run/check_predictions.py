"""What a method returned, checked before it is stored: garbage is named, never scored."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from benchmark.domains.corpus import Mention, Sentence
from benchmark.errors import LarbenchError


class BadPredictions(LarbenchError):  # noqa: N818 - named for what it tells
    """A method returned what are no predictions; the message says where and what."""


def check_predictions(
    predicted: Any, sentences: Sequence[Sentence], types: Sequence[str]
) -> dict[str, list[Mention]]:
    """Return sentence id → mentions, sorted by start, with plain Python values.

    Raises ``BadPredictions`` where there is not one list a sentence, or a mention is no (start, end, type)
    of whole numbers and text, lies outside its sentence, overlaps another, or has an undeclared type.
    """
    if not isinstance(predicted, list | tuple):
        raise BadPredictions(
            f"predict returned {_short(predicted)}; expected a list with one list a sentence"
        )
    if len(predicted) != len(sentences):
        raise BadPredictions(f"predict returned {len(predicted)} lists for {len(sentences)} sentences")
    declared = frozenset(types)
    return {
        sentence.id: _mentions(mentions, sentence, declared)
        for sentence, mentions in zip(sentences, predicted, strict=True)
    }


def _mentions(mentions: Any, sentence: Sentence, declared: frozenset[str]) -> list[Mention]:
    if not isinstance(mentions, list | tuple):
        raise BadPredictions(f"{sentence.id}: predicted {_short(mentions)}; expected a list of mentions")
    found = sorted(_mention(mention, sentence, declared) for mention in mentions)
    for before, after in pairwise(found):
        if after.start < before.end:
            raise BadPredictions(f"{sentence.id}: the mentions {tuple(before)} and {tuple(after)} overlap")
    return found


def _mention(mention: Any, sentence: Sentence, declared: frozenset[str]) -> Mention:
    try:
        start, end, kind = mention
        start, end = operator.index(start), operator.index(end)  # numpy's integers too, floats and NaN not
    except (TypeError, ValueError):
        raise BadPredictions(f"{sentence.id}: {_short(mention)} is no (start, end, type)") from None
    if not 0 <= start < end <= len(sentence.tokens):
        raise BadPredictions(
            f"{sentence.id}: the mention {(start, end, kind)} lies outside {len(sentence.tokens)} tokens"
        )
    if not isinstance(kind, str) or kind not in declared:
        raise BadPredictions(
            f"{sentence.id}: the type {kind!r} is not declared; {', '.join(sorted(declared))} are"
        )
    return Mention(start, end, str(kind))


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
