"""A file's text: decoded, with line feeds for all line ends, in parts that end where a sentence does."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Protocol

from benchmark.domains.formats.foreign import foreign_bytes
from benchmark.domains.reading import ReadOptions
from benchmark.domains.tagged_file import Findings
from benchmark.domains.types.look_alikes import visible

BOM = b"\xef\xbb\xbf"
PART = 1 << 20  # bytes that are read at once
HEAD = 1 << 16  # bytes that what a file looks like is told from
_MARK = "\ufeff"
_ODD_ENDS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"  # some programs end lines with them
_ODD_END_INSIDE = re.compile(f"[^\n][{_ODD_ENDS}][^\n]")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF8_NAMES = ("utf-8", "utf-8-sig")
_WINDOWS = re.compile(rb"[\x80-\x9f]")


class Unstreamable(Exception):  # noqa: N818 - no error yet: reading the whole file tells what there is to tell
    """Something that can be judged only where the whole file is at hand."""


class Source(Protocol):
    """A file's text, held or not."""

    @property
    def head(self) -> str:
        """Its first lines, all of them whole."""

    def parts(self) -> Iterator[tuple[int, str]]:
        """Yield parts that end where a sentence does, each with the number of its first line."""

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield lines with their numbers, from 1."""


@dataclass(frozen=True)
class HeldText:
    """A text that is at hand."""

    text: str

    @cached_property
    def head(self) -> str:
        """The first lines."""
        return _whole_lines(self.text[:HEAD], len(self.text) > HEAD)

    def parts(self) -> Iterator[tuple[int, str]]:
        """Yield the text in parts that end at an empty line."""
        start, line = 0, 1
        while start < len(self.text):
            end = self.text.find("\n\n", start + PART)
            end = len(self.text) if end < 0 else end + 2
            part = self.text[start:end]
            yield line, part
            line += part.count("\n")
            start = end

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield the lines."""
        lines = self.text.split("\n")
        return enumerate(lines if lines[-1] else lines[:-1], 1)  # what is behind the last line end is no line


@dataclass(frozen=True)
class StreamedText:
    """The text of a plain file in UTF-8, read anew whenever it is gone through.

    Each way of going through it raises ``Unstreamable`` where the file cannot be opened, is no plain file or
    is not UTF-8.
    """

    path: Path

    @cached_property
    def head(self) -> str:
        """The first lines."""
        with _opened(self.path) as file:
            data = _more(file, HEAD)
            cut = bool(file.read(1))
        return _whole_lines(data.decode(errors="ignore")[:HEAD], cut)

    def parts(self) -> Iterator[tuple[int, str]]:
        """Yield the text in parts that end at an empty line."""
        line = 1
        for data in _parts(self.path, PART):
            text = _decoded(data)
            yield line, text
            line += text.count("\n")

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield the lines."""
        if not self.path.is_file():
            raise Unstreamable
        try:
            with self.path.open(encoding="utf-8-sig") as file:
                for number, line in enumerate(file, 1):
                    if _MARK in line:
                        raise Unstreamable  # the whole reading tells of marks
                    yield number, line.rstrip("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise Unstreamable from error


def _whole_lines(text: str, cut: bool) -> str:
    return text[: text.rfind("\n") + 1] or text if cut else text


def _decoded(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Unstreamable from error
    if _MARK in text:
        raise Unstreamable
    return text


def _parts(path: Path, size: int) -> Iterator[bytes]:
    """Yield a file in parts that end where a sentence does, with line feeds for all line ends."""
    with _opened(path) as file:
        rest = b""
        while more := _more(file, size):
            done, end, begun = (rest + more).rpartition(b"\n\n")
            if end:
                yield done + end
            rest = begun
        yield rest


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a plain file behind its byte order mark."""
    if not path.is_file():  # a pipe can be read once only
        raise Unstreamable
    try:
        with path.open("rb") as file:
            if file.read(len(BOM)) != BOM:
                file.seek(0)
            yield file
    except OSError as error:
        raise Unstreamable from error


def _more(file: BinaryIO, size: int) -> bytes:
    data = file.read(size)
    while data.endswith(b"\r") and (one := file.read(1)):  # a line feed would belong to it
        data += one
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def hold(data: bytes, options: ReadOptions, findings: Findings) -> tuple[HeldText, list[str]]:
    """Return bytes as text, and how they are written where that is out of the ordinary; never raises.

    UTF-8 where no encoding is stated, with or without a byte order mark; a file that has bytes beyond ASCII
    and no character of UTF-8 is read as Latin-1, with a warning. A byte order mark at the beginning of a
    later line, which joined files leave, is left out with a warning.
    """
    traits: list[str] = []
    if options.encoding is None and (other := foreign_bytes(data)) is not None:
        findings.add("other file", None, other[0], "text", other[1])
        return HeldText(""), traits
    if data.startswith(BOM) and (options.encoding or "utf-8").lower() in _UTF8_NAMES:
        data = data[len(BOM) :]
        traits.append("byte order mark")
    text = _decode(data, options.encoding, findings)
    if "\r" in text:
        traits.append("CRLF line ends" if "\r\n" in text else "CR line ends")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _MARK in text:
        text = _without_marks(text, findings)
    # most texts have none of them: looking for each is a tenth of the pattern's work
    if any(end in text for end in _ODD_ENDS) and (odd := _ODD_END_INSIDE.search(text)):
        line = text.count("\n", 0, odd.start()) + 1
        found = f"{visible(odd[0][1])} inside a line, where it ends none"
        findings.warn("odd line end inside", line, found, todo="replace it by a line feed if it is one")
    return HeldText(text), traits


def _without_marks(text: str, findings: Findings) -> str:
    kept = re.sub(rf"(?m)^{_MARK}+", "", text)
    if marks := len(text) - len(kept):
        first = text.count("\n", 0, re.search(rf"(?m)^{_MARK}", text).start()) + 1  # type: ignore[union-attr]
        found = f"{marks} byte order mark{'s' if marks > 1 else ''} within the file, left out"
        findings.warn("byte order mark inside", first, found, todo="files were joined: check their seams")
    return kept


def _decode(data: bytes, encoding: str | None, findings: Findings) -> str:
    if encoding is not None:
        return _as_stated(data, encoding, findings)
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    if data[:2] in _UTF16:
        todo = "save the file as UTF-8, or state the encoding (utf-16)"
        findings.add("invalid UTF-8", 1, "a UTF-16 byte order mark at byte 1", "UTF-8", todo)
        return ""
    bad = []
    for number, line in enumerate(re.split(rb"\r\n|\n|\r", data), 1):
        try:
            line.decode()
        except UnicodeDecodeError as error:
            found = f"invalid UTF-8 at byte {error.start + 1} of the line (0x{line[error.start]:02x})"
            bad.append((number, found))
    if data.decode(errors="ignore").isascii() and b"\x00" not in data:
        name = "Windows-1252" if _WINDOWS.search(data) else "Latin-1"
        todo = f"state the encoding ({name.lower()}), or save the file as UTF-8"
        for number, found in bad:
            findings.warn("invalid UTF-8", number, f"{found}; read as {name}", "UTF-8", todo)
        return data.decode("cp1252" if name.startswith("W") else "latin-1", errors="replace")
    for number, found in bad:
        findings.add("invalid UTF-8", number, found, "UTF-8", "save the file as UTF-8, or state its encoding")
    return data.decode(errors="replace")


def _as_stated(data: bytes, encoding: str, findings: Findings) -> str:
    try:
        codecs.lookup(encoding)
        return data.decode(encoding)
    except (LookupError, ValueError) as error:
        if isinstance(error, UnicodeError):
            line = data.count(b"\n", 0, getattr(error, "start", 0)) + 1
            findings.add(
                "other encoding", line, f"bytes that are not {encoding}", todo="state another encoding"
            )
        else:
            findings.add("other encoding", None, f"the encoding {encoding!r}", "one that Python knows")
        return ""
