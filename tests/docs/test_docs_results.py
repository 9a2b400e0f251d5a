"""Figures in the pages are those of the committed boards, which a command builds from predictions.

A table below the comment ``<!-- rows of: results/some-suite/board.md -->`` has rows of that file alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from docs_pages import PAGES, ROOT

_TABLE = re.compile(r"<!-- rows of: (?P<file>\S+) -->\n\n?(?P<table>(?:\|.*\n)+)")
_LINES = re.compile(r"[-: |]+")


def _rows(text: str) -> list[str]:
    """Table rows without their padding, and without the lines below headings."""
    rows = (re.sub(r"\s+", " ", line) for line in text.splitlines() if line.startswith("|"))
    return [row for row in rows if not _LINES.fullmatch(row)]


def _tables() -> Iterator[tuple[str, str, str]]:
    for path in PAGES:
        for match in _TABLE.finditer(path.read_text("utf-8")):
            yield path.name, match["file"], match["table"]


@pytest.mark.parametrize(("page", "file", "table"), list(_tables()))
def test_rows_of_results_are_those_of_the_board(page: str, file: str, table: str) -> None:
    board = set(_rows((ROOT / file).read_text("utf-8")))
    assert [row for row in _rows(table) if row not in board] == []


@pytest.mark.parametrize(
    ("page", "heading"), [("README.md", "## Results"), ("docs/findings.md", "# Findings")]
)
def test_no_row_of_results_is_left_out(page: str, heading: str) -> None:
    section = (ROOT / page).read_text("utf-8").partition(heading)[2]
    section = section if page != "README.md" else section.partition("\n## ")[0]
    held = {row for match in _TABLE.finditer(section) for row in _rows(match["table"])}
    assert set(_rows(section)) == held
    files = [match["file"] for match in _TABLE.finditer(section)]
    assert "results/crossner-mini/board.md" in files and len(held) >= 6
