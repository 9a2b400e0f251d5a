from __future__ import annotations

from pathlib import Path

import pytest
from cells_cli import call

from benchmark.errors import UsageError
from benchmark.store.cell_spec import CellSpec
from benchmark.store.forget import find_row, forget_row
from benchmark.store.ledger import Entry
from benchmark.store.record import FAILED, Record
from benchmark.store.store import Store


def stored(store: Store, label: str, backbone: str = "mini", rule: int = 2, **changes: object) -> CellSpec:
    """Enter a cell that failed, planned by a rule of identities; what it is of."""
    names = {"suite": "s", "corpus": "sample", "source": "news", "domain": "ai", "method": "m"}
    spec = CellSpec(
        **names,
        label=label,
        backbone=backbone,
        setting="zero-shot",
        seed=1,
        identity={"rule": rule, "code": {"m": "00"}, **changes},
        identity_hash=f"{abs(hash((label, backbone, rule))):064x}"[-64:],
    )
    store.save(Record(cell=spec.name, spec=spec, state=FAILED, finished="2026-01-01"))
    store.update_ledger("s", {spec.ledger_key: Entry(spec.name, FAILED)}, specs=[spec])
    return spec


def test_a_row_is_taken_off_and_its_records_stay(tmp_path: Path) -> None:
    store = Store(tmp_path)
    one, other, noisy = (
        stored(store, "a"),
        stored(store, "a", "base"),
        stored(store, "a~text-0.1", noise={"on": "target"}),
    )
    kept = stored(store, "b")
    assert set(find_row(store, "s", "a (base)")) == {other.ledger_key}
    assert len(store.ledger("s")) == 4
    assert set(forget_row(store, "s", "a")) == {one.ledger_key, other.ledger_key, noisy.ledger_key}
    assert set(store.ledger("s")) == {kept.ledger_key} and store.record("s", one.name).cell == one.name
    with pytest.raises(UsageError, match="no row of s is called 'a'"):
        find_row(store, "s", "a")


def test_it_is_shown_before_it_is_done(tmp_path: Path) -> None:
    spec = stored(Store(tmp_path), "a")
    arguments = ("forget", "a", "--suite", "s", "--store", str(tmp_path))
    code, out, _ = call(*arguments)
    assert code == 0 and spec.ledger_key in out and "--yes does it" in out
    assert Store(tmp_path).ledger("s")
    assert call(*arguments, "--yes")[0] == 0 and not Store(tmp_path).ledger("s")


@pytest.mark.parametrize(
    "names", [("org/model", "org:model"), ("x" * 60 + "A", "x" * 60 + "B"), ("a b", "a_b"), ("ä", "ö")]
)
def test_names_that_were_cut_or_changed_are_told_apart(tmp_path: Path, names: tuple[str, str]) -> None:
    store = Store(tmp_path)
    for name in names:
        stored(store, "a", name)
    assert len(store.ledger("s")) == 2


def test_a_place_under_its_earlier_name_is_taken_over(tmp_path: Path) -> None:
    store = Store(tmp_path)
    old, same = stored(store, "a (b)", rule=1), stored(store, "plain", rule=1)
    assert old.ledger_key == "a_b_-zero-shot-ai-mini-s1"
    new = stored(store, "a (b)")
    assert set(store.ledger("s")) == {new.ledger_key, same.ledger_key}
    # another row that had the same name by the earlier rule keeps its place
    other = stored(store, "a [b]", rule=1)
    assert other.ledger_key == old.ledger_key
    stored(store, "a (b)")
    assert set(store.ledger("s")) == {new.ledger_key, same.ledger_key, other.ledger_key}


def test_a_method_that_failed_to_load_leaves_no_row_once_it_loads(tmp_path: Path) -> None:
    store = Store(tmp_path)
    stored(store, "a", "none", code={})
    failed = stored(store, "b", "none")
    loaded = stored(store, "a", "mini")
    assert set(store.ledger("s")) == {failed.ledger_key, loaded.ledger_key}
