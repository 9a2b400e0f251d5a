"""Mentions that the source has no type for: common nouns, which a source tagger leaves untagged.

A target type that the alignment calls novel ("algorithm", "music genre") is as a rule mentioned in lower
case, and no source mention teaches a tagger to see it. What tells such a mention is the type's own
description: a phrase of the text that is close to one of the examples it lists ("such as a neural network or
gradient descent") is taken for a mention of the type. This way of finding them is ours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load, save

from benchmark.code import code_digests
from benchmark.domains.corpus import EntityType, Sentence, content_hash
from benchmark.task import ArtefactStore
from lar.alignment.align import Alignment
from lar.inference.mention_cache import text_hash
from lar.inference.mentions import TypedMentions
from lar.inference.phrases import examples_of, phrases
from larbench.tagger.arrays import Floats
from larbench.tagger.embedding import Embedder, Span

# Cosine from where on a phrase is taken for a mention. No type of politics is novel, so its dev set cannot
# choose it: it was set by reading the phrases around it in unlabelled text, before any score was seen.
LIKENESS = 0.75
HUBNESS = 0.8  # as in direct inference
_ARRAYS = ("place", "kind", "likeness", "hubs")


@dataclass(frozen=True)
class LikePhrases:
    """Phrases like an example of a novel type: ``place`` (phrases, 3) is sentence, start, end.

    ``kind`` (phrases,) numbers the type, ``likeness`` (phrases,) is the cosine. They may overlap. ``hubs``
    (types,) is how near each type is to the phrases of the text in the mean.
    """

    place: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int64]
    likeness: Floats
    hubs: Floats

    def without(self, taken: Sequence[Sequence[Span]], types: int) -> TypedMentions:
        """Return them as mentions, each surely of its type: none over another, none over a span of ``taken``.

        Where phrases overlap, the most alike one stays, of equals the longest.
        """
        chosen: dict[int, list[tuple[int, int, int]]] = {}
        length = self.place[:, 2] - self.place[:, 1]
        for row in np.lexsort((-length, -self.likeness)).tolist():
            number, start, end = self.place[row].tolist()
            others = chosen.setdefault(number, [])
            if all(end <= first or last <= start for first, last in taken[number]) and all(
                end <= first or last <= start for first, last, _ in others
            ):
                others.append((start, end, int(self.kind[row])))
        flat = [(number, *span) for number in sorted(chosen) for span in sorted(chosen[number])]
        distribution = np.zeros((len(flat), types), dtype=np.float32)
        distribution[np.arange(len(flat)), [kind for *_, kind in flat]] = 1
        numbers = np.array([number for number, *_ in flat], dtype=np.int64)
        return TypedMentions(numbers, [(start, end) for _, start, end, _ in flat], distribution)


def like_phrases(
    sentences: Sequence[Sentence],
    types: Sequence[EntityType],
    vectors: Floats,
    pairs: Alignment,
    embedder: Embedder,
    function_words: frozenset[str],
    artefacts: ArtefactStore,
    *,
    hubs: Floats | None = None,
) -> LikePhrases:
    """Return the phrases of a text that are like an example of a type without a partner in ``pairs``.

    A phrase counts where its cosine to an example reaches ``LIKENESS`` and no type with a partner is nearer
    to it (``vectors`` are (types, hidden), the texts of the types). How near is lessened by ``hubs``, those
    of the target's unlabelled text, so that each sentence is judged by itself; None means that this is that
    text, whose own are measured. The store keeps what was found: it does not depend on a seed.
    """
    key: dict[str, object] = {
        "code": code_digests(__name__),
        "function_words": sorted(function_words),
        "hubs": None if hubs is None else hashlib.sha256(hubs.tobytes()).hexdigest(),
        "pairs": pairs.sha256,
        "text": text_hash(sentences),
        "types": content_hash(types),
        "vectors": hashlib.sha256(vectors.tobytes()).hexdigest(),
    }

    def make() -> dict[str, bytes]:
        found = _like(sentences, types, vectors, pairs, embedder, function_words, hubs)
        return {"phrases.safetensors": save({name: getattr(found, name) for name in _ARRAYS})}

    arrays = load(artefacts.get_or_make("like-phrases", key, make)["phrases.safetensors"])
    return LikePhrases(**{name: arrays[name] for name in _ARRAYS})


def _like(
    sentences: Sequence[Sentence],
    types: Sequence[EntityType],
    vectors: Floats,
    pairs: Alignment,
    embedder: Embedder,
    function_words: frozenset[str],
    hubs: Floats | None,
) -> LikePhrases:
    listed = [
        (place, text)
        for place, kind in enumerate(types)
        if kind.name in pairs.novel
        for text in examples_of(kind)
    ]
    places = [
        (number, *span)
        for number, sentence in enumerate(sentences)
        for span in phrases(sentence.tokens, function_words)
    ]
    if not listed or not places:
        none = np.zeros(len(types), np.float32) if hubs is None else hubs
        return LikePhrases(np.zeros((0, 3), np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32), none)
    texts = [" ".join(sentences[number].tokens[start:end]) for number, start, end in places]
    unique = {text: row for row, text in enumerate(dict.fromkeys(texts))}
    embedded = embedder.texts(list(unique))
    cosines = embedded @ embedder.texts([text for _, text in listed]).T
    likeness = cosines.max(axis=1)
    kinds = np.array([place for place, _ in listed])[cosines.argmax(axis=1)]
    near = embedded @ vectors.T
    measured = near.mean(axis=0).astype(np.float32) if hubs is None else hubs
    likeness[~_nearest_is_novel(near - HUBNESS * measured, kinds, types, pairs)] = 0
    rows = np.array([unique[text] for text in texts])
    kept = np.flatnonzero(likeness[rows] >= LIKENESS)
    place = np.array(places, dtype=np.int64)[kept].reshape(-1, 3)
    return LikePhrases(
        place, kinds[rows[kept]].astype(np.int64), likeness[rows[kept]].astype(np.float32), measured
    )


def _nearest_is_novel(
    centred: Floats, kinds: npt.NDArray[np.int64], types: Sequence[EntityType], pairs: Alignment
) -> npt.NDArray[np.bool_]:
    """Whether each phrase (row) is nearer to its novel type than to every type with a partner."""
    partnered = [place for place, kind in enumerate(types) if kind.name not in pairs.novel]
    own = centred[np.arange(len(kinds)), kinds]
    nearer: npt.NDArray[np.bool_] = own >= centred[:, partnered].max(axis=1, initial=-np.inf)
    return nearer
