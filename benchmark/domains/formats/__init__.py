"""Formats of files with tagged sentences: one module a format, and one line in ``FORMATS``.

A format's module has ``recognise(head)``, whether a file that begins so is of it, and ``read(source, options,
findings)``, which yields blocks of sentences and tells ``findings`` what is wrong. Formats yield tags as they
are written; mentions that are stated as such become IOB2 tags.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmark.domains.formats import columns, conll2012, csv_table, json_lines, piped
from benchmark.domains.formats.column_layout import Columns
from benchmark.domains.formats.columns import empty_token
from benchmark.domains.formats.foreign import foreign_text
from benchmark.domains.formats.source import HeldText, Source, StreamedText, Unstreamable, hold
from benchmark.domains.reading import COLUMNS, CONLL2012, CSV, DROP, JSON_LINES, PIPED, ReadOptions
from benchmark.domains.tagged_file import (
    ERROR,
    WARNING,
    Block,
    Findings,
    HeldFile,
    Problem,
    TaggedSentence,
    counted,
    read_bytes,
)


@dataclass(frozen=True)
class Format:
    """A format: whether a file's first lines are of it, and how it is read."""

    name: str
    recognise: Callable[[str], bool]
    read: Callable[[Source, ReadOptions, Findings], Iterator[Block]]


# in the order of asking: the last one takes any file
FORMATS = (
    Format(JSON_LINES, json_lines.recognise, json_lines.read),
    Format(CONLL2012, conll2012.recognise, conll2012.read),
    Format(CSV, csv_table.recognise, csv_table.read),
    Format(PIPED, piped.recognise, piped.read),
    Format(COLUMNS, columns.recognise, columns.read),
)
DEFAULT = ReadOptions()
_BYTES = ("invalid UTF-8", "byte order mark inside")  # kinds of problems that change bytes


def recognise(source: Source, options: ReadOptions = DEFAULT) -> Format:
    """Return the format that is stated, or that a file's first lines are of."""
    for one in FORMATS:
        if one.name == options.format or (options.format is None and one.recognise(source.head)):
            return one
    raise ValueError(f"no format {options.format!r}")


def _blocks(
    source: Source, options: ReadOptions, findings: Findings, layout: Columns | None = None
) -> Iterator[Block]:
    """Yield the blocks of a file of any format, tokens that show nothing dealt with."""
    if layout is not None:
        blocks = columns.read_laid_out(source, layout, options, findings)
    elif options.format is None and (other := foreign_text(source.head)) is not None:
        findings.add("other file", 1, other[0], "a corpus", other[1])
        return
    else:
        blocks = recognise(source, options).read(source, options, findings)
    for block in blocks:
        seen = _without_blank(block, options, findings)
        if seen.lengths:
            yield seen


def read_file(path: Path, options: ReadOptions = DEFAULT) -> HeldFile:
    """Read a file of any format, whole.

    Raises
    ------
    InputError
        Only where the file cannot be opened; everything else is among its problems.
    """
    return parse(read_bytes(path), path, options)


def parse(data: bytes, path: Path, options: ReadOptions = DEFAULT, layout: Columns | None = None) -> HeldFile:
    """Read a file of any format from bytes; ``path`` is for messages. Never raises on any content.

    With a ``layout`` the file is of such columns: nothing is found out.
    """
    findings = Findings(path)
    source, traits = hold(data, options, findings)
    del data
    sentences = tuple(sentence for block in _blocks(source, options, findings, layout) for sentence in block)
    if findings.documents:
        traits.append(counted(findings.documents, "document break"))
    if sentences and source.text.rpartition("\n")[2].strip():
        traits.append("no final line end")
    traits += findings.left_out
    if not sentences and not findings.failed:
        findings.add(
            "empty file", None, "no sentence", "at least one token with its tag", "fill or remove it"
        )
    problems = tuple(sorted(findings.problems, key=lambda problem: problem.line or 0))
    utf8 = options.encoding is None and not any(one.kind in _BYTES for one in problems)
    return HeldFile(path, sentences, tuple(traits), problems, findings.taken, findings.rewritable and utf8)


@dataclass(frozen=True)
class StreamedFile:
    """A file whose sentences, those that ``read_file`` reads, are read anew whenever they are gone through.

    That raises ``Unstreamable``, at the latest behind the last sentence, where the file cannot be opened, is
    no plain file in UTF-8, or has anything that ``read_file`` would tell as an error.
    """

    path: Path
    options: ReadOptions = DEFAULT
    problems: tuple[Problem, ...] = ()
    _said: dict[str, str] = field(default_factory=dict)

    @property
    def traits(self) -> tuple[str, ...]:
        """What was left out, known once it was gone through."""
        return tuple(self._said["traits"].split("\n")) if self._said.get("traits") else ()

    @property
    def taken(self) -> str:
        """What its parts were taken to be, known once it was gone through."""
        return self._said.get("taken", "")

    @property
    def sentences(self) -> Iterable[TaggedSentence]:
        """The sentences of a sound file."""
        return self

    def __iter__(self) -> Iterator[TaggedSentence]:
        for block in self.blocks():
            yield from block

    def blocks(self) -> Iterator[Block]:
        """Yield the sentences of a sound file, many at a time."""
        if (self.options.encoding or "utf-8").lower() not in ("utf-8", "utf-8-sig"):
            raise Unstreamable
        findings = Findings(self.path)
        empty = True
        for block in _blocks(StreamedText(self.path), self.options, findings):
            if findings.failed:
                raise Unstreamable
            empty = False
            yield block
        if empty or findings.failed:
            raise Unstreamable
        self._said["taken"] = findings.taken
        self._said["traits"] = "\n".join(findings.left_out)


def _without_blank(block: Block, options: ReadOptions, findings: Findings) -> Block:
    """Deal with tokens that show nothing: white space alone is an error, invisible characters a warning."""
    together = "".join(block.tokens)
    if together.isprintable() and " " not in together:  # no other white space is printable
        return block
    unseen = {
        token for token in set(block.tokens) if not any(c.isprintable() and not c.isspace() for c in token)
    }
    if not unseen:
        return block
    kept = []
    for sentence in block:
        places = []
        for place, (token, number) in enumerate(zip(sentence.tokens, sentence.lines, strict=True)):
            blank = token in unseen and not token.strip()
            if blank and options.blank_tokens == DROP:
                findings.counts["blank token"] += 1
                continue
            places.append(place)
            if blank:
                found, severity = f"a token of white space only ({token!a})", ERROR
            elif token in unseen:
                found, severity = f"a token of invisible characters only ({token!a})", WARNING
            else:
                continue
            findings.problems.append(empty_token(findings.path, number, found, severity))
        if places:
            tokens, tags = (tuple(part[n] for n in places) for part in (sentence.tokens, sentence.tags))
            lines = [sentence.lines[place] for place in places]
            kept.append(TaggedSentence(tokens, tags, lines, sentence.document))
    return Block.of(kept)


__all__ = ["FORMATS", "Format", "HeldText", "StreamedFile", "Unstreamable", "parse", "read_file", "recognise"]
