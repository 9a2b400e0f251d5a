"""What rows asked of a language model, in every format; and nothing of it where no row asked."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from benchmark.store.record import Spent, spent_on_llm
from leaderboard.board import Board, assemble
from leaderboard.output import render
from leaderboard.output.terminal import terminal
from leaderboard.results.measure import Cell

LABEL = "lar-enhanced (gpt_4 & co)"
PAID = {"prompt_tokens": 1000, "completion_tokens": 200, "cost_usd": 0.25}


def asking(cells: list[Cell], **changes: Any) -> list[Cell]:
    """Return the cells, those of alpha with a label of its own and with what they asked on their notes."""
    notes = {"llm": {**PAID, **changes}}
    return [
        replace(cell, record=cell.record.changed(label=LABEL, notes=notes))
        if cell.record.spec.label == "alpha"
        else cell
        for cell in cells
    ]


def board_of(cells: list[Cell]) -> Board:
    return assemble(cells, suite="tiny", resamples=20)


def test_nothing_is_shown_where_no_row_asked(cells: list[Cell]) -> None:
    board = board_of(cells)
    for text in (terminal(board), render.markdown(board), render.latex(board), render.csv(board)):
        assert "LLM" not in text and "llm" not in text
    assert "llm" not in json.loads(render.to_json(board))["tables"]["zero-shot"][0]


def test_tokens_and_cost_stand_in_every_format(cells: list[Cell]) -> None:
    board = board_of(asking(cells, cached_prompt_tokens=30, cached_completion_tokens=4))
    for text in (terminal(board), render.markdown(board)):
        assert "LLM tokens" in text and "LLM cost" in text and "4,936" in text
    assert LABEL in terminal(board) and "$1.00" in terminal(board)
    assert r"lar-enhanced (gpt\_4 &amp; co)" in render.markdown(board) and r"\$1.00" in render.markdown(board)
    latex = render.latex(board)
    assert r"lar-enhanced (gpt\_4 \& co)" in latex and r"& LLM tokens & LLM cost \\" in " ".join(
        latex.split()
    )
    assert r"4,936 & \$1.00 \\" in " ".join(latex.split())
    (beta,) = (line for line in terminal(board).splitlines() if line.startswith("beta"))
    assert beta.split()[-2:] == ["—", "—"]

    lines = list(csv.DictReader(render.csv(board).splitlines()))
    mine = {line["domain"] or line["kind"]: line for line in lines if line["label"] == LABEL}
    assert {name: (line["llm_tokens"], line["llm_cost_usd"]) for name, line in mine.items()} == {
        "politics": ("2468", "0.5"),
        "ai": ("2468", "0.5"),
        "average": ("4936", "1.0"),
    }
    assert all(line["llm_tokens"] == "" for line in lines if line["label"] == "beta")

    rows = json.loads(render.to_json(board))["tables"]["zero-shot"]
    told = {row["label"]: row.get("llm") for row in rows}
    each = {"llm_tokens": 2468, "llm_cost_usd": 0.5}
    assert told["beta"] is None
    assert told[LABEL] == {
        "llm_tokens": 4936,
        "llm_cost_usd": 1.0,
        "domains": {"politics": each, "ai": each},
    }


def test_a_cost_that_is_not_known_is_no_zero(cells: list[Cell]) -> None:
    some = asking(cells)
    first = next(number for number, cell in enumerate(some) if cell.record.spec.label == LABEL)
    notes = {"llm": {**PAID, "cost_usd": None}}
    some[first] = replace(some[first], record=replace(some[first].record, notes=notes))
    board = board_of(some)
    (row,) = (line for line in terminal(board).splitlines() if line.startswith(LABEL))
    assert row.split()[-2:] == ["4,800", "—"]
    assert {spent.dollars for row in board.rows for spent in row.llm.values()} == {None, 0.5}


def test_a_partial_row_counts_what_it_spent_and_names_what_is_missing(
    cells: list[Cell], but: Callable[..., list[Cell]]
) -> None:
    reason = "the budget of 9 tokens cannot pay the next request"
    some = but(asking(cells), LABEL, "ai", 2, "over-budget", reason, notes={"llm": PAID}, slot="alpha")
    shown = terminal(board_of(some)).replace("\n  ", " ")
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
