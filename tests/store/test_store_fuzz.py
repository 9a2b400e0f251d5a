"""Broken files end in an error of ours or in a result: ``perf/fuzz.py`` in small, and properties."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

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


@pytest.fixture(scope="module")
def fuzzer() -> ModuleType:
    path = Path(__file__).parents[2] / "perf" / "fuzz.py"
    spec = importlib.util.spec_from_file_location("larbench_fuzz", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:  # its data classes look their module up
        patch.setitem(__import__("sys").modules, "larbench_fuzz", module)
        spec.loader.exec_module(module)
    return module


def test_no_reader_raises_anything_but_errors_of_ours(fuzzer: ModuleType, tmp_path: Path) -> None:
    tallies = fuzzer.fuzz(2400, 1, tmp_path)
    assert len(tallies) == 12
    for name, tally in tallies.items():
        assert not tally.other, f"{name}: {tally.other[0]}"
        assert tally.results + tally.refused == 200 and tally.refused > 70
    assert sum(tally.results for tally in tallies.values()) > 20  # some are harmless: it is no empty exercise


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
    with pytest.raises(InputError, match="no TOML") as caught:
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
