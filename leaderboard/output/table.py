"""What every writer knows: tables of plain text, tidy lines, and the parts that a page is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A table of plain text under a title; ``numbers`` bounds the columns of numbers (first, end).

    With ``links``, which is for text of this project alone, arXiv ids lead to their papers.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    numbers: tuple[int, int | None] = (2, None)
    links: bool = False

    @property
    def right(self) -> frozenset[int]:
        """The indices of the columns that are set to the right."""
        return frozenset(range(len(self.header))[slice(*self.numbers)])


@dataclass(frozen=True)
class Lines:
    """A tidy table for programs: ``columns``, and a mapping a line; what a line lacks of them is empty."""

    columns: tuple[str, ...]
    lines: tuple[Mapping[str, object], ...]


@dataclass(frozen=True)
class Text:
    """Markdown that this project wrote; only the Markdown writer shows it."""

    markdown: str


@dataclass(frozen=True)
class Image:
    """A chart in a file beside the page, and the words that stand for it."""

    file: str
    says: str


@dataclass(frozen=True)
class Facts:
    """A list of (what, text) pairs; with ``commands``, what stands in backticks is there to be copied."""

    pairs: tuple[tuple[str, str | Text], ...]
    commands: bool = False


@dataclass(frozen=True)
class Page:
    """A page or a screen: its title, the suite that it is about, a warning or "", and its parts in order."""

    title: str
    suite: str
    warning: str
    parts: tuple[Table | Facts | Image | Text, ...]
