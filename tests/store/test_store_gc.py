"""What no ledger refers to is shown, and removed when told to; nothing else is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cells_cli import call, start_cli

import larbench
from benchmark.store.gc import find_garbage, running_cells
from benchmark.store.store import Store

_MADE: dict[Path, bytes] = {}
FEW = {"methods": ["fake-rule"], "domains": ["politics"], "settings": ["zero-shot"]}


def files_of(store: str = "runs") -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in Path(store).rglob("*") if path.is_file()}


@pytest.fixture
def stale(tiny: str, fakes: Path) -> str:
    """A store in which a newer cell has taken the place of another; run once, and copied from then on."""
    changed = fakes.read_text().replace("isupper()", "islower()")
    if _MADE:
        for path, content in _MADE.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        fakes.write_text(changed)
        return tiny
    larbench.run(tiny, **FEW)
    fakes.write_text(changed)
    larbench.run(tiny, **FEW)
    _MADE.update(files_of())
    return tiny


def test_it_is_only_shown_at_first(stale: str) -> None:
    before = files_of()
    code, out, _ = call("gc")
    assert code == 0 and "to remove: 2 things" in out and "nothing was removed" in out
    assert "records of a cell that no ledger names" in out
    assert files_of() == before


def test_with_yes_it_goes_and_what_is_current_stays(stale: str) -> None:
    store = Store("runs")
    current = store.records("tiny")
    code, out, _ = call("gc", "--yes")
    assert code == 0 and "removed: 2 things" in out
    assert store.records("tiny") == current and store.every_record("tiny") == current
    assert [store.predictions_bytes(record) for record in current]
    assert larbench.run(stale, **FEW).outcomes[0].cached
    assert "to remove: 0 things" in call("gc")[1]


def test_artefacts_go_only_by_their_kind(stale: str) -> None:
    assert call("gc", "--yes")[0] == 0
    assert list(Path("runs/artefacts/fake-source").iterdir())
    assert "artefact of the kind fake-source" in call("gc", "--artefacts", "fake-source", "--yes")[1]
    assert not list(Path("runs/artefacts/fake-source").iterdir())
    code, _, err = call("gc", "--artefacts", "fake-sauce")
    assert code == 2 and "there are fake-source" in err


def test_nothing_is_removed_while_a_cell_runs(stale: str) -> None:
    running = ("--suite", stale, "--methods", "fake-rule", "--domains", "science", "--settings", "zero-shot")
    process = start_cli("run", *running, FAKE_SLEEP="600")
    try:
        while not list(running_cells(Store("runs"))):
            assert process.poll() is None
        before = files_of()
        code, _, err = call("gc", "--artefacts", "fake-source", "--yes")
        assert code == 2 and "fake-rule-zero-shot-science" in err and "runs in" in err
        assert {p: c for p, c in files_of().items() if p in before} == before
    finally:
        process.kill()
        process.communicate()


def test_a_suite_without_a_sound_ledger_is_left_alone(stale: str) -> None:
    path = Path("runs/tiny/ledger.json")
    content = path.read_bytes()
    for spoil in (lambda: path.write_bytes(content[:-9]), path.unlink):
        spoil()
        found = find_garbage(Store("runs"))
        assert not found.garbage and len(found.left) == 1 and "tiny" in found.left[0]


def test_old_leftovers_go_and_a_write_under_way_stays(stale: str) -> None:
    folder = Path("runs/tmp")
    folder.mkdir(exist_ok=True)
    (folder / "old.0123").write_text("x")
    (folder / "new.0123").write_text("x")
    os.utime(folder / "old.0123", (1, 1))
    assert call("gc", "--yes")[0] == 0
    assert [path.name for path in folder.iterdir()] == ["new.0123"]
