"""Figures in the README are those of the committed board, which a command builds from predictions."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def rows(text: str) -> set[str]:
    """Table rows without their padding."""
    return {re.sub(r"\s+", " ", line) for line in text.splitlines() if line.startswith("|")}


def test_every_row_of_results_in_the_readme_is_on_the_reference_board() -> None:
    board = rows((ROOT / "results/crossner-mini/board.md").read_text("utf-8"))
    section = (ROOT / "README.md").read_text("utf-8").partition("## Results")[2].partition("\n## ")[0]
    shown = {row for row in rows(section) if "---" not in row}
    assert len(shown) >= 6
    assert shown <= board
