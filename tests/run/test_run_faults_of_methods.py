"""What a method, a disk or a clock can do to a run: nothing is lost, nothing wrong is stored as right."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from cells_cli import call, cli

import larbench
from benchmark.api import Event, RunReport
from benchmark.errors import InputError
from benchmark.store import atomic_io
from benchmark.store.ledger import Entry
from benchmark.store.record import Record
from benchmark.store.store import Store

POLITICS = {"domains": ["politics"], "settings": ["zero-shot"]}


def suite_of(tiny: str, *hows: str) -> str:
    """A suite of broken rows, and one that is sound."""
    rows = ", ".join(f'{{name = "fake-broken", label = "{how}", params = {{how = "{how}"}}}}' for how in hows)
    text = Path(tiny).read_text().replace('["fake-rule", "fake-supervised"]', f'[{rows}, "fake-rule"]')
    Path(tiny).write_text(text.replace("in_domain = true", "in_domain = false"))
    return tiny


def records_of(report: RunReport) -> dict[str, Record]:
    return {outcome.cell.spec.label: outcome.record for outcome in report.outcomes}


def test_a_method_that_hangs_is_ended_and_its_log_says_where(tiny: str) -> None:
    suite = suite_of(tiny, "hangs", "blocks")
    rows = ["hangs", "blocks"]
    found = records_of(larbench.run(suite, jobs=2, cell_timeout=5, methods=rows, **POLITICS))
    for how in ("hangs", "blocks"):
        assert found[how].state == "failed"
        assert found[how].reason == "it was still running after 5 s (--cell-timeout)"
        assert "larbench_fakes.py" in str(found[how].traceback), found[how].traceback
    assert larbench.run(suite, methods=["fake-rule"], **POLITICS).exit_code == 0


def test_a_time_limit_is_an_option_and_no_part_of_an_identity(tiny: str) -> None:
    few = ("--suite", tiny, "--methods", "fake-rule", "--domains", "politics", "--settings", "zero-shot")
    assert cli("run", *few, "--cell-timeout", "600")[0] == 0
    code, out, _ = call("run", *few)
    assert code == 0 and "1 from the store" in out
    assert call("run", *few, "--cell-timeout", "0")[0] == 2


def test_what_a_method_prints_is_no_answer_of_its_process(tiny: str) -> None:
    found = records_of(larbench.run(suite_of(tiny, "prints"), jobs=1, **POLITICS))
    assert {record.state for record in found.values()} == {"ok"}


@pytest.mark.parametrize(
    ("how", "told"), [("disk-full", "No space left on device"), ("read-only", "Read-only file system")]
)
def test_a_disk_that_takes_nothing_more_fails_the_cell_in_its_worker(tiny: str, how: str, told: str) -> None:
    found = records_of(larbench.run(suite_of(tiny, how), jobs=1, **POLITICS))
    assert found[how].state == "failed" and told in str(found[how].reason)
    assert "a store that cannot be written" in str(found[how].reason)
    assert found["fake-rule"].state == "ok" and len(Store("runs").records("tiny")) == 2


def test_a_method_that_changes_what_it_is_given_changes_no_gold_and_no_order(tiny: str) -> None:
    suite = suite_of(tiny, "turns", "changes-task")
    found = records_of(larbench.run(suite, jobs=1, **POLITICS))
    store = Store("runs")
    sound = store.predictions(found["fake-rule"])
    assert found["turns"].state == "ok" and store.predictions(found["turns"]) == sound
    assert found["changes-task"].state == "failed"  # it took its own types away
    assert found["fake-rule"].dev == found["turns"].dev


def test_a_quota_ends_the_run_and_the_next_one_goes_on(tiny: str) -> None:
    """Files may have 8 KiB, as on a disk with that much room: predictions are larger, ledgers are not."""
    few = ("--suite", tiny, "--methods", "fake-rule", "--settings", "zero-shot", "--jobs", "1")
    done = subprocess.run(
        [sys.executable, "-m", "benchmark", "run", *few],
        capture_output=True,
        text=True,
        # a byte-code file that the limit cuts off would be imported by the next process
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)),
    )
    assert done.returncode == 2 and "cannot be written (File too large)" in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list(Path("runs/tiny").glob("predictions/*")) and not list(Path("runs/tmp").glob("*"))
    code, out, err = cli("run", *few, "--retry-failed")
    assert code == 0 and "warning" not in err, err
    assert "3 ok" in out


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_disk_that_is_full_for_the_runner_too_ends_it_with_one_line(
    tiny: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    larbench.run(tiny, methods=["fake-rule"], **POLITICS)
    before = {path: path.read_bytes() for path in Path("runs/tiny").rglob("*.json*")}
    with monkeypatch.context() as patch:
        patch.setattr(atomic_io.os, "fsync", full)
        with pytest.raises(InputError, match=r"cannot be written \(No space left on device\)"):
            larbench.run(tiny, methods=["fake-rule"], domains=["science"], settings=["zero-shot"])
    assert {path: path.read_bytes() for path in Path("runs/tiny").rglob("*.json*")} == before
    assert not list(Path("runs/tmp").glob("*"))


def test_a_store_that_turned_read_only_still_answers(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = larbench.run(tiny, methods=["fake-rule"], **POLITICS)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "replace", refuse)
    monkeypatch.setattr(atomic_io, "write_durable", refuse)
    assert Store("runs").records("tiny") == [outcome.record for outcome in first.outcomes]
    assert larbench.status("tiny").counts == {"ok": 1}
    assert larbench.run(tiny, methods=["fake-rule"], **POLITICS).outcomes[0].cached


def test_a_clock_that_goes_back_changes_no_figure_and_loses_nothing(tiny: str, fakes: Path) -> None:
    few = {"methods": ["clock"], **POLITICS}
    (first,) = larbench.run(suite_of(tiny, "clock"), **few).outcomes
    assert first.record.state == "ok" and first.record.timings["total_seconds"] >= 0
    # what was stored comes from the future; a newer cell takes its place all the same
    future = dataclasses.replace(first.record, finished="2999-01-01T00:00:00+00:00")
    Store("runs").save(future)
    fakes.write_text(fakes.read_text().replace("isupper()", "islower()"))
    (second,) = larbench.run(tiny, **few).outcomes
    assert second.record.cell != first.record.cell
    assert Store("runs").records("tiny") == [second.record]


@pytest.mark.parametrize(("method", "backbone"), [("fake-rule", "mini"), ("fake-keyed", "none")])
def test_a_method_that_could_not_be_loaded_once_leaves_no_row_once_it_can(
    method: str, backbone: str, tiny: str, fakes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_KEY", "set")
    few = {"methods": [method], **POLITICS}
    sound = fakes.read_text()
    fakes.write_text(f"{sound}\ndef (:\n")
    (broken,) = larbench.run(tiny, **few).outcomes
    assert broken.record.state == "failed" and "cannot be loaded" in str(broken.record.reason)
    fakes.write_text(sound)
    (repaired,) = larbench.run(tiny, **few).outcomes
    assert repaired.record.state == "ok"
    assert (broken.record.spec.backbone, repaired.record.spec.backbone) == ("mini", backbone)
    assert Store("runs").records("tiny") == [repaired.record]
    assert larbench.status("tiny").counts == {"ok": 1}


def damage(path: Path, how: str, position: float) -> None:
    content = path.read_bytes()
    if how == "truncated":
        content = content[: int(len(content) * position)]
    elif how == "flipped":
        spot = int((len(content) - 1) * position)
        content = content[:spot] + bytes([content[spot] ^ 0x10]) + content[spot + 1 :]
    else:
        content = b""
    path.write_bytes(content)


@pytest.mark.parametrize("what", ["ledger.json", "records/*", "predictions/*"])
def test_a_damaged_file_is_named_and_computed_again_to_the_same_bytes(tiny: str, what: str) -> None:
    few = {"methods": ["fake-rule"], **POLITICS}
    larbench.run(tiny, **few)
    (path,) = Path("runs/tiny").glob(what)
    (predictions,) = Path("runs/tiny").glob("predictions/*")
    before, ledger = predictions.read_bytes(), Path("runs/tiny/ledger.json").read_bytes()
    for how in ("truncated", "flipped", "emptied"):
        damage(path, how, 0.4)
        events: list[Event] = []
        report = larbench.run(tiny, **few, on_event=events.append)
        assert report.exit_code == 0
        assert report.outcomes[0].cached == (what == "ledger.json")
        assert any(path.name in event.text for event in events if event.kind == "warning"), how
        assert predictions.read_bytes() == before
        assert Path("runs/tiny/ledger.json").read_bytes() == ledger


def test_writers_at_once_lose_no_entry_of_each_other(tmp_path: Path) -> None:
    def write(names: Sequence[str]) -> None:
        store = Store(tmp_path / "store")
        for name in names:
            store.update_ledger("tiny", {f"{name}-s1": Entry(f"{name}-s1-0", "ok")})

    threads = [threading.Thread(target=write, args=([f"row{n}-{i}" for i in range(15)],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Store(tmp_path / "store").ledger("tiny")) == 60


def test_every_fault_is_named_in_the_ledger(tiny: str) -> None:
    suite = suite_of(tiny, "memory", "empties", "os-exit")
    larbench.run(suite, jobs=2, **POLITICS)
    ledger = json.loads(Path("runs/tiny/ledger.json").read_text())["slots"]
    states = {slot.split("-zero")[0]: entry["state"] for slot, entry in ledger.items()}
    assert states == {"memory": "failed", "empties": "failed", "os-exit": "failed", "fake-rule": "ok"}
    named = {line.cell.split("-zero")[0]: line.reason for line in larbench.status("tiny").not_ok}
    assert "MemoryError" in named["memory"] and "exit code 7" in named["os-exit"]
    assert "0 lists" in named["empties"]
