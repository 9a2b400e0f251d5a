"""Boards of cells that a test made, and the texts that they are written as."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmark.scoring.counts import Counts
from benchmark.scoring.statistics import Runs
from leaderboard.analyses.ranking import RANKING
from leaderboard.board import Board, analyse, files, write_files
from leaderboard.results.measure import ScoredCell
from leaderboard.results.results import results_of


def assemble(cells: Sequence[ScoredCell], **about: Any) -> Board:
    """Return the board of measured cells; what else is known of them is as for ``results_of``."""
    return analyse(results_of(cells, **about))


def text_of(board: Board, name: str) -> str:
    """Return the content of a text file of a board."""
    content = files(board)[name]()
    assert isinstance(content, str)
    return content


def frame_of(board: Board) -> pd.DataFrame:
    """Return what board.csv holds, with its values as they are."""
    lines = RANKING.lines(board[RANKING], board.results.heading) if RANKING.lines is not None else None
    assert lines is not None
    return pd.DataFrame(list(lines.lines), columns=list(lines.columns), dtype=object)


def write_own(board: Board, name: str, folder: Path) -> list[Path]:
    """Write the files of one analysis alone; return their paths."""
    own = {file: make for file, make in files(board).items() if file.partition(".")[0] == name}
    return write_files(own, folder)


def runs_of(cells: Iterable[ScoredCell], domains: Iterable[str]) -> Runs:
    """Return the counts of one row's finished cells: domain → seed → counts, domains in their order."""
    found: dict[str, dict[int, Counts]] = {domain: {} for domain in domains}
    for cell in cells:
        if cell.counts is not None:
            found[cell.record.spec.domain][cell.record.spec.seed] = cell.counts
    return {domain: dict(sorted(runs.items())) for domain, runs in found.items() if runs}
