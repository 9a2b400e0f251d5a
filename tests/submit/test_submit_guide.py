"""The commands of the guide, run in its order, in a folder with the committed results of the sample."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from leaderboard.analyses.ranking import RANKING

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests" / "docs"))


@pytest.mark.slow
@pytest.mark.timeout(900)  # no test is timed: this one starts two dozen processes
def test_the_guides_commands_make_rows(tmp_path):
    from docs_pages import read_page
    from docs_shell import Shell

    pytest.importorskip("seqeval")
    (tmp_path / "results").mkdir()
    shutil.copytree(ROOT / "results" / "sample", tmp_path / "results" / "sample")
    page = read_page(ROOT / "docs" / "submit.md")
    blocks = tuple(replace(b, verb="run", argument="") if b.verb == "run by" else b for b in page.blocks)
    assert sum(block.verb == "run" for block in blocks) >= 6
    shell = Shell(tmp_path)
    shell.environment["PYTHONPATH"] = str(ROOT)
    shell.follow(replace(page, blocks=blocks))
    from leaderboard.board import build

    board = build(tmp_path / "results", "sample", resamples=20)
    rows = {row.label: row for row in board[RANKING].rows}
    assert rows["capitals [submitted]"].scores["politics"].f1 > 0
    assert "politics" in rows["my-pipeline [submitted]"].scores
    assert all(
        "missing cells: zero-shot science" in rows[label].unranked[0] for label in rows if "[sub" in label
    )
