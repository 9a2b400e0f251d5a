"""What a row costs: as if it were alone, and never the time that a cache takes to answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from boards import assemble, text_of

from benchmark.store.record import Record
from leaderboard.analyses.ranking import RANKING
from leaderboard.results.cost import parameters, sentences_per_second, train_seconds
from leaderboard.results.gold import Gold
from leaderboard.results.measure import measure


@pytest.mark.parametrize(
    ("timings", "seconds"),
    [
        (
            {"train_alone_seconds": 30.0, "train_seconds": 1.0, "shared_seconds": 99.0, "saved_seconds": 9.0},
            30,
        ),
        ({"train_seconds": 1.0, "shared_seconds": 2.0, "saved_seconds": 76.5}, 79.5),  # an older record
        ({"train_seconds": 1.0, "shared_seconds": 2.0}, None),  # one that does not say what it was spared
        ({"train_seconds": 0.0, "shared_seconds": 50.0}, None),  # the output of another cell
    ],
)
def test_training_costs_what_the_row_alone_would_need(
    record: Callable[..., Record], timings: dict[str, float], seconds: float | None
) -> None:
    assert train_seconds(record("alpha", "ai", 1, timings=timings)) == seconds


def test_what_a_cache_may_have_answered_is_no_speed(record: Callable[..., Record]) -> None:
    fast = {"sentences_per_second": 5249.0}
    kept = {"code": {"lar.inference.mention_cache": "1"}}
    assert sentences_per_second(record("alpha", "ai", 1, timings=fast)) == 5249
    assert sentences_per_second(record("alpha", "ai", 1, timings=fast, identity=kept)) is None
    assert (
        sentences_per_second(record("alpha", "ai", 1, timings=fast, notes={"llm": {"from_cache": 3}})) is None
    )
    timed = fast | {"predict_alone_seconds": 0.1}  # which has the work of such caches in it
    assert sentences_per_second(record("alpha", "ai", 1, timings=timed, identity=kept)) == 5249


def test_parameters_are_counted_or_at_least_those_of_the_backbone() -> None:
    assert parameters({"parameters": 23_500_000}, "mini") == 23.5
    assert parameters({}, "mini") == pytest.approx(22.7, abs=0.05)
    assert parameters({"parameters": True}, "none") is None


def test_the_board_fills_the_columns_of_cost(
    record: Callable[..., Record], gold: Callable[[str], Gold], right: dict[str, Any]
) -> None:
    about = {
        "timings": {"train_alone_seconds": 40.0, "predict_alone_seconds": 0.5, "sentences_per_second": 6.0},
        "peak_memory_mb": 900.0,
        "notes": {"parameters": 22_700_000},
    }
    cells = [
        measure(record("alpha", domain, 1, **about), gold(domain), right[domain], Path("p.jsonl"))
        for domain in ("politics", "ai")
    ]
    board = assemble(cells, suite="tiny", resamples=20)
    (row,) = board[RANKING].rows
    assert row.average is not None
    wanted = {"train_seconds": 40, "sentences_per_second": 6, "peak_memory_mb": 900, "parameters": 22.7}
    assert {key: row.average.values[key] for key in wanted} == wanted
    assert "| 40.0 | 6.0 | 900 | 22.7 |" in " ".join(text_of(board, "board.md").split())
