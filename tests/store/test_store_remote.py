"""A store at a URL: what is written once stays, what another machine wrote is found, damage is noticed."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from s3_server import new_bucket, s3_server

from benchmark.domains.corpus import Mention
from benchmark.errors import InputError, UsageError
from benchmark.store.atomic_io import canonical_json, sha256
from benchmark.store.ledger import Entry
from benchmark.store.object_storage import ObjectStorage, normal_url
from benchmark.store.open_store import local_path, open_store
from benchmark.store.predictions import render_predictions
from benchmark.store.record import Record, predictions_path, to_json
from benchmark.store.remote import lease
from benchmark.store.remote.store import RemoteStore
from benchmark.store.store import Store

PREDICTIONS = render_predictions({"a/test/0": [Mention(0, 1, "person")]})
OTHERS = render_predictions({"a/test/0": []})
KEY: dict[str, object] = {"seed": 1}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture
def url() -> str:
    """A store of this process: the quickest of what fsspec knows."""
    pytest.importorskip("fsspec")
    return f"memory://{secrets.token_hex(8)}/results"


@pytest.fixture
def s3(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    return new_bucket(server, monkeypatch)


class Machine:
    """A machine with a copy of its own of the store."""

    def __init__(self, folder: Path, url: str, patch: pytest.MonkeyPatch) -> None:
        self.warnings: list[str] = []
        patch.setenv("LARBENCH_STORES", str(folder))
        store = open_store(url, create=True, warn=self.warnings.append)
        assert isinstance(store, RemoteStore) and store.root.parent == folder
        self.store = store


@pytest.fixture
def one(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path / "one", url, monkeypatch)


@pytest.fixture
def two(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path / "two", url, monkeypatch)


def record(predictions: bytes | None = PREDICTIONS, **changes: object) -> Record:
    identity = {"rule": 1, "noise": None}
    ok = {"state": "ok", "predictions": predictions_path("c1")}
    ended = {**ok, "predictions_sha256": sha256(predictions)} if predictions else {"state": "failed"}
    told = {
        "cell": "c1",
        "suite": "s",
        "corpus": "sample",
        "method": "m",
        "label": "m",
        "setting": "zero-shot",
        "source": "news",
        "domain": "ai",
        "seed": 1,
        "identity": identity,
        "identity_hash": sha256(canonical_json(identity)),
    }
    return Record.from_fields(**{**told, **ended, **changes})  # type: ignore[arg-type]


def test_what_one_machine_stores_another_reads(
    s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = (Machine(tmp_path / name, s3, monkeypatch) for name in ("one", "two"))
    one.store.save(record(), PREDICTIONS)
    one.store.update_ledger("s", {"slot": Entry("c1", "ok"), "later": Entry("c2", "planned")})
    one.store.write_sidecar("s", "comparison.json", b"{}")
    assert two.store.suites() == []
    two.store.refresh()
    assert two.store.ledger("s") == {"later": Entry("c2", "planned"), "slot": Entry("c1", "ok")}
    assert two.store.records("s")[:1] != [] and two.store.find("s", "c1") == record()
    assert two.store.predictions_bytes(record()) == PREDICTIONS
    assert (two.store.root / "s" / "comparison.json").read_bytes() == b"{}"
    # the copy is a store in a folder: what reads paths reads it
    assert Store(local_path(one.store.location)).find("s", "c1") == record()
    one.store.write_sidecar("s", "comparison.json", None)
    two.store.refresh()
    assert not (two.store.root / "s" / "comparison.json").exists()
    two.store.save(record(finished="second"), PREDICTIONS)  # S3 itself refuses to write it again
    assert two.store.find("s", "c1") == record()
    assert one.warnings == two.warnings == []


def test_the_first_of_two_that_computed_one_cell_counts(one: Machine, two: Machine) -> None:
    one.store.save(record(finished="first"), PREDICTIONS)
    two.store.save(record(finished="second"), PREDICTIONS)
    assert two.store.find("s", "c1") == record(finished="first") and two.warnings == []
    # a machine of another kind may predict otherwise: never its predictions under the first one's record
    two.store.save(record(OTHERS), OTHERS)
    assert two.store.find("s", "c1") == record(finished="first")
    assert "two machines predict otherwise" in two.warnings[0]


def test_a_failure_never_hides_a_result(one: Machine, two: Machine) -> None:
    failed = record(None, reason="its process was killed")
    two.store.save(failed)
    one.store.refresh("s", "c1")
    assert one.store.find("s", "c1") == failed
    one.store.save(record(), PREDICTIONS)
    two.store.save(failed)
    assert two.store.find("s", "c1") == record()
    two.store.refresh("s", "c1")
    assert two.store.find("s", "c1") == record()


def test_a_kill_between_predictions_and_record_leaves_no_result(
    one: Machine, two: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(self: ObjectStorage, key: str, content: bytes) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(ObjectStorage, "create", killed)
        one.store.save(record(), PREDICTIONS)
    for machine in (one, two):
        machine.store.refresh()
        assert machine.store.find("s", "c1") is None
    two.store.save(record(), PREDICTIONS)
    assert two.store.find("s", "c1") == record()


@pytest.mark.parametrize("what", ["records", "predictions"])
def test_damage_at_the_url_is_named_and_mended(one: Machine, two: Machine, what: str) -> None:
    one.store.save(record(), PREDICTIONS)
    (key,) = one.store.objects.keys(f"results/s/{what}/")
    one.store.objects.put(key, b"torn")
    two.store.refresh()
    assert two.store.find("s", "c1") is None and key in two.warnings[0]
    two.store.save(record(finished="anew"), PREDICTIONS)
    one.warnings.clear()
    one.store.root.joinpath("s/records/c1.json").unlink()
    one.store.refresh()
    found = one.store.find("s", "c1")
    assert found is not None and one.store.predictions_bytes(found) == PREDICTIONS and one.warnings == []


def test_damage_of_the_copy_is_mended_from_the_url(one: Machine) -> None:
    one.store.save(record(), PREDICTIONS)
    one.store.predictions_path(record()).write_bytes(b"torn")
    one.store.refresh()
    assert one.store.find("s", "c1") == record() and one.warnings == []


def test_a_foreign_object_gets_no_place_in_the_copy(one: Machine, two: Machine) -> None:
    one.store.objects.put("results/s/records/c2.json", to_json(record()).encode())
    one.store.objects.put("results/s/records/..%2Fc3.json", b"{}")
    one.store.objects.put("results/-evil/ledger/x.json", b"{}")
    two.store.refresh()
    assert two.store.every_record("s") == [] and "s/c1" in two.warnings[0]
    assert not list(two.store.root.parent.rglob("*evil*"))


def test_ledgers_of_two_runs_are_one(one: Machine, two: Machine) -> None:
    one.store.update_ledger("s", {"a": Entry("a-1", "planned"), "b": Entry("b-1", "planned")})
    two.store.update_ledger("s", {"b": Entry("b-2", "planned"), "c": Entry("c-1", "planned")})
    before = one.store.objects.keys("results/s/ledger/")
    one.store.update_ledger("s", {"a": Entry("a-1", "ok")})
    assert one.store.objects.keys("results/s/ledger/") == before  # a state is in its record
    for machine in (one, two):
        machine.store.refresh()
        ledger = machine.store.ledger("s")
        assert {slot: entry.cell for slot, entry in ledger.items()} == {"a": "a-1", "b": "b-2", "c": "c-1"}
    one.store.objects.put(before[0], b"torn")
    two.store.refresh()
    assert before[0] in two.warnings[0]


def test_artefacts_are_made_once_for_all(one: Machine, two: Machine) -> None:
    files = {"weights.bin": b"\x00" * 10, "config.json": b"{}"}

    def never() -> dict[str, bytes]:
        raise AssertionError("made again")

    assert one.store.artefacts.get_or_make("tagger", KEY, lambda: files) == files
    assert two.store.artefacts.get("tagger", {"seed": 2}) is None
    assert two.store.artefacts.get_or_make("tagger", KEY, never) == files
    assert Store(two.store.root).artefacts.get("tagger", KEY) == files
    assert one.store.objects.keys("leases/") == []


def test_the_first_artefact_counts(one: Machine, two: Machine) -> None:
    late = {"weights.bin": b"late"}

    def meanwhile() -> dict[str, bytes]:
        two.store.artefacts._store(
            two.store.artefacts._folder("tagger", KEY),
            {"kind": "tagger", "key": KEY},
            {"weights.bin": b"first"},
        )
        return late

    assert one.store.artefacts.get_or_make("tagger", KEY, meanwhile) == {"weights.bin": b"first"}
    assert one.store.artefacts.get("tagger", KEY) == {"weights.bin": b"first"}


def test_a_damaged_artefact_is_made_anew(one: Machine, two: Machine) -> None:
    files = {"weights.bin": b"\x00" * 10}
    one.store.artefacts.get_or_make("tagger", KEY, lambda: files)
    key = next(key for key in one.store.objects.keys("artefacts/") if "manifest" not in key)
    one.store.objects.put(key, b"torn")
    assert two.store.artefacts.get_or_make("tagger", KEY, lambda: files) == files
    assert key in two.warnings[0] and one.store.objects.get(key) == files["weights.bin"]


def test_an_object_is_created_once(s3: str) -> None:
    objects, won = ObjectStorage(s3), []
    threads = [
        threading.Thread(target=lambda n=n: won.append(objects.create("x", f"{n}".encode())))
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # the server checks and writes in two steps, so more than one may win a race against it; later none does
    assert True in won and not objects.create("x", b"late") and objects.get("x") != b"late"
    assert objects.create("x", objects.get("x") or b"")  # a retry whose first answer was lost
    objects.delete(["x", "x"])
    assert objects.get("x") is None


def test_a_lease_is_waited_for_and_taken_over_from_the_dead(
    one: Machine, two: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "_LOOK", 0.05)
    monkeypatch.setattr(lease, "BEAT", 0.1)
    monkeypatch.setattr(lease, "STALE", 30.0)
    mine, other = one.store.lock("cell-c1"), two.store.lock("cell-c1")
    with mine:
        with pytest.raises(lease.Timeout):
            other.acquire(timeout=0.5)
        assert len(one.store.objects.keys("leases/")) == 1
    with other:
        pass
    assert one.store.objects.keys("leases/") == []
    one.store.objects.put("leases/cell-c1", b"of one that was killed")
    monkeypatch.setattr(lease, "STALE", 0.2)
    with other:
        assert (one.store.objects.get("leases/cell-c1") or b"").startswith(other._token.encode())
    # what is only of a copy needs no lease
    with one.store.lock("ledger-s"), two.store.lock("ledger-s"):
        assert one.store.objects.keys("leases/") == []


def test_a_bucket_that_was_emptied_is_another_store(
    one: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.store.save(record(), PREDICTIONS)
    one.store.objects.delete([*one.store.objects.keys("results/"), "store.json"])
    assert open_store(one.store.location).suites() == []
    again = Machine(tmp_path / "one", one.store.location, monkeypatch)
    assert again.store.root != one.store.root and again.store.find("s", "c1") is None


def test_where_there_is_nothing_nothing_is_made(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LARBENCH_STORES", str(tmp_path))
    store = open_store(url)
    store.refresh()
    assert store.suites() == [] and list(tmp_path.iterdir()) == []
    assert isinstance(store, RemoteStore) and store.objects.get("store.json") is None
    with pytest.raises(InputError, match="no store"):
        local_path(url)


def test_a_provider_that_does_not_answer_is_named(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="s3://no-such-bucket-anywhere/x/results"):
        ObjectStorage("s3://no-such-bucket-anywhere/x").put("results/a", b"")


@pytest.mark.parametrize(
    ("location", "text"),
    [
        ("s3://", "no URL of a store"),
        ("s3://me:secret@bucket/x", "no password"),
        ("nobody://bucket/x", "nothing knows nobody://"),
        ("gs://bucket/x", "larbench\\[cluster\\]|gcsfs"),
    ],
)
def test_a_url_that_is_none_is_refused(location: str, text: str) -> None:
    pytest.importorskip("fsspec")
    with pytest.raises(UsageError, match=text) as raised:
        open_store(location)
    assert "secret" not in str(raised.value)


def test_folders_are_no_urls(tmp_path: Path) -> None:
    assert open_store(f"file://{tmp_path}").root == tmp_path and local_path("runs") == Path("runs")
    assert normal_url("s3://bucket/a/") == "s3://bucket/a"
    with pytest.raises(UsageError, match="publish s3://bucket/a/SUITE FOLDER"):
        Store("s3://bucket/a")


def test_records_that_were_damaged_on_the_way_are_no_twins(one: Machine, two: Machine) -> None:
    one.store.save(record(), PREDICTIONS)
    renamed = record().changed(cell="c2")
    one.store.objects.put("results/s/records/c2.json", to_json(renamed).replace("news", "olds").encode())
    two.store.refresh()
    assert [r.cell for r in two.store.every_record("s")] == ["c1"]
