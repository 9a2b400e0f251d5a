"""What a user sees of a run: lines with the time left, or a table that fills up."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from benchmark import api
from benchmark.cli.progress import make_progress
from benchmark.plan.estimate import Expected, expected_seconds
from benchmark.plan.planner import Selection, make_plan
from benchmark.plan.suite import load_suite
from benchmark.store.store import Store


def cell(domain: str, setting: str = "supervised", decided: str | None = None) -> Any:
    key = f"row/{setting}/{domain}"
    spec = SimpleNamespace(
        label="row", setting=setting, domain=domain, ledger_key=key, name=key, noise=None, seed=1
    )
    return SimpleNamespace(spec=spec, decided=decided)


def ended(one: Any, state: str = "ok") -> api.Event:
    record: Any = SimpleNamespace(
        state=state,
        reason="it broke",
        dev={"f1": 0.5},
        spec=one.spec,
        timings={"total_seconds": 2.0},
        notes={},
    )
    return api.Event("finished", cell=one, outcome=api.Outcome(one, record, cached=False))


def planned(cells: list[Any], expected: Expected | None) -> api.Event:
    return api.Event("planned", total=len(cells), cells=cells, expected=expected, jobs=2)


def test_lines_tell_the_time_left_from_the_first_on(capsys: pytest.CaptureFixture[str]) -> None:
    cells = [cell("politics"), cell("music")]
    with make_progress() as progress:
        progress.on_event(planned(cells, Expected({one.spec.name: 30.0 for one in cells})))
        progress.on_event(ended(cells[0]))
    first, second = capsys.readouterr().out.splitlines()
    assert first == "2 cells, 0 of them in the store; 30 s left"
    assert second.startswith("[1/2] ok       row/supervised/politics: dev F1  50.0, 2.0 s; ")
    assert second.endswith(" s left")


def test_where_nothing_is_known_no_time_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with make_progress() as progress:
        progress.on_event(planned([cell("politics")], None))
    assert capsys.readouterr().out == "1 cells, 0 of them in the store\n"


def test_a_terminal_has_a_table_that_fills_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    written = io.StringIO()
    monkeypatch.setattr(
        "rich.live.get_console", lambda: Console(file=written, force_terminal=True, width=80, height=24)
    )
    cells = [cell("politics"), cell("music"), cell("ai"), cell("ai", "zero-shot", decided="skipped")]
    with make_progress(lambda outcome: 0.4567) as progress:
        progress.on_event(planned(cells, None))
        progress.on_event(api.Event("phase", cell=cells[1], text="training"))
        progress.on_event(ended(cells[0]))
        progress.on_event(ended(cells[2], "failed"))
    last = written.getvalue()
    assert "2/4 cells" in last and "row/supervised/music training" in last
    assert "45.7" in last and "failed" in last and "it broke" in last
    assert "zero-shot" not in last  # nothing of that row is computed


def test_where_no_cell_ends_for_a_while_it_is_told_what_is_running(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("benchmark.cli.progress._SILENCE", 0.2)
    cells = [cell("politics"), cell("music")]
    with make_progress() as progress:
        progress.on_event(planned(cells, Expected({one.spec.name: 100.0 for one in cells})))
        progress.on_event(api.Event("phase", cell=cells[0], text="training"))
        time.sleep(0.6)
        progress.on_event(ended(cells[0]))
        time.sleep(0.6)
    _, *silent, last = capsys.readouterr().out.splitlines()
    assert silent and all(line.startswith("row/supervised/politics training (") for line in silent)
    assert all(line.endswith(" s left") for line in silent)
    assert last.startswith("[1/2] ok")  # nothing runs any more: nothing is told


def test_the_sample_is_known_from_the_start_and_the_own_store_comes_first(tmp_path: Path) -> None:
    plan = make_plan(load_suite("sample"), Selection(methods=("direct", "fine-tune", "gliner")))
    found = expected_seconds(plan, Store(tmp_path))
    assert found is not None and found.shared > 0
    for one in plan:
        assert (found.cells[one.spec.name] > 0) == (one.decided is None)


@pytest.mark.parametrize(("source", "told"), [("conll2003", 12.5), ("other", None)])
def test_a_corpus_of_ones_own_is_expected_to_take_what_crossner_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, told: float | None
) -> None:
    rows = {"row": {"zero-shot": 12.5}}
    shipped = {"crossner-mini": {"cells": 4, "source_tagger": 250.0, "shared": 40.0, "rows": rows}}
    monkeypatch.setattr("benchmark.plan.estimate.read_json", lambda _: shipped)
    own = cell("harbour", "zero-shot")
    vars(own.spec).update(
        suite="own", corpus="own", source_corpus="crossner", source=source, backbone="mini", place=("row",)
    )
    found = expected_seconds([own], Store(tmp_path))
    assert (found and found.cells) == (told and {own.spec.name: told})
    assert (found and found.shared) == (told and 10.0 + 250.0)


@pytest.mark.parametrize(
    ("shared", "told"),
    [([900.0, 80.0, 90.0], 90.0), ([900.0, 80.0], 80.0), ([900.0], 0.0)],  # the first made its source tagger
)
def test_what_each_cell_of_a_row_makes_is_expected_of_the_next(shared: list[float], told: float) -> None:
    done = [
        SimpleNamespace(
            state="ok",
            finished=str(number),
            timings={"total_seconds": seconds + 5.0, "shared_seconds": seconds},
            spec=SimpleNamespace(label="row", setting="supervised", noise=None, place=(number,)),
        )
        for number, seconds in enumerate(shared)
    ]
    store: Any = SimpleNamespace(every_record=lambda _: done)
    next_one = cell("ai")
    vars(next_one.spec).update(
        suite="tiny", corpus="tiny", source="news", backbone="mini", source_corpus=None
    )
    found = expected_seconds([next_one], store)
    assert found == Expected({next_one.spec.name: 5.0}, told)


def test_of_an_unknown_suite_nothing_is_known(tmp_path: Path) -> None:
    plan = make_plan(load_suite("few-shot-sample"), Selection(methods=("direct",)))
    assert expected_seconds(plan, Store(tmp_path)) is None
