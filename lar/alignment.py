"""Label alignment: which source type does each target type stand closest to?

Types are embedded by the encoder; the similarities are the edges of a bipartite graph; the Hungarian
algorithm finds the best one-to-one matching (LAR, arXiv 2407.17344, the alignment step). A source has
fewer types than a target, so the matching leaves target types without a partner. Their treatment is ours:
they *attach*, softly, to the source types they resemble.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from benchmark.domains.corpus import EntityType
from tagger.embedding import Embedder, unit_rows

Floats = npt.NDArray[np.float32]

_SAME_NAME = 5.0  # an exchange of two pairs can lose four in cosines: this outweighs it


@dataclass(frozen=True)
class Alignment:
    """The alignment of target types with source types.

    ``similarity`` is (targets, sources), cosines. ``core`` maps a target type to its one partner in the
    matching. ``weights`` is (targets, sources), rows summing to one: the share of each source type in
    what a mention of the target type would be called by a source tagger. A core type has all its weight
    on its partner.
    """

    source_types: tuple[str, ...]
    target_types: tuple[str, ...]
    similarity: Floats
    core: Mapping[str, str]
    weights: Floats

    def nearest(self, target_type: str) -> str:
        """Return the source type with the greatest weight for a target type."""
        row = self.weights[self.target_types.index(target_type)]
        return self.source_types[int(np.argmax(row))]

    def to_json(self) -> dict[str, object]:
        """Return the pairs and their similarities as JSON values."""
        return {
            "core": dict(self.core),
            "nearest": {name: self.nearest(name) for name in self.target_types},
            "similarity": np.round(self.similarity.astype(float), 4).tolist(),
        }


def type_embeddings(types: Sequence[EntityType], embedder: Embedder) -> Floats:
    """Return (types, hidden) unit rows: the mean of the embeddings of readable name and description.

    A type without a description is its name alone.
    """
    names = embedder.texts([kind.readable for kind in types])
    texts = embedder.texts([kind.description or kind.readable for kind in types])
    return unit_rows(names + texts)


def align(
    source_types: Sequence[str],
    target_types: Sequence[str],
    similarity: Floats,
    *,
    temperature: float,
) -> Alignment:
    """Match target types with source types, given the cosines (targets, sources).

    The one-to-one core maximises the sum of similarities; a target type of the same name as a source type
    is its partner whatever the texts say. A target type left over gets the weights
    softmax(similarity / temperature) over all source types.
    """
    same = np.array([[target == source for source in source_types] for target in target_types])
    rows, columns = linear_sum_assignment(similarity + _SAME_NAME * same, maximize=True)
    core = {target_types[r]: source_types[c] for r, c in zip(rows.tolist(), columns.tolist(), strict=True)}
    weights = softmax(similarity / temperature)
    weights[rows] = 0
    weights[rows, columns] = 1
    return Alignment(tuple(source_types), tuple(target_types), similarity, core, weights)


def softmax(scores: Floats) -> Floats:
    """Softmax over the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    result: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return result
