"""Reading CoNLL columns: one token a line, its tag in the last column, an empty line between sentences.

A reading never stops at the first mistake: it returns what it could read and the list of problems, so
that a check can tell them all at once. ``ConllFile.must_be_sound`` raises for those who only want data.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmark.domains.tags import split_tag
from benchmark.errors import InputError

ERROR, WARNING = "error", "warning"

# comment lines of CoNLL-U and its kin that may stand before a sentence; ``stated``: one like ``# text = ...``
_COMMENT = re.compile(r"# (newdoc|newpar|sent_id|text|id)\b( id)?(?P<stated> =)?")
_DOCUMENT = "-DOCSTART-"
BOM = b"\xef\xbb\xbf"
_BLANK = " \t"


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


@dataclass(frozen=True, slots=True)
class TaggedSentence:
    """Tokens, their tags as written, and the line (from 1) that each stands on."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    lines: Sequence[int]


class TaggedFile(Protocol):
    """A file of tagged sentences, held or not: they may be gone through several times."""

    @property
    def path(self) -> Path:
        """Where it lies."""

    @property
    def sentences(self) -> Iterable[TaggedSentence]:
        """Its sentences in order."""

    @property
    def traits(self) -> tuple[str, ...]:
        """How it is written, where that is out of the ordinary."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with it."""


@dataclass(frozen=True)
class ConllFile:
    """What one file holds: its sentences, how it is written, and what is wrong with it."""

    path: Path
    sentences: tuple[TaggedSentence, ...]
    traits: tuple[str, ...]
    problems: tuple[Problem, ...]

    def must_be_sound(self) -> ConllFile:
        """Return the file, or raise ``InputError`` for its first error."""
        raise_first(self.problems)
        return self


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


def read_conll(path: Path) -> ConllFile:
    """Read a file in CoNLL columns, tab or space.

    Raises ``InputError`` only where the file cannot be opened; everything else is among its problems.
    """
    return parse_conll(read_bytes(path), path)


def parse_conll(data: bytes, path: Path) -> ConllFile:
    """Read CoNLL columns from bytes; ``path`` is for messages. Never raises on any content.

    UTF-8, with or without a byte order mark; line ends LF, CRLF or CR. The first column is the token, the
    last the tag. ``-DOCSTART-`` lines and ``# newdoc``-like comments end a sentence and are dropped.
    """
    traits = []
    if data.startswith(BOM):
        data = data[len(BOM) :]
        traits.append("byte order mark")
    if b"\r" in data:
        traits.append("CRLF line ends" if b"\r\n" in data else "CR line ends")
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    text, problems = _decode(data, path)
    del data
    part = read_part(text, path)
    sentences = part.sentences
    problems += part.problems
    if part.documents:
        traits.append(counted(part.documents, "document break"))
    if sentences and text.rpartition("\n")[2].strip(_BLANK):
        traits.append("no final line end")
    problems += blank_tokens(sentences, path)
    if not sentences and not problems:
        problems.append(
            Problem(
                "empty file",
                path,
                None,
                "no sentence",
                "at least one token with its tag",
                "fill or remove it",
            )
        )
    problems.sort(key=lambda problem: problem.line or 0)
    return ConllFile(path, tuple(sentences), tuple(traits), tuple(problems))


def _decode(data: bytes, path: Path) -> tuple[str, list[Problem]]:
    try:
        return data.decode(), []
    except UnicodeDecodeError:
        pass
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        found = "a UTF-16 byte order mark at byte 1"
        return "", [Problem("invalid UTF-8", path, 1, found, "UTF-8", "save the file as UTF-8")]
    problems = []
    for number, line in enumerate(data.split(b"\n"), 1):
        try:
            line.decode()
        except UnicodeDecodeError as error:
            found = f"invalid UTF-8 at byte {error.start + 1} of the line (0x{line[error.start]:02x})"
            problems.append(Problem("invalid UTF-8", path, number, found, "UTF-8", "save the file as UTF-8"))
    return data.decode(errors="replace"), problems


@dataclass(frozen=True, slots=True)
class Columns:
    """How the rows of a file are written: in so many columns, apart by tabs or by spaces."""

    count: int
    tabs: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What a file, or a part of it between two empty lines, was read to; ``documents`` counts its breaks."""

    columns: Columns
    sentences: list[TaggedSentence]
    problems: list[Problem]
    documents: int = 0


def read_part(text: str, path: Path, *, line: int = 1, columns: Columns | None = None) -> Part:
    """Read rows from text without carriage returns, whose first line is the file's line of that number.

    Without ``columns`` they are those that most rows have.
    """
    regular = _read_regular(text, line, columns)
    if regular is not None:
        return regular
    reader = _Reader(path, text.split("\n"), line, columns)
    reader.read()
    return Part(reader.columns, reader.sentences, reader.problems, reader.documents)


def _read_regular(text: str, line: int = 1, columns: Columns | None = None) -> Part | None:
    """Read rows without any peculiarity in a third of the time; None where there is one.

    No more than speed depends on it: ``_Reader`` reads them to the same sentences.
    """
    if columns is None:
        first = text.lstrip("\n").partition("\n")[0]
        tabs = "\t" in first
        columns = Columns(first.count("\t" if tabs else " ") + 1, tabs)
    separator, other = "\t " if columns.tabs else " \t"
    if columns.count < 2 or other in text or _DOCUMENT in text:
        return None
    sentences = []
    number = line
    for block in text.split("\n\n"):
        rows = block.strip("\n")
        start = number + len(block) - len(block.lstrip("\n"))
        number += block.count("\n") + 2
        if not rows:
            continue
        if rows.startswith("#") and _COMMENT.match(rows):
            return None
        try:
            cells = tuple(zip(*[row.split(separator) for row in rows.split("\n")], strict=True))
        except ValueError:
            return None
        if len(cells) != columns.count or not all(map(all, cells)):
            return None
        sentences.append(_sentence(cells[0], cells[-1], range(start, start + len(cells[0]))))
    return Part(columns, sentences, [])


def _sentence(tokens: Iterable[str], tags: Iterable[str], lines: Sequence[int]) -> TaggedSentence:
    # words come again and again: kept once each, a large corpus takes a fifth of the memory
    return TaggedSentence(tuple(map(sys.intern, tokens)), tuple(map(sys.intern, tags)), lines)


def _cells(line: str, *, tabs: bool) -> list[str]:
    if tabs:
        return [cell.strip(" ") for cell in line.split("\t")] if " " in line else line.split("\t")
    return [cell for cell in line.replace("\t", " ").split(" ") if cell]


def _is_comment(line: str, last: str) -> bool:
    """Whether a line before a sentence is a comment, though it may have as many columns as the rows.

    A token ``#`` may begin a sentence: where the last column is a tag, as in ``# id O``, the line is its row.
    """
    found = _COMMENT.match(line)
    return found is not None and (found["stated"] is not None or not _is_tag(last))


def _is_tag(text: str) -> bool:
    try:
        split_tag(text)
    except ValueError:
        return False
    return True


def _usual_columns(lines: Sequence[str]) -> Columns:
    """Return how most rows are written that have at least two columns (a token and a tag)."""
    lines = [line for line in lines if not (line.startswith("#") and _is_comment(line, line.split()[-1]))]
    tabs = sum("\t" in line for line in lines) * 2 >= sum(bool(line.strip(_BLANK)) for line in lines)
    if tabs:
        counts = Counter(line.count("\t") + 1 for line in lines if line)
    else:
        counts = Counter(len(_cells(line, tabs=False)) for line in lines if line)
    return Columns(next((number for number, _ in counts.most_common() if number >= 2), 2), tabs)


class _Reader:
    """One pass over lines that may be of any kind; holds the state that the pass needs."""

    def __init__(
        self, path: Path, lines: Sequence[str], first: int = 1, columns: Columns | None = None
    ) -> None:
        self.path = path
        self.lines = lines
        self.first = first
        self.sentences: list[TaggedSentence] = []
        self.problems: list[Problem] = []
        self.documents = 0
        self.columns = columns or _usual_columns(lines)

    def read(self) -> None:
        tokens: list[str] = []
        tags: list[str] = []
        numbers: list[int] = []
        keep = self.sentences.append
        columns, tabs = self.columns.count, self.columns.tabs
        for number, line in enumerate(self.lines, self.first):
            cells = _cells(line, tabs=tabs) if line else []
            row = len(cells) == columns and cells[0] and cells[0] != _DOCUMENT
            if row and (tokens or not _is_comment(line, cells[-1])):
                tokens.append(cells[0])
                tags.append(cells[-1])
                numbers.append(number)
                continue
            breaks = self._breaks(line, bool(tokens))
            if not breaks:
                self._blame(number, line, cells)
            elif tokens:
                keep(_sentence(tokens, tags, tuple(numbers)))
                tokens, tags, numbers = [], [], []
        if tokens:
            keep(_sentence(tokens, tags, tuple(numbers)))

    def _breaks(self, line: str, within: bool) -> bool:
        """Whether the line ends a sentence: an empty one, a document break, a comment between sentences."""
        if not line.strip(_BLANK):
            return True
        if line.lstrip(_BLANK).startswith(_DOCUMENT):
            self.documents += 1
            return True
        if not within and _COMMENT.match(line):
            self.documents += line.startswith("# newdoc")
            return True
        return False

    def _blame(self, number: int, line: str, cells: Sequence[str]) -> None:
        columns, tabs = self.columns.count, self.columns.tabs
        empty = len(cells) == columns or (not tabs and line[0] in _BLANK and len(cells) == columns - 1)
        if empty:
            self.problems.append(_empty_token(self.path, number, "an empty token"))
            return
        separator = "tabs" if tabs else "spaces"
        expected = f"{columns}, separated by {separator}, as in most rows"
        self.problems.append(
            Problem(
                "ragged row",
                self.path,
                number,
                counted(len(cells), "column"),
                expected,
                "give the row a token and a tag",
            )
        )


def _empty_token(path: Path, number: int, found: str, severity: str = ERROR) -> Problem:
    todo = "remove the row or write its token"
    return Problem("empty token", path, number, found, "a token in the first column", todo, severity=severity)


def blank_tokens(sentences: Sequence[TaggedSentence], path: Path) -> list[Problem]:
    """Tokens that show nothing: white space alone is an error, invisible characters alone a warning."""
    distinct = {token for sentence in sentences for token in sentence.tokens}
    unseen = {token for token in distinct if not any(c.isprintable() and not c.isspace() for c in token)}
    problems = []
    for sentence in sentences if unseen else ():
        for token, number in zip(sentence.tokens, sentence.lines, strict=True):
            if token not in unseen:
                continue
            if token.strip():
                found, severity = f"a token of invisible characters only ({token!a})", WARNING
            else:
                found, severity = f"a token of white space only ({token!a})", ERROR
            problems.append(_empty_token(path, number, found, severity))
    return problems
