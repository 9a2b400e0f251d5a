"""What a teacher sees in a text, kept in the store: the mentions found in it with their views.

It depends on the tagger and the text alone, not on how mentions are typed, so the settings, the ablations and
the kinds of inference of one target look once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from safetensors.numpy import load, save

from benchmark.code import code_digests
from benchmark.domains.corpus import LabelledSentence, Sentence, content_hash
from benchmark.task import ArtefactStore
from lar.inference.direct import Views, embed_views
from lar.inference.mentions import FoundMentions, find_mentions
from larbench.tagger.backbones import fingerprint
from larbench.tagger.embedding import Embedder
from larbench.tagger.tagger import Tagger


@dataclass(frozen=True)
class Eyes:
    """A tagger that finds mentions and an encoder that embeds them; ``key`` tells the tagger from others."""

    tagger: Tagger
    embedder: Embedder
    artefacts: ArtefactStore
    key: Mapping[str, object]

    def look(self, sentences: Sequence[Sentence]) -> tuple[FoundMentions, Views]:
        """Return the mentions found in the sentences, and their views."""
        key: dict[str, object] = {
            "backbone": fingerprint(self.tagger.backbone),
            "code": code_digests(__name__),
            "tagger": dict(self.key),
            "text": text_hash(sentences),
        }
        files = self.artefacts.get_or_make("found-mentions", key, lambda: self._found(sentences))
        arrays = load(files["found.safetensors"])
        spans = [(start, end) for start, end in arrays["spans"].tolist()]
        found = FoundMentions(arrays["sentence"], spans, arrays["source"])
        return found, Views(arrays["mention"], arrays["context"], arrays["whole"])

    def _found(self, sentences: Sequence[Sentence]) -> dict[str, bytes]:
        found = find_mentions(self.tagger, sentences)
        views = embed_views(found, [sentence.tokens for sentence in sentences], self.embedder)
        arrays = {
            "sentence": found.sentence,
            "spans": np.asarray(found.spans, dtype=np.int64).reshape(-1, 2),
            "source": found.source,
            "mention": views.mention,
            "context": views.context,
            "whole": views.sentence,
        }
        return {"found.safetensors": save(arrays)}


def text_hash(sentences: Sequence[Sentence]) -> str:
    """SHA-256 (hex) of the sentences' ids and words."""
    return content_hash((), (LabelledSentence(sentence.id, sentence.tokens, ()) for sentence in sentences))
