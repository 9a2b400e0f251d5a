"""Mentions of types that the source lacks: common nouns, which a source tagger leaves untagged.

A target type that the alignment calls novel ("algorithm", "music genre") is as a rule mentioned in lower
case, and no source mention teaches a tagger to find it. The type's own description does: a phrase of the text
that is similar to one of the examples it lists ("such as a neural network or gradient descent") is taken for
a mention of the type. This way of finding them is ours.
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
from larbench.tagger.arrays import Floats, Ints
from larbench.tagger.embedding import Embedder, Span

# The least cosine at which a phrase is taken for a mention. No type of politics is novel, so its dev split
# cannot choose it: it was set by reading the phrases around it in unlabelled text, before any score was seen.
MIN_SIMILARITY = 0.75
HUBNESS = 0.8  # as in direct inference
_ARRAYS = ("place", "kind", "similarity", "hubs")


@dataclass(frozen=True)
class SimilarPhrases:
    """Phrases similar to an example of a novel type: ``place`` (phrases, 3) is sentence, start, end.

    ``kind`` (phrases,) numbers the type, ``similarity`` (phrases,) is the cosine. They may overlap. ``hubs``
    (types,) is each type's mean cosine to the phrases of the text.
    """

    place: Ints
    kind: Ints
    similarity: Floats
    hubs: Floats

    def mentions(self, taken: Sequence[Sequence[Span]], types: int) -> TypedMentions:
        """Return them as mentions, each certain of its type, without those that overlap a span of ``taken``.

        Where phrases overlap, the most similar one stays, of equals the longest.
        """
        chosen: dict[int, list[tuple[int, int, int]]] = {}
        length = self.place[:, 2] - self.place[:, 1]
        for row in np.lexsort((-length, -self.similarity)).tolist():
            number, start, end = self.place[row].tolist()
            others = chosen.setdefault(number, [])
            blocked = [*taken[number], *((first, last) for first, last, _ in others)]
            if all(end <= first or last <= start for first, last in blocked):
                others.append((start, end, int(self.kind[row])))
        flat = [(number, *span) for number in sorted(chosen) for span in sorted(chosen[number])]
        return TypedMentions(
            np.array([number for number, *_ in flat], dtype=np.int64),
            [(start, end) for _, start, end, _ in flat],
            np.eye(types, dtype=np.float32)[[kind for *_, kind in flat]].reshape(len(flat), types),
        )


def similar_phrases(
    sentences: Sequence[Sentence],
    types: Sequence[EntityType],
    vectors: Floats,
    pairs: Alignment,
    embedder: Embedder,
    function_words: frozenset[str],
    artefacts: ArtefactStore,
    *,
    hubs: Floats | None = None,
) -> SimilarPhrases:
    """Return the phrases of a text that are similar to an example of a type without a partner in ``pairs``.

    A phrase counts where its cosine to an example reaches ``MIN_SIMILARITY`` and no type with a partner is
    nearer to it. The store keeps what was found: it does not depend on a seed.

    Parameters
    ----------
    sentences : sequence of Sentence
        The text.
    types, vectors : sequence of EntityType, array (types, hidden)
        The target's types, and the embeddings of their texts.
    pairs : Alignment
        Which types have a partner.
    embedder : Embedder
        What embeds phrases and examples.
    function_words : frozenset of str
        The words that no phrase begins or ends with.
    artefacts : ArtefactStore
        Where the phrases are kept.
    hubs : array (types,), optional
        The hubness of the target's unlabelled text, by which nearness is lessened, so that each sentence is
        judged by itself; None measures that of this text.
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
        found = _similar(sentences, types, vectors, pairs, embedder, function_words, hubs)
        return {"phrases.safetensors": save({name: getattr(found, name) for name in _ARRAYS})}

    arrays = load(artefacts.get_or_make("similar-phrases", key, make)["phrases.safetensors"])
    return SimilarPhrases(**{name: arrays[name] for name in _ARRAYS})


def _similar(
    sentences: Sequence[Sentence],
    types: Sequence[EntityType],
    vectors: Floats,
    pairs: Alignment,
    embedder: Embedder,
    function_words: frozenset[str],
    hubs: Floats | None,
) -> SimilarPhrases:
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
        return SimilarPhrases(
            np.zeros((0, 3), np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32), none
        )
    texts = [" ".join(sentences[number].tokens[start:end]) for number, start, end in places]
    unique = {text: row for row, text in enumerate(dict.fromkeys(texts))}
    embedded = embedder.texts(list(unique))
    cosines = embedded @ embedder.texts([text for _, text in listed]).T
    similarity = cosines.max(axis=1)
    kinds = np.array([place for place, _ in listed])[cosines.argmax(axis=1)]
    near = embedded @ vectors.T
    measured = near.mean(axis=0).astype(np.float32) if hubs is None else hubs
    similarity[~_nearest_is_novel(near - HUBNESS * measured, kinds, types, pairs)] = 0
    rows = np.array([unique[text] for text in texts])
    kept = np.flatnonzero(similarity[rows] >= MIN_SIMILARITY)
    place = np.array(places, dtype=np.int64)[kept].reshape(-1, 3)
    return SimilarPhrases(
        place, kinds[rows[kept]].astype(np.int64), similarity[rows[kept]].astype(np.float32), measured
    )


def _nearest_is_novel(
    centred: Floats, kinds: Ints, types: Sequence[EntityType], pairs: Alignment
) -> npt.NDArray[np.bool_]:
    """Whether each phrase (row) is nearer to its novel type than to every type with a partner."""
    partnered = [place for place, kind in enumerate(types) if kind.name not in pairs.novel]
    own = centred[np.arange(len(kinds)), kinds]
    nearer: npt.NDArray[np.bool_] = own >= centred[:, partnered].max(axis=1, initial=-np.inf)
    return nearer
