"""Mentions by what train tells of them: seen, ambiguous, unseen; and counts by that instead of by type.

Of a mention, its text and type, the target's train set says:

``seen``       it holds the text as a mention, always with this type;
``ambiguous``  it holds the text as a mention with another type (whether or not with this one too);
``unseen``     it never holds the text as a mention.

Text is compared token by token, capitals and all. A predicted mention is put in its class by its own text and
type, so a right one is in the class of its gold mention. Recall is the figure to read: gold alone says how
many mentions a class has. How much of NER is remembering what train held is an old question (Augenstein,
Derczynski and Bontcheva, *Generalisation in Named Entity Recognition*, Computer Speech and Language 44,
2017).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np

from benchmark.domains.corpus import LabelledSentence, Mention
from benchmark.scoring.counts import Counts
from benchmark.scoring.spans import Ints, Spans, exact_matches

SEEN, AMBIGUOUS, UNSEEN = "seen", "ambiguous", "unseen"
CLASSES = (SEEN, AMBIGUOUS, UNSEEN)
_PLACE = {name: number for number, name in enumerate(CLASSES)}

Surfaces = Mapping[tuple[str, ...], frozenset[str]]  # tokens of a mention → the types that train has of it


def surfaces(train: Iterable[LabelledSentence]) -> dict[tuple[str, ...], frozenset[str]]:
    """Return the types that each mention's tokens have in train."""
    found: dict[tuple[str, ...], set[str]] = {}
    for sentence in train:
        for mention in sentence.mentions:
            found.setdefault(sentence.tokens[mention.start : mention.end], set()).add(mention.type)
    return {tokens: frozenset(types) for tokens, types in found.items()}


def classify(mention: Mention, tokens: Sequence[str], known: Surfaces) -> str:
    """Return the class of a mention of a sentence."""
    types = known.get(tuple(tokens[mention.start : mention.end]))
    if types is None:
        return UNSEEN
    return SEEN if types == {mention.type} else AMBIGUOUS


class ByClass:
    """The classes of a test set's spans, made once for all systems that are counted on it.

    ``tokens`` hold a list of tokens a sentence, ``types`` the declared types by number.
    """

    def __init__(self, tokens: Sequence[Sequence[str]], types: Sequence[str], known: Surfaces) -> None:
        self._sentences = len(tokens)
        self._classes = _Classes(list(chain.from_iterable(tokens)), types, known)
        self._gold: tuple[Spans, Ints] | None = None

    def count(self, gold: Spans, predicted: Spans) -> Counts:
        """Count exact matches (span and type) by class: ``CLASSES`` stand where the counts' types would.

        Both sides lie in the stream of the tokens.
        """
        if self._gold is None or self._gold[0] is not gold:  # most often it is that of the system before
            self._gold = gold, self._classes.of(gold)
        sides = self._gold[1], self._classes.of(predicted)
        match = exact_matches(gold, predicted)
        found = np.flatnonzero(match >= 0)
        right = found[gold.type[match[found]] == predicted.type[found]]
        return Counts(
            CLASSES,
            tp=self._table(predicted.sentence[right], sides[1][right]),
            predicted=self._table(predicted.sentence, sides[1]),
            gold=self._table(gold.sentence, sides[0]),
        )

    def _table(self, sentence: Ints, kind: Ints) -> Ints:
        shape = (self._sentences, len(CLASSES))
        return np.bincount(sentence * shape[1] + kind, minlength=shape[0] * shape[1]).reshape(shape)


class _Classes(dict[int, int]):
    """Class by span and type, all in one number: each is looked up in train once."""

    def __init__(self, stream: Sequence[str], types: Sequence[str], known: Surfaces) -> None:
        super().__init__()
        self._stream, self._types, self._known = stream, types, known
        self._width = len(stream) + 1

    def of(self, spans: Spans) -> Ints:
        """Return each span's class. Types that are not declared are alike: train has none of them."""
        kinds = len(self._types) + 1
        keys = (spans.start * self._width + spans.end) * kinds + np.minimum(spans.type, kinds - 1)
        return np.fromiter(map(self.__getitem__, keys.tolist()), dtype=np.int64, count=len(spans))

    def __missing__(self, key: int) -> int:
        span, kind = divmod(key, len(self._types) + 1)
        start, end = divmod(span, self._width)
        name = self._types[kind] if kind < len(self._types) else ""
        self[key] = number = _PLACE[
            classify(Mention(0, end - start, name), self._stream[start:end], self._known)
        ]
        return number
