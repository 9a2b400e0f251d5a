"""Figures in the pages are those of the committed boards, which a command builds from predictions."""

from __future__ import annotations

import importlib.util
import re
import sys
from types import ModuleType

import pytest
from docs_pages import PAGES, ROOT

BOARD = """
## first

| method | F1 | tie |
|:-------|---:|:----|
| a      | 50.0 | 1 |
| b      | 40.0 | 2 |

## second

| method    | F1   | tie |
|:----------|-----:|:----|
| c         | 70.0 | 1   |
| b         | 60.0 |     |
"""


def _results_tables() -> ModuleType:
    spec = importlib.util.spec_from_file_location("results_tables", ROOT / "docs" / "results_tables.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


made = _results_tables()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_tables_of_results_are_those_of_the_boards(path):
    text = path.read_text("utf-8")
    assert made.filled(text) == text, "run `python docs/results_tables.py`"


@pytest.mark.parametrize(
    ("page", "heading"), [("README.md", "## Results"), ("docs/findings.md", "# Findings")]
)
def test_no_row_of_results_is_left_out(page, heading):
    section = (ROOT / page).read_text("utf-8").partition(heading)[2]
    section = section if page != "README.md" else section.partition("\n## ")[0]
    outside = made.TABLE.sub("", section)
    assert [line for line in outside.splitlines() if line.startswith("|")] == []
    files = [match["file"] for match in made.TABLE.finditer(section)]
    assert "results/crossner-mini/board.md" in files
    assert len({row for match in made.TABLE.finditer(section) for row in match["table"].splitlines()}) >= 6


@pytest.fixture
def filled(tmp_path):
    (tmp_path / "board.md").write_text(BOARD, "utf-8")

    def fill(*rows: str, of: str = "board.md") -> list[str]:
        table = "\n".join(("| method | F1 | tie |", "|:--|--:|:--|", *rows))
        page = f"before\n<!-- rows of: {of} -->\n{table}\nafter\n"
        text = made.filled(page, tmp_path)
        assert re.fullmatch(rf"before\n<!-- rows of: {of} -->\n(\|.*\n)+after\n", text)
        assert made.filled(text, tmp_path) == text
        return text.splitlines()[4:-1]

    return fill


def test_figures_and_order_are_the_boards_and_rows_are_the_pages(filled):
    assert filled("| b | 1.0 | 1 |", "| a | 2.0 | 1 |") == ["| a | 50.0 | 1 |", "| b | 40.0 | 2 |"]


def test_of_tables_with_one_heading_the_one_that_has_all_rows_is_taken(filled):
    assert filled("| b | 40.0 | 2 |", "| c | 0.0 | |") == ["| c | 70.0 | 1 |", "| b | 60.0 | |"]


def test_a_table_may_be_named_by_the_heading_above_it(filled):
    assert filled("| b | 1.0 | 1 |", of="board.md under: first") == ["| b | 40.0 | 2 |"]
    assert filled("| b | 1.0 | 1 |", of="board.md under: second") == ["| b | 60.0 | |"]
    with pytest.raises(ValueError, match=r"board\.md has 0 tables"):
        filled("| b | 1.0 | 1 |", of="board.md under: third")


@pytest.mark.parametrize(("row", "count"), [("| d | 1.0 | 1 |", 0), ("| b | 40.0 | 2 |", 2)])
def test_rows_of_no_table_or_of_two_are_told(filled, row, count):
    with pytest.raises(
        ValueError, match=rf"board\.md has {count} tables of method \| F1 \| tie with each of"
    ):
        filled(row)
