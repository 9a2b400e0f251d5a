"""Boards of thousands of cells: on all cores, and with resamples that fit the memory."""

from __future__ import annotations

from pathlib import Path

import pytest
from boards import text_of

from benchmark.errors import InputError
from benchmark.scoring.statistics import RESAMPLES
from benchmark.store.store import Store
from leaderboard.board import build
from leaderboard.results import load as loading
from leaderboard.results import parallel
from leaderboard.results.load import FIGURES, LEAST_RESAMPLES, usual_resamples


@pytest.fixture
def everywhere(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Have all boards measured on all cores; return the numbers of cells that were asked for."""
    asked: list[int] = []
    once = parallel.on_all_cores
    monkeypatch.setattr(parallel, "MANY", 1)
    monkeypatch.setattr(
        loading, "on_all_cores", lambda *some, cells: (asked.append(cells), once(*some, cells=cells))[1]
    )
    return asked


def test_a_board_is_the_same_on_all_cores(store: Store, corpora: list[Path], everywhere: list[int]) -> None:
    whole = text_of(build(store.root, "tiny", own=corpora, resamples=100, views=True), "board.json")
    assert everywhere == [8]
    parallel.MANY = 100
    assert text_of(build(store.root, "tiny", own=corpora, resamples=100, views=True), "board.json") == whole


def test_damage_is_told_as_one_process_tells_it(
    store: Store, corpora: list[Path], everywhere: list[int]
) -> None:
    path = next((store.root / "tiny" / "predictions").iterdir())
    path.write_bytes(path.read_bytes()[:-1])
    told = []
    for many in (1, 100):
        parallel.MANY = many
        with pytest.raises(InputError) as caught:
            build(store.root, "tiny", own=corpora)
        told.append(str(caught.value))
    assert told[0] == told[1] and str(path) in told[0]


def test_many_cells_resample_less_often() -> None:
    assert usual_resamples(0) == usual_resamples(393) == RESAMPLES
    assert usual_resamples(10**9) == LEAST_RESAMPLES
    counts = range(1, 20_000, 37)
    assert all(usual_resamples(n) * n <= FIGURES or usual_resamples(n) == LEAST_RESAMPLES for n in counts)
