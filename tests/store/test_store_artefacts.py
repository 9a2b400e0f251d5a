from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmark.store.artefacts import Artefacts
from benchmark.store.store import Store

KEY: dict[str, object] = {"seed": 1, "corpus": "aa"}
FILES = {"weights.safetensors": b"\x00\x01" * 50, "config.json": b"{}"}


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def store(tmp_path: Path, warnings: list[str]) -> Store:
    return Store(tmp_path / "store", warn=warnings.append)


def never() -> dict[str, bytes]:
    raise AssertionError("made again")


def test_made_once_and_told_apart_by_key(store: Store) -> None:
    assert store.artefacts.get("tagger", KEY) is None
    assert store.artefacts.get_or_make("tagger", KEY, lambda: FILES) == FILES
    assert store.artefacts.get_or_make("tagger", dict(reversed(KEY.items())), never) == FILES
    assert store.artefacts.get("tagger", {**KEY, "seed": 2}) is None
    assert store.artefacts.get("embeddings", KEY) is None


def test_time_on_nested_artefacts_counts_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("benchmark.store.artefacts.time.perf_counter", lambda: clock[0])

    def inner() -> dict[str, bytes]:
        clock[0] += 10
        return FILES

    def outer() -> dict[str, bytes]:
        clock[0] += 5
        return store.artefacts.get_or_make("tagger", KEY, inner)

    store.artefacts.get_or_make("teacher", KEY, outer)
    assert store.artefacts.seconds == 15
    store.artefacts.get_or_make("teacher", KEY, never)
    assert store.artefacts.seconds == 15


def test_what_sharing_saved_is_what_making_took(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("benchmark.store.artefacts.time.perf_counter", lambda: clock[0])

    def after(seconds: float, artefacts: Artefacts | None = None) -> dict[str, bytes]:
        clock[0] += seconds
        return FILES if artefacts is None else artefacts.get_or_make("encoder", KEY, never)

    store.artefacts.get_or_make("encoder", KEY, lambda: after(10))
    assert store.artefacts.saved == 0

    other = Store(store.root).artefacts
    other.get_or_make("tagger", KEY, lambda: after(5, other))
    assert other.saved == 10
    other.get_or_make("encoder", KEY, never)
    assert other.saved == 10

    third = Store(store.root).artefacts
    third.get_or_make("tagger", KEY, never)
    assert third.saved == 15 and third.seconds == 0


def test_an_artefact_that_does_not_say_what_it_took_saves_nothing(store: Store) -> None:
    store.artefacts.get_or_make("tagger", KEY, lambda: FILES)
    (path,) = store.root.glob("artefacts/tagger/*/manifest.json")
    content = json.loads(path.read_text())
    del content["seconds"]
    path.write_text(json.dumps(content))
    assert store.artefacts.get_or_make("tagger", KEY, never) == FILES
    assert store.artefacts.saved == 0


@pytest.mark.parametrize("name", ["weights.safetensors", "manifest.json"])
def test_damage_is_named_and_made_anew(store: Store, warnings: list[str], name: str) -> None:
    store.artefacts.get_or_make("tagger", KEY, lambda: FILES)
    path = next(store.root.glob(f"artefacts/tagger/*/{name}"))
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)
    assert store.artefacts.get("tagger", KEY) is None
    assert str(path) in warnings[0]
    assert store.artefacts.get_or_make("tagger", KEY, lambda: FILES) == FILES
    assert store.artefacts.get_or_make("tagger", KEY, never) == FILES


def test_an_absent_file_is_named(store: Store, warnings: list[str]) -> None:
    store.artefacts.get_or_make("tagger", KEY, lambda: FILES)
    next(store.root.glob("artefacts/tagger/*/config.json")).unlink()
    assert store.artefacts.get("tagger", KEY) is None and "no such file" in warnings[0]


def test_those_who_ask_at_once_share_one_making(store: Store) -> None:
    made = []
    inside = threading.Event()

    def make() -> dict[str, bytes]:
        made.append(1)
        inside.wait(0.3)
        return FILES

    threads = [
        threading.Thread(target=store.artefacts.get_or_make, args=("tagger", KEY, make)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_a_failed_making_leaves_nothing(store: Store) -> None:
    def fail() -> dict[str, bytes]:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        store.artefacts.get_or_make("tagger", KEY, fail)
    assert store.artefacts.get_or_make("tagger", KEY, lambda: FILES) == FILES


@pytest.mark.parametrize("name", ["../weights", "a/b", "manifest.json", ""])
def test_files_stay_in_their_folder(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        store.artefacts.get_or_make("tagger", KEY, lambda: {name: b""})
    with pytest.raises(ValueError, match="kind"):
        store.artefacts.get("../tagger", KEY)


def test_what_a_cell_alone_needs_leaves_out_waiting_and_counts_each_artefact_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr("benchmark.store.artefacts.time.perf_counter", lambda: clock[0])

    def after(seconds: float, needs: Artefacts | None = None) -> dict[str, bytes]:
        clock[0] += seconds
        return FILES if needs is None else needs.get_or_make("encoder", KEY, lambda: after(10))

    first = store.artefacts
    first.get_or_make("encoder", KEY, lambda: after(10))
    first.get_or_make("tagger", KEY, lambda: after(5, first))
    assert first.needed == 15  # the encoder once, though the tagger needs it too

    fresh = Store(store.root / "other").artefacts
    fresh.get_or_make("tagger", KEY, lambda: after(5, fresh))
    assert fresh.needed == 15 == fresh.seconds

    @contextmanager
    def waiting(name: str) -> Iterator[None]:
        clock[0] += 100  # another process makes it
        yield

    late = Store(store.root).artefacts
    monkeypatch.setattr(late.store, "hold_lock", waiting)
    late.get_or_make("tagger", KEY, never)
    assert (late.seconds, late.needed) == (100, 15)
