"""Mentions that are alike come to be typed alike: each takes a share of its neighbours' distributions.

Label propagation in one step, over the mentions of the unlabelled target text. Two mentions are as near as
the cosine of their embeddings, of their words and, by half, of their contexts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lar.inference.direct import MentionEmbeddings
from larbench.tagger.arrays import Floats, Ints, unit_rows

_CONTEXT = 0.5  # the context's share beside the words'
_ROWS = 1024  # at once: all against all would not fit for a long text


@dataclass(frozen=True)
class Neighbours:
    """Mentions of a text: ``places`` (mentions, hidden), unit rows, ``distribution`` (mentions, types)."""

    places: Floats
    distribution: Floats

    @classmethod
    def of(cls, embeddings: MentionEmbeddings, distribution: Floats) -> Neighbours:
        """Make them of a text's mentions."""
        return cls(_places(embeddings), distribution)

    def smoothed(
        self, embeddings: MentionEmbeddings, distribution: Floats, *, count: int, share: float, own: bool
    ) -> Floats:
        """Return the distributions (mentions, types) with ``share`` of each from its ``count`` nearest ones.

        ``own`` says that the mentions are those that this was made of: none is its own neighbour then.
        """
        count = min(count, len(self.places) - own)
        if count < 1 or not share:
            return distribution
        result = np.empty_like(distribution)
        for start, near in self._nearest(_places(embeddings), count, own=own):
            rows = slice(start, start + len(near))
            result[rows] = (1 - share) * distribution[rows] + share * self.distribution[near].mean(axis=1)
        return result

    def _nearest(self, places: Floats, count: int, *, own: bool) -> Iterator[tuple[int, Ints]]:
        """Yield, some rows at a time, the first row's number and the numbers (rows, count) of the nearest."""
        for start in range(0, len(places), _ROWS):
            cosines = places[start : start + _ROWS] @ self.places.T
            if own:
                cosines[np.arange(len(cosines)), start + np.arange(len(cosines))] = -np.inf
            yield start, np.argpartition(-cosines, count - 1, axis=1)[:, :count]


def _places(embeddings: MentionEmbeddings) -> Floats:
    return unit_rows(embeddings.mention + _CONTEXT * embeddings.context)
