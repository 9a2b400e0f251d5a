"""What a file of any format is read to: sentences of tokens and tags, and what is wrong with it."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

from benchmark.errors import InputError

ERROR, WARNING = "error", "warning"
_BLOCK = 2048  # sentences


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a corpus: its kind, where it stands, what was found, expected and to be done.

    ``detail`` names what problems of one kind are counted by (``O → I-person``, ``B-persn``).
    """

    kind: str
    path: Path
    line: int | None
    found: str
    expected: str = ""
    todo: str = ""
    detail: str = ""
    severity: str = ERROR

    def error(self, more: int = 0) -> InputError:
        """Return it as an exception; ``more`` says how many others there are."""
        others = f" (and {counted(more, 'more problem')})" if more else ""
        return InputError(
            self.found, path=self.path, line=self.line, expected=self.expected, todo=self.todo + others
        )


def as_warning(problem: Problem) -> Problem:
    """Return a problem that no longer makes its corpus unsound."""
    return replace(problem, severity=WARNING)


@dataclass(frozen=True, slots=True)
class TaggedSentence:
    """Tokens, their tags, the line (from 1) that each stands on, and the number of the document."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    lines: Sequence[int]
    document: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """Some sentences one behind the other: what is gone through at once.

    ``lengths`` holds each sentence's number of tokens, ``lines`` its tokens' lines, ``documents`` the number
    of its document (one number for all of them, or a list).
    """

    tokens: list[str]
    tags: list[str]
    lengths: list[int]
    lines: Sequence[Sequence[int]]
    documents: int | Sequence[int] = 0

    def __iter__(self) -> Iterator[TaggedSentence]:
        # words come again and again: kept once each, a large corpus takes a fifth of the memory
        tokens, tags = map(sys.intern, self.tokens), map(sys.intern, self.tags)
        alike = self.documents if isinstance(self.documents, int) else None
        for number, (length, lines) in enumerate(zip(self.lengths, self.lines, strict=True)):
            document = alike if alike is not None else self.documents[number]  # type: ignore[index]
            yield TaggedSentence(tuple(islice(tokens, length)), tuple(islice(tags, length)), lines, document)

    @classmethod
    def of(cls, sentences: Sequence[TaggedSentence]) -> Block:
        """Return the block of some sentences."""
        return cls(
            list(chain.from_iterable(sentence.tokens for sentence in sentences)),
            list(chain.from_iterable(sentence.tags for sentence in sentences)),
            [len(sentence.tokens) for sentence in sentences],
            [sentence.lines for sentence in sentences],
            [sentence.document for sentence in sentences],
        )


def blocks_of(sentences: Iterable[TaggedSentence]) -> Iterator[Block]:
    """Yield sentences in blocks."""
    rest = iter(sentences)
    while some := list(islice(rest, _BLOCK)):
        yield Block.of(some)


class TaggedFile(Protocol):
    """A file of tagged sentences, held or not: they may be gone through several times."""

    @property
    def path(self) -> Path:
        """Where it lies."""

    @property
    def sentences(self) -> Iterable[TaggedSentence]:
        """Its sentences in order."""

    def blocks(self) -> Iterable[Block]:
        """Yield its sentences, many at a time."""

    @property
    def taken(self) -> str:
        """What its parts were taken to be."""

    @property
    def traits(self) -> tuple[str, ...]:
        """How it is written, where that is out of the ordinary."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with it."""


class FileView(ABC):
    """A file that is read otherwise than it lies there: what it does not say itself is the file's."""

    file: TaggedFile

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self.file.path

    @property
    def taken(self) -> str:
        """What the file's parts were taken to be."""
        return self.file.taken

    @property
    def traits(self) -> tuple[str, ...]:
        """How the file is written, where that is out of the ordinary."""
        return self.file.traits

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the file."""
        return self.file.problems

    @property
    def sentences(self) -> Iterable[TaggedSentence]:
        """The view's sentences in order."""
        return self

    def __iter__(self) -> Iterator[TaggedSentence]:
        return chain.from_iterable(self.blocks())

    @abstractmethod
    def blocks(self) -> Iterator[Block]:
        """Yield the view's sentences, many at a time."""


@dataclass(frozen=True)
class HeldFile:
    """What one file holds: its sentences, how it is written, and what is wrong with it."""

    path: Path
    sentences: tuple[TaggedSentence, ...]
    traits: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    taken: str = ""
    rewritable: bool = False

    def blocks(self) -> Iterator[Block]:
        """Yield its sentences, many at a time."""
        return blocks_of(self.sentences)

    def must_be_sound(self) -> HeldFile:
        """Return the file, or raise ``InputError`` for its first error."""
        raise_first(self.problems)
        return self


@dataclass
class Findings:
    """What is met while a file is read: problems, what is left out, what became of spans, counted."""

    path: Path
    problems: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    spans: Counter[str] = field(default_factory=Counter)
    documents: int = 0
    taken: str = ""
    rewritable: bool = False  # whether tags stand at the ends of rows, as they are

    def add(self, kind: str, line: int | None, found: str, expected: str = "", todo: str = "") -> None:
        """Add an error."""
        self.problems.append(Problem(kind, self.path, line, found, expected, todo))

    def warn(self, kind: str, line: int | None, found: str, expected: str = "", todo: str = "") -> None:
        """Add a warning."""
        self.problems.append(Problem(kind, self.path, line, found, expected, todo, severity=WARNING))

    @property
    def left_out(self) -> list[str]:
        """What was counted: things that are left out, and spans that are not as they were stated."""
        gone = [f"{counted(number, what)} left out" for what, number in self.counts.items()]
        return gone + [f"{counted(number, 'span')} {what}" for what, number in self.spans.items()]

    @property
    def failed(self) -> bool:
        """Whether there is an error."""
        return any(problem.severity == ERROR for problem in self.problems)


def raise_first(problems: Iterable[Problem], todo: str = "") -> None:
    """Raise the first error among ``problems`` as ``InputError``, saying how many more there are."""
    errors = [problem for problem in problems if problem.severity == ERROR]
    if not errors:
        return
    error = errors[0].error(len(errors) - 1)
    if todo:
        error = InputError(
            error.found,
            path=error.path,
            line=error.line,
            expected=error.expected,
            todo="; ".join(part for part in (error.todo, todo) if part),
        )
    raise error


def counted(number: int, thing: str) -> str:
    """Return a number with its noun: ``1 column``, ``2,000 columns``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def read_bytes(path: Path) -> bytes:
    """Return a file's content, or raise ``InputError`` saying why it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"no readable file ({error.strerror or error})", path=path, expected="a file in CoNLL columns"
        ) from error
