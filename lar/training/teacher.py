"""The teacher: a tagger with source types that finds mentions, and inference that gives them target types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from benchmark.domains.corpus import EntityType, LabelledSentence, Sentence
from benchmark.task import Task
from lar.alignment.align import TYPE_TEXT, Alignment, align_types
from lar.alignment.similarity import Prototypes
from lar.alignment.type_texts import TEXTS, prototype_vectors, type_vectors
from lar.generalists.enhance import enhanced, typing_requests
from lar.generalists.protocol import Generalist
from lar.inference.direct import DirectInference, MentionEmbeddings, SurfacePool, Weights, embed_mentions
from lar.inference.evidence import with_evidence
from lar.inference.mention_cache import MentionFinder
from lar.inference.mentions import FoundMentions, TypedMentions, gold_mentions, surfaces
from lar.inference.neighbours import Neighbours
from lar.inference.occurrences import Occurrences
from lar.inference.source_means import source_means
from lar.inference.source_votes import unlabelled_votes
from lar.training.conflicts import Conflicts, gold_types, resolve_conflicts
from lar.training.soft_labels import soft_labels
from larbench.tagger.arrays import Floats
from larbench.tagger.embedding import Embedder
from larbench.tagger.tagger import Tagger

TYPING_TEXT = "both"  # what mentions are compared with, where a type text serves the alignment alone


@dataclass(frozen=True)
class Choices:
    """The parts of LAR that an ablation changes; the defaults are LAR as it is implemented here.

    ``solver``, ``type_text``, ``similarity``: see ``lar.alignment.align.align_types``. ``context`` and
    ``prior``: whether direct inference looks at the words around a mention, and at the alignment.
    ``reassign``: whether it types at all, or a mention keeps its source type under the name of that type's
    partner. ``numbers``: whether numbers join mentions. ``occurrences``: whether all places of a mention's
    words count for each. ``neighbours``: whether mentions that are alike share their distributions.
    ``evidence``: whether a mention can be of no target type. ``fallback``: whether one that would be of none
    keeps a source type that is a target type too.
    """

    solver: str = "hungarian"
    type_text: str = TYPE_TEXT
    similarity: str = "cosine"
    context: bool = True
    prior: bool = True
    reassign: bool = True
    numbers: bool = True
    occurrences: bool = True
    neighbours: bool = True
    evidence: bool = True
    fallback: bool = True

    def weights(self) -> Weights:
        """Return direct inference's weights with those of the parts left out at zero."""
        weights = Weights()
        if not self.context:
            alone = weights.mention + weights.context + weights.sentence
            weights = replace(weights, mention=alone, context=0.0, sentence=0.0)
        return replace(
            weights,
            prior=weights.prior * self.prior,
            alone=weights.alone * self.prior,
            neighbour_share=weights.neighbour_share * self.neighbours,
        )


@dataclass(frozen=True)
class Teacher:
    """A tagger with source types, and inference of one target's types.

    ``unlabelled`` is the target's text, ``found`` what the tagger found in it, ``embeddings`` of these
    mentions. What inference says of them is computed when it is needed: supervised students do without.
    """

    finder: MentionFinder
    types: tuple[EntityType, ...]
    choices: Choices
    inference: DirectInference
    generalist: Generalist | None
    unlabelled: Sequence[Sentence]
    found: FoundMentions
    embeddings: MentionEmbeddings

    @property
    def tagger(self) -> Tagger:
        """The tagger that finds mentions."""
        return self.finder.tagger

    @property
    def alignment(self) -> Alignment:
        """The alignment of the target's types with the source's."""
        return self.inference.alignment

    @property
    def type_names(self) -> list[str]:
        """The names of the target's types."""
        return [kind.name for kind in self.types]

    @classmethod
    def fit(
        cls,
        task: Task,
        tagger: Tagger,
        choices: Choices,
        *,
        key: Mapping[str, object],
        generalist: Generalist | None = None,
        means: Floats | None = None,
    ) -> Self:
        """Align the types, and find and embed the mentions of the unlabelled target text.

        ``key`` tells ``tagger`` from others: what it finds in a text is kept in the workspace's store.
        ``means`` are those of the source's mentions, where its sentences are not at hand.
        """
        embedder = Embedder(tagger.backbone, device=task.workspace.device)
        types, text = task.target.types, task.target.unlabelled
        finder = MentionFinder(
            tagger,
            embedder,
            task.workspace.artefacts,
            key,
            numbers=choices.numbers,
            occurrences=choices.occurrences,
        )
        typing_text = choices.type_text if choices.type_text in TEXTS else TYPING_TEXT
        vectors, others = (type_vectors(some, embedder, typing_text) for some in (types, task.source.types))
        found, embeddings = finder.find(text)
        alignment = _aligned(task, choices, embedder, unlabelled_votes(found, embeddings, vectors))
        means = source_means(task, tagger.backbone, embedder) if means is None else means
        inference = DirectInference(alignment, vectors, others, means, choices.weights())
        made = cls(finder, types, choices, inference, generalist, text, found, embeddings)
        if generalist is not None and choices.reassign:
            direct = inference.distribution(found, embeddings)
            generalist.learn(typing_requests(found, direct, text, made.type_names))
        return made

    @cached_property
    def _neighbours(self) -> Neighbours:
        """What inference says of each mention of ``unlabelled``."""
        inferred = self._infer(self.found, self.embeddings, self.unlabelled)
        return Neighbours.of(self.embeddings, inferred)

    @cached_property
    def _inferred(self) -> Floats:
        """The same, with the neighbours' share: (mentions, types)."""
        return self._smoothed(self.embeddings, self._neighbours.distribution, own=True)

    @cached_property
    def _pool(self) -> SurfacePool:
        """What that and the tagger's certainty, the last column, say of each surface."""
        return SurfacePool.of(
            _with_certainty(self.found, self._inferred), _surfaces(self.found, self.unlabelled)
        )

    @cached_property
    def _known(self) -> Occurrences | None:
        """How often the tagger found each mention's words in ``unlabelled``, where that counts."""
        return self.found.occurrences(self.unlabelled) if self.choices.occurrences else None

    def _smoothed(self, embeddings: MentionEmbeddings, inferred: Floats, *, own: bool) -> Floats:
        if self.alignment.nothing_to_reassign:
            return inferred  # the tagger has read each mention in its sentence; neighbours are alike in words
        weights = self.inference.weights
        return self._neighbours.smoothed(
            embeddings, inferred, count=weights.neighbours, share=weights.neighbour_share, own=own
        )

    @cached_property
    def typed(self) -> TypedMentions:
        """The mentions of ``unlabelled`` with their target types."""
        return self._typed(self.found, self._inferred, self.unlabelled, own=True)

    def type(self, sentences: Sequence[Sentence]) -> TypedMentions:
        """Return the mentions of sentences that are not those of ``unlabelled``, with their target types.

        Each sentence is judged by itself and by what was learned from ``unlabelled``.
        """
        found, embeddings = self.finder.find(sentences, self._known)
        inferred = self._smoothed(embeddings, self._infer(found, embeddings, sentences), own=False)
        return self._typed(found, inferred, sentences, own=False)

    def _typed(
        self, found: FoundMentions, inferred: Floats, sentences: Sequence[Sentence], *, own: bool
    ) -> TypedMentions:
        pooled = self._pool.pooled(_with_certainty(found, inferred), _surfaces(found, sentences), own=own)
        distribution = pooled[:, :-1]
        if not self.choices.evidence:
            return TypedMentions(found.sentence, found.spans, distribution)
        certainty = pooled[:, -1] if self.choices.occurrences else found.certainty
        equal = self.alignment.equal_targets if self.choices.fallback else ()
        return with_evidence(found, distribution, certainty, self.inference.weights.evidence, equal)

    def _infer(
        self, found: FoundMentions, embeddings: MentionEmbeddings, sentences: Sequence[Sentence]
    ) -> Floats:
        """Return (mentions, types): by direct inference, by a generalist, or by partners' names alone."""
        if not self.choices.reassign:
            return partners(found, self.alignment)
        direct = self.inference.distribution(found, embeddings)
        if self.generalist is None:
            return direct
        return enhanced(self.generalist, found, direct, sentences, self.type_names)

    def soft_labels(self, sentences: Sequence[Sentence]) -> list[Floats]:
        """Return for each sentence the soft labels (words, labels) of the mentions of ``type``."""
        return soft_labels(self.type(sentences), _lengths(sentences))

    def reassigned_target(self) -> list[Floats]:
        """Return the soft labels (words, labels) of each unlabelled target sentence."""
        return soft_labels(self.typed, _lengths(self.unlabelled))

    def reassigned_source(
        self, sentences: Sequence[LabelledSentence], labelled: Sequence[LabelledSentence]
    ) -> tuple[list[Floats], Conflicts]:
        """Return the soft labels (words, labels) of source sentences: their gold mentions, retyped.

        Where ``labelled`` target sentences have a mention of the same words and of another type than the
        one inferred, the alignment decides (``lar.training.conflicts``); such conflicts are counted.
        """
        found = gold_mentions(sentences, self.tagger.types)
        embeddings = embed_mentions(found, [sentence.tokens for sentence in sentences], self.finder.embedder)
        inferred = self._infer(found, embeddings, [sentence.unlabelled() for sentence in sentences])
        gold = gold_types(labelled, self.type_names)
        agreed, conflicts = resolve_conflicts(
            found, inferred, _surfaces(found, sentences), gold, self.alignment
        )
        typed = TypedMentions(found.sentence, found.spans, agreed)
        return soft_labels(typed, _lengths(sentences)), conflicts


def _with_certainty(found: FoundMentions, inferred: Floats) -> Floats:
    return np.concatenate([inferred, found.certainty[:, None]], axis=1)


def _surfaces(found: FoundMentions, sentences: Sequence[Sentence | LabelledSentence]) -> list[str]:
    return surfaces(found, [sentence.tokens for sentence in sentences])


def _lengths(sentences: Sequence[Sentence | LabelledSentence]) -> list[int]:
    return [len(sentence.tokens) for sentence in sentences]


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


def partners(found: FoundMentions, alignment: Alignment) -> Floats:
    """Return (mentions, types): the one-to-one partner of the tagger's most probable source type.

    A source type without a partner in the core goes by the name of the target type that the alignment puts
    nearest to it.
    """
    named = alignment.weights.argmax(axis=0)
    for target, source in alignment.core.items():
        named[alignment.source_types.index(source)] = alignment.target_types.index(target)
    certain = np.eye(len(alignment.target_types), dtype=np.float32)
    result: Floats = certain[named[found.source.argmax(axis=1)]] if len(found.spans) else certain[:0]
    return result
