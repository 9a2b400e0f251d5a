from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from benchmark.domains.corpus import Mention
from benchmark.errors import InputError, UsageError
from benchmark.store.atomic_io import sealed_json, sha256, write_atomic
from benchmark.store.ledger import PLANNED, Entry, read_ledger
from benchmark.store.predictions import parse_predictions, render_predictions
from benchmark.store.record import Record, read_record, to_json
from benchmark.store.store import Store

PREDICTIONS = {"ai/test/0": [Mention(0, 2, "task")], "ai/test/1": []}
CONTENT = render_predictions(PREDICTIONS)
RECORD = Record.from_fields(
    cell="m-zero-shot-ai-mini-s5-0123456789ab",
    suite="tiny",
    corpus="sample",
    source_corpus="sample",
    method="m",
    label="m",
    setting="zero-shot",
    source="news",
    domain="ai",
    backbone="mini",
    seed=5,
    state="ok",
    identity={"seed": 5},
    identity_hash="0123456789ab",
    timings={"total_seconds": 1.5},
    dev={"precision": 0.5, "recall": 0.25, "f1": 1 / 3},
    predictions="predictions/m-zero-shot-ai-mini-s5-0123456789ab.jsonl",
    predictions_sha256=sha256(CONTENT),
    finished="2026-01-01T00:00:00+00:00",
)
SLOT = "m-zero-shot-ai-mini-s5"


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def store(tmp_path: Path, warnings: list[str]) -> Store:
    store = Store(tmp_path / "store", warn=warnings.append)
    store.save(RECORD, CONTENT)
    store.update_ledger("tiny", {SLOT: Entry(RECORD.cell, "ok")})
    return store


def flip(path: Path, position: int = -5) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)


def test_what_is_saved_is_read(store: Store) -> None:
    assert store.suites() == ["tiny"]
    assert store.records("tiny") == [RECORD]
    assert store.predictions(RECORD) == PREDICTIONS
    assert not list(store.temporary.iterdir())


def test_the_format_of_predictions() -> None:
    assert CONTENT.splitlines()[0] == b'{"id": "ai/test/0", "mentions": [[0, 2, "task"]]}'


def test_planned_cells_have_no_record_yet(store: Store) -> None:
    store.update_ledger("tiny", {"n-zero-shot-ai-mini-s5": Entry("n-zero-shot-ai-mini-s5-aa", PLANNED)})
    assert store.records("tiny") == [RECORD]
    assert list(store.ledger("tiny")) == [SLOT, "n-zero-shot-ai-mini-s5"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(data=st.data())
def test_any_flipped_bit_in_a_record_is_named_or_harmless(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(to_json(RECORD).encode())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path / "record.json"
    path.write_bytes(content)
    try:
        assert read_record(path) == RECORD  # one kind of white space for another
    except InputError as error:
        assert error.path == str(path)


@pytest.mark.parametrize("part", ["predictions", "records"])
def test_damage_is_named_and_never_served(store: Store, warnings: list[str], part: str) -> None:
    path = next((store.root / "tiny" / part).iterdir())
    flip(path)
    with pytest.raises(InputError, match=r"SHA-256|JSON") as caught:
        [store.predictions(record) for record in store.records("tiny")]
    assert caught.value.path == str(path)
    assert store.find("tiny", RECORD.cell) is None
    assert len(warnings) == 1 and str(path) in warnings[0]


def test_absent_files_are_named(store: Store) -> None:
    store.predictions_path(RECORD).unlink()
    with pytest.raises(InputError, match="no predictions"):
        store.predictions(RECORD)
    with pytest.raises(InputError, match="no record"):
        store.record("tiny", "nothing")
    failed = RECORD.changed(state="failed", predictions=None)
    with pytest.raises(UsageError, match="ended failed"):
        store.predictions(failed)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"state": "fine"}, "state = 'fine'; expected one of ok, incomplete, failed, skipped, over-budget"),
        ({"cell": "../../etc"}, "cell = '../../etc'"),
        ({"suite": "a/b"}, "suite = 'a/b'"),
        ({"predictions": "../other.jsonl"}, "predictions = '../other.jsonl'"),
        ({"seed": "5"}, "seed = '5'"),
        ({"source_limit": True}, "source_limit = True"),
        ({"schema": 2}, "schema 2"),
    ],
)
def test_a_record_that_hashes_well_can_still_be_wrong(tmp_path: Path, change: dict, named: str) -> None:
    path = tmp_path / "record.json"
    path.write_text(to_json(RECORD.changed(**change)))
    with pytest.raises(InputError) as caught:
        read_record(path)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ({"cell": "../up", "state": "ok"}, "slots.a.cell = '../up'"),
        ({"cell": "a-1", "state": "fine"}, "slots.a.state = 'fine'; expected one of ok, incomplete"),
        ({"cell": "a-1"}, "no slots.a.state"),
    ],
)
def test_a_ledger_that_hashes_well_can_still_be_wrong(tmp_path: Path, entry: dict, named: str) -> None:
    path = tmp_path / "ledger.json"
    path.write_bytes(sealed_json({"schema": 1, "suite": "s", "slots": {"a": entry}}, "ledger"))
    with pytest.raises(InputError) as caught:
        read_ledger(path)
    assert named in str(caught.value) and str(path) in str(caught.value)


def test_a_twin_is_found_as_soon_as_anybody_has_stored_it(store: Store) -> None:
    later = RECORD.changed(
        cell="m-zero-shot-ai-mini-s6-ba9876543210",
        identity_hash="ba9876543210",
        predictions="predictions/m-zero-shot-ai-mini-s6-ba9876543210.jsonl",
    )
    asked, absent = (dataclasses.replace(r.spec, label="other") for r in (RECORD, later))
    os.utime(store.root / "tiny" / "records", (0, 0))  # long unchanged: the listing is kept
    assert store.find_equivalent(asked) == RECORD and store.find_equivalent(absent) is None
    Store(store.root).save(later, CONTENT)
    assert store.find_equivalent(absent) == later


def test_a_damaged_ledger_is_named_and_rebuilt(store: Store, warnings: list[str]) -> None:
    path = store.root / "tiny" / "ledger.json"
    before = path.read_bytes()
    flip(path)
    with pytest.raises(InputError, match="ledger"):
        store.records("tiny")
    store.update_ledger("tiny", {})
    assert path.read_bytes() == before
    assert len(warnings) == 1 and str(path) in warnings[0]


def test_a_kill_while_writing_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_atomic(path, b"old", temporary=tmp_path / "tmp")
    monkeypatch.setattr(Path, "replace", lambda self, target: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write_atomic(path, b"new", temporary=tmp_path / "tmp")
    assert path.read_bytes() == b"old"


def test_a_store_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written") as caught:
        Store(tmp_path / "file" / "store").save(RECORD, CONTENT)
    assert caught.value.exit_code == 2


names = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=8)
mentions = st.lists(st.builds(Mention, st.integers(0, 99), st.integers(0, 99), names), max_size=4)


@given(st.dictionaries(names, mentions, max_size=4))
def test_predictions_come_back_as_they_were(predictions: dict[str, list[Mention]]) -> None:
    assert parse_predictions(render_predictions(predictions), Path("p")) == predictions


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"id": 1, "mentions": []}',
        '{"id": "a"}',
        '{"id": "a", "mentions": {}}',
        '{"id": "a", "mentions": [[0, 1]]}',
        '{"id": "a", "mentions": [[0.0, 1, "x"]]}',
        '{"id": "a", "mentions": [[true, 1, "x"]]}',
        '{"id": "a", "mentions": [], "text": "b"}',
        '{"id": "ok", "mentions": []}',
        "[" * 100_000,
        "\x85",
    ],
)
def test_bad_lines_are_named_by_number(line: str) -> None:
    content = '{"id": "ok", "mentions": []}\n' + line + "\n"
    with pytest.raises(InputError) as caught:
        parse_predictions(content.encode(), Path("file.jsonl"))
    assert (caught.value.path, caught.value.line) == ("file.jsonl", 2)


good = st.sampled_from(["a", "b", "c"]).map(lambda name: f'{{"id": "{name}", "mentions": [[0, 1, "x"]]}}')
GOOD = '{"id": "e", "mentions": []}'
pieces = ['{"id": "d"', '"mentions": []}', "[3, 4, 1]", "0", GOOD, "]", "["]
odd = st.lists(st.sampled_from(pieces), min_size=1, max_size=3).map(", ".join)


@given(st.lists(good | good | odd | st.just(""), max_size=5))
@example([f"{GOOD}, {GOOD}", '{"id": "d"', '"mentions": []}'])
@example(['{"id": "d", "mentions": [[0, 1, "x"]', '[2, 3, "x"]]}'])
@example(["0", "0", "0"])
def test_a_line_is_sound_or_not_whatever_stands_beside_it(lines: list[str]) -> None:
    def parsed(*some: str) -> list[str] | None:
        try:
            return list(parse_predictions("\n".join(some).encode(), Path("p")))
        except InputError:
            return None

    apart = [parsed(line) for line in lines]
    ids = [name for its in apart if its is not None for name in its]
    assert parsed(*lines) == (None if None in apart or len(set(ids)) < len(ids) else ids)


def test_lines_of_many_blocks_and_the_number_of_the_one_that_is_bad() -> None:
    lines = [f'{{"id": "{number}", "mentions": [[0, {number + 1}, "x"]]}}' for number in range(9000)]
    found = parse_predictions("\n".join(lines).encode(), Path("p"))
    assert found == {str(number): [Mention(0, number + 1, "x")] for number in range(9000)}
    for wrong in ("{", lines[3]):
        with pytest.raises(InputError) as caught:
            parse_predictions("\n".join([*lines[:8500], wrong]).encode(), Path("p"))
        assert caught.value.line == 8501
