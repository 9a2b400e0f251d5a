"""Vectors for entity types: from their names, their descriptions, templates, or their mentions.

``both``, the mean of the embeddings of readable name and description, types mentions in direct inference.
The parts of a description ("a party, a team or a band" are three), and the kind of thing that a definition
names first, serve ``lar.alignment.similarity``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from benchmark.domains.corpus import EntityType, LabelledSentence
from benchmark.errors import UsageError
from larbench.tagger.arrays import Floats, unit_rows
from larbench.tagger.embedding import Embedder

TEXTS = ("name", "description", "both", "templates")
TEMPLATES = (
    "{}",
    "a {}",
    "the {}",
    "the name of a {}",
    "a kind of {}",
    "this is a {}",
    "a {} is mentioned in the news",
)
MENTIONS_PER_TYPE = 200  # a mean settles long before a source corpus ends

# what ends the first noun phrase of a definition: "a person | who does research", "a style of music | , such"
_PHRASE_END = re.compile(
    r"\s*(?:[,;:]|\b(?:such as|and|at|by|from|given|in|or|that|to|under|which|who|with)\b)\s*"
)
_SEPARATOR = re.compile(r"\s*(?:[,;:]|\bor\b|\band\b|\bsuch as\b)\s*")


def type_vectors(types: Sequence[EntityType], embedder: Embedder, how: str) -> Floats:
    """Return (types, hidden) unit rows: the embedded texts of the types.

    ``how`` is ``name`` (the readable name), ``description`` (of a type without one, the name), ``both``
    (the mean of the two), or ``templates`` (the mean over ``TEMPLATES`` filled with the name). Raises
    ``UsageError`` for anything else.
    """
    if how not in TEXTS:
        raise UsageError(f"unknown type text {how!r}: use {', '.join(TEXTS)}")
    if how == "templates":
        filled = [template.format(kind.readable) for kind in types for template in TEMPLATES]
        rows = embedder.texts(filled).reshape(len(types), len(TEMPLATES), -1)
        return unit_rows(rows.mean(axis=1))
    names = [kind.readable for kind in types]
    descriptions = [kind.description or kind.readable for kind in types]
    if how == "name":
        return embedder.texts(names)
    if how == "description":
        return embedder.texts(descriptions)
    return unit_rows(embedder.texts(names) + embedder.texts(descriptions))


def type_parts(kind: EntityType) -> tuple[str, ...]:
    """Return the readable name of a type and the things that its description lists, without repeats.

    "a party, a team or a band" lists three; so does "groups, such as parties and teams".
    """
    listed = (part for part in _SEPARATOR.split(kind.description) if part)
    return tuple(dict.fromkeys([kind.readable, *listed]))


def kind_of(kind: EntityType) -> str:
    """Return what kind of thing a type is by its definition: the first noun phrase of its description.

    "a person who does research" is "a person". Without a description it is the readable name.
    """
    return _PHRASE_END.split(kind.description)[0] or kind.readable


def prototype_vectors(
    sentences: Sequence[LabelledSentence],
    types: Sequence[str],
    embedder: Embedder,
    *,
    in_sentence: bool = False,
    limit: int = MENTIONS_PER_TYPE,
) -> Floats:
    """Return (types, hidden) unit rows: the mean embedding of the mentions of each type.

    The first ``limit`` mentions of a type count, as texts of their own, or as spans read ``in_sentence``.
    A type without a mention gets a row of zeros.
    """
    number = {name: place for place, name in enumerate(types)}
    taken = [0] * len(types)
    spans: list[list[tuple[int, int]]] = []
    kinds: list[int] = []
    for sentence in sentences:
        row = []
        for start, end, name in sentence.mentions:
            kind = number.get(name)
            if kind is not None and taken[kind] < limit:
                taken[kind] += 1
                kinds.append(kind)
                row.append((start, end))
        spans.append(row)
    used = [(sentence.tokens, row) for sentence, row in zip(sentences, spans, strict=True) if row]
    if in_sentence:
        vectors = embedder.spans([tokens for tokens, _ in used], [row for _, row in used])
    else:
        vectors = embedder.texts([" ".join(tokens[start:end]) for tokens, row in used for start, end in row])
    sums = np.zeros((len(types), embedder.hidden), dtype=np.float32)
    np.add.at(sums, kinds, vectors)
    return unit_rows(sums)
