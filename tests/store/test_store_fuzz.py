"""Any value and any bytes in the files that we read end in an error of ours or in a result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmark.errors import InputError
from benchmark.plan.suite import Suite, parse_suite
from benchmark.store.ledger import read_ledger
from benchmark.store.predictions import parse_predictions
from benchmark.store.record import read_record

SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
KEYS = ("name", "corpus", "source", "domains", "settings", "seeds", "methods", "params", "base", "in_domain")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(json_values, json_values)
def test_any_json_as_predictions(name: object, mentions: object) -> None:
    for line in ({"id": name, "mentions": mentions}, {"id": "a", "mentions": [mentions]}, mentions):
        try:
            found = parse_predictions(json.dumps(line).encode(), Path("p.jsonl"))
        except InputError as error:
            assert error.line == 1
        else:
            assert all(isinstance(one, str) for one in found)


def test_a_number_of_thousands_of_digits_is_broken_json() -> None:
    line = b'{"id": "a", "mentions": [[' + b"9" * 5000 + b', 1, "x"]]}'
    with pytest.raises(InputError, match=r"p\.jsonl:1: found broken JSON"):
        parse_predictions(line, Path("p.jsonl"))


@pytest.mark.parametrize("read", [read_record, read_ledger])
def test_half_a_surrogate_pair_is_damage_and_named(tmp_path: Path, read) -> None:
    path = tmp_path / "file.json"
    path.write_text('{"schema": 1, "suite": "\\ud800", "ledger_sha256": "", "record_sha256": ""}')
    with pytest.raises(InputError, match="no text in UTF-8") as caught:
        read(path)
    assert caught.value.path == str(path)


toml_values = st.one_of(
    st.booleans().map(lambda value: str(value).lower()),
    st.integers(-(2**70), 2**70).map(str),
    st.floats().map(lambda value: str(value)),
    st.text(max_size=8).map(json.dumps),
    st.lists(
        st.sampled_from(["1", '"a"', "[]", "{}", "true", '{name = "a"}', '{name = 1, x = "a"}']), max_size=3
    ).map(lambda items: f"[{', '.join(items)}]"),
    st.sampled_from(["{}", "{a = {b = 1}}", "1979-05-27", "07:32:00", '""', "nan", "[[[]]]", "0x1F"]),
)


@SHARED
@given(st.dictionaries(st.sampled_from(KEYS), toml_values, max_size=6), st.booleans())
def test_any_value_under_any_key_of_a_suite(tmp_path: Path, changes: dict[str, str], sound: bool) -> None:
    keys = {
        "name": '"mine"',
        "corpus": '"sample"',
        "source": '"news"',
        "domains": '["ai"]',
        "settings": '["zero-shot"]',
        "seeds": "[1]",
    }
    content = {**(keys if sound else {}), **changes}
    path = tmp_path / "suite.toml"
    path.write_text("\n".join(f"{key} = {value}" for key, value in content.items()), encoding="utf-8")
    try:
        suite = parse_suite(path)
    except InputError as error:
        assert error.path == str(path)
    else:
        assert isinstance(suite, Suite) and suite.seeds and all(isinstance(seed, int) for seed in suite.seeds)


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 3000, "[" * 3000 + "]" * 3000])
def test_a_suite_of_thousands_of_digits_or_brackets_is_named(tmp_path: Path, value: str) -> None:
    path = tmp_path / "suite.toml"
    path.write_text(f"seeds = {value}")
    with pytest.raises(InputError, match="no valid TOML") as caught:
        parse_suite(path)
    assert caught.value.path == str(path)


@SHARED
@given(st.binary(max_size=60))
def test_any_bytes_as_a_suite(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "suite.toml"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        parse_suite(path)
    assert caught.value.path == str(path)
