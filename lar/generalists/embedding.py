"""The generalist ``embedding``: the backbone itself reads each mention in its sentence; no endpoint, no key.

A mention's vector v is that of its words inside the sentence, less the mean over the text. Of the target's
unlabelled text it keeps a prototype p(t) of each type: the mean vector of the mentions that direct inference
gives to it, weighted by the probability. Of the candidates, the answer is the type t with the greatest

    log b(t) + w cos(v, p(t))

where b(t) is direct inference's probability. So mentions that are used alike come to be typed alike. Ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from benchmark.domains.corpus import EntityType
from benchmark.task import Workspace
from lar.generalists.protocol import TypingRequest
from larbench.tagger.arrays import Floats, unit_rows
from larbench.tagger.embedding import Embedder, Span

SIMILARITY_WEIGHT = 1.0  # w; chosen on the development domains, as is TRUST beside it: docs/lar.md
_TINY = 1e-6


@dataclass(frozen=True)
class _Memory:
    """The mean vector (hidden,) of the text's mentions, and the prototypes (types, hidden) in it."""

    centre: Floats
    prototypes: Floats

    @classmethod
    def of(cls, vectors: Floats, probabilities: Floats) -> Self:
        """Keep the prototypes of a text: each mention counts for its most probable type, by that probability.

        Those of a text without a mention are zeros, and direct inference decides.
        """
        centre = vectors.sum(axis=0) / max(1, len(vectors))
        shares = probabilities * (probabilities == probabilities.max(axis=1, keepdims=True))
        return cls(centre, unit_rows(shares.T @ unit_rows(vectors - centre)))


class EmbeddingGeneralist:
    """Types mentions by the similarity of their vectors in context to those of the types' prototypes."""

    name = "embedding"

    def __init__(
        self, types: Sequence[EntityType], *, workspace: Workspace, seed: int, backbone: str = "mini"
    ) -> None:
        del seed  # nothing is drawn
        self.number = {kind.name: place for place, kind in enumerate(types)}
        self.embedder = Embedder(backbone, device=workspace.device)
        self.memory: _Memory | None = None
        self.changed: dict[tuple[str, Span], bool] = {}  # whether it typed it unlike direct inference

    def learn(self, text: Sequence[TypingRequest]) -> None:
        """Keep the prototypes of a text; without any, direct inference decides."""
        self.memory = _Memory.of(self._vectors(text), self._probabilities(text))

    def answer(self, asked: Sequence[TypingRequest]) -> list[tuple[str | None, ...]]:
        """Return for each sentence the type of each span."""
        probabilities = self._probabilities(asked)
        scores = np.log(probabilities + _TINY)
        if self.memory is not None:
            centred = unit_rows(self._vectors(asked) - self.memory.centre)
            scores += SIMILARITY_WEIGHT * centred @ self.memory.prototypes.T
        names = list(self.number)
        first = probabilities.argmax(axis=1)
        best = np.where(probabilities > 0, scores, -np.inf).argmax(axis=1)
        mentions = [(one.id, span) for one in asked for span in one.spans]
        self.changed.update(zip(mentions, (best != first).tolist(), strict=True))
        answers = iter(best.tolist())
        return [tuple(names[next(answers)] for _ in one.spans) for one in asked]

    def notes(self) -> Mapping[str, Any]:
        """Return how many mentions it was asked about, and how many it typed unlike direct inference.

        A mention counts once, however often it was asked about.
        """
        changed = sum(self.changed.values())
        return {"generalist": {"name": self.name, "asked": len(self.changed), "changed": changed}}

    def _vectors(self, asked: Sequence[TypingRequest]) -> Floats:
        return self.embedder.spans([one.tokens for one in asked], [one.spans for one in asked])

    def _probabilities(self, asked: Sequence[TypingRequest]) -> Floats:
        """Return (mentions, types): direct inference's probability of each candidate, 0 for others."""
        spans = [(one, place) for one in asked for place in range(len(one.spans))]
        rows = np.zeros((len(spans), len(self.number)), dtype=np.float32)
        for row, (one, place) in enumerate(spans):
            names = one.candidates[place]
            probabilities = one.probabilities[place] if one.probabilities else (1.0,) * len(names)
            for name, probability in zip(names, probabilities, strict=True):
                rows[row, self.number[name]] = max(probability, _TINY)
        return rows
