"""Tables of results in the pages, from the published boards.

    python docs/results_tables.py

fills each table below a comment ``<!-- rows of: results/some-suite/board.md -->`` anew: the rows that the
page chose, with the figures and in the order of that file. Where the same rows stand in several of its
tables, ``<!-- rows of: FILE under: HEADING -->`` names the heading that the table stands below. A test
holds the pages to it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
TABLE = re.compile(r"<!-- rows of: (?P<file>\S+)(?: under: (?P<section>.+))? -->\n\n?(?P<table>(?:\|.*\n)+)")
Cells = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A Markdown table: its heading, the line below that, and its rows by what names them."""

    heading: Cells
    line: Cells
    rows: dict[Cells, Cells]


def tables(text: str) -> Iterator[Table]:
    """Take the tables of a text apart.

    A row is named by its first cell, and by the second where that column is aligned as text is.
    """
    for block in re.findall(r"(?:^\|.*\n?)+", text, flags=re.MULTILINE):
        heading, line, *rows = (_cells(row) for row in block.splitlines())
        names = 1 if line[1].endswith(":") else 2
        yield Table(heading, line, {row[:names]: row for row in rows})


def filled(page: str, root: Path = ROOT) -> str:
    """Return a page's text with the tables of results as the files below ``root`` have them now.

    Raises
    ------
    ValueError
        Where a file has no table of that heading with all the rows that the page names, or more than one.
    """

    def anew(match: re.Match[str]) -> str:
        (shown,) = tables(match["table"])
        text = (root / match["file"]).read_text("utf-8")
        theirs = [t for t in tables(_section(text, match["section"])) if t.heading == shown.heading]
        whole = [table for table in theirs if shown.rows.keys() <= table.rows.keys()]
        if len(whole) != 1:
            raise ValueError(
                f"{match['file']} has {len(whole)} tables of {' | '.join(shown.heading)} with each of "
                f"{_names(shown)}, wanted one; those of this heading have {[_names(t) for t in theirs]}"
            )
        rows = [row for name, row in whole[0].rows.items() if name in shown.rows]
        lines = ["| " + " | ".join(cells) + " |" for cells in (shown.heading, *rows)]
        lines.insert(1, "|" + "|".join(shown.line) + "|")
        return match[0].removesuffix(match["table"]) + "\n".join(re.sub(" +", " ", s) for s in lines) + "\n"

    return TABLE.sub(anew, page)


def _section(text: str, heading: str | None) -> str:
    """Return what stands below a heading, up to the next one; the whole text without a heading."""
    if heading is None:
        return text
    _, _, below = text.partition(f"\n## {heading}\n")
    return below.partition("\n## ")[0]


def _names(table: Table) -> list[str]:
    return [" | ".join(name) for name in table.rows]


def _cells(row: str) -> Cells:
    return tuple(cell.strip() for cell in row.strip().strip("|").split("|"))


if __name__ == "__main__":
    for path in PAGES:
        before = path.read_text("utf-8")
        try:
            after = filled(before)
        except ValueError as error:
            sys.exit(f"{path}: {error}")
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"filled: {path.relative_to(ROOT)}")
