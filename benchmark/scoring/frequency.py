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


def count_by_frequency(
    gold: MentionLists, predicted: MentionLists, tokens: Sequence[Sequence[str]], known: Surfaces
) -> Counts:
    """Count exact matches (span and type) by class: ``CLASSES`` stand where the counts' types would.

    A list of mentions and one of tokens a sentence; mentions are sound, as ``score_mentions`` asks for.
    Raises ``ValueError`` where the numbers of sentences differ.
    """
    gold_at: list[int] = []  # cells of a table (sentences, classes), one a mention
    predicted_at: list[int] = []
    right_at: list[int] = []
    for number, (its, mine, words) in enumerate(zip(gold, predicted, tokens, strict=True)):
        row, cells = number * len(CLASSES), {}
        for mention in its:
            cells[mention] = at = row + _PLACE[classify(mention, words, known)]
            gold_at.append(at)
        for mention in mine:
            found = cells.get(mention)  # most are right, and so of a class that is known
            if found is not None:
                right_at.append(found)
            predicted_at.append(row + _PLACE[classify(mention, words, known)] if found is None else found)

    def table(at: list[int]) -> Ints:
        cells = np.bincount(np.array(at, dtype=np.int64), minlength=len(gold) * len(CLASSES))
        return cells.reshape(len(gold), len(CLASSES))

    return Counts(CLASSES, table(right_at), table(predicted_at), table(gold_at))
