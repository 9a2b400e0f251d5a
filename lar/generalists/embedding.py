"""The generalist ``embedding``: the backbone itself reads each mention in its sentence; no endpoint, no key.

A mention's vector is that of its words inside the sentence, not of its words alone. Among the candidates that
direct inference ranks first, the answer is the type t with the greatest

    cos(m, t) − r(t) − ρ · rank(t)

where r(t) is the mean cosine of t to the other types of the domain (a type near to everything is lessened)
and rank(t) its place among the candidates, from 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmark.domains.corpus import EntityType
from benchmark.task import Workspace
from lar.generalists.asked import Asked
from lar.type_texts import type_vectors
from tagger.embedding import Embedder

CONSIDERED = 3  # candidates; chosen with ρ on the dev set of politics
RANK = 0.05


class EmbeddingGeneralist:
    """Types mentions by the similarity of their contextual vectors to the texts of the types."""

    name = "embedding"

    def __init__(
        self, types: Sequence[EntityType], *, workspace: Workspace, seed: int, backbone: str = "mini"
    ) -> None:
        del seed  # nothing is drawn
        self.types = tuple(types)
        self.embedder = Embedder(backbone, device=workspace.device)
        self.asked = self.changed = 0

    def answer(self, asked: Sequence[Asked]) -> list[tuple[str | None, ...]]:
        """Return for each sentence the type of each span."""
        if not any(one.spans for one in asked):
            return [() for _ in asked]
        number = {kind.name: place for place, kind in enumerate(self.types)}
        vectors = type_vectors(self.types, self.embedder, "both")
        others = (vectors @ vectors.T).sum(axis=1) - 1
        mentions = self.embedder.spans([one.tokens for one in asked], [one.spans for one in asked])
        scores = mentions @ vectors.T - others / max(1, len(vectors) - 1)
        answers: list[tuple[str | None, ...]] = []
        row = 0
        for one in asked:
            chosen: list[str] = []
            for candidates in one.candidates:
                considered = candidates[:CONSIDERED]
                values = [scores[row, number[name]] - RANK * rank for rank, name in enumerate(considered)]
                chosen.append(considered[int(np.argmax(values))])
                self.changed += chosen[-1] != candidates[0]
                row += 1
            answers.append(tuple(chosen))
        self.asked += row
        return answers

    def notes(self) -> Mapping[str, Any]:
        """Return how many mentions it was asked about, and of how many it said another type first."""
        return {"generalist": {"name": self.name, "asked": self.asked, "changed": self.changed}}
