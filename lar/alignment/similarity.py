"""How similar target types and source types are, and how similar partners have to be.

The type text ``parts`` and its cosines were chosen on CrossNER politics alone, against its gold alignment
(``lar/gold_alignment/politics.csv``). Tried were target types by name, by description, by both and by
templates; source types by the same, and by their parts with the mean over the greatest 1 or 3; cosine and
CSLS. Only parts averaged over the greatest three put all nine types of politics right, and of these settings
the target's name with cosines left the least certain type the widest margin (0.04; of CSLS, which doubles
the cosines, half its margin counts).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.domains.corpus import EntityType
from benchmark.domains.types.entity_types import TYPES_DIR, load_types
from benchmark.errors import UsageError
from lar.alignment.type_texts import TEXTS, type_parts, type_vectors
from larbench.tagger.arrays import Floats
from larbench.tagger.embedding import Embedder

SIMILARITIES = ("cosine", "csls")
TYPE_TEXTS = (*TEXTS, "parts", "prototypes")
PARTS = 3  # how many of a source type's parts a target type is compared with: its nearest ones
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
    ``parts``: see ``part_similarity``; or ``prototypes``. ``similarity`` is ``cosine``, or ``csls``: see
    ``csls``. Raises ``UsageError`` for anything else, and for prototypes that are not given.
    """
    if similarity not in SIMILARITIES:
        raise UsageError(f"unknown similarity {similarity!r}: use {', '.join(SIMILARITIES)}")
    if type_text not in TYPE_TEXTS:
        raise UsageError(f"unknown type text {type_text!r}: use {', '.join(TYPE_TEXTS)}")
    if type_text == "parts":
        cosines = part_similarity(source, target, embedder)
    elif type_text == "prototypes":
        if prototypes is None:
            raise UsageError("the type text 'prototypes' needs mentions of the source types")
        cosines = _prototype_similarity(target, embedder, prototypes)
    else:
        cosines = type_vectors(target, embedder, type_text) @ type_vectors(source, embedder, type_text).T
    return csls(cosines) if similarity == "csls" else cosines


def part_similarity(source: Sequence[EntityType], target: Sequence[EntityType], embedder: Embedder) -> Floats:
    """Return (targets, sources): a source type is the list of things that its description names.

    A target type's readable name is compared with the source type's name and with each thing listed; the
    mean of the three greatest cosines counts. "A politician" stands near "an athlete" and "a writer", of
    which the one vector of a long description keeps little.
    """
    names = embedder.texts([kind.readable for kind in target])
    columns = []
    for kind in source:
        cosines = names @ embedder.texts(type_parts(kind)).T
        columns.append(np.sort(cosines, axis=1)[:, -PARTS:].mean(axis=1))
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

    None of politics' types is novel to CoNLL. The threshold is the greatest, at two decimals, that makes
    none of them novel: a type is novel where it is less like its nearest source type than every type of
    politics is. So the rule is set on politics alone, and scales with the encoder and the type text. It
    reads the type texts of the package, no corpus. For prototypes there is none: minus infinity.
    """
    if type_text == "prototypes":
        return -math.inf
    _, source = load_types(TYPES_DIR / "conll2003.toml")
    _, target = load_types(TYPES_DIR / "politics.toml")
    found = type_similarity(source, target, embedder, type_text=type_text, similarity=similarity)
    names = {kind.name for kind in source}
    nearest = found.max(axis=1)[[kind.name not in names for kind in target]]
    return math.floor(100 * float(nearest.min())) / 100


def _prototype_similarity(target: Sequence[EntityType], embedder: Embedder, prototypes: Prototypes) -> Floats:
    rows = type_vectors(target, embedder, "both")
    if prototypes.target is not None:
        known = np.linalg.norm(prototypes.target, axis=1) > 0
        rows[known] = prototypes.target[known]
    cosines: Floats = rows @ prototypes.source.T
    return cosines
