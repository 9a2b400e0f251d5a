from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmark.store.ledger import Entry
from benchmark.store.store import Store
from leaderboard.board import print_board
from leaderboard.cli import main

Outcome = tuple[int, str, str]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], corpora: list[Path]) -> Callable[..., Outcome]:
    """Run ``python -m leaderboard`` with the tiny corpora given: exit code, output, errors."""

    def run(*arguments: object, own: bool = True) -> Outcome:
        domains = [part for folder in corpora for part in ("--domain", str(folder))] if own else []
        code = 0
        try:
            main([*map(str, arguments), *domains])
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_build_writes_four_files_and_prints_the_board(store: Store, cli: Callable[..., Outcome]) -> None:
    code, out, err = cli("build", store.root)
    assert (code, err) == (0, "")
    assert "beta" in out
    assert "25.0–83.3" in out
    folder = store.root / "tiny"
    content = json.loads((folder / "board.json").read_text(encoding="utf-8"))
    assert content["tables"]["zero-shot"][0]["average"]["f1"] == pytest.approx(0.65)
    before = {path.name: path.read_bytes() for path in folder.glob("board.*")}
    assert set(before) == {"board.md", "board.csv", "board.json", "board.tex"}
    assert cli("build", folder)[0] == 0  # a suite's own folder does as well
    assert {path.name: path.read_bytes() for path in folder.glob("board.*")} == before


def test_output_goes_where_it_is_asked_to(store: Store, cli: Callable[..., Outcome], tmp_path: Path) -> None:
    assert cli("build", "--store", store.root, "--suite", "tiny", "--output", tmp_path / "out")[0] == 0
    assert (tmp_path / "out" / "board.md").is_file()
    assert not (store.root / "tiny" / "board.md").exists()


def test_suites_of_one_name_do_not_overwrite_each_other(
    store: Store, cli: Callable[..., Outcome], tmp_path: Path
) -> None:
    other, out = tmp_path / "other", tmp_path / "out"
    shutil.copytree(store.root, other)
    code, _, err = cli("build", store.root, other, "--output", out)
    assert code == 2 and "2 suites are called 'tiny'" in err and not out.exists()
    assert cli("build", store.root, other)[0] == 0  # each into its own folder
    assert cli("build", store.root, store.root / "tiny", "--output", out)[0] == 0  # one suite, named twice
    assert (out / "board.md").is_file()


def test_print_board_prints_what_build_prints(
    store: Store, cli: Callable[..., Outcome], corpora: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    built, _, _ = cli("build", store.root)[1].partition("Written: ")
    print_board(store.root, "tiny", own=corpora)
    printed, _, more = capsys.readouterr().out.partition("More: ")
    assert printed == built
    hinted = [part for folder in corpora for part in ("--domain", str(folder))]
    assert shlex.join(["python", "-m", "leaderboard", "build", str(store.root / "tiny"), *hinted]) in more


def test_planned_cells_are_counted(store: Store, cli: Callable[..., Outcome]) -> None:
    slot = "alpha-zero-shot-ai-mini-s3"
    store.update_ledger("tiny", {slot: Entry(f"{slot}-0123456789ab", "planned")})
    assert f"Not run yet: 1 of the planned cells ({slot})" in cli("build", store.root)[1]


def test_changed_predictions_are_refused_and_named(store: Store, cli: Callable[..., Outcome]) -> None:
    path = next((store.root / "tiny" / "predictions").glob("alpha-zero-shot-ai-mini-s1-*"))
    path.write_bytes(path.read_bytes().replace(b"person", b"parson"))
    code, out, err = cli("build", store.root)
    assert (code, out) == (2, "")
    assert path.name in err
    assert "SHA-256" in err


def test_predictions_of_other_sentences_are_refused(
    store: Store, cli: Callable[..., Outcome], record: Callable[..., Any], keep: Callable[..., None]
) -> None:
    keep(store, record("alpha", "ai", 1), {"ai/test/0": [], "ai/test/7": []})
    code, _, err = cli("build", store.root)
    assert code == 2
    assert "no ai/test/1 and foreign ai/test/7" in err


def test_a_corpus_of_other_content_is_refused(
    store: Store, cli: Callable[..., Outcome], record: Callable[..., Any], keep: Callable[..., None]
) -> None:
    other = record("alpha", "ai", 1, identity={"target": "0" * 64})
    keep(store, other, {"ai/test/0": [], "ai/test/1": []})
    code, _, err = cli("build", store.root)
    assert code == 2
    assert "made for content 000000000000… of own/ai" in err


def test_gold_that_is_not_here_ends_with_what_to_run(
    store: Store,
    cli: Callable[..., Outcome],
    record: Callable[..., Any],
    keep: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("LARBENCH_DATA", raising=False)
    real = record("alpha", "politics", 1, corpus="crossner", source_corpus="crossner", suite="real")
    keep(store, real, {"politics/test/0": []})
    code, _, err = cli("build", store.root / "real")
    assert code == 2
    assert "data fetch" in err
    assert cli("build", store.root, "--suite", "tiny", own=False)[0] == 2


def test_own_domains_without_their_folder_are_named_and_left_out(
    store: Store, record: Callable[..., Any], keep: Callable[..., None], corpora: list[Path]
) -> None:
    from leaderboard.board import build

    board = build(store.root, "tiny", own=[folder for folder in corpora if folder.name != "ai"])
    assert board.results.unscored == ("ai",)
    assert board.results.domains == ("politics",)


def test_failed_cells_need_no_predictions(
    store: Store, cli: Callable[..., Outcome], record: Callable[..., Any], keep: Callable[..., None]
) -> None:
    keep(store, replace(record("alpha", "ai", 2), state="failed", reason="MemoryError"))
    code, out, _ = cli("build", store.root)
    assert code == 0
    assert "alpha (mini), ai (seed 2): failed: MemoryError" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "nowhere"], "no such folder"),
        (["build", "{store}", "--suite", "other"], "holds no suite 'other'; it holds tiny"),
        (["build", "{store}/tiny", "--suite", "other"], "is the suite 'tiny', not 'other'"),
        (["build", "--colour"], "No such option"),
        (["bild"], "No such command"),
    ],
)
def test_wrong_usage_ends_with_2_and_one_clear_line(
    store: Store, cli: Callable[..., Outcome], arguments: list[str], message: str
) -> None:
    code, _, err = cli(*(part.format(store=store.root) for part in arguments), own=False)
    assert code == 2
    assert message in err
    assert "Traceback" not in err


def test_an_empty_suite_says_what_to_run(tmp_path: Path, cli: Callable[..., Outcome]) -> None:
    Store(tmp_path).update_ledger("tiny", {"slot": Entry("slot-0", "planned")})
    code, _, err = cli("build", tmp_path)
    assert code == 2
    assert "python -m benchmark run --all --suite tiny" in err


def test_other_processes_write_the_same_bytes(store: Store, corpora: list[Path], tmp_path: Path) -> None:
    """Sets of texts are ordered anew in every process: none of them may reach a file."""
    for seed, name in enumerate(("one", "two", "three")):
        domains = [part for folder in corpora for part in ("--domain", str(folder))]
        command = [sys.executable, "-m", "leaderboard", "build", str(store.root), *domains]
        where = ["--output", str(tmp_path / name)]
        environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
        subprocess.run([*command, *where], env=environment, capture_output=True, check=True)
    one, two, three = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("one", "two", "three")
    )
    assert one == two == three


def test_printing_a_board_imports_neither_pandas_nor_tabulate_nor_torch() -> None:
    program = (
        "import sys, leaderboard.board, leaderboard.output.terminal;"
        "print([name for name in ('pandas', 'tabulate', 'torch', 'rich') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
