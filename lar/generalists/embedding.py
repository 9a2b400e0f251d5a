"""The generalist ``embedding``: the backbone itself reads each mention in its sentence; no endpoint, no key.

A mention's vector v is that of its words inside the sentence, less the mean over the text. Of the target's
unlabelled text it keeps a prototype p(t) of each type: the mean vector of the mentions that direct inference
holds to be of it, weighted by the belief. Of the candidates, the answer is the type t with the greatest

    log b(t) + w cos(v, p(t))

where b(t) is direct inference's belief. So mentions that are used alike come to be typed alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from benchmark.domains.corpus import EntityType
from benchmark.task import Workspace
from lar.generalists.protocol import Asked
from larbench.tagger.arrays import Floats
from larbench.tagger.embedding import Embedder, Span, unit_rows

LIKENESS_WEIGHT = 2.5  # w; chosen on the dev set of politics
_TINY = 1e-6


@dataclass(frozen=True)
class _Memory:
    """The mean vector (hidden,) of the text's mentions, and the prototypes (types, hidden) in it."""

    centre: Floats
    prototypes: Floats

    @classmethod
    def of(cls, vectors: Floats, beliefs: Floats) -> Self:
        """Keep the prototypes of a text: each mention counts for the type most believed, by that belief.

        Those of a text without a mention are zeros, and direct inference decides.
        """
        centre = vectors.sum(axis=0) / max(1, len(vectors))
        shares = beliefs * (beliefs == beliefs.max(axis=1, keepdims=True))
        return cls(centre, unit_rows(shares.T @ unit_rows(vectors - centre)))


class EmbeddingGeneralist:
    """Types mentions by the likeness of their vectors in context to those of mentions typed surely."""

    name = "embedding"

    def __init__(
        self, types: Sequence[EntityType], *, workspace: Workspace, seed: int, backbone: str = "mini"
    ) -> None:
        del seed  # nothing is drawn
        self.number = {kind.name: place for place, kind in enumerate(types)}
        self.embedder = Embedder(backbone, device=workspace.device)
        self.memory: _Memory | None = None
        self.changed: dict[tuple[str, Span], bool] = {}  # by mention: whether it said another type first

    def learn(self, text: Sequence[Asked]) -> None:
        """Keep the prototypes of a text; without any, direct inference decides."""
        self.memory = _Memory.of(self._vectors(text), self._beliefs(text))

    def answer(self, asked: Sequence[Asked]) -> list[tuple[str | None, ...]]:
        """Return for each sentence the type of each span."""
        beliefs = self._beliefs(asked)
        scores = np.log(beliefs + _TINY)
        if self.memory is not None:
            centred = unit_rows(self._vectors(asked) - self.memory.centre)
            scores += LIKENESS_WEIGHT * centred @ self.memory.prototypes.T
        names = list(self.number)
        first = beliefs.argmax(axis=1)
        best = np.where(beliefs > 0, scores, -np.inf).argmax(axis=1)
        mentions = [(one.id, span) for one in asked for span in one.spans]
        self.changed.update(zip(mentions, (best != first).tolist(), strict=True))
        answers = iter(best.tolist())
        return [tuple(names[next(answers)] for _ in one.spans) for one in asked]

    def notes(self) -> Mapping[str, Any]:
        """Return how many mentions it was asked about, and of how many it said another type first.

        A mention counts once, however often it was asked about.
        """
        changed = sum(self.changed.values())
        return {"generalist": {"name": self.name, "asked": len(self.changed), "changed": changed}}

    def _vectors(self, asked: Sequence[Asked]) -> Floats:
        return self.embedder.spans([one.tokens for one in asked], [one.spans for one in asked])

    def _beliefs(self, asked: Sequence[Asked]) -> Floats:
        """Return (mentions, types): direct inference's belief in each candidate, 0 for what is none."""
        spans = [(one, place) for one in asked for place in range(len(one.spans))]
        rows = np.zeros((len(spans), len(self.number)), dtype=np.float32)
        for row, (one, place) in enumerate(spans):
            names = one.candidates[place]
            beliefs = one.beliefs[place] if one.beliefs else (1.0,) * len(names)
            for name, belief in zip(names, beliefs, strict=True):
                rows[row, self.number[name]] = max(belief, _TINY)
        return rows
