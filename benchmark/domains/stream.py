"""Reading CoNLL columns part by part: a file of any size takes the memory of some megabytes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from benchmark.domains.conll import BOM, ERROR, Problem, TaggedSentence, blank_tokens, read_part

PART = 1 << 20  # bytes that are read at once


class Unstreamable(Exception):  # noqa: N818 - no error yet: ``read_conll`` tells what there is to tell
    """Something that can be judged only where the whole file is at hand."""


@dataclass(frozen=True)
class ConllStream:
    """A file whose sentences, those that ``read_conll`` reads, are read anew whenever they are gone through.

    That raises ``Unstreamable``, at the latest behind the last sentence, where the file cannot be
    opened, is no plain file, has rows apart by tabs among such apart by spaces, or has anything that
    ``read_conll`` would tell as an error.
    """

    path: Path
    traits: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def sentences(self) -> Iterable[TaggedSentence]:
        """The sentences of a sound file."""
        return self

    def __iter__(self) -> Iterator[TaggedSentence]:
        columns, line, empty = None, 1, True
        for data in _parts(self.path):
            try:
                text = data.decode()
            except UnicodeDecodeError as error:
                raise Unstreamable from error
            part = read_part(text, self.path, line=line, columns=columns)
            problems = (*part.problems, *blank_tokens(part.sentences, self.path))
            mixed = "\t" in text and not part.columns.tabs  # which of the two it is written in, all rows tell
            if mixed or any(problem.severity == ERROR for problem in problems):
                raise Unstreamable
            yield from part.sentences
            columns = part.columns
            line += text.count("\n")
            empty = empty and not part.sentences
        if empty:
            raise Unstreamable


def _parts(path: Path) -> Iterator[bytes]:
    """Yield a file in parts that end where a sentence does, with line feeds for all line ends."""
    if not path.is_file():  # a pipe can be read once only
        raise Unstreamable
    try:
        with path.open("rb") as file:
            if file.read(len(BOM)) != BOM:
                file.seek(0)
            rest = b""
            while more := _more(file):
                done, end, begun = (rest + more).rpartition(b"\n\n")
                if end:
                    yield done + end
                rest = begun
            yield rest
    except OSError as error:
        raise Unstreamable from error


def _more(file: BinaryIO) -> bytes:
    data = file.read(PART)
    while data.endswith(b"\r") and (one := file.read(1)):  # a line feed would belong to it
        data += one
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
