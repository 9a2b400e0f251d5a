"""JSON as models write it: read where the meaning is certain, each repair counted, never guessed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larbench.endpoint.lenient_json import Found, read_value

READ: list[tuple[str, Any, dict[str, int]]] = [
    ('{"1": "river"}', {"1": "river"}, {}),
    ('Here:\n```json\n{"1": "river"}\n```\nIs it {right}?', {"1": "river"}, {}),
    ('{"1": "river",}', {"1": "river"}, {"trailing-comma": 1}),
    ('[{"a": "x, ]"}, ]', [{"a": "x, ]"}], {"trailing-comma": 1}),
    ('{"a": "\\u00e9\\/", }', {"a": "é/"}, {"trailing-comma": 1}),
    ('{1: "river", 2: "bridge"}', {"1": "river", "2": "bridge"}, {"python-literal": 1}),
    ("{'text': 'Ems', 'occurrence': None}", {"text": "Ems", "occurrence": None}, {"python-literal": 1}),
    ('{"text": "Ems", "occurrence": None}', {"text": "Ems", "occurrence": None}, {"python-literal": 1}),
    ("{'a': \"it's\", 'b': null, 'c': true}", {"a": "it's", "b": None, "c": True}, {"python-literal": 1}),
    ('{"text": "Ems"}\n{"text": "Elbe"}\n', [{"text": "Ems"}, {"text": "Elbe"}], {"json-lines": 1}),
    ('{"text": "Ems"}, {"text": "Elbe"}', [{"text": "Ems"}, {"text": "Elbe"}], {"json-lines": 1}),
    ('{"a": 1, "b": 2}\nAgain: {"b": 2, "a": 1}', {"a": 1, "b": 2}, {"repeated-answer": 1}),
    ('{"a": 1,}\n{"a": 1}', {"a": 1}, {"trailing-comma": 1, "repeated-answer": 1}),
]


@pytest.mark.parametrize(("text", "value", "repairs"), READ)
def test_what_is_certain_is_read_and_each_repair_counted(text: str, value: Any, repairs: dict[str, int]):
    found = read_value(text)
    assert (found.value, dict(found.repairs)) == (value, repairs)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no idea",
        "{right}",
        '{"1": "river"} or rather {"1": "bridge"}',  # two readings
        '{"1": "river", "1": "bridge"}',
        '{"mentions": [1]}\n{"mentions": [2]}',  # two answers, not the rows of one
        '{"1": "river", "1": "bridge",}',
        "{1: 'river', '1': 'bridge'}",
        '{"mentions": [{"text": "Ems"}',  # breaks off: what stands whole in it is not the answer
        '[{"text": "Ems"},',
        '{"1": "river"',
        '{"a": "x" "b": "y"}',  # a comma or a colon is missing, nobody knows which
        '{"a": "x" "y"}',
        '{"a": "he said "hi" to me"}',
        "{'a': 'it's'}",
        "{'a': f'x'}",
        "{'a': __import__('os')}",
        "{'a': 1 + 1}",
        "{'a': '\\x41'}",
        "{'a', 'b'}",
        "[" * 100_000,
        '{"a": ' * 5_000,
        '{"1": "' + "x" * 70_000 + '"}',
        "{ " * 100 + '{"1": "river"}',
    ],
)
def test_what_is_not_certain_is_not_read(text: str):
    assert read_value(text) == Found()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3))
def test_what_is_json_is_read_as_json(value: Any):
    assert read_value(json.dumps(value)) == Found(value)


@given(st.text(alphabet="{}[]\",:'\\ \n1aNone#", max_size=60))
def test_no_text_makes_it_fail(text: str):
    found = read_value(text)
    if found.value is not None and not found.repairs:
        assert json.dumps(found.value)
