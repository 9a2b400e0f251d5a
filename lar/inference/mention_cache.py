"""Finding and embedding the mentions of a text, kept in the store.

What is found depends on the tagger, the text and the nouns that name the target's types, not on how
mentions are typed, so the settings, the ablations and both kinds of inference of one target share it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from safetensors.numpy import load, save

from benchmark.code import code_digests
from benchmark.domains.corpus import LabelledSentence, Sentence, content_hash
from benchmark.task import ArtefactStore
from lar.inference.direct import MentionEmbeddings, embed_mentions
from lar.inference.mentions import FoundMentions, find_mentions
from lar.inference.numbers import Numbers
from larbench.tagger.backbones import fingerprint
from larbench.tagger.embedding import Embedder
from larbench.tagger.tagger import Tagger


@dataclass(frozen=True)
class MentionFinder:
    """A tagger that finds mentions and an encoder that embeds them; ``key`` tells the tagger from others."""

    tagger: Tagger
    embedder: Embedder
    artefacts: ArtefactStore
    key: Mapping[str, object]
    numbers: Numbers | None = None

    def find(self, sentences: Sequence[Sentence]) -> tuple[FoundMentions, MentionEmbeddings]:
        """Return the mentions of the sentences, and their embeddings."""
        key: dict[str, object] = {
            "backbone": fingerprint(self.tagger.backbone),
            "code": code_digests(__name__),
            "numbers": None
            if self.numbers is None
            else [sorted(self.numbers.nouns), sorted(self.numbers.function_words)],
            "tagger": dict(self.key),
            "text": text_hash(sentences),
        }
        files = self.artefacts.get_or_make("found-mentions", key, lambda: self._found(sentences))
        arrays = load(files["found.safetensors"])
        spans = [(start, end) for start, end in arrays["spans"].tolist()]
        found = FoundMentions(arrays["sentence"], spans, arrays["source"], arrays["certainty"])
        return found, MentionEmbeddings(arrays["mention"], arrays["context"], arrays["whole"])

    def _found(self, sentences: Sequence[Sentence]) -> dict[str, bytes]:
        found = find_mentions(self.tagger, sentences, self.numbers)
        embeddings = embed_mentions(found, [sentence.tokens for sentence in sentences], self.embedder)
        arrays = {
            "sentence": found.sentence,
            "spans": np.asarray(found.spans, dtype=np.int64).reshape(-1, 2),
            "source": found.source,
            "certainty": found.certainty,
            "mention": embeddings.mention,
            "context": embeddings.context,
            "whole": embeddings.sentence,
        }
        return {"found.safetensors": save(arrays)}


def text_hash(sentences: Sequence[Sentence]) -> str:
    """SHA-256 (hex) of the sentences' ids and words."""
    return content_hash((), (LabelledSentence(sentence.id, sentence.tokens, ()) for sentence in sentences))
