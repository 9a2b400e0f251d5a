"""How the weights of direct inference were chosen: a search on one domain's dev split, politics' by rule.

A zero-shot method may not look at the labels of the domain it is tested on, so what it leaves open is
chosen once, on the dev set of politics, and used for every domain. This module repeats the search: one
weight at a time over a stated grid, keeping what raises the teacher's F1, until a round changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from benchmark.domains.corpus import Domain, LabelledSentence
from benchmark.scoring.counts import count_mentions
from benchmark.task import ZERO_SHOT, Task, Workspace
from lar.alignment.align import align, type_embeddings
from lar.inference.direct import DirectInference, SurfacePool, Views, Weights, embed_views
from lar.inference.mentions import FoundMentions, TypedMentions, find_mentions, surfaces
from larbench.tagger.arrays import Floats
from larbench.tagger.embedding import Embedder
from larbench.tagger.source import source_tagger

START = Weights(
    mention=0.5, context=0.5, sentence=0.25, temperature=0.08, prior=1.5, hubness=0.3, core_penalty=0.0
)
START_ALIGNMENT_TEMPERATURE = 0.05
GRID: Mapping[str, Sequence[float]] = {
    "mention": (0.0, 0.25, 0.5, 1.0),
    "context": (0.0, 0.25, 0.5, 1.0),
    "sentence": (0.0, 0.25, 0.5, 1.0),
    "temperature": (0.03, 0.05, 0.08, 0.12),
    "prior": (0.5, 1.0, 1.5, 2.0, 3.0),
    "hubness": (0.0, 0.3, 0.5, 0.8, 1.0),
    "core_penalty": (0.0, 0.5, 1.0, 1.5, 2.0),
    "alignment_temperature": (0.03, 0.05, 0.07, 0.1, 0.15),
}


@dataclass(frozen=True)
class Trial:
    """A setting of the weights and the teacher's F1 (a fraction) with it on the dev split."""

    weights: Weights
    alignment_temperature: float
    f1: float

    def values(self) -> dict[str, float]:
        """Return what was set, by the names of ``GRID``."""
        return {**asdict(self.weights), "alignment_temperature": self.alignment_temperature}


@dataclass(frozen=True)
class Bench:
    """What stays the same in all trials: the mentions found in the dev sentences, and their views."""

    source_types: Sequence[str]
    target_types: Sequence[str]
    similarity: Floats
    types: Floats
    sentences: Sequence[LabelledSentence]
    found: FoundMentions
    views: Views

    @classmethod
    def prepare(
        cls, source: Domain, target: Domain, *, backbone: str, seed: int, workspace: Workspace
    ) -> Bench:
        """Train the source tagger (or take it from the workspace), find and embed the dev mentions."""
        tagger = source_tagger(Task.of(source, target, ZERO_SHOT, workspace=workspace), backbone, seed)
        embedder = Embedder(backbone, device=workspace.device)
        types = type_embeddings(target.types, embedder)
        similarity = types @ type_embeddings(source.types, embedder).T
        found = find_mentions(tagger, [sentence.unlabelled() for sentence in target.dev])
        views = embed_views(found, [sentence.tokens for sentence in target.dev], embedder)
        return cls(tagger.types, target.type_names, similarity, types, target.dev, found, views)

    def trial(self, weights: Weights, alignment_temperature: float) -> Trial:
        """Type the mentions with these weights and score them."""
        alignment = align(
            self.source_types, self.target_types, self.similarity, temperature=alignment_temperature
        )
        inference = DirectInference.prepare(alignment, self.types, self.views, weights)
        named = surfaces(self.found, [sentence.tokens for sentence in self.sentences])
        distribution = inference.distribution(self.found, self.views)
        pooled = SurfacePool.of(distribution, named).pooled(distribution, named, own=True)
        typed = TypedMentions(self.found.sentence, self.found.spans, pooled)
        predicted = typed.mentions(self.target_types, len(self.sentences))
        gold = [sentence.mentions for sentence in self.sentences]
        f1 = count_mentions(gold, predicted, self.target_types).micro().f1
        return Trial(weights, alignment_temperature, f1)


def search(trial: Callable[[Weights, float], Trial], *, rounds: int = 3) -> Iterator[Trial]:
    """Yield every trial of the search in order; the best one is the choice.

    Each round goes through ``GRID`` in its order and takes, for each name, the value with the greatest F1
    where that beats the best so far.
    """
    best = trial(START, START_ALIGNMENT_TEMPERATURE)
    yield best
    for _ in range(rounds):
        before = best
        for name, values in GRID.items():
            around = best
            for value in values:
                found = trial(*_with(around, name, value))
                yield found
                best = max(best, found, key=lambda one: one.f1)
        if best is before:
            return


def _with(trial: Trial, name: str, value: float) -> tuple[Weights, float]:
    if name == "alignment_temperature":
        return trial.weights, value
    return replace(trial.weights, **{name: value}), trial.alignment_temperature
