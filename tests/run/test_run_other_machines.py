"""Terminals, output encodings and file systems as they are elsewhere."""

from __future__ import annotations

import errno
import io
import sys
from pathlib import Path
from typing import Any

import pytest
from asking_runs import MODEL, right
from chat_server import ChatServer

import larbench
from benchmark.cli.progress import make_progress
from leaderboard import cli as commands
from leaderboard.board import build, on_screen
from leaderboard.output import terminal
from leaderboard.output.table import Table

pytestmark = pytest.mark.usefixtures("environment", "in_this_process")


@pytest.fixture
def done(wanted: dict[str, Any], server: ChatServer) -> None:
    """A store with one finished cell."""
    server.behave = right
    larbench.run(**wanted, llm_model=MODEL)


def leaderboard(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        commands.main(list(arguments))
    return int(end.value.code or 0)


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp1252"])
def test_a_board_is_printed_whatever_the_encoding_of_the_output(
    encoding: str, done: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = io.BytesIO()
    out = io.TextIOWrapper(printed, encoding=encoding)
    monkeypatch.setattr(sys, "stdout", out)
    assert leaderboard("build", "runs/asking", "--domain", "waters") == 0
    out.flush()
    text = printed.getvalue().decode("utf-8" if b"\xe2\x86\x92" in printed.getvalue() else encoding)
    assert "news -> " in text or "news → " in text
    assert "Written:" in text


def test_a_store_that_cannot_be_written_is_shown_all_the_same(
    done: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(path: Path, *_: Any, **__: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr("leaderboard.board.write_atomic", refuse)
    assert leaderboard("build", "runs/asking", "--domain", "waters") == 2
    out, err = capsys.readouterr()
    assert "llm-prompt" in out
    assert "Traceback" not in err and "cannot be written (Read-only file system)" in err
    assert "--output" in err


@pytest.mark.parametrize("columns", [40, 80, 100])
def test_a_board_keeps_to_the_width_of_a_terminal_and_breaks_no_word(
    columns: int, done: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = build("runs", "asking", own=[tmp_path / "waters"])
    wide = on_screen(board)
    monkeypatch.setattr(terminal, "screen_columns", lambda: columns)
    narrow = on_screen(board)
    assert set(narrow.split()) <= set(wide.split()) | {"-" * n for n in range(columns)}
    commands_apart = [line for line in narrow.splitlines() if "`" not in line]
    assert max(map(len, commands_apart)) <= columns


def test_what_does_not_fit_beside_stands_below_behind_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table("t", ("method", "one", "two"), (("lar-direct", "11.1", "22.2"),), numbers=(1, None))
    assert [*terminal.columns(table)][-1] == "lar-direct  11.1  22.2"
    monkeypatch.setattr(terminal, "screen_columns", lambda: 17)
    assert [*terminal.columns(table)] == [
        *("method       one", "----------  ----", "lar-direct  11.1", ""),
        *("method       two", "----------  ----", "lar-direct  22.2"),
    ]


def test_the_terminal_tells_its_width_and_a_file_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "77")
    assert terminal.screen_columns() is None
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert terminal.screen_columns() == 77


def test_a_dumb_terminal_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    kinds = {}
    for name in ("dumb", "xterm-256color"):
        monkeypatch.setenv("TERM", name)
        kinds[name] = type(make_progress()).__name__
    assert kinds == {"dumb": "_Plain", "xterm-256color": "_Live"}
