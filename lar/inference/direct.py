"""Direct inference: the target type of a mention, from similarities and the alignment, or that it has none.

For a mention m in a sentence x, with q(s|m) the source tagger's distribution over source types, the score
of target type t is

    z(t) = ( w_m cos(m, t) + w_c cos(c, t) + w_x cos(x, t) ) / τ  +  β log Σ_s q(s|m) a(s|t)  +  α alone(t)

where m, c, x are embeddings of the mention's words, of the words around it, and of its sentence; every
cosine is lessened by h times its mean over the source's mentions (some types are near to everything:
hubness); a(s|t) is the alignment; and alone(t) is 1 for a type that has its source type for itself: where
no other target type is like it, what the source tagger says is trusted.

A source type that no target type is like is a competitor, with a(s|s) = 1 and −δ in place of α alone(t). A
softmax over target types and competitors gives the mention's distribution; the competitors' share is that
of *none of these*. Where each target type is a source type, there is nothing to infer: the distribution is
q(s|m), and the share of source types that the target lacks is that of none of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import softmax

from lar.alignment.align import Alignment
from lar.inference.mentions import FoundMentions
from larbench.tagger.arrays import Floats
from larbench.tagger.embedding import Embedder

_EPSILON = 1e-3  # a source type that the tagger excludes still leaves this much
_AROUND = 8  # words on either side that make a mention's context


@dataclass(frozen=True)
class Weights:
    """What inference leaves open; the defaults were chosen on the development domains, by ``lar tune``.

    ``neighbours`` and ``neighbour_share`` belong to ``lar.inference.neighbours``, ``evidence`` to
    ``lar.inference.evidence``.
    """

    mention: float = 1.5
    context: float = 1.5
    sentence: float = 0.5
    temperature: float = 0.05
    prior: float = 2.0
    hubness: float = 0.5
    alone: float = 1.0
    discount: float = 0.0
    neighbours: int = 30
    neighbour_share: float = 0.7
    evidence: float = 0.35


class MentionEmbeddings(NamedTuple):
    """Embeddings of each mention (mentions, hidden): its words, its context, its sentence; unit rows."""

    mention: Floats
    context: Floats
    sentence: Floats


def embed_mentions(
    found: FoundMentions, sentences: Sequence[Sequence[str]], embedder: Embedder
) -> MentionEmbeddings:
    """Return the three embeddings of each mention. Equal texts are embedded once."""
    mentions, contexts = [], []
    for number, (start, end) in zip(found.sentence.tolist(), found.spans, strict=True):
        words = sentences[number]
        mentions.append(" ".join(words[start:end]))
        contexts.append(" ".join(words[max(0, start - _AROUND) : end + _AROUND]))
    used, row = np.unique(found.sentence, return_inverse=True)
    whole = embedder.texts([" ".join(sentences[number]) for number in used.tolist()])
    return MentionEmbeddings(
        mention=_embed_once(mentions, embedder),
        context=_embed_once(contexts, embedder),
        sentence=whole[row],
    )


def _embed_once(texts: Sequence[str], embedder: Embedder) -> Floats:
    place = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    vectors = embedder.texts(list(place))
    return vectors[[place[text] for text in texts]]


@dataclass(frozen=True)
class DirectInference:
    """Scores mentions against the target's types.

    ``types`` is (types, hidden), ``source_types`` (sources, hidden): the embedded texts of both sides.
    ``means`` (3, hidden) are the mean embeddings of the source's mentions: of their words, contexts and
    sentences.
    """

    alignment: Alignment
    types: Floats
    source_types: Floats
    means: Floats
    weights: Weights

    def distribution(self, found: FoundMentions, embeddings: MentionEmbeddings) -> Floats:
        """Return (mentions, types), rows summing to one at most; what lacks is none of these."""
        if self.alignment.nothing_to_reassign:
            source_of = {target: source for source, target in enumerate(self.alignment.equal_targets)}
            return found.source[:, [source_of[number] for number in range(len(self.types))]]
        w, count = self.weights, len(self.types)
        others = list(self.alignment.unclaimed)
        texts = np.concatenate([self.types, self.source_types[others]])
        aligned = np.concatenate([self.alignment.weights, np.eye(len(self.source_types))[others]])
        scores = np.zeros((len(found.spans), len(texts)), dtype=np.float32)
        for rows, mean, share in zip(embeddings, self.means, (w.mention, w.context, w.sentence), strict=True):
            scores += share / w.temperature * (rows @ texts.T - w.hubness * (texts @ mean))
        scores += w.prior * np.log(found.source @ aligned.T + _EPSILON)
        scores[:, :count] += w.alone * self.alignment.alone
        scores[:, count:] -= w.discount
        result: Floats = softmax(scores, axis=-1)[:, :count]
        return result


@dataclass(frozen=True)
class SurfacePool:
    """The distributions of a text's mentions, summed by surface: one sense per text collection.

    ``sums`` is (surfaces, types), ``counts`` (surfaces,), ``place`` numbers the surfaces.
    """

    place: Mapping[str, int]
    sums: Floats
    counts: Floats

    @classmethod
    def of(cls, distribution: Floats, surfaces: Sequence[str]) -> SurfacePool:
        """Sum the rows of each surface."""
        place: dict[str, int] = {}
        rows = np.array([place.setdefault(surface, len(place)) for surface in surfaces], dtype=np.int64)
        sums = np.zeros((len(place), distribution.shape[1]), dtype=np.float32)
        np.add.at(sums, rows, distribution)
        return cls(place, sums, np.bincount(rows, minlength=len(place)).astype(np.float32))

    def pooled(self, distribution: Floats, surfaces: Sequence[str], *, own: bool) -> Floats:
        """Return each row, or the mean over its surface where the pool knows it.

        ``own`` says that these rows are those the pool was made of; others join the mean they get.
        """
        result = distribution.copy()
        extra = 0.0 if own else 1.0
        for number, surface in enumerate(surfaces):
            row = self.place.get(surface)
            if row is not None:
                total = self.sums[row] + extra * distribution[number]
                result[number] = total / (self.counts[row] + extra)
        return result


def pool_by_surface(distribution: Floats, surfaces: Sequence[str]) -> Floats:
    """Return each row as the mean over the rows of its surface."""
    return SurfacePool.of(distribution, surfaces).pooled(distribution, surfaces, own=True)
