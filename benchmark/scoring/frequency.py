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

import numpy as np

from benchmark.domains.corpus import LabelledSentence, Mention
from benchmark.scoring.counts import Counts
from benchmark.scoring.spans import Ints, MentionLists

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


class GoldByClass:
    """The gold mentions of a test set with their classes, which serve all systems that are counted on it.

    A list of mentions and one of tokens a sentence. Raises ``ValueError`` where their numbers differ.
    """

    def __init__(self, gold: MentionLists, tokens: Sequence[Sequence[str]], known: Surfaces) -> None:
        self.tokens = tokens
        self.known = known
        self._cells = [  # mention → its cell in a table (sentences, classes)
            {mention: row * len(CLASSES) + self._class(mention, words) for mention in its}
            for row, (its, words) in enumerate(zip(gold, tokens, strict=True))
        ]
        self._gold = self._table([at for cells in self._cells for at in cells.values()])

    def count(self, predicted: MentionLists) -> Counts:
        """Count exact matches (span and type) by class: ``CLASSES`` stand where the counts' types would.

        Mentions are sound, as ``score_mentions`` asks for. Raises ``ValueError`` where the numbers of
        sentences differ.
        """
        predicted_at: list[int] = []
        right_at: list[int] = []
        sentences = enumerate(zip(self._cells, predicted, self.tokens, strict=True))
        for row, (cells, mentions, words) in sentences:
            for mention in mentions:
                at = cells.get(mention)  # most are right, and so of a class that is known
                if at is None:
                    at = row * len(CLASSES) + self._class(mention, words)
                else:
                    right_at.append(at)
                predicted_at.append(at)
        return Counts(CLASSES, self._table(right_at), self._table(predicted_at), self._gold)

    def _class(self, mention: Mention, words: Sequence[str]) -> int:
        return _PLACE[classify(mention, words, self.known)]

    def _table(self, at: list[int]) -> Ints:
        shape = (len(self._cells), len(CLASSES))
        return np.bincount(np.array(at, dtype=np.int64), minlength=shape[0] * shape[1]).reshape(shape)
