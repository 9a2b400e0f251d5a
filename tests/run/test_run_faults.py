"""Kills, interruptions and runs side by side, with the command line in processes of its own."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from cells_cli import cli, start_cli

HEAVY = ("torch", "transformers", "pandas", "scipy")


def predictions_of(store: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(store).glob("*/predictions/*")}


def fits(tmp_path: Path) -> list[str]:
    return [line for line in (tmp_path / "trace").read_text().splitlines() if line.startswith("fit")]


def end_and_wait_for_children(process: subprocess.Popen[str], how: signal.Signals) -> None:
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(how)
    process.communicate()
    deadline = time.monotonic() + 20
    while any(map(computes, children)):
        assert time.monotonic() < deadline, "a worker outlived the run that started it"
        time.sleep(0.05)


def computes(process: psutil.Process) -> bool:
    """Whether a process still runs; a zombie has ended, and waits for an init that may not collect it."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_killed_at_any_moment_it_goes_on_to_the_same_bytes(tiny: str) -> None:
    arguments = ("run", "--suite", tiny, "--jobs", "2")
    assert cli(*arguments, "--store", "calm")[0] == 0
    chance = random.Random(7)
    for _ in range(3):
        process = start_cli(*arguments, "--store", "stormy", FAKE_SLEEP="0.4")
        assert process.stdout is not None
        assert "in the store" in process.stdout.readline()
        time.sleep(chance.uniform(0.0, 1.5))
        end_and_wait_for_children(process, signal.SIGKILL)
    code, out, err = cli(*arguments, "--store", "stormy")
    assert code == 0, err
    assert "7 ok, 2 skipped" in out and "warning" not in err
    assert predictions_of("stormy") == predictions_of("calm")
    assert Path("stormy/tiny/ledger.json").read_bytes() == Path("calm/tiny/ledger.json").read_bytes()


def test_two_runs_on_one_store_compute_each_cell_once(tiny: str, tmp_path: Path) -> None:
    both = [start_cli("run", "--suite", tiny, FAKE_SLEEP="0.2") for _ in range(2)]
    for process in both:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    assert len(fits(tmp_path)) == 7
    code, out, _ = cli("status", "--suite", "tiny")
    assert code == 0 and "7 ok, 2 skipped" in out


def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on(tiny: str) -> None:
    process = start_cli("run", "--suite", tiny, "--jobs", "1", FAKE_SLEEP="1")
    assert process.stdout is not None
    while "[1/9]" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert f"python -m benchmark run --suite {tiny} --jobs 1" in err and "Traceback" not in err
    finished = len(predictions_of("runs"))
    assert 1 <= finished < 9  # on a busy machine another cell may end before the signal arrives
    _, out, _ = cli("status", "--suite", "tiny", "--json")
    counts = json.loads(out)["counts"]
    # what its method declines is decided at once, maybe before the signal arrives
    assert counts["ok"] == finished and counts.pop("skipped", 0) <= 2 and counts["planned"] >= 6 - finished


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_ends_it_leaves_no_worker_behind(how: signal.Signals, tiny: str) -> None:
    if signal.getsignal(how) == signal.SIG_IGN:
        pytest.skip(f"{how.name} is ignored here, as under nohup, and so it is in what is started")
    process = start_cli("run", "--suite", tiny, "--jobs", "1", FAKE_SLEEP="1")
    assert process.stdout is not None
    while "[1/9]" not in process.stdout.readline():
        assert process.poll() is None
    end_and_wait_for_children(process, how)
    assert process.returncode != 0
    code, out, err = cli("run", "--suite", tiny)
    assert code == 0, err
    assert "7 ok, 2 skipped" in out


def test_it_runs_without_a_home_without_asserts_and_in_a_folder_of_any_name(
    tiny: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOME")
    code, out, err = cli("run", "--suite", tiny, "--store", "Läufe – 実行", PYTHONOPTIMIZE="2")
    assert code == 0, err
    assert "7 ok, 2 skipped" in out
    assert predictions_of("Läufe – 実行")


def modules_after(*arguments: str) -> tuple[int, set[str]]:
    """Run the command line in a process and return its exit code and the heavy modules it imported."""
    script = (
        "import sys\nfrom benchmark.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as end:\n    code = end.code or 0\n"
        f"print('MODULES', code, *[m for m in {(*HEAVY, 'joblib', 'rich')!r} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, env=dict(os.environ)
    )
    last = done.stdout.splitlines()[-1].split()
    assert last[0] == "MODULES", done.stderr
    return int(last[1]), set(last[2:])


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["plan", "--help"]])
def test_help_is_light(arguments: list[str]) -> None:
    assert modules_after(*arguments) == (0, set())


def test_a_cached_run_imports_no_torch_and_no_workers(tiny: str) -> None:
    few = ["run", "--suite", tiny, "--methods", "fake-rule", "--domains", "politics"]
    assert cli(*few)[0] == 0
    code, found = modules_after(*few)
    assert code == 0 and not found & {"torch", "transformers", "joblib"}
    assert modules_after("plan", "--suite", tiny) == (0, set())
