"""Rows that adapt to the test sentences' words: marked wherever they are ranked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from boards import assemble, frame_of, text_of

from leaderboard.board import Board, on_screen
from leaderboard.results.measure import ScoredCell, measure


@pytest.fixture
def board(cells: list[ScoredCell], record: Callable[..., Any], gold: Callable[..., Any], right: Any) -> Board:
    """The tiny board with a row that noted that it is transductive."""
    noted = {"notes": {"transductive": True, "ceiling": "coarse"}}
    adapting = [
        measure(record("adapting", domain, seed, **noted), gold(domain), right[domain], Path("p.jsonl"))
        for domain in ("politics", "ai")
        for seed in (1, 2)
    ]
    return assemble([*cells, *adapting], suite="tiny")


def test_they_are_ranked_and_marked(board: Board) -> None:
    (methods,) = board.tables("latex")
    assert [row[0] for row in methods.rows] == ["adapting [transductive]", "beta", "alpha"]
    assert (
        sum("[transductive] adapts to the words of the test sentences" in note for note in methods.notes) == 1
    )
    for text in (on_screen(board), text_of(board, "board.md"), text_of(board, "board.tex")):
        assert "transductive" in text


def test_files_for_machines_say_so_of_these_rows_alone(board: Board) -> None:
    rows = json.loads(text_of(board, "board.json"))["tables"]["zero-shot"]
    assert [(row["label"], row.get("transductive")) for row in rows] == [
        ("adapting", True),
        ("beta", None),
        ("alpha", None),
    ]
    frame = frame_of(board)
    assert set(frame[frame["transductive"].eq(True)]["label"]) == {"adapting"}
    assert frame[frame["label"] != "adapting"]["transductive"].isna().all()


def test_a_board_without_them_is_as_before(cells: list[ScoredCell]) -> None:
    board = assemble(cells, suite="tiny")
    assert "transductive" not in text_of(board, "board.md") + text_of(board, "board.json") + text_of(
        board, "board.csv"
    )
