"""Enhanced inference: the distributions of direct inference, corrected by a generalist's answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmark.domains.corpus import Sentence
from lar.generalists.protocol import Generalist, TypingRequest
from lar.inference.mentions import FoundMentions
from larbench.tagger.arrays import Floats

TRUST = 0.5  # the share of an answer; the rest stays with direct inference


def enhanced(
    generalist: Generalist,
    found: FoundMentions,
    direct: Floats,
    sentences: Sequence[Sentence],
    types: Sequence[str],
) -> Floats:
    """Return (mentions, types): a mention that the generalist typed is of that type by ``TRUST``.

    Where it gives probabilities, these are multiplied with direct inference's, as what two who know nothing
    of each other say (a product of experts, without a weight to choose). The share of none of these stays
    what direct inference says. All types are candidates, in falling order of direct inference's probability
    (``direct``). A mention without an answer keeps its distribution of direct inference.
    """
    number = {name: place for place, name in enumerate(types)}
    result = direct.copy()
    answers = generalist.answer(typing_requests(found, direct, sentences, types))
    for rows, answered in zip(_rows_by_sentence(found).values(), answers, strict=True):
        for row, answer in zip(rows, answered, strict=True):
            if isinstance(answer, str):
                result[row] *= 1 - TRUST
                result[row, number[answer]] += TRUST * direct[row].sum()
            elif answer is not None:
                both = direct[row] * np.array([answer.get(name, 0.0) for name in types], dtype=direct.dtype)
                if both.sum() > 0:
                    result[row] = both / both.sum() * direct[row].sum()
    return result


def typing_requests(
    found: FoundMentions, direct: Floats, sentences: Sequence[Sentence], types: Sequence[str]
) -> list[TypingRequest]:
    """Return what a generalist is asked, or learns from: each sentence that has a mention, once."""
    requests = []
    for place, rows in _rows_by_sentence(found).items():
        order = [np.argsort(-direct[row], kind="stable").tolist() for row in rows]
        requests.append(
            TypingRequest(
                id=sentences[place].id,
                tokens=sentences[place].tokens,
                spans=tuple(found.spans[row] for row in rows),
                candidates=tuple(tuple(types[kind] for kind in kinds) for kinds in order),
                probabilities=tuple(
                    tuple(direct[row, kinds].tolist()) for row, kinds in zip(rows, order, strict=True)
                ),
            )
        )
    return requests


def _rows_by_sentence(found: FoundMentions) -> dict[int, list[int]]:
    rows: dict[int, list[int]] = {}
    for row, place in enumerate(found.sentence.tolist()):
        rows.setdefault(place, []).append(row)
    return rows
