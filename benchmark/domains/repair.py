"""A copy of a corpus with its illegal transitions mended; the corpus itself is never touched."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmark.domains import tags as schemes
from benchmark.domains.domain_file import DOMAIN_FILE
from benchmark.domains.folder import Reading
from benchmark.domains.tagged_file import ERROR, HeldFile, TaggedFile
from benchmark.domains.validate_tags import ILLEGAL_TRANSITION
from benchmark.errors import InputError

_LINE_END = re.compile(r"(\r\n|\r|\n)")


@dataclass(frozen=True)
class Repair:
    """Where the repaired copy lies, and how many tags in it differ from the original."""

    output: Path
    changed: int


def default_output(path: Path) -> Path:
    """Return where a copy goes by default: ``corpus.repaired``; ``train.repaired.txt`` for a file."""
    path = path.resolve()
    return path.with_name(f"{path.stem}.repaired{path.suffix}" if path.is_file() else f"{path.name}.repaired")


def write_repaired(reading: Reading, output: Path | None = None) -> Repair:
    """Write a copy in which each illegal sequence is written as conlleval reads it, in the same scheme.

    ``O I-person`` becomes ``O B-person`` in IOB2. Nothing else changes: columns, line ends and document
    breaks stay as they are. Raises ``InputError`` where ``output`` exists, where it cannot be written, and
    where the corpus has errors of another kind, which only its owner can mend.
    """
    output = default_output(reading.path) if output is None else output
    for problem in reading.problems:
        if problem.severity == ERROR and problem.kind != ILLEGAL_TRANSITION:
            raise InputError(
                f"{problem.found} ({problem.kind})",
                path=problem.path,
                line=problem.line,
                expected="illegal transitions as the only errors, since nothing else can be repaired",
                todo="mend the other errors first; nothing was written",
            )
    for file in reading.files.values():
        if not (isinstance(file, HeldFile) and file.rewritable):
            raise InputError(
                f"{file.taken or 'tags that do not stand at the ends of rows'}",
                path=file.path,
                expected="columns in UTF-8 whose last one holds tags such as B-person",
                todo="mend the tags by hand; nothing was written",
            )
    if output.exists() or output.is_symlink():
        raise InputError(
            "something there already",
            path=output,
            expected="a new path",
            todo="name another one with --output",
        )
    try:
        return _write(reading, output)
    except OSError as error:
        raise InputError(
            f"no place to write to ({error.strerror})", path=output, todo="name another one with --output"
        ) from error


def _write(reading: Reading, output: Path) -> Repair:
    """Build the copy under a temporary name beside its place, and rename it when it is whole."""
    changed = 0
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".repair-") as scratch:
        copy = Path(scratch) / "copy"
        copy.mkdir()
        for file in reading.files.values():
            data, tags = _repaired(file, reading.scheme)
            (copy / file.path.name).write_bytes(data)
            changed += tags
        if reading.path.is_file():
            (copy / reading.path.name).replace(output)
        else:
            if (reading.path / DOMAIN_FILE).is_file():
                shutil.copyfile(reading.path / DOMAIN_FILE, copy / DOMAIN_FILE)
            copy.replace(output)
    return Repair(output, changed)


def _repaired(file: TaggedFile, scheme: str) -> tuple[bytes, int]:
    """Return the file's content with the last column of the blamed sentences rewritten, and how many tags."""
    pieces = _LINE_END.split(file.path.read_bytes().decode())  # lines at even places, their ends between
    changed = 0
    for sentence in file.sentences:
        if not schemes.illegal_transitions(sentence.tags, scheme):
            continue
        mended = schemes.encode(schemes.decode(sentence.tags, scheme), len(sentence.tags), scheme)
        for line, old, new in zip(sentence.lines, sentence.tags, mended, strict=True):
            if old != new:
                before, _, after = pieces[2 * (line - 1)].rpartition(old)
                pieces[2 * (line - 1)] = before + new + after
                changed += 1
    return "".join(pieces).encode(), changed
