"""What a build measured and drew is used again where nothing that it is made of has changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.errors import InputError
from benchmark.scoring.permutation import permute
from benchmark.scoring.statistics import resampled_f1
from benchmark.store.store import Store
from leaderboard import board as boards
from leaderboard.page.build import write_site
from leaderboard.results import kept as keeping
from leaderboard.results import load as loading

Build = Callable[..., tuple[list[str], int]]


@pytest.fixture
def build(store: Store, corpora: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """Build board and site; return the cells that were measured, and how many runs were resampled."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    measured: list[str] = []
    drawn: list[int] = []
    measure = loading.measure

    def noted(totals: Sequence[Any], **more: Any) -> Any:
        drawn.append(len(totals))
        return resampled_f1(totals, **more)

    monkeypatch.setattr(
        loading, "measure", lambda record, *more: (measured.append(record.cell), measure(record, *more))[1]
    )
    monkeypatch.setattr(keeping, "resampled_f1", noted)

    def call(folder: str = "out", resamples: int = 20) -> tuple[list[str], int]:
        measured.clear()
        drawn.clear()
        board = boards.build(store.root, "tiny", own=corpora, resamples=resamples, views=True)
        boards.write(board, tmp_path / folder)
        write_site(board, tmp_path / folder)
        return list(measured), sum(drawn)

    return call


def written(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def cache(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "cache" / "larbench" / "measured").iterdir() if path.is_file()]


def test_a_further_cell_alone_is_measured_and_all_equals_a_fresh_build(
    build: Build,
    store: Store,
    keep: Callable[..., None],
    record: Callable[..., Any],
    right: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cells, drawn = build()
    assert len(cells) == 8 and drawn > 0
    assert build() == ([], 0)
    keep(store, record("late", "ai", 1), right["ai"])
    cells, again = build()
    assert cells == ["late-zero-shot-ai-mini-s1-0123456789ab"] and again < drawn
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    assert len(build("fresh")[0]) == 9
    assert written(tmp_path / "out") == written(tmp_path / "fresh")


def test_other_resamples_are_drawn_and_cells_are_not_measured_for_them(build: Build) -> None:
    drawn = build()[1]
    assert build(resamples=30) == ([], drawn)


def test_other_code_measures_all_anew(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    first = build()
    monkeypatch.setattr(keeping, "code", lambda: "other")
    assert build() == first


@pytest.mark.parametrize("damage", [lambda old: b"", lambda old: old[:-1], lambda old: old[:-1] + b"x"])
def test_a_damaged_file_is_noticed_and_made_anew(
    build: Build, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    first = build()
    before = written(tmp_path / "out")
    (file,) = cache(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert build() == first and written(tmp_path / "out") == before
    assert file.read_bytes()[:64] == whole[:64] and build() == ([], 0)


def test_damaged_predictions_are_refused_though_their_figures_are_kept(build: Build, store: Store) -> None:
    build()
    path = store.predictions_path(store.records("tiny")[0])
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(InputError, match=path.name):
        build()


def test_the_files_written_longest_ago_go_where_there_is_no_room(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build()
    (file,) = cache(tmp_path)
    size = file.stat().st_size
    older, newer = file.with_name("older"), file.with_name("newer")
    for age, other in ((2, older), (1, newer)):
        other.write_bytes(bytes(size))
        os.utime(other, ns=(0, file.stat().st_mtime_ns - age * 10**9))
    monkeypatch.setattr(keeping, "MOST", size * 5 // 2)
    build(resamples=21)
    assert file.exists() and newer.exists() and not older.exists()
    monkeypatch.setattr(keeping, "MOST", 10)
    before = file.read_bytes()
    build(resamples=22)
    assert file.read_bytes() == before  # what is larger than all room is not written


def test_kept_resamples_are_those_of_a_fresh_draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    numbers = np.random.default_rng(0).integers(0, 4, size=(3, 30, 3))
    runs = [np.sort(one, axis=1) for one in numbers]
    first = keeping.Kept(tmp_path)
    first.resampled_f1(runs[:2], 50, "ai")
    first.close()
    found = keeping.Kept(tmp_path).resampled_f1(runs, 50, "ai")
    assert np.array_equal(found, resampled_f1(runs, resamples=50, stream="ai"))
    other = keeping.Kept(tmp_path).resampled_f1(runs, 50, "politics")
    assert np.array_equal(other, resampled_f1(runs, resamples=50, stream="politics"))


def test_kept_swaps_are_those_of_a_fresh_draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    drawn: list[int] = []

    def noted(totals: Sequence[Any], **more: Any) -> Any:
        drawn.append(len(totals))
        return permute(totals, **more)

    monkeypatch.setattr(keeping, "permute", noted)
    runs = [np.sort(one, axis=1) for one in np.random.default_rng(0).integers(0, 4, size=(3, 30, 3))]
    first = keeping.Kept(tmp_path)
    first.permute(runs[:2], 50, "ai")
    first.close()
    found = keeping.Kept(tmp_path).permute(runs, 50, "ai")
    assert drawn == [2, 1]  # the third alone is new
    fresh = permute(runs, swaps=50, stream="ai")
    assert np.array_equal(found.part, fresh.part) and np.array_equal(found.observed, fresh.observed)
    keeping.Kept(tmp_path).permute(runs[:2], 50, "politics")
    assert drawn == [2, 1, 2]


def test_an_array_is_made_once_of_what_it_is_made_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = keeping.Kept(tmp_path)
    first.array(["sums", "abc"], lambda: np.arange(3))
    first.close()
    again = keeping.Kept(tmp_path)
    assert again.array(["sums", "abc"], lambda: np.zeros(3)).tolist() == [0, 1, 2]
    assert again.array(["sums", "other"], lambda: np.zeros(3)).tolist() == [0, 0, 0]
