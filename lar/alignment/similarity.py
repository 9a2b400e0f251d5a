"""How similar target types and source types are, and how similar partners have to be.

``kinds`` is what LAR aligns by: what a target type is called and what kind of thing its definition says
that it is ("a person who does research"), each held against the list of things that a source type's
description names. It was chosen on the development domains, against ``parts`` (the name alone) and the
definition's kind alone: see docs/lar.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.domains.corpus import EntityType
from benchmark.domains.types.entity_types import OPEN_TYPES_DIR, TYPES_DIR, load_types
from benchmark.domains.types.equal_types import equal_types
from benchmark.errors import UsageError
from lar.alignment.type_texts import TEXTS, kind_of, type_parts, type_vectors
from larbench.tagger.arrays import Floats
from larbench.tagger.embedding import Embedder

SIMILARITIES = ("cosine", "csls")
TYPE_TEXTS = (*TEXTS, "parts", "kinds", "prototypes")
NEIGHBOURS = 3  # of CSLS: over how many nearest types a type's hubness is measured


@dataclass(frozen=True)
class Prototypes:
    """Mean embeddings of mentions: ``source`` (sources, hidden), and ``target`` where labels allow it.

    A row of zeros is a type without mentions. Without ``target``, and for its rows of zeros, a target type
    is its name and description.
    """

    source: Floats
    target: Floats | None = None


def type_similarity(
    source: Sequence[EntityType],
    target: Sequence[EntityType],
    embedder: Embedder,
    *,
    type_text: str,
    similarity: str = "cosine",
    prototypes: Prototypes | None = None,
) -> Floats:
    """Return (targets, sources): how alike each target type and source type are.

    ``type_text`` is one of ``lar.alignment.type_texts.TEXTS``: cosines of those vectors on both sides;
    ``parts``: see ``part_similarity``; ``kinds``: the mean of that and of the same with ``kind_of`` in
    place of the name; or ``prototypes``. ``similarity`` is ``cosine``, or ``csls``: see ``csls``. Raises
    ``UsageError`` for anything else, and for prototypes that are not given.
    """
    if similarity not in SIMILARITIES:
        raise UsageError(f"unknown similarity {similarity!r}: use {', '.join(SIMILARITIES)}")
    if type_text not in TYPE_TEXTS:
        raise UsageError(f"unknown type text {type_text!r}: use {', '.join(TYPE_TEXTS)}")
    if type_text in ("parts", "kinds"):
        cosines = part_similarity(source, [kind.readable for kind in target], embedder)
        if type_text == "kinds":
            by_kind = part_similarity(source, [kind_of(kind) for kind in target], embedder)
            cosines = (0.5 * (cosines + by_kind)).astype(np.float32)
    elif type_text == "prototypes":
        if prototypes is None:
            raise UsageError("the type text 'prototypes' needs mentions of the source types")
        cosines = _prototype_similarity(target, embedder, prototypes)
    else:
        cosines = type_vectors(target, embedder, type_text) @ type_vectors(source, embedder, type_text).T
    return csls(cosines) if similarity == "csls" else cosines


def part_similarity(source: Sequence[EntityType], targets: Sequence[str], embedder: Embedder) -> Floats:
    """Return (targets, sources): a source type is the list of things that its description names.

    What stands for a target type, its name say, is compared with the source type's name and with each thing
    listed; the greatest cosine counts. "A politician" stands near "an athlete" and "a
    writer", of which the one vector of a long description keeps little.
    """
    names = embedder.texts(targets)
    columns = []
    for kind in source:
        cosines = names @ embedder.texts(type_parts(kind)).T
        columns.append(cosines.max(axis=1))
    stacked: Floats = np.stack(columns, axis=1)
    return stacked


def csls(cosines: Floats, neighbours: int = NEIGHBOURS) -> Floats:
    """Cross-domain similarity local scaling (Conneau et al., ICLR 2018): 2 cos(t, s) − r(t) − r(s).

    ``r`` of a type is its mean cosine to its nearest ``neighbours`` types of the other side: a type that is
    near to everything is lessened. Input and output are (targets, sources).
    """
    of_target = np.sort(cosines, axis=1)[:, -neighbours:].mean(axis=1, keepdims=True)
    of_source = np.sort(cosines, axis=0)[-neighbours:].mean(axis=0, keepdims=True)
    scaled: Floats = (2 * cosines - of_target - of_source).astype(cosines.dtype)
    return scaled


def reference_threshold(embedder: Embedder, type_text: str, similarity: str = "cosine") -> float:
    """Return the similarity below which a target type is `novel`: it has no partner in the source.

    Set on two development domains, by their type texts alone: all types of wnut17 have a partner among those
    of CoNLL-2003; of cyner (malware, systems, traces, flaws) none but the organisation has. It lies halfway
    between the least similar type of wnut17 and the most similar one of cyner, rounded down to two decimals;
    so it scales with the encoder and the type text. For prototypes there is none: minus infinity.
    """
    if type_text == "prototypes":
        return -math.inf
    _, source = load_types(TYPES_DIR / "conll2003.toml")

    def nearest(domain: str) -> Floats:
        _, target = load_types(OPEN_TYPES_DIR / f"{domain}.toml")
        equal = equal_types(target, source).source_of
        others = [kind for kind in target if kind.name not in equal]
        found = type_similarity(source, others, embedder, type_text=type_text, similarity=similarity)
        best: Floats = found.max(axis=1)
        return best

    halfway = (float(nearest("wnut17").min()) + float(nearest("cyner").max())) / 2
    return math.floor(100 * halfway) / 100


def _prototype_similarity(target: Sequence[EntityType], embedder: Embedder, prototypes: Prototypes) -> Floats:
    rows = type_vectors(target, embedder, "both")
    if prototypes.target is not None:
        known = np.linalg.norm(prototypes.target, axis=1) > 0
        rows[known] = prototypes.target[known]
    cosines: Floats = rows @ prototypes.source.T
    return cosines
