"""The teacher: a source tagger that finds mentions, and direct inference that types them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Self

import numpy as np
from safetensors.numpy import load, save

from benchmark.code import code_digests
from benchmark.domains.corpus import LabelledSentence, Sentence, content_hash
from benchmark.task import Task
from lar.alignment import Alignment, align, type_embeddings
from lar.direct import DirectInference, Floats, FoundMentions, Weights, embed_views, pool_by_surface
from lar.mentions import find_mentions, gold_mentions
from lar.reassign import reassigned_targets
from tagger.backbones import fingerprint
from tagger.embedding import Embedder
from tagger.source import source_tagger
from tagger.tagger import Tagger

ALIGNMENT_TEMPERATURE = 0.07  # chosen on the dev set of politics, as are lar.direct's weights


@dataclass(frozen=True)
class Teacher:
    """A source tagger with direct inference for one target domain.

    ``found`` and ``distribution`` (mentions, types) are the mentions of the unlabelled target text, with
    the distribution of each pooled over mentions of the same surface.
    """

    tagger: Tagger
    embedder: Embedder
    inference: DirectInference
    unlabelled: Sequence[Sentence]
    found: FoundMentions
    distribution: Floats

    @property
    def alignment(self) -> Alignment:
        """The alignment of the target's types with the source's."""
        return self.inference.alignment

    @classmethod
    def fit(cls, task: Task, backbone: str, seed: int) -> Self:
        """Take the source tagger, align the types, and type the mentions of the unlabelled target text.

        The settings of one target share the unlabelled text, so what was found in it is kept in the
        workspace's store.
        """
        tagger = source_tagger(task, backbone, seed)
        embedder = Embedder(backbone, device=task.workspace.device)
        types = type_embeddings(task.target.types, embedder)
        similarity = types @ type_embeddings(task.source.types, embedder).T
        alignment = align(tagger.types, task.target.type_names, similarity, temperature=ALIGNMENT_TEMPERATURE)

        def make() -> dict[str, bytes]:
            return {"found.safetensors": save(_type_unlabelled(task, tagger, embedder, alignment, types))}

        files = task.workspace.artefacts.get_or_make("reassigned-target", _key(task, backbone, seed), make)
        arrays = load(files["found.safetensors"])
        found = FoundMentions(
            arrays["sentence"], [(start, end) for start, end in arrays["spans"].tolist()], arrays["source"]
        )
        inference = DirectInference(alignment, types, arrays["hubs"], Weights())
        return cls(tagger, embedder, inference, task.target.unlabelled, found, arrays["distribution"])

    def reassigned_target(self) -> list[Floats]:
        """Return training targets (words, labels) for each unlabelled target sentence."""
        return reassigned_targets(self.found, self.distribution, [len(s.tokens) for s in self.unlabelled])

    def reassigned_source(self, sentences: Sequence[LabelledSentence]) -> list[Floats]:
        """Return training targets (words, labels) for source sentences: their gold mentions, retyped."""
        found = gold_mentions(sentences, self.tagger.types)
        views = embed_views(found, [sentence.tokens for sentence in sentences], self.embedder)
        distribution = self.inference.distribution(found, views)
        return reassigned_targets(found, distribution, [len(s.tokens) for s in sentences])


def _type_unlabelled(
    task: Task, tagger: Tagger, embedder: Embedder, alignment: Alignment, types: Floats
) -> dict[str, np.ndarray]:
    """Find and type the mentions of the unlabelled target text; return them as arrays."""
    unlabelled = task.target.unlabelled
    words = [sentence.tokens for sentence in unlabelled]
    found = find_mentions(tagger, unlabelled)
    views = embed_views(found, words, embedder)
    inference = DirectInference.prepare(alignment, types, views, Weights())
    surfaces = [
        " ".join(words[number][start:end])
        for number, (start, end) in zip(found.sentence.tolist(), found.spans, strict=True)
    ]
    return {
        "sentence": found.sentence,
        "spans": np.asarray(found.spans, dtype=np.int64).reshape(-1, 2),
        "source": found.source,
        "hubs": inference.hubs,
        "distribution": pool_by_surface(inference.distribution(found, views), surfaces),
    }


def _key(task: Task, backbone: str, seed: int) -> dict[str, object]:
    text = (LabelledSentence(s.id, s.tokens, ()) for s in task.target.unlabelled)
    return {
        "backbone": fingerprint(backbone),
        "code": code_digests(__name__),
        "seed": seed,
        "source": task.source.content_hash(),
        "target": content_hash(task.target.types, text),
        "temperature": ALIGNMENT_TEMPERATURE,
        "weights": asdict(Weights()),
    }
