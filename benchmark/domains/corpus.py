"""The data types every room shares: mention, sentence, entity type, domain.

They hold data and check it; they read no files and know no method.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple


class Mention(NamedTuple):
    """A typed span of tokens: half-open token offsets and the name of its entity type."""

    start: int
    end: int
    type: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """Tokens under an id that is stable across runs, for example ``politics/test/0``."""

    id: str
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """A sentence with its gold mentions, sorted by start and free of overlap."""

    id: str
    tokens: tuple[str, ...]
    mentions: tuple[Mention, ...]

    def unlabelled(self) -> Sentence:
        """Return the sentence without its mentions."""
        return Sentence(self.id, self.tokens)


@dataclass(frozen=True, slots=True)
class EntityType:
    """An entity type: the name used in tags, a readable name, and a one-line description.

    ``same_as`` names the source's type that it equals, where its owner states one.
    """

    name: str
    readable: str
    description: str
    same_as: str = ""

    @property
    def stated(self) -> list[str]:
        """All that is stated of the type: what of it a content hash covers."""
        return [self.name, self.readable, self.description, *([self.same_as] if self.same_as else [])]


@dataclass(frozen=True, repr=False)
class Domain:
    """A corpus with its entity types and its three splits.

    ``corpus`` names where it comes from (``crossner``, ``sample``, ``own``), ``name`` the domain in it
    (``politics``). ``types`` are the declared types, in a fixed order. ``notes`` say how an own corpus was
    read, such as that a split was made; they are no part of its content.
    """

    corpus: str
    name: str
    language: str
    types: tuple[EntityType, ...]
    train: tuple[LabelledSentence, ...]
    dev: tuple[LabelledSentence, ...]
    test: tuple[LabelledSentence, ...]
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {len(self.split(name)):,}" for name in SPLITS)
        return (
            f"<Domain {self.corpus}/{self.name} ({self.language}): {len(self.types)} types; "
            f"sentences: {sizes}>"
        )

    @property
    def type_names(self) -> tuple[str, ...]:
        """Names of the declared types, in their declared order."""
        return tuple(kind.name for kind in self.types)

    def split(self, name: str) -> tuple[LabelledSentence, ...]:
        """Return the split called ``train``, ``dev`` or ``test``."""
        if name not in SPLITS:
            raise ValueError(f"no split {name!r}: there are {', '.join(SPLITS)}")
        sentences: tuple[LabelledSentence, ...] = getattr(self, name)
        return sentences

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over types, descriptions and all splits: equal exactly when the content is."""
        return content_hash(self.types, *(self.split(name) for name in SPLITS))


SPLITS = ("train", "dev", "test")


def content_hash(types: Sequence[EntityType], *splits: Iterable[LabelledSentence]) -> str:
    """SHA-256 (hex) of declared types and labelled sentences, independent of file format and tag scheme."""
    digest = hashlib.sha256()

    line = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

    def feed(values: Iterable[object]) -> None:
        for value in values:
            digest.update(f"{line(value)}\n".encode())

    feed([[kind.stated for kind in types]])
    for split in splits:
        feed(["split"])
        feed((sentence.id, sentence.tokens, sentence.mentions) for sentence in split)
    return digest.hexdigest()
