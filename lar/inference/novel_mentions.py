"""Mentions beyond the source's types: dated happenings whole, common nouns beside what the tagger found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from benchmark.domains.corpus import EntityType, Sentence
from benchmark.task import ArtefactStore, Task
from lar.alignment.align import Alignment, align_types
from lar.inference.common_nouns import LikePhrases, like_phrases
from lar.inference.dated_events import naming_nouns, with_dated
from lar.inference.mention_cache import text_hash
from lar.inference.mentions import TypedMentions
from lar.inference.phrases import function_words
from larbench.tagger.arrays import Floats
from larbench.tagger.embedding import Embedder

PAIRING_TEXT = (
    "parts"  # the type text that tells pairs of types best: chosen on politics (lar.alignment.similarity)
)


@dataclass(frozen=True)
class Further:
    """How they are found: which types have which partner (``pairs``), and by what texts they are told.

    ``vectors`` are (types, hidden); no phrase begins or ends with one of ``function_words``. ``unlabelled``
    is the target's text, by which phrases of others are judged.
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
        """Align the types for it; the target's unlabelled text is read when a first text is asked about."""
        source, target = task.source, task.target
        pairs = align_types(source.types, target.types, embedder, type_text=PAIRING_TEXT)
        return cls(
            target.types,
            pairs,
            vectors,
            embedder,
            task.workspace.artefacts,
            function_words(source.train),
            target.unlabelled,
        )

    @cached_property
    def nouns(self) -> Mapping[str, int]:
        """The nouns of the unlabelled text that name types (``lar.inference.dated_events``)."""
        words = [sentence.tokens for sentence in self.unlabelled]
        return naming_nouns(words, self.types, self.pairs, self.embedder)

    @cached_property
    def _read(self) -> tuple[str, LikePhrases]:
        """The hash of the unlabelled text, and its phrases: looked for when a text is first asked about."""
        return text_hash(self.unlabelled), self._phrases(self.unlabelled, None)

    def phrases(self, sentences: Sequence[Sentence]) -> LikePhrases:
        """Return the phrases of a text that are like an example of a novel type."""
        known, read = self._read
        return read if text_hash(sentences) == known else self._phrases(sentences, read.hubs)

    def _phrases(self, sentences: Sequence[Sentence], hubs: Floats | None) -> LikePhrases:
        return like_phrases(
            sentences,
            self.types,
            self.vectors,
            self.pairs,
            self.embedder,
            self.function_words,
            self.artefacts,
            hubs=hubs,
        )

    def joined(self, typed: TypedMentions, sentences: Sequence[Sentence]) -> TypedMentions:
        """Return the mentions with those of dated happenings extended, and common nouns among them."""
        typed = with_dated(typed, [s.tokens for s in sentences], self.nouns, self.function_words)
        found = self.phrases(sentences)
        return typed.joined(found.without(typed.spans_by_sentence(len(sentences)), len(self.types)))
