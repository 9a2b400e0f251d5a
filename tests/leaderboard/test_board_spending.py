"""What rows asked of a language model, in every format; and nothing of it where no row asked."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from boards import assemble, text_of

from benchmark.store.record import Spent, spent_on_llm
from leaderboard.analyses.ranking import RANKING
from leaderboard.board import Board, on_screen
from leaderboard.results.measure import ScoredCell

LABEL = "lar-enhanced (gpt_4 & co)"
PAID = {"prompt_tokens": 1000, "completion_tokens": 200, "cost_usd": 0.25}


def asking(cells: list[ScoredCell], **changes: Any) -> list[ScoredCell]:
    """Return the cells, those of alpha with a label of its own and with what they asked on their notes."""
    notes = {"llm": {**PAID, **changes}}
    return [
        replace(cell, record=cell.record.changed(label=LABEL, notes=notes))
        if cell.record.spec.label == "alpha"
        else cell
        for cell in cells
    ]


def board_of(cells: list[ScoredCell]) -> Board:
    return assemble(cells, suite="tiny", resamples=20)


def test_nothing_is_shown_where_no_row_asked(cells: list[ScoredCell]) -> None:
    board = board_of(cells)
    for text in (
        on_screen(board),
        text_of(board, "board.md"),
        text_of(board, "board.tex"),
        text_of(board, "board.csv"),
    ):
        assert "LLM" not in text and "llm" not in text
    assert "llm" not in json.loads(text_of(board, "board.json"))["tables"]["zero-shot"][0]


def test_tokens_and_cost_stand_in_every_format(cells: list[ScoredCell]) -> None:
    board = board_of(asking(cells, cached_prompt_tokens=30, cached_completion_tokens=4))
    for text in (on_screen(board), text_of(board, "board.md")):
        assert "LLM tokens" in text and "LLM cost" in text and "4,936" in text
    assert LABEL in on_screen(board) and "$1.00" in on_screen(board)
    assert r"lar-enhanced (gpt\_4 &amp; co)" in text_of(board, "board.md") and r"\$1.00" in text_of(
        board, "board.md"
    )
    latex = text_of(board, "board.tex")
    assert r"lar-enhanced (gpt\_4 \& co)" in latex and r"& LLM tokens & LLM cost \\" in " ".join(
        latex.split()
    )
    assert r"4,936 & \$1.00 \\" in " ".join(latex.split())
    (beta,) = (line for line in on_screen(board).splitlines() if line.startswith("beta"))
    assert beta.split()[-2:] == ["—", "—"]

    lines = list(csv.DictReader(text_of(board, "board.csv").splitlines()))
    mine = {line["domain"] or line["kind"]: line for line in lines if line["label"] == LABEL}
    assert {name: (line["llm_tokens"], line["llm_cost_usd"]) for name, line in mine.items()} == {
        "politics": ("2468", "0.5"),
        "ai": ("2468", "0.5"),
        "average": ("4936", "1.0"),
    }
    assert all(line["llm_tokens"] == "" for line in lines if line["label"] == "beta")

    rows = json.loads(text_of(board, "board.json"))["tables"]["zero-shot"]
    told = {row["label"]: row.get("llm") for row in rows}
    each = {"llm_tokens": 2468, "llm_cost_usd": 0.5}
    assert told["beta"] is None
    assert told[LABEL] == {
        "llm_tokens": 4936,
        "llm_cost_usd": 1.0,
        "domains": {"politics": each, "ai": each},
    }


def test_a_cost_that_is_not_known_is_no_zero(cells: list[ScoredCell]) -> None:
    some = asking(cells)
    first = next(number for number, cell in enumerate(some) if cell.record.spec.label == LABEL)
    notes = {"llm": {**PAID, "cost_usd": None}}
    some[first] = replace(some[first], record=replace(some[first].record, notes=notes))
    board = board_of(some)
    (row,) = (line for line in on_screen(board).splitlines() if line.startswith(LABEL))
    assert row.split()[-2:] == ["4,800", "—"]
    assert {spent.dollars for row in board[RANKING].rows for spent in row.llm.values()} == {None, 0.5}


def test_a_partial_row_counts_what_it_spent_and_names_what_is_missing(
    cells: list[ScoredCell], but: Callable[..., list[ScoredCell]]
) -> None:
    reason = "the budget of 9 tokens cannot pay the next request"
    some = but(asking(cells), LABEL, "ai", 2, "over-budget", reason, notes={"llm": PAID}, slot="alpha")
    shown = on_screen(board_of(some)).replace("\n  ", " ")
    (row,) = (line for line in shown.splitlines() if line.startswith(LABEL))
    assert "1/2" in row and "40.0 (1/2)" in row and row.split()[-2:] == ["4,800", "$1.00"]
    assert f"{LABEL} (mini), ai (seed 2): over-budget: {reason}" in shown
    assert f"Partial: over budget: 1 of the cells ({LABEL} (mini) zero-shot ai (seed 2))" in shown


@pytest.mark.parametrize(
    ("notes", "spent"),
    [
        (PAID, Spent(1200, 0.25)),
        ({**PAID, "cached_prompt_tokens": 5}, Spent(1205, 0.25)),
        ({**PAID, "cost_usd": None}, Spent(1200, None)),
        ({**PAID, "cost_usd": "free"}, Spent(1200, None)),
        ({**PAID, "cost_usd": float("inf")}, Spent(1200, None)),
        ({**PAID, "cost_usd": True}, Spent(1200, None)),
        ({"prompt_tokens": 3}, None),
        ({**PAID, "prompt_tokens": -1}, None),
        ({**PAID, "prompt_tokens": "7"}, None),
        ("none", None),
        (None, None),
    ],
)
def test_notes_of_any_shape_are_read(record: Callable[..., Any], notes: Any, spent: Spent | None) -> None:
    assert spent_on_llm(record("alpha", "ai", 1, notes={"llm": notes})) == spent
    assert spent_on_llm(record("alpha", "ai", 1)) is None
