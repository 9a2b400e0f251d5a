"""How the weights of direct inference were chosen: a search on one domain's dev split, politics' by rule.

A zero-shot method may not look at the labels of the domain it is tested on, so what it leaves open is chosen
once, on the dev split of politics, and used for every domain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from benchmark.domains.corpus import Domain
from benchmark.scoring.counts import count_mentions
from benchmark.task import ZERO_SHOT, Task, Workspace
from lar.alignment.align import align
from lar.alignment.type_texts import type_vectors
from lar.inference.direct import DirectInference, MentionEmbeddings, Weights, embed_mentions, pool_by_surface
from lar.inference.mentions import FoundMentions, TypedMentions, find_mentions, surfaces
from larbench.search import Params, Space, Trial
from larbench.tagger.arrays import Floats
from larbench.tagger.embedding import Embedder
from larbench.tagger.pretrained import source_tagger

ALIGNMENT_TEMPERATURE = "alignment_temperature"
_WEIGHTS = Weights(
    mention=0.5, context=0.5, sentence=0.25, temperature=0.08, prior=1.5, hubness=0.3, core_penalty=0.0
)
START: Params = {**asdict(_WEIGHTS), ALIGNMENT_TEMPERATURE: 0.05}
SPACE: Space = {
    "mention": (0.0, 0.25, 0.5, 1.0),
    "context": (0.0, 0.25, 0.5, 1.0),
    "sentence": (0.0, 0.25, 0.5, 1.0),
    "temperature": (0.03, 0.05, 0.08, 0.12),
    "prior": (0.5, 1.0, 1.5, 2.0, 3.0),
    "hubness": (0.0, 0.3, 0.5, 0.8, 1.0),
    "core_penalty": (0.0, 0.5, 1.0, 1.5, 2.0),
    ALIGNMENT_TEMPERATURE: (0.03, 0.05, 0.07, 0.1, 0.15),
}


@dataclass(frozen=True)
class Tuner:
    """What stays the same in all trials: the mentions found in the target's dev sentences, embedded.

    ``similarity`` is (targets, sources), ``types`` (targets, hidden).
    """

    source_types: Sequence[str]
    target: Domain
    seed: int
    similarity: Floats
    types: Floats
    found: FoundMentions
    embeddings: MentionEmbeddings

    @classmethod
    def prepare(
        cls, source: Domain, target: Domain, *, backbone: str, seed: int, workspace: Workspace
    ) -> Tuner:
        """Train the source tagger (or take it from the workspace), find and embed the dev mentions."""
        tagger = source_tagger(Task.of(source, target, ZERO_SHOT, workspace=workspace), backbone, seed)
        embedder = Embedder(backbone, device=workspace.device)
        types = type_vectors(target.types, embedder, "both")
        similarity = types @ type_vectors(source.types, embedder, "both").T
        found = find_mentions(tagger, [sentence.unlabelled() for sentence in target.dev])
        embeddings = embed_mentions(found, [sentence.tokens for sentence in target.dev], embedder)
        return cls(tagger.types, target, seed, similarity, types, found, embeddings)

    def trial(self, params: Params) -> Trial:
        """Type the mentions with these weights and this alignment temperature, and score them."""
        weights = Weights(**{name: value for name, value in params.items() if name != ALIGNMENT_TEMPERATURE})
        types, dev = self.target.type_names, self.target.dev
        alignment = align(
            self.source_types, types, self.similarity, temperature=params[ALIGNMENT_TEMPERATURE]
        )
        inference = DirectInference.prepare(alignment, self.types, self.embeddings, weights)
        named = surfaces(self.found, [sentence.tokens for sentence in dev])
        distribution = inference.distribution(self.found, self.embeddings)
        pooled = pool_by_surface(distribution, named)
        predicted = TypedMentions(self.found.sentence, self.found.spans, pooled).mentions(types, len(dev))
        f1 = count_mentions([sentence.mentions for sentence in dev], predicted, types).micro().f1
        return Trial(params, {self.target.name: {str(self.seed): f1}})
