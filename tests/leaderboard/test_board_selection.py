"""A board of some domains and rows: averages and ties are among these, and the head says so."""

from __future__ import annotations

from pathlib import Path

import pytest

import larbench
from benchmark.errors import UsageError
from benchmark.store.store import Store
from leaderboard import board as boards
from leaderboard.cli import cli
from leaderboard.results.selection import Selection


def test_averages_are_over_the_domains_that_are_asked_for(store: Store, corpora: list[Path]) -> None:
    frame = larbench.results(Path(store.root) / "tiny", domains="ai", own=corpora).board()
    assert dict(zip(frame["method"], frame["average"], strict=True)) == pytest.approx(
        {"alpha": 20, "beta": 50}
    )
    assert "politics" not in frame.columns


def test_a_row_alone_is_tied_with_none(store: Store, corpora: list[Path]) -> None:
    board = boards.build(
        store.root, "tiny", own=corpora, resamples=20, selection=Selection(methods=("beta",))
    )
    assert [row.label for row in board.results.rows] == ["beta"]
    assert "only the rows beta" in boards.on_screen(board)


def test_what_is_not_there_is_refused(store: Store, corpora: list[Path]) -> None:
    folder = Path(store.root) / "tiny"
    with pytest.raises(UsageError, match="no domain music in the results; there are ai, politics"):
        larbench.results(folder, domains=["music"], own=corpora)
    with pytest.raises(UsageError, match="no row gamma in the results; there are alpha, beta"):
        larbench.results(folder, methods="alpha,gamma", own=corpora)


def test_the_suites_own_files_are_left_alone(store: Store, corpora: list[Path], tmp_path: Path) -> None:
    from click.testing import CliRunner

    folder = Path(store.root) / "tiny"
    own = [part for corpus in corpora for part in ("--domain", str(corpus))]
    shown = CliRunner().invoke(cli, ["build", str(folder), "--domains", "ai", *own], catch_exceptions=False)
    assert shown.exit_code == 0
    assert "only the domains ai" in shown.output and not (folder / "board.md").exists()
    out = tmp_path / "part"
    arguments = ["build", str(folder), "--domains", "ai", "--output", str(out), *own]
    assert CliRunner().invoke(cli, arguments, catch_exceptions=False).exit_code == 0
    assert "only the domains ai" in (out / "board.md").read_text("utf-8")
