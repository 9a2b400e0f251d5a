"""Rows whose types come from the gold annotation: on the board, and never among the methods."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from boards import assemble, frame_of, text_of

from leaderboard.analyses.details import DETAILS
from leaderboard.analyses.ranking import RANKING
from leaderboard.board import Board, on_screen
from leaderboard.results.measure import ScoredCell, measure, unfinished

MARK = "not a method: types taken from the gold annotation"


@pytest.fixture
def board(cells: list[ScoredCell], record: Callable[..., Any], gold: Callable[..., Any], right: Any) -> Board:
    """The tiny board with a perfect row that has an oracle in its parameters, and one that noted its own."""
    oracles = [
        measure(record(label, domain, seed, **made), gold(domain), right[domain], Path("p.jsonl"))
        for label, made in (
            ("oracle-1.0", {"params": {"oracle": 1.0}, "notes": {"ceiling": "coarse"}}),
            ("foreign", {"notes": {"oracle": 0.9}}),
        )
        for domain in ("politics", "ai")
        for seed in (1, 2)
    ]
    return assemble([*oracles, *cells], suite="tiny")


def test_oracles_come_after_all_methods_however_well_they_score(board: Board) -> None:
    rows = board[RANKING].tables["zero-shot"]
    assert [row.label for row in rows] == ["beta", "alpha", "foreign", "oracle-1.0"]
    assert [row.oracle for row in rows] == [False, False, True, True]
    assert rows[3].average is not None and rows[3].average.f1 == 1.0
    assert rows[3].above_ceiling == ()  # it is no leak that an oracle knows


def test_they_have_a_table_of_their_own_that_says_what_they_are(board: Board) -> None:
    methods, oracles = board.tables("latex")
    assert [row[0] for row in methods.rows] == ["beta", "alpha"]
    assert [row[0] for row in oracles.rows] == ["foreign [oracle]", "oracle-1.0 [oracle]"]
    assert oracles.title == "zero-shot, with an oracle: not ranked" and MARK in oracles.notes[0]
    assert all(
        row[0] in ("beta", "alpha") for grid in DETAILS.tables(board[DETAILS], "board") for row in grid.rows
    )
    for text in (on_screen(board), text_of(board, "board.md"), text_of(board, "board.tex")):
        assert MARK in text and text.index("alpha") < text.index("not ranked") < text.index("oracle-1.0 ")


def test_nothing_read_by_machines_has_them_among_the_methods(board: Board) -> None:
    content = json.loads(text_of(board, "board.json"))
    assert [row["label"] for row in content["tables"]["zero-shot"]] == ["beta", "alpha"]
    assert [row["label"] for row in content["oracles"]] == ["foreign", "oracle-1.0"]
    frame = frame_of(board)
    for kinds, labels in (
        (["domain", "average"], {"alpha", "beta"}),
        (["oracle", "oracle-average"], {"foreign", "oracle-1.0"}),
    ):
        assert set(frame[frame["kind"].isin(kinds)]["label"]) == labels


def test_a_failed_oracle_is_known_by_its_parameters(
    cells: list[ScoredCell], record: Callable[..., Any]
) -> None:
    failed = unfinished(record("oracle-0.7", "ai", 1, params={"oracle": 0.7}, state="failed", reason="no"))
    methods, oracles = assemble([*cells, failed], suite="tiny").tables("latex")
    assert not any("oracle" in note for note in methods.notes)
    assert any("failed: no" in note for note in oracles.notes)


def test_a_board_without_oracles_has_no_such_table(cells: list[ScoredCell]) -> None:
    board = assemble(cells, suite="tiny")
    assert len(list(board.tables("latex"))) == 1
    assert json.loads(text_of(board, "board.json"))["oracles"] == []
