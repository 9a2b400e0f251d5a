"""The teacher: a tagger with source types that finds mentions, and inference that gives them target types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from benchmark.domains.corpus import EntityType, LabelledSentence, Sentence
from benchmark.task import Task
from lar.alignment import Alignment, align_types
from lar.conflicts import Conflicts, gold_types, resolved
from lar.direct import DirectInference, SurfacePool, Views, Weights, embed_views
from lar.further import Further
from lar.generalists.asked import Generalist
from lar.generalists.enhance import enhanced
from lar.looking import Eyes
from lar.mentions import FoundMentions, TypedMentions, gold_mentions, surfaces
from lar.reassign import reassigned_targets
from lar.similarity import Prototypes
from lar.type_texts import TEXTS, prototype_vectors, type_vectors
from lar.votes import unlabelled_votes
from tagger.arrays import Floats
from tagger.embedding import Embedder
from tagger.tagger import Tagger

TYPING_TEXT = "both"  # what mentions are compared with, where a type text serves the alignment alone


@dataclass(frozen=True)
class Choices:
    """The parts of LAR that an ablation changes; the defaults are LAR as this project reads it.

    ``solver``, ``type_text``, ``similarity``: see ``lar.alignment.align_types``. ``context`` and ``prior``:
    whether direct inference looks at the words around a mention, and at the alignment. ``reassign``: whether
    it types at all, or a mention keeps its source type under the name of that type's partner. ``further``:
    whether mentions are looked for that the source has no type for.
    """

    solver: str = "hungarian"
    type_text: str = "both"
    similarity: str = "cosine"
    context: bool = True
    prior: bool = True
    reassign: bool = True
    further: bool = True

    def weights(self) -> Weights:
        """Return direct inference's weights with those of the parts left out at zero."""
        weights = Weights()
        if not self.context:
            alone = weights.mention + weights.context + weights.sentence
            weights = replace(weights, mention=alone, context=0.0, sentence=0.0)
        return weights if self.prior else replace(weights, prior=0.0)


@dataclass(frozen=True)
class Teacher:
    """A tagger with source types, and inference of one target's types.

    ``unlabelled`` is the target's text, ``typed`` the mentions of it with their target types, ``pool`` what
    inference said of each surface in it.
    """

    eyes: Eyes
    types: tuple[EntityType, ...]
    choices: Choices
    inference: DirectInference
    generalist: Generalist | None
    further: Further | None
    unlabelled: Sequence[Sentence]
    pool: SurfacePool
    typed: TypedMentions

    @property
    def tagger(self) -> Tagger:
        """The tagger that finds mentions."""
        return self.eyes.tagger

    @property
    def alignment(self) -> Alignment:
        """The alignment of the target's types with the source's."""
        return self.inference.alignment

    @classmethod
    def fit(
        cls,
        task: Task,
        tagger: Tagger,
        choices: Choices,
        *,
        key: Mapping[str, object],
        generalist: Generalist | None = None,
    ) -> Self:
        """Align the types and type the mentions of the unlabelled target text.

        ``key`` tells ``tagger`` from others: what it finds in a text is kept in the workspace's store.
        """
        embedder = Embedder(tagger.backbone, device=task.workspace.device)
        eyes = Eyes(tagger, embedder, task.workspace.artefacts, key)
        types, text = task.target.types, task.target.unlabelled
        vectors = type_vectors(
            types, embedder, choices.type_text if choices.type_text in TEXTS else TYPING_TEXT
        )
        found, views = eyes.look(text)
        alignment = _aligned(task, choices, embedder, unlabelled_votes(found, views, vectors))
        inference = DirectInference.prepare(alignment, vectors, views, choices.weights())
        distribution = _inferred(found, views, text, types, inference, choices, generalist)
        named = surfaces(found, [sentence.tokens for sentence in text])
        pool = SurfacePool.of(distribution, named)
        typed = TypedMentions(found.sentence, found.spans, pool.pooled(distribution, named, own=True))
        further = Further.of(task, vectors, embedder) if choices.further else None
        if further is not None:
            typed = further.joined(typed, text)
        return cls(eyes, types, choices, inference, generalist, further, text, pool, typed)

    def type(self, sentences: Sequence[Sentence]) -> TypedMentions:
        """Return the mentions of sentences that are not those of ``unlabelled``, with their target types.

        Each sentence is judged by itself and by what was learned from ``unlabelled``.
        """
        found, views = self.eyes.look(sentences)
        distribution = _inferred(
            found, views, sentences, self.types, self.inference, self.choices, self.generalist
        )
        named = surfaces(found, [sentence.tokens for sentence in sentences])
        pooled = self.pool.pooled(distribution, named, own=False)
        typed = TypedMentions(found.sentence, found.spans, pooled)
        return typed if self.further is None else self.further.joined(typed, sentences)

    def believed(self, sentences: Sequence[Sentence]) -> list[Floats]:
        """Return for each sentence (words, labels): what the mentions of ``type`` say of each word."""
        return reassigned_targets(self.type(sentences), [len(s.tokens) for s in sentences])

    def reassigned_target(self) -> list[Floats]:
        """Return training targets (words, labels) for each unlabelled target sentence."""
        return reassigned_targets(self.typed, [len(s.tokens) for s in self.unlabelled])

    def reassigned_source(
        self, sentences: Sequence[LabelledSentence], labelled: Sequence[LabelledSentence]
    ) -> tuple[list[Floats], Conflicts]:
        """Return training targets (words, labels) for source sentences: their gold mentions, retyped.

        Where ``labelled`` target sentences have a mention of the same words and of another type than the
        one inferred, the type stays that the alignment puts nearer to the mention's source type; such
        conflicts are counted.
        """
        found = gold_mentions(sentences, self.tagger.types)
        words = [sentence.tokens for sentence in sentences]
        views = embed_views(found, words, self.eyes.embedder)
        asked = [sentence.unlabelled() for sentence in sentences]
        inferred = _inferred(found, views, asked, self.types, self.inference, self.choices, self.generalist)
        types = [kind.name for kind in self.types]
        agreed, conflicts = resolved(
            found, inferred, surfaces(found, words), gold_types(labelled, types), self.alignment
        )
        typed = TypedMentions(found.sentence, found.spans, agreed)
        return reassigned_targets(typed, [len(s.tokens) for s in sentences]), conflicts


def _aligned(task: Task, choices: Choices, embedder: Embedder, votes: Floats) -> Alignment:
    """Align the types; ``votes`` count for the solver ``source-votes`` alone."""
    source = task.source
    prototypes = None
    if choices.type_text == "prototypes":
        names = [kind.name for kind in source.types]
        prototypes = Prototypes(prototype_vectors(source.train, names, embedder))
    return align_types(
        source.types,
        task.target.types,
        embedder,
        solver=choices.solver,
        type_text=choices.type_text,
        similarity=choices.similarity,
        votes=votes,
        prototypes=prototypes,
    )


def _inferred(
    found: FoundMentions,
    views: Views,
    sentences: Sequence[Sentence],
    types: Sequence[EntityType],
    inference: DirectInference,
    choices: Choices,
    generalist: Generalist | None,
) -> Floats:
    """Return (mentions, types): by direct inference, by a generalist, or by the names of partners alone."""
    if not choices.reassign:
        return partners(found, inference.alignment)
    direct = inference.distribution(found, views)
    if generalist is None:
        return direct
    return enhanced(generalist, found, direct, sentences, [kind.name for kind in types])


def partners(found: FoundMentions, alignment: Alignment) -> Floats:
    """Return (mentions, types): the one-to-one partner of the source type that the tagger believes most.

    A source type without a partner in the core says nothing: all target types alike.
    """
    column = {source: alignment.target_types.index(target) for target, source in alignment.core.items()}
    rows = np.full((len(found.spans), len(alignment.target_types)), 1 / len(alignment.target_types))
    for number, place in enumerate(found.source.argmax(axis=1).tolist() if len(rows) else []):
        partner = column.get(alignment.source_types[place])
        if partner is not None:
            rows[number] = np.eye(len(alignment.target_types))[partner]
    result: Floats = rows.astype(np.float32)
    return result
