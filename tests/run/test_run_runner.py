"""Runs of fake methods through the public functions: every cell ends in one recorded state."""

from __future__ import annotations

import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

import benchmark
import larbench
from benchmark.api import Event
from benchmark.errors import InputError, UsageError
from benchmark.run.environment import describe_machine
from benchmark.run.job_limiter import JobLimiter
from benchmark.run.runner import interleave
from benchmark.store.store import Store

FEW = {"methods": ["fake-rule"], "domains": ["politics"], "settings": ["zero-shot"]}


def computed(tmp_path: Path, what: str = "fit") -> int:
    trace = tmp_path / "trace"
    return sum(line.startswith(what) for line in trace.read_text().splitlines()) if trace.exists() else 0


def predictions_of(store: str | Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(store).glob("*/predictions/*")}


def broken_suite(tiny: str, *hows: str) -> str:
    rows = ", ".join(f'{{name = "fake-broken", label = "{how}", params = {{how = "{how}"}}}}' for how in hows)
    text = Path(tiny).read_text().replace('["fake-rule", "fake-supervised"]', f'[{rows}, "fake-rule"]')
    Path(tiny).write_text(text.replace("in_domain = true", "in_domain = false"))
    return tiny


def test_a_run_and_the_same_run_again(tiny: str, tmp_path: Path) -> None:
    events: list[Event] = []
    first = larbench.run(tiny, on_event=events.append)
    assert [o.record.state for o in first.outcomes].count("ok") == 7
    assert [o.record.state for o in first.outcomes].count("skipped") == 2
    assert first.exit_code == 0 and not any(o.cached for o in first.outcomes)
    assert sum(event.kind == "finished" for event in events) == 9
    assert (computed(tmp_path), computed(tmp_path, "make")) == (7, 1)

    again = larbench.run(tiny)
    assert all(o.cached for o in again.outcomes) and computed(tmp_path) == 7
    assert [o.record for o in again.outcomes] == [o.record for o in first.outcomes]
    store = Store("runs")
    assert {r.cell for r in store.records("tiny")} == {o.cell.spec.name for o in first.outcomes}
    assert [o.record.spec.in_domain for o in first.outcomes] == [True] + 8 * [False]


def other_suite(tiny: str) -> str:
    """A suite with the same cells under other names."""
    rows = '[{name = "fake-rule", label = "renamed"}, {name = "fake-rule", label = "twice"}]'
    text = Path(tiny).read_text().replace('["fake-rule", "fake-supervised"]', rows)
    other = Path(tiny).with_name("other.toml")
    other.write_text(text.replace('"tiny"', '"other"').replace("in_domain = true", "in_domain = false"))
    return str(other)


def test_what_another_suite_or_row_has_computed_is_not_computed_again(tiny: str, tmp_path: Path) -> None:
    first = larbench.run(tiny, **FEW)
    before = computed(tmp_path)
    other = other_suite(tiny)
    where = {"domains": ["politics"], "settings": ["zero-shot"]}
    assert [one.state for one in larbench.plan(other, **where)] == ["ok", "ok"]
    assert [one.hit for one in larbench.explain(suite=other, **where)] == [True, True]
    assert not (tmp_path / "runs" / "other").exists()

    again = larbench.run(other, **where)
    assert computed(tmp_path) == before and all(o.cached for o in again.outcomes)
    (old,), new = ([o.record for o in run.outcomes] for run in (first, again))
    store = Store("runs")
    assert store.records("other") == new
    assert [(r.spec.suite, r.spec.label) for r in new] == [("other", "renamed"), ("other", "twice")]
    for record in new:
        assert store.predictions_bytes(record) == store.predictions_bytes(old)
        assert (record.spec.identity, record.timings, record.finished) == (
            old.spec.identity,
            old.timings,
            old.finished,
        )

    # the first one's place stays its own, and what is damaged nobody takes
    assert store.records("tiny") == [old]
    for record in (old, *new):
        store.predictions_path(record).write_bytes(b"{}")
    larbench.run(other, jobs=1, **where)
    assert computed(tmp_path) == before + 1


def test_one_job_or_three_give_the_same_bytes_and_one_thread(tiny: str) -> None:
    one = larbench.run(tiny, store="one", jobs=1)
    larbench.run(tiny, store="three", jobs=3)
    assert predictions_of("one") == predictions_of("three") and len(predictions_of("one")) == 7
    assert one.outcomes[0].record.notes["threads"] == "1"


def test_rows_take_turns(tiny: str) -> None:
    events: list[Event] = []
    run = larbench.run(tiny, settings=["supervised"], jobs=1, on_event=events.append)
    assert [o.cell.spec.method for o in run.outcomes] == 2 * ["fake-rule"] + 2 * ["fake-supervised"]
    finished = [event.cell.spec.method for event in events if event.kind == "finished" and event.cell]
    assert finished == 2 * ["fake-rule", "fake-supervised"]


def test_neighbours_are_not_computed_side_by_side(tiny: str) -> None:
    rows = ", ".join(f'{{name = "fake-rule", label = "row {number}"}}' for number in range(5))
    Path(tiny).write_text(Path(tiny).read_text().replace('"fake-rule", "fake-supervised"', rows))
    planned = larbench.plan(tiny, settings=["supervised"], domains=["politics"])
    order = [cell.spec.label for cell in interleave([one.cell for one in planned])]
    assert order == ["row 0", "row 2", "row 4", "row 1", "row 3"]


def test_who_waits_for_anothers_work_lends_its_place(
    tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = tmp_path / "gate"
    monkeypatch.setenv("FAKE_MAKE_GATE", str(gate))
    third = '{name = "fake-broken", label = "third"}'  # needs nothing that is made, and fails at once
    rows = f'{{name = "fake-rule", label = "maker"}}, {third}, {{name = "fake-rule", label = "waiter"}}'
    Path(tiny).write_text(Path(tiny).read_text().replace('"fake-rule", "fake-supervised"', rows))
    events: list[Event] = []

    def hear(event: Event) -> None:
        events.append(event)
        if event.kind == "finished" and event.cell and event.cell.spec.label == "third":
            gate.touch()  # what the maker waits for: unless the third one runs, none ends

    run = larbench.run(
        tiny, domains=["politics"], settings=["zero-shot"], jobs=2, cell_timeout=60, on_event=hear
    )
    states = {o.cell.spec.label: o.record.state for o in run.outcomes}
    assert states == {"maker": "ok", "third": "failed", "waiter": "ok"}
    assert computed(tmp_path, "make") == 1
    phases = [(event.cell.spec.label, event.text) for event in events if event.kind == "phase" and event.cell]
    (waiter,) = {label for label, text in phases if text.startswith("waiting")}
    assert waiter in ("maker", "waiter") and (waiter, "going on") in phases


def test_no_more_cells_compute_than_there_are_places() -> None:
    places = JobLimiter(2)
    inside, most = 0, 0
    lock = threading.Lock()

    def cell(_: int) -> None:
        nonlocal inside, most
        with places.one():
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.01)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(cell, range(20)))
    assert most == 2


def test_a_place_that_was_lent_is_given_back_once() -> None:
    places = JobLimiter(1)
    entered = threading.Event()

    def other() -> None:
        with places.one():
            entered.set()

    for told in ([True], [True, False], [True, True], [False], []):
        entered.clear()
        with places.one() as wait:
            for waits in told:
                wait(waits)
            thread = threading.Thread(target=other)
            thread.start()
            assert entered.wait(5 if told[-1:] == [True] else 0.05) == (told[-1:] == [True])
        thread.join(5)
        assert entered.is_set() and not thread.is_alive()


def test_records_hold_no_path_and_no_host(tiny: str, tmp_path: Path) -> None:
    larbench.run(broken_suite(tiny, "raises", "os-exit"), domains=["politics"], settings=["zero-shot"])
    for path in (tmp_path / "runs" / "tiny" / "records").iterdir():
        text = path.read_text()
        assert str(tmp_path) not in text and str(Path(benchmark.__file__).parent) not in text
        assert socket.gethostname() not in text or len(socket.gethostname()) < 4


def test_each_way_to_fail_fails_its_own_cell(tiny: str, tmp_path: Path) -> None:
    reasons = {
        "raises": "ValueError: no weights",
        "sysexit": "SystemExit: 3",
        "os-exit": "its process ended with exit code 7",
        "sigkill": "killed by SIGKILL",
        "segfault": "killed by SIGSEGV",
        "memory": "MemoryError",
        "short": "predict returned 149 lists for 150 sentences",
        "long": "predict returned 151 lists for 150 sentences",
        "empties": "predict returned 0 lists for 150 sentences",
        "lengthens": "lies outside",
        "float": "is no (start, end, type)",
        "infinite": "is no (start, end, type)",
        "negative": "lies outside",
        "backwards": "lies outside",
        "no-type": "the type None is not declared",
        "none": "predict returned None",
        "nan": "is no (start, end, type)",
        "outside": "lies outside",
        "overlap": "overlap",
        "undeclared": "the type 'dragon' is not declared",
        "garbage": "expected a list of mentions",
        "notes": "not JSON serializable",
    }
    suite = broken_suite(tiny, *reasons)
    report = larbench.run(suite, domains=["politics"], settings=["zero-shot"], jobs=2)
    by_label = {o.cell.spec.label: o.record for o in report.outcomes}
    for label, reason in reasons.items():
        record = by_label[label]
        assert record.state == "failed" and reason in str(record.reason), (label, record.reason)
        assert record.predictions is None
    assert "last words" in str(by_label["os-exit"].traceback)
    assert "Segmentation fault" in str(by_label["segfault"].traceback)
    assert by_label["fake-rule"].state == "ok" and report.exit_code == 1
    assert len(predictions_of("runs")) == 1

    fits = computed(tmp_path)
    again = larbench.run(suite, domains=["politics"], settings=["zero-shot"])
    assert computed(tmp_path) == fits and again.exit_code == 1
    larbench.run(suite, methods=["raises"], domains=["politics"], settings=["zero-shot"], retry_failed=True)
    assert computed(tmp_path) == fits + 1


def test_another_identity_takes_the_place_and_overwrites_nothing(tiny: str, fakes: Path) -> None:
    larbench.run(tiny, **FEW)
    old = Store("runs").records("tiny")
    source = fakes.read_text()
    fakes.write_text(source.replace("isupper()", "islower()"))
    larbench.run(tiny, **FEW)
    new = Store("runs").records("tiny")
    assert len(old) == len(new) == 1 and old[0].cell != new[0].cell
    assert Store("runs").record("tiny", old[0].cell) == old[0]
    fakes.write_text(source)
    assert larbench.run(tiny, **FEW).outcomes[0].cached
    assert Store("runs").records("tiny") == old


def test_a_flipped_byte_of_what_cells_share_is_named_and_it_is_made_again(tiny: str, tmp_path: Path) -> None:
    larbench.run(tiny, **FEW)
    before = predictions_of("runs")
    path = next((tmp_path / "runs").glob("artefacts/fake-source/*/weights.bin"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    next((tmp_path / "runs").glob("tiny/records/*")).unlink()
    events: list[Event] = []
    report = larbench.run(tiny, **FEW, on_event=events.append)
    warned = [event.text for event in events if event.kind == "warning"]
    assert len(warned) == 1 and path.name in warned[0]
    assert predictions_of("runs") == before and not report.outcomes[0].cached
    assert computed(tmp_path) == computed(tmp_path, "make") == 2


def test_code_that_changes_meanwhile_is_not_stored_as_what_was_planned(tiny: str, fakes: Path) -> None:
    def change(event: Event) -> None:
        if event.kind == "planned":
            fakes.write_text(fakes.read_text().replace("isupper()", "islower()"))

    report = larbench.run(tiny, **FEW, on_event=change)
    assert "the code changed while the run was going on" in str(report.outcomes[0].record.reason)


def test_a_store_that_cannot_be_written(tiny: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        larbench.run(tiny, **FEW, store=tmp_path / "file" / "runs")


def test_publish_copies_what_is_current(tiny: str, tmp_path: Path) -> None:
    larbench.run(tiny, **FEW)
    assert larbench.publish("runs/tiny", "results") == 1
    (record,) = Store("results").records("tiny")
    assert [record] == Store("runs").records("tiny")
    assert Store("results").predictions_bytes(record) == Store("runs").predictions_bytes(record)
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["tiny"]
    (tmp_path / "results" / "locks").mkdir()
    larbench.publish("runs/tiny", "results")
    assert (tmp_path / "results" / "locks").exists()  # a run may be using it
    with pytest.raises(UsageError, match="no suite in runs is called 'tinny'; did you mean tiny"):
        larbench.publish("runs/tinny", "results")
    path = next((tmp_path / "runs").glob("tiny/predictions/*"))
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(InputError, match="SHA-256"):
        larbench.publish("runs/tiny", "elsewhere")
    assert not (tmp_path / "elsewhere" / "tiny").exists()


def test_what_was_skipped_for_want_of_a_key_runs_when_it_is_there(
    tiny: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = {**FEW, "methods": ["fake-keyed"]}
    for cached in (False, True):
        (outcome,) = larbench.run(tiny, **few).outcomes
        assert (outcome.record.state, outcome.cached) == ("skipped", cached)
    assert [one.to_compute for one in larbench.plan(tiny, **few)] == [False]
    assert [one.hit for one in larbench.explain(None, tiny, **few)] == [True]
    monkeypatch.setenv("FAKE_KEY", "set")
    assert [(one.state, one.to_compute) for one in larbench.plan(tiny, **few)] == [("missing", True)]
    assert [(one.hit, one.state) for one in larbench.explain(None, tiny, **few)] == [(False, "skipped")]
    for cached in (False, True):
        (outcome,) = larbench.run(tiny, **few).outcomes
        assert (outcome.record.state, outcome.cached) == ("ok", cached)


@pytest.mark.parametrize("wrong", [{"jobs": 0}, {"jobs": -1}, {"cell_timeout": 0}])
def test_no_job_and_no_time_are_refused(tiny: str, wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        larbench.run(tiny, **FEW, **wrong)


def test_publishing_leaves_what_another_process_is_using(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    larbench.run(tiny, **FEW)
    larbench.publish("runs/tiny", "alone")
    assert sorted(path.name for path in Path("alone").iterdir()) == ["tiny"]
    save = Store.save

    def meanwhile(store: Store, *what: object) -> None:
        if store.root.name == "shared":
            for name in ("tmp/another's draft", "locks/cell-another's.lock"):
                (store.root / name).parent.mkdir(parents=True, exist_ok=True)
                (store.root / name).touch()
        save(store, *what)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "save", meanwhile)
    larbench.publish("runs/tiny", "shared")
    left = sorted(str(path.relative_to("shared")) for path in Path("shared").rglob("*another's*"))
    assert left == ["locks/cell-another's.lock", "tmp/another's draft"]


def test_a_card_that_is_not_there_is_no_fact_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def name(device: str) -> str:
        if device == "cuda:1":
            raise AssertionError("Invalid device id")
        return "a card"

    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=SimpleNamespace(get_device_name=name)))
    assert describe_machine("cuda")["gpu"] == "a card"
    assert "gpu" not in describe_machine("cuda:1") and "gpu" not in describe_machine("cpu")
