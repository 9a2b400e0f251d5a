"""Enhanced inference: what direct inference believes, corrected by a generalist's answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmark.domains.corpus import Sentence
from lar.generalists.protocol import Asked, Generalist
from lar.inference.mentions import FoundMentions
from larbench.tagger.arrays import Floats

TRUST = 0.8  # the share of an answer; the rest stays with direct inference


def enhanced(
    generalist: Generalist,
    found: FoundMentions,
    direct: Floats,
    sentences: Sequence[Sentence],
    types: Sequence[str],
) -> Floats:
    """Return (mentions, types): a mention that the generalist typed is of that type by ``TRUST``.

    All types are candidates, those that direct inference (``direct``) holds likelier first. A mention
    without an answer keeps what direct inference believes.
    """
    number = {name: place for place, name in enumerate(types)}
    result = direct.copy()
    rows_of = _rows_by_sentence(found)
    asked = questions(found, direct, sentences, types)
    for rows, answers in zip(rows_of.values(), generalist.answer(asked), strict=True):
        for row, answer in zip(rows, answers, strict=True):
            if answer is not None:
                result[row] *= 1 - TRUST
                result[row, number[answer]] += TRUST
    return result


def questions(
    found: FoundMentions, direct: Floats, sentences: Sequence[Sentence], types: Sequence[str]
) -> list[Asked]:
    """Return what a generalist is asked, or learns from: each sentence that has a mention, once."""
    return [
        _asked(sentences[place], rows, found, direct, types)
        for place, rows in _rows_by_sentence(found).items()
    ]


def _rows_by_sentence(found: FoundMentions) -> dict[int, list[int]]:
    rows: dict[int, list[int]] = {}
    for row, place in enumerate(found.sentence.tolist()):
        rows.setdefault(place, []).append(row)
    return rows


def _asked(
    sentence: Sentence, rows: Sequence[int], found: FoundMentions, direct: Floats, types: Sequence[str]
) -> Asked:
    order = [np.argsort(-direct[row], kind="stable").tolist() for row in rows]
    return Asked(
        id=sentence.id,
        tokens=sentence.tokens,
        spans=tuple(found.spans[row] for row in rows),
        candidates=tuple(tuple(types[kind] for kind in kinds) for kinds in order),
        beliefs=tuple(tuple(direct[row, kinds].tolist()) for row, kinds in zip(rows, order, strict=True)),
    )
