"""Few-shot cells: what is planned, what methods see, what records and identities hold, what others keep."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cells_cli import call

import larbench
from benchmark.cli.progress import describe
from benchmark.domains.load import load_domain
from benchmark.few_shot import draw_support
from benchmark.gate.inputs import open_suite, pair
from benchmark.plan.cell import Cell
from benchmark.plan.cell_filter import CellFilter
from benchmark.plan.estimate import estimate_cells
from benchmark.plan.planner import Selection, make_plan
from benchmark.plan.suite import load_suite
from benchmark.run.compute import compute
from benchmark.run.context import ExecutionContext
from benchmark.store.record import Record
from benchmark.store.store import Store

SUITE = """
name = "few"
corpus = "sample"
source = "news"
domains = ["politics"]
settings = ["supervised", "few-shot-5", "zero-shot", "few-shot-1"]
seeds = [1, 2]
methods = ["fake-rule", "fake-shown"]
"""
POLITICS = load_domain("sample", "politics")


@pytest.fixture
def few(fakes: Path, tmp_path: Path) -> str:
    """A suite with few-shot settings."""
    path = tmp_path / "few.toml"
    path.write_text(SUITE)
    return str(path)


def cells(suite: str, **selection: object) -> list[Cell]:
    return make_plan(load_suite(suite), Selection(**selection))  # type: ignore[arg-type]


def run(suite: str, store: Path, jobs: int = 1, **wanted: Any) -> list[Record]:
    return [one.record for one in larbench.run(suite, store=store, jobs=jobs, **wanted).outcomes]


def test_who_is_made_for_labels_runs_with_few_of_them(few: str) -> None:
    plan = cells(few, seeds=(1,))
    states = {(c.spec.method, c.spec.setting): (c.decided, c.reason) for c in plan}
    assert states.pop(("fake-shown", "zero-shot")) == ("skipped", "made for supervised only")
    assert set(states.values()) == {(None, None)} and len(states) == 7
    assert plan[1].spec.ledger_key == "fake-rule-few-shot-5-politics-mini-s1"


def test_only_few_shot_cells_hold_what_was_drawn(few: str) -> None:
    for cell in cells(few):
        assert ("few_shot" in cell.spec.identity) == cell.spec.setting.startswith("few-shot")
        if cell.spec.setting == "few-shot-5":
            support = draw_support(POLITICS.train, POLITICS.type_names, 5, cell.spec.seed)
            assert cell.spec.identity["few_shot"]["sentences"] == len(support)
    drawn = {c.spec.identity["few_shot"]["content"] for c in cells(few) if "few_shot" in c.spec.identity}
    assert len(drawn) == 4  # two settings, two seeds, whatever the method


def test_what_methods_see_and_records_note(few: str, tmp_path: Path) -> None:
    records = {(r.spec.setting, r.spec.seed): r for r in run(few, tmp_path / "runs", methods=["fake-shown"])}
    whole = len(POLITICS.train + POLITICS.dev)
    for (setting, seed), record in records.items():
        notes = record.notes
        if record.state == "skipped":
            continue
        assert notes["setting"] == "supervised" and notes["unlabelled"] == whole
        if setting == "supervised":
            assert notes["train"] == [one.id for one in POLITICS.train] and "few_shot" not in notes
            assert notes["dev"] == len(POLITICS.dev)
        else:
            shots = int(setting.rpartition("-")[2])
            support = draw_support(POLITICS.train, POLITICS.type_names, shots, seed)
            assert notes["train"] == notes["few_shot"]["ids"] == [one.id for one in support]
            assert notes["dev"] == 0 and notes["few_shot"]["shots"] == shots
            assert record.dev is not None  # scored for information, by the harness alone
    for seed in (1, 2):
        one, five = (records[f"few-shot-{k}", seed].notes["few_shot"]["ids"] for k in (1, 5))
        assert set(one) < set(five)


def test_neither_jobs_nor_order_change_what_is_drawn(few: str, tmp_path: Path) -> None:
    chosen = {"methods": ["fake-shown"], "seeds": [1]}
    first = run(few, tmp_path / "one", settings=["few-shot-1", "few-shot-5"], **chosen)
    other = run(few, tmp_path / "two", 2, settings=["few-shot-5", "few-shot-1"], **chosen)
    kept = {r.cell: r.notes["few_shot"] for r in first if "few_shot" in r.notes}
    assert len(kept) == 2 and {r.cell: r.notes["few_shot"] for r in other} == kept


def test_a_changed_draw_fails_the_cell(few: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = next(c for c in cells(few) if c.spec.setting == "few-shot-1")
    where = ExecutionContext(str(tmp_path / "runs"), None, "cpu", {})
    store = Store(tmp_path / "runs")
    assert compute(cell, where, store, lambda _: None).state == "ok"
    monkeypatch.setattr("benchmark.few_shot.draw_support", lambda train, *_: tuple(train[:2]))
    record = compute(cell, where, store, lambda _: None)
    assert record.state == "failed" and "draws other sentences" in str(record.reason)


def test_estimates_are_of_the_labels_that_are_seen(few: str, tmp_path: Path) -> None:
    plan = cells(few, methods=("fake-shown",), seeds=(1,))
    told = {one.cell.spec.setting: one.tokens for one in estimate_cells(plan, Store(tmp_path / "none"))}
    assert told["supervised"] == len(POLITICS.train)
    for shots in (1, 5):
        support = draw_support(POLITICS.train, POLITICS.type_names, shots, 1)
        assert told[f"few-shot-{shots}"] == len(support)


def test_dev_scores_are_shown_where_dev_may_be_seen_alone(few: str, tmp_path: Path) -> None:
    report = larbench.run(few, store=tmp_path / "runs", jobs=1, methods=["fake-rule"], seeds=[1])
    shown = {one.record.spec.setting: "dev F1" in describe(one) for one in report.outcomes}
    assert shown == {"supervised": True, "few-shot-5": False, "zero-shot": False, "few-shot-1": False}


def test_the_gate_pairs_few_shot_cells(few: str, tmp_path: Path) -> None:
    base, other = tmp_path / "base", tmp_path / "other"
    for store in (base, other):
        run(few, store, methods=["fake-shown"], settings=["few-shot-1"])
    sides = [open_suite(store, "side", "few") for store in (base, other)]
    (place,), *_ = pair(*sides, CellFilter())
    assert place.problems == () and place.equal and place.paired and place.changed == ()
    changed = _only(other, 2).changed(identity=_drawn_otherwise(_only(other, 2)))
    Store(other).save(changed, Store(other).predictions_bytes(changed))
    (place,), *_ = pair(*[open_suite(store, "side", "few") for store in (base, other)], CellFilter())
    assert place.problems == ("other data: seed 2 drew other sentences for few-shot-1",)


def _only(store: Path, seed: int) -> Record:
    (record,) = (r for r in Store(store).records("few") if r.spec.seed == seed)
    return record


def _drawn_otherwise(record: Record) -> dict[str, object]:
    return {**record.spec.identity, "few_shot": {**record.spec.identity["few_shot"], "content": "f" * 64}}


def test_publishing_takes_them_along(few: str, tmp_path: Path) -> None:
    run(few, tmp_path / "runs", methods=["fake-shown"], settings=["few-shot-1"])
    code, _, err = call("publish", str(tmp_path / "runs" / "few"), str(tmp_path / "results"))
    assert code == 0, err
    assert [r.spec.setting for r in Store(tmp_path / "results").records("few")] == ["few-shot-1"] * 2


def test_the_command_names_the_sentences(tmp_path: Path) -> None:
    arguments = ("data", "shots", "sample/politics", "--shots", "1", "--seed", "555", "--seed", "1")
    code, out, _ = call(*arguments)
    lines = out.splitlines()
    assert code == 0 and lines[0] == "few-shot-1, seed 555: 5 of 100 train sentences"
    ids = [one.id for one in draw_support(POLITICS.train, POLITICS.type_names, 1, 555)]
    assert lines[2].split() == ids
    assert json.loads(call(*arguments, "--json")[1])["555"]["ids"] == ids
    assert call("data", "shots", "sample/politics", "--shots", "0", "--seed", "1")[0] == 2


def test_the_shipped_suite_has_the_curve() -> None:
    suite = load_suite("few-shot")
    shots = [f"few-shot-{k}" for k in (1, 5, 20)]
    assert suite.settings == ("zero-shot", *shots, "supervised")
    assert (suite.corpus, suite.backbone, suite.seeds) == ("crossner", "mini", (555, 666, 777))
    names = {spec.name for spec in suite.methods or ()}
    assert {"fine-tune", "prototype", "lar-direct"} <= names
