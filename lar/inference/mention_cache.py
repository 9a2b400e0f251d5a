"""Finding and embedding the mentions of a text, kept in the store.

What is found depends on the tagger and the text, not on how mentions are typed: the settings, the ablations
and both kinds of inference of one target share it.
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
from lar.inference.occurrences import Occurrences
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
    numbers: bool = False
    occurrences: bool = False

    def find(
        self, sentences: Sequence[Sentence], known: Occurrences | None = None
    ) -> tuple[FoundMentions, MentionEmbeddings]:
        """Return the mentions of the sentences, and their embeddings; see ``find_mentions``."""
        key: dict[str, object] = {
            "backbone": fingerprint(self.tagger.backbone),
            "code": code_digests(__name__),
            "numbers": self.numbers,
            "occurrences": self.occurrences,
            "known": None if known is None else known.digest(),
            "tagger": dict(self.key),
            "text": text_hash(sentences),
        }
        files = self.artefacts.get_or_make("found-mentions", key, lambda: self._found(sentences, known))
        arrays = load(files["found.safetensors"])
        spans = [(start, end) for start, end in arrays["spans"].tolist()]
        found = FoundMentions(
            arrays["sentence"], spans, arrays["source"], arrays["certainty"], arrays["tagged"]
        )
        return found, MentionEmbeddings(arrays["mention"], arrays["context"], arrays["whole"])

    def _found(self, sentences: Sequence[Sentence], known: Occurrences | None) -> dict[str, bytes]:
        found = find_mentions(
            self.tagger, sentences, numbers=self.numbers, occurrences=self.occurrences, known=known
        )
        embeddings = embed_mentions(found, [sentence.tokens for sentence in sentences], self.embedder)
        arrays = {
            "sentence": found.sentence,
            "spans": np.asarray(found.spans, dtype=np.int64).reshape(-1, 2),
            "source": found.source,
            "certainty": found.certainty,
            "tagged": found.tagged,
            "mention": embeddings.mention,
            "context": embeddings.context,
            "whole": embeddings.sentence,
        }
        return {"found.safetensors": save(arrays)}


def text_hash(sentences: Sequence[Sentence]) -> str:
    """SHA-256 (hex) of the sentences' ids and words."""
    return content_hash((), (LabelledSentence(sentence.id, sentence.tokens, ()) for sentence in sentences))
