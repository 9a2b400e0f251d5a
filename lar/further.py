"""Mentions beyond the source's types: dated happenings whole, common nouns beside what the tagger found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from benchmark.domains.corpus import EntityType, Sentence
from benchmark.task import ArtefactStore, Task
from lar.alignment import Alignment, align_types
from lar.common_nouns import LikePhrases, like_phrases
from lar.dated import naming_nouns, with_dated
from lar.looking import text_hash
from lar.mentions import TypedMentions
from lar.phrases import function_words
from tagger.arrays import Floats
from tagger.embedding import Embedder

PAIRING_TEXT = "parts"  # the type text that tells pairs of types best: chosen on politics (lar.similarity)


@dataclass(frozen=True)
class Further:
    """How they are found: which types have which partner (``pairs``), and by what texts they are told.

    ``vectors`` are (types, hidden); ``nouns`` name types (``lar.dated``); no phrase begins or ends with one
    of ``function_words``. ``read`` is the hash of the target's unlabelled text with what is in it.
    """

    types: Sequence[EntityType]
    pairs: Alignment
    vectors: Floats
    embedder: Embedder
    artefacts: ArtefactStore
    function_words: frozenset[str]
    nouns: Mapping[str, int]
    read: tuple[str, LikePhrases] | None = None

    @classmethod
    def of(cls, task: Task, vectors: Floats, embedder: Embedder) -> Self:
        """Align the types for it, and learn what is needed of the target's unlabelled text."""
        source, target = task.source, task.target
        pairs = align_types(source.types, target.types, embedder, type_text=PAIRING_TEXT)
        words = [sentence.tokens for sentence in target.unlabelled]
        further = cls(
            target.types,
            pairs,
            vectors,
            embedder,
            task.workspace.artefacts,
            function_words(source.train),
            naming_nouns(words, target.types, pairs, embedder),
        )
        return replace(further, read=(text_hash(target.unlabelled), further.phrases(target.unlabelled)))

    def phrases(self, sentences: Sequence[Sentence]) -> LikePhrases:
        """Return the phrases of a text that are like an example of a novel type."""
        if self.read is not None and self.read[0] == text_hash(sentences):
            return self.read[1]
        return like_phrases(
            sentences,
            self.types,
            self.vectors,
            self.pairs,
            self.embedder,
            self.function_words,
            self.artefacts,
            hubs=None if self.read is None else self.read[1].hubs,
        )

    def joined(self, typed: TypedMentions, sentences: Sequence[Sentence]) -> TypedMentions:
        """Return the mentions with those of dated happenings extended, and common nouns among them."""
        typed = with_dated(typed, [s.tokens for s in sentences], self.nouns, self.function_words)
        found = self.phrases(sentences)
        return typed.joined(found.without(typed.spans_by_sentence(len(sentences)), len(self.types)))
