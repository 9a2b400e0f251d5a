"""Mentions that a source tagger does not find: dated events in whole, and common nouns of novel types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from benchmark.domains.corpus import EntityType, Sentence
from benchmark.task import ArtefactStore, Task
from lar.alignment.align import Alignment, align_types
from lar.inference.common_nouns import SimilarPhrases, similar_phrases
from lar.inference.dated_events import extend_dated_events, naming_nouns
from lar.inference.mention_cache import text_hash
from lar.inference.mentions import TypedMentions
from lar.inference.phrases import function_words
from larbench.tagger.arrays import Floats
from larbench.tagger.embedding import Embedder

PAIRING_TEXT = "parts"  # the type text that finds pairs best: chosen on politics (lar.alignment.similarity)


@dataclass(frozen=True)
class NovelMentions:
    """Finds them: ``pairs`` says which types have which partner, ``vectors`` (types, hidden) what they mean.

    No phrase begins or ends with one of ``function_words``. ``unlabelled`` is the target's text, by whose
    hubness the phrases of any text are judged.
    """

    types: Sequence[EntityType]
    pairs: Alignment
    vectors: Floats
    embedder: Embedder
    artefacts: ArtefactStore
    function_words: frozenset[str]
    unlabelled: Sequence[Sentence]

    @classmethod
    def of(cls, task: Task, vectors: Floats, embedder: Embedder) -> Self:
        """Align the types for it; the target's unlabelled text is read when a first text is given."""
        source, target = task.source, task.target
        pairs = align_types(source.types, target.types, embedder, type_text=PAIRING_TEXT)
        frequent = function_words(source.train)
        artefacts = task.workspace.artefacts
        return cls(target.types, pairs, vectors, embedder, artefacts, frequent, target.unlabelled)

    @cached_property
    def nouns(self) -> Mapping[str, int]:
        """The nouns of the unlabelled text that name types (``lar.inference.dated_events``)."""
        words = [sentence.tokens for sentence in self.unlabelled]
        return naming_nouns(words, self.types, self.pairs, self.embedder)

    @cached_property
    def _of_unlabelled(self) -> tuple[str, SimilarPhrases]:
        """The hash of the unlabelled text, and its phrases."""
        return text_hash(self.unlabelled), self._similar(self.unlabelled, None)

    def phrases(self, sentences: Sequence[Sentence]) -> SimilarPhrases:
        """Return the phrases of a text that are similar to an example of a novel type."""
        known, found = self._of_unlabelled
        return found if text_hash(sentences) == known else self._similar(sentences, found.hubs)

    def _similar(self, sentences: Sequence[Sentence], hubs: Floats | None) -> SimilarPhrases:
        return similar_phrases(
            sentences,
            self.types,
            self.vectors,
            self.pairs,
            self.embedder,
            self.function_words,
            self.artefacts,
            hubs=hubs,
        )

    def added_to(self, typed: TypedMentions, sentences: Sequence[Sentence]) -> TypedMentions:
        """Return the mentions with those of dated events extended, and common nouns among them."""
        words = [sentence.tokens for sentence in sentences]
        typed = extend_dated_events(typed, words, self.nouns, self.function_words)
        taken = typed.spans_by_sentence(len(sentences))
        return typed.merged(self.phrases(sentences).mentions(taken, len(self.types)))
