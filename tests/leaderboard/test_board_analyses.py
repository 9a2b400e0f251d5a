"""An analysis is one file and one line: a toy one is found in every format; and no cell is measured twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from boards import text_of

from benchmark.store.store import Store
from leaderboard import board as boards
from leaderboard.analyses.analysis import Analysis, Where
from leaderboard.board import ANALYSES, analyse, files, on_screen
from leaderboard.output.table import Lines, Table
from leaderboard.page.build import write_site
from leaderboard.results import load as loading
from leaderboard.results.heading import Heading
from leaderboard.results.load import load
from leaderboard.results.measure import ScoredCell
from leaderboard.results.results import Results, results_of

MARK = "finished-cells-by-method"


def compute(results: Results) -> Mapping[str, int] | None:
    return Counter(c.record.spec.method for c in results.cells if c.counts is not None) or None


def tables(found: Mapping[str, int], where: Where) -> Iterator[Table]:
    assert where in ("board", "terminal", "latex", "file", "page")
    yield Table(MARK, ("method", "cells"), tuple((name, str(n)) for name, n in found.items()), (), (1, None))


def lines(found: Mapping[str, int], heading: Heading) -> Lines:
    return Lines(
        ("suite", "method", "cells"),
        tuple({"suite": heading.suite, "method": name, "cells": n} for name, n in found.items()),
    )


def document(found: Mapping[str, int], heading: Heading) -> dict[str, Any]:
    return {"suite": heading.suite, "cells": dict(found)}


TOY = Analysis("toy", "Toy", compute, tables, lines=lines, document=document)


def test_a_further_analysis_is_found_in_every_format(
    cells: list[ScoredCell], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boards, "ANALYSES", (*ANALYSES, TOY))
    board = analyse(results_of(cells, suite="tiny", resamples=20), boards.ANALYSES)
    for text in (text_of(board, "board.md"), text_of(board, "toy.md"), text_of(board, "board.tex")):
        assert MARK in text and "alpha" in text.partition(MARK)[2]
    assert MARK in on_screen(board)
    assert text_of(board, "toy.csv") == "suite,method,cells\ntiny,alpha,4\ntiny,beta,4\n"
    assert json.loads(text_of(board, "toy.json")) == {"suite": "tiny", "cells": {"alpha": 4, "beta": 4}}
    (index,) = write_site(board, tmp_path)
    page = index.read_text("utf-8")
    assert f'aria-label="{MARK}"' in page and '<section id="toy"' in page


def test_an_analysis_that_finds_nothing_is_nowhere(cells: list[ScoredCell]) -> None:
    silent = replace(TOY, compute=lambda results: None)
    board = analyse(results_of(cells, suite="tiny", resamples=20), (*ANALYSES, silent))
    assert "toy.md" not in files(board) and MARK not in text_of(board, "board.md") + on_screen(board)
    with pytest.raises(KeyError, match="toy"):
        board[silent]


def test_every_cell_is_measured_once_for_the_board_and_its_site(
    store: Store, corpora: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[str] = []
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    measure: Callable[..., ScoredCell] = loading.measure
    monkeypatch.setattr(
        loading, "measure", lambda record, *more: (measured.append(record.cell), measure(record, *more))[1]
    )
    board = boards.build(store.root, "tiny", own=corpora, resamples=20, views=True)
    boards.write(board, tmp_path)
    write_site(board, tmp_path)
    assert sorted(measured) == sorted(record.cell for record in store.records("tiny"))


def test_the_frame_has_a_line_a_cell(store: Store, corpora: list[Path]) -> None:
    results = load(store.root, "tiny", own=corpora, resamples=20)
    frame = results.frame()
    assert list(frame["cell"]) == [cell.record.cell for cell in results.cells] and len(frame) == 8
    alpha = frame[(frame.label == "alpha") & (frame.domain == "politics") & (frame.seed == 2)].iloc[0]
    assert (alpha.tp, alpha.fp, alpha.fn) == (2, 0, 1) and alpha.f1 == pytest.approx(0.8)
    assert not alpha.in_domain and not alpha.submitted and alpha.noise is None


def test_a_cell_without_a_score_has_none_in_the_frame(
    cells: list[ScoredCell], but: Callable[..., list[ScoredCell]]
) -> None:
    failed = but(cells, "alpha", "ai", 2, "failed", "too slow")
    frame = results_of(failed, suite="tiny").frame()
    line = frame[frame.state == "failed"].iloc[0]
    assert line.reason == "too slow" and frame.tp.isna().sum() == 1 == frame.f1.isna().sum()


def test_the_board_as_a_frame_has_the_figures_of_its_rows(store: Store, corpora: list[Path]) -> None:
    results = load(store.root, "tiny", own=corpora, resamples=20)
    frame = results.board()
    for setting, rows in results.tables.items():
        for row in (row for row in rows if row.scores):
            line = frame[(frame.setting == setting) & (frame.method == row.label)].iloc[0]
            assert {name: line[name] for name in row.scores} == {
                name: pytest.approx(100 * score.f1) for name, score in row.scores.items()
            }
            assert (row.average is None) == (line.average != line.average)
            assert line.status == ("ranked" if row.average is not None else f"{row.coverage} domains")


def test_the_board_as_a_frame_says_which_row_lacks_a_domain(
    cells: list[ScoredCell], but: Callable[..., list[ScoredCell]]
) -> None:
    results = results_of(but(cells, "alpha", "ai", 2, "failed", "too slow"), suite="tiny")
    frame = results.board().set_index("method")
    assert frame.status["alpha"] == "1/2 domains"
    assert "ranked" in set(frame.status)
    assert "1/2 domains" in results._repr_html_()


def test_results_show_themselves_in_a_line_and_as_a_table(store: Store, corpora: list[Path]) -> None:
    results = load(store.root, "tiny", own=corpora, resamples=20)
    assert repr(results).startswith("<Results of tiny: ") and "\n" not in repr(results)
    shown = results._repr_html_()
    assert "<table" in shown and "alpha" in shown
