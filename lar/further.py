"""Mentions beyond the source's types: dated happenings whole, common nouns beside what the tagger found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from benchmark.domains.corpus import EntityType, Sentence
from benchmark.task import ArtefactStore, Task
from lar.alignment import Alignment, align_types
from lar.common_nouns import like_phrases
from lar.dated import naming_nouns, with_dated
from lar.mentions import TypedMentions
from lar.phrases import function_words
from tagger.arrays import Floats
from tagger.embedding import Embedder

PAIRING_TEXT = "parts"  # the type text that tells pairs of types best: chosen on politics (lar.similarity)


@dataclass(frozen=True)
class Further:
    """How they are found: which types have which partner (``pairs``), and by what texts they are told.

    ``vectors`` are (types, hidden); ``nouns`` name types (``lar.dated``); no phrase begins or ends with one
    of ``function_words``.
    """

    types: Sequence[EntityType]
    pairs: Alignment
    vectors: Floats
    embedder: Embedder
    artefacts: ArtefactStore
    function_words: frozenset[str]
    nouns: Mapping[str, int]

    @classmethod
    def of(cls, task: Task, vectors: Floats, embedder: Embedder) -> Self:
        """Align the types for it, and learn from the target's unlabelled text which nouns name types."""
        source, target = task.source, task.target
        pairs = align_types(source.types, target.types, embedder, type_text=PAIRING_TEXT)
        return cls(
            target.types,
            pairs,
            vectors,
            embedder,
            task.workspace.artefacts,
            function_words(source.train),
            naming_nouns([s.tokens for s in target.unlabelled], target.types, pairs, embedder),
        )

    def joined(self, typed: TypedMentions, sentences: Sequence[Sentence]) -> TypedMentions:
        """Return the mentions with those of dated happenings extended, and common nouns among them."""
        typed = with_dated(typed, [s.tokens for s in sentences], self.nouns, self.function_words)
        found = like_phrases(
            sentences,
            self.types,
            self.vectors,
            self.pairs,
            self.embedder,
            self.function_words,
            self.artefacts,
        )
        return typed.joined(found.without(typed.spans_by_sentence(len(sentences)), len(self.types)))
