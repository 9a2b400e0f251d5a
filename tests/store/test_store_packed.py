"""Compressed predictions: the same to every reader, the same bytes each time, damage named with its file."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_store_store import CONTENT, PREDICTIONS, RECORD, SLOT, flip

from benchmark.errors import InputError
from benchmark.store.gc import find_garbage
from benchmark.store.ledger import Entry
from benchmark.store.publish import publish_suite
from benchmark.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store")
    store.save(RECORD, CONTENT)
    store.update_ledger("tiny", {SLOT: Entry(RECORD.cell, "ok")})
    return store


def _files(store: Store) -> list[str]:
    return sorted(path.name for path in (store.root / "tiny" / "predictions").iterdir())


def test_what_is_packed_is_read_and_there(store: Store) -> None:
    store.pack(RECORD)
    assert _files(store) == [f"{RECORD.cell}.jsonl.gz"]
    assert store.predictions(RECORD) == PREDICTIONS
    assert store.predictions_bytes(RECORD) == CONTENT
    assert store.complete("tiny") == {RECORD.cell}
    assert store.find("tiny", RECORD.cell) == RECORD
    store.pack(RECORD)  # a second time changes nothing
    assert store.predictions_bytes(RECORD) == CONTENT


def test_what_is_published_is_packed_to_the_same_bytes(store: Store, tmp_path: Path) -> None:
    contents = []
    for name in ("one", "two"):
        target = Store(tmp_path / name)
        assert publish_suite(store.root / "tiny", target) == 1
        assert _files(target) == [f"{RECORD.cell}.jsonl.gz"]
        contents.append(target.predictions_path(RECORD).read_bytes())
        assert target.predictions(RECORD) == PREDICTIONS
    assert contents[0] == contents[1]
    assert publish_suite(target.root / "tiny", Store(tmp_path / "three")) == 1  # from a packed one on
    assert _files(store) == [f"{RECORD.cell}.jsonl"]


def test_a_cell_that_is_saved_anew_has_one_file(store: Store) -> None:
    store.pack(RECORD)
    store.save(RECORD, CONTENT)
    assert _files(store) == [f"{RECORD.cell}.jsonl"]


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "plain"])
def test_damage_names_the_file(store: Store, damage: str) -> None:
    store.pack(RECORD)
    path = store.predictions_path(RECORD)
    if damage == "flip":
        flip(path)
    else:
        path.write_bytes({"cut": path.read_bytes()[:-9], "empty": b"", "plain": CONTENT}[damage])
    with pytest.raises(InputError, match=r"broken gzip|bytes with SHA-256") as caught:
        store.predictions(RECORD)
    assert caught.value.path == str(path)


def test_garbage_is_what_no_ledger_names(store: Store) -> None:
    store.pack(RECORD)
    assert not [one for one in find_garbage(store).garbage if one.path.suffix == ".gz"]
    store.update_ledger("tiny", {}, removed=[SLOT])
    assert [one.path.name for one in find_garbage(store).garbage if one.path.suffix == ".gz"] == [
        f"{RECORD.cell}.jsonl.gz"
    ]
