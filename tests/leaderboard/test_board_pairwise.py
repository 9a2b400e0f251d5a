from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from boards import assemble, runs_of, text_of

from benchmark.scoring.counts import Counts
from benchmark.scoring.intervals import minimum_detectable
from benchmark.scoring.statistics import paired_difference
from leaderboard.analyses import pairwise
from leaderboard.analyses.ranking import RANKING
from leaderboard.board import Board, on_screen
from leaderboard.results.columns import COLUMNS
from leaderboard.results.measure import ScoredCell

SENTENCES = 60
Maker = Callable[..., object]


def counts(right: int) -> Counts:
    """Return counts of one gold and one predicted mention a sentence, right in so many of the first ones."""
    ones = np.ones((SENTENCES, 1), dtype=np.int64)
    return Counts(("a",), (np.arange(SENTENCES) < right).astype(np.int64)[:, None], ones, ones)


@pytest.fixture
def board_of(record: Callable[..., object]) -> Callable[..., Board]:
    """Make a board: label → domain → right sentences of each seed, from 1."""

    def made(rows: dict[str, dict[str, list[int]]], **options: object) -> Board:
        cells = []
        for label, domains in rows.items():
            for domain, seeds in domains.items():
                for seed, right in enumerate(seeds, start=1):
                    of_cell = counts(right)
                    values = {column.key: of_cell.micro().f1 for column in COLUMNS}
                    cells.append(ScoredCell(record(label, domain, seed), of_cell, values))  # type: ignore[arg-type]
        return assemble(cells, suite="tiny", resamples=2000, **options)  # type: ignore[arg-type]

    return made


def ties(board: Board) -> dict[str, int | None]:
    return {row.label: row.tie for row in board[RANKING].rows}


def test_rows_are_tied_unless_the_test_tells_them_apart(board_of: Callable[..., Board]) -> None:
    board = board_of(
        {"best": {"ai": [50]}, "near": {"ai": [48]}, "far": {"ai": [20]}, "farther": {"ai": [19]}}
    )
    assert ties(board) == {"best": 1, "near": 1, "far": 2, "farther": 2}
    found = board[RANKING].pairwise["zero-shot"]
    assert [(pair.first[0], pair.second[0]) for pair in found.pairs][:3] == [
        ("best", "near"),
        ("best", "far"),
        ("best", "farther"),
    ]
    # near differs from best in two sentences, always the same way: one swap in two is as far apart
    assert found.pairs[0].p == pytest.approx(0.5, abs=0.05)
    assert found.pairs[0].corrected > 0.9
    assert 6 * 2**-29 < found.pairs[1].corrected < 6 / 2001  # 30 sentences, all one way
    assert found.pairs[1].separated and not found.pairs[0].separated


def test_correction_is_for_the_number_of_pairs(board_of: Callable[..., Board]) -> None:
    """Seven sentences, all one way, are p = 2/128: enough alone, not among ten pairs."""
    pair = {"a": {"ai": [30]}, "b": {"ai": [23]}}
    assert ties(board_of(pair)) == {"a": 1, "b": 2}
    others = {name: {"ai": [30]} for name in ("c", "d", "e")}
    assert set(ties(board_of(pair | others)).values()) == {1}


def test_a_board_of_many_rows_can_still_tell_two_apart(board_of: Callable[..., Board]) -> None:
    """25 rows are 300 pairs, each of which needs a p-value below 0.05 / 300, which two seeds cannot tell."""
    many = {f"row {number:02}": {"ai": [30, 31] if number % 2 else [31, 30]} for number in range(24)}
    board = board_of({"best": {"ai": [58, 60]}} | many)
    found = ties(board)
    assert found.pop("best") == 1
    assert set(found.values()) == {2}
    alone = board_of({"best": {"ai": [58, 60]}, "row 01": many["row 01"]})
    first, last = (
        board[RANKING].pairwise["zero-shot"].pairs[0],
        alone[RANKING].pairwise["zero-shot"].pairs[0],
    )
    assert first.p < 0.05 / 300 < last.p


def test_of_many_rows_only_the_pairs_that_ties_need_are_told(
    board_of: Callable[..., Board], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = {"best": {"ai": [50]}, "near": {"ai": [48]}, "far": {"ai": [20]}, "farther": {"ai": [19]}}
    whole = board_of(rows)
    monkeypatch.setattr(pairwise, "EVERY_PAIR", 3)
    board = board_of(rows)
    assert ties(board) == ties(whole) == {"best": 1, "near": 1, "far": 2, "farther": 2}
    found = {(p.first[0], p.second[0]): p for p in board[RANKING].pairwise["zero-shot"].pairs}
    each = {(p.first[0], p.second[0]): p for p in whole[RANKING].pairwise["zero-shot"].pairs}
    assert list(found) == [("best", "near"), ("best", "far"), ("far", "farther")]
    for pair, one in found.items():
        assert (one.p, one.difference) == (each[pair].p, each[pair].difference)
        assert one.corrected == min(1.0, 6 * one.p)
        assert one.separated == each[pair].separated


def test_of_many_rows_luck_is_that_of_all(
    board_of: Callable[..., Board], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seeds that disagree hold two rows together, and rows that share no seed are not told apart."""
    monkeypatch.setattr(pairwise, "EVERY_PAIR", 1)
    assert ties(board_of({"a": {"ai": [50, 50, 50]}, "b": {"ai": [30, 30, 30]}})) == {"a": 1, "b": 2}
    assert ties(board_of({"a": {"ai": [60, 55, 35]}, "b": {"ai": [30, 30, 30]}})) == {"a": 1, "b": 1}


def test_hundreds_of_rows_can_still_be_told_apart(board_of: Callable[..., Board]) -> None:
    """330 rows are 54,285 pairs: what is significant there is less than one in a million."""
    board = board_of({"best": {"ai": [60]}} | {f"row {number}": {"ai": [10]} for number in range(329)})
    found = ties(board)
    assert found.pop("best") == 1 and set(found.values()) == {2}
    assert len(board[RANKING].pairwise["zero-shot"].pairs) == 329


def test_luck_is_that_of_all_pairs_or_the_pairs_own(board_of: Callable[..., Board]) -> None:
    """Rows whose seeds agree have no luck; a row whose seeds differ most is not taken for a calm one."""
    calm = {"a": {"ai": [50, 50]}, "b": {"ai": [30, 30]}}
    wild = {"c": {"ai": [2, 28]}, "d": {"ai": [14, 15]}, "e": {"ai": [15, 14]}}
    pairs = {(p.first[0], p.second[0]): p for p in board_of(calm | wild)[RANKING].pairwise["zero-shot"].pairs}
    assert 2**-19 < pairs["a", "b"].p < 1 / 2001  # 20 sentences, all one way
    assert pairs["a", "c"].p > pairs["a", "d"].p > pairs["a", "b"].p


def test_seeds_that_disagree_tie_what_sentences_alone_would_separate(board_of: Callable[..., Board]) -> None:
    steady = board_of({"a": {"ai": [50, 50, 50]}, "b": {"ai": [30, 30, 30]}})
    assert ties(steady) == {"a": 1, "b": 2}
    wild = board_of({"a": {"ai": [60, 55, 35]}, "b": {"ai": [30, 30, 30]}})
    assert ties(wild) == {"a": 1, "b": 1}


def test_what_can_be_detected_is_made_of_the_paired_interval(cells: list[ScoredCell]) -> None:
    board = assemble(cells, suite="tiny", resamples=500)
    alpha, beta = (
        runs_of([cell for cell in cells if cell.record.spec.label == label], ("politics", "ai"))
        for label in ("alpha", "beta")
    )
    paired = paired_difference(beta, alpha, resamples=500)
    found = board[RANKING].pairwise["zero-shot"]
    assert paired.average is not None and found.detectable is not None
    (pair,) = found.pairs
    assert pair.difference.observed == pytest.approx(paired.average.observed)
    assert pair.difference.interval.low == pytest.approx(paired.average.interval.low)
    for domain, gap in paired.domains.items():
        assert found.detectable[domain] == pytest.approx(minimum_detectable(gap.interval))
    assert found.detectable["average"] == pytest.approx(minimum_detectable(paired.average.interval))


def test_it_is_printed_below_the_table(board_of: Callable[..., Board]) -> None:
    text = on_screen(board_of({"a": {"ai": [50]}, "b": {"ai": [20]}}))
    assert "Minimum detectable difference of two rows" in text
    lone = on_screen(board_of({"a": {"ai": [50]}}))
    assert "Minimum detectable" not in lone
    assert ties(board_of({"a": {"ai": [50]}})) == {"a": 1}


def test_rows_without_an_average_and_oracles_have_no_tie(
    cells: list[ScoredCell], but: Callable[..., list[ScoredCell]]
) -> None:
    board = assemble(but(cells, "alpha", "ai", 2, "failed", "x"), suite="tiny", resamples=100)
    assert ties(board) == {"beta": 1, "alpha": None}
    oracle = [
        ScoredCell(c.record.changed(params={"oracle": 1.0}), c.counts, c.values)
        if c.record.spec.label == "beta"
        else c
        for c in cells
    ]
    board = assemble(oracle, suite="tiny", resamples=100)
    assert ties(board) == {"alpha": 1, "beta": None}
    assert board[RANKING].pairwise["zero-shot"].pairs == ()


def test_rows_that_share_no_seed_are_not_told_apart(cells: list[ScoredCell]) -> None:
    one_each = [c for c in cells if c.record.spec.seed == (1 if c.record.spec.label == "alpha" else 2)]
    board = assemble(one_each, suite="tiny", resamples=100)
    assert set(ties(board).values()) == {1}
    assert board[RANKING].pairwise["zero-shot"].pairs == ()


def test_json_holds_every_pair(board_of: Callable[..., Board]) -> None:
    content = json.loads(text_of(board_of({"a": {"ai": [50]}, "b": {"ai": [20]}}), "board.json"))
    (pair,) = content["contrasts"]["zero-shot"]["pairs"]
    assert pair["first"] == {"label": "a", "backbone": "mini"}
    assert pair["difference"] == pytest.approx(0.5)
    assert pair["low"] < 0.5 < pair["high"]
    assert pair["separated"] is True
    assert [row["tie"] for row in content["tables"]["zero-shot"]] == [1, 2]
