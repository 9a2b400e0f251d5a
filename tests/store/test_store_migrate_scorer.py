"""A store carried over to another version of the scorer."""

from __future__ import annotations

from pathlib import Path

import pytest
from cells_cli import call

import larbench
from benchmark.plan import identity
from benchmark.store import migrate_scorer
from benchmark.store.ledger import Entry
from benchmark.store.store import Store

FEW = {"methods": ["fake-rule"], "settings": ["zero-shot"]}


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> str:
    """Make the scorer's version another one."""
    monkeypatch.setattr(migrate_scorer, "SCORER_VERSION", "2")
    monkeypatch.setattr(identity, "SCORER_VERSION", "2")
    return "2"


def test_what_is_at_this_version_stays(tiny: str) -> None:
    larbench.run(tiny, **FEW)
    before = {path: path.read_bytes() for path in Path("runs/tiny").rglob("*.json*")}
    code, out, _ = call("rescore")
    assert code == 0 and "tiny: 0 cells carried over to scorer 1, 3 were at it" in out
    assert {path: path.read_bytes() for path in Path("runs/tiny").rglob("*.json*")} == before


def test_a_new_scorer_needs_no_cell_computed_again(tiny: str, newer: str, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "SCORER_VERSION", "1")
        old = [outcome.record for outcome in larbench.run(tiny, **FEW).outcomes]
    assert not any(planned.state == "ok" for planned in larbench.plan(tiny, **FEW))
    done = migrate_scorer.migrate_suite(Store("runs"), "tiny")
    assert (len(done.carried), done.current, done.without_dev, done.left) == (3, 0, 3, ())

    fits = (tmp_path / "trace").read_text()
    report = larbench.run(tiny, **FEW)
    assert all(outcome.cached for outcome in report.outcomes) and (tmp_path / "trace").read_text() == fits
    store = Store("runs")
    for before, outcome in zip(old, report.outcomes, strict=True):
        after = outcome.record
        assert store.predictions_bytes(after) == store.predictions_bytes(before)
        assert after.spec.identity == {**before.spec.identity, "scorer": "2"}
        assert after.dev is None and before.dev is not None  # dev predictions are not stored
        assert after.notes["rescored_from"] == {"cell": before.cell, "scorer": "1"}
        assert (after.timings, after.finished) == (before.timings, before.finished)
    assert store.records("tiny") == [record for record in store.records("tiny") if record.dev is None]


def test_what_is_planned_is_no_fault(tiny: str) -> None:
    larbench.run(tiny, **FEW)
    slot = "fake-rule-zero-shot-ai-mini-s555"
    Store("runs").update_ledger("tiny", {slot: Entry(f"{slot}-0123456789ab", "planned")})
    code, out, _ = call("rescore")
    assert code == 0 and "3 were at it" in out and "1 are planned and not done" in out


def test_a_damaged_cell_is_left_and_named(tiny: str, newer: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "SCORER_VERSION", "1")
        larbench.run(tiny, **FEW)
    path = sorted(Path("runs/tiny/predictions").iterdir())[0]
    path.write_bytes(path.read_bytes()[:-5])
    done = migrate_scorer.migrate_suite(Store("runs"), "tiny")
    assert len(done.carried) == 2 and len(done.left) == 1 and str(path) in done.left[0]
    entry = Store("runs").ledger("tiny")[done.left[0].partition(":")[0].rpartition("-")[0]]
    assert entry.cell == path.stem  # its place is as it was


def test_an_empty_store_is_told(tmp_path: Path) -> None:
    code, _, err = call("rescore", "--store", str(tmp_path))
    assert code == 2 and "nothing has been run" in err
