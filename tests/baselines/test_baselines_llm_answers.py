"""Reading what a language model answers: every form that is taken, and that no other is."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baselines.llm_prompt.align_words import Answered
from baselines.llm_prompt.answers import answer_schema, read_answer
from larbench.endpoint.answers import MAX_CHARACTERS, recognise_type

READABLE = {"person": "person", "musicalartist": "musical artist", "band": "band (music)"}
ANSWER = '{"mentions": [{"text": "Anna", "type": "person", "occurrence": null}]}'
ANNA = (Answered("Anna", "person"),)


@pytest.mark.parametrize(
    "text",
    [
        ANSWER,
        f"Here you are:\n```json\n{ANSWER}\n```\nGood luck!",
        '[{"text": "Anna", "type": "person"}]',
        '{"mentions": [{"text": "Anna", "type": "Person", "why": "a name"}], "note": "one"}',
        f"(see {{brackets}}) {ANSWER}",
    ],
)
def test_forms_that_are_taken(text: str) -> None:
    found = read_answer(text, READABLE)
    assert (found.mentions, found.fault) == (ANNA, None)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (None, "empty"),
        (" \n", "empty"),
        ("Anna is a person.", "malformed"),
        (f"{ANSWER} {ANSWER.replace('Anna', 'Emma')}", "malformed"),
        ('{"mentions": [], "mentions": []}', "malformed"),
        ('{"mentions": "Anna"}', "malformed"),
        ('{"entities": []}', "malformed"),
        ("[" * 100_000, "oversized"),
        ("[" * 5_000, "malformed"),
        (ANSWER[:-3], "malformed"),
        (" " * MAX_CHARACTERS + ANSWER, "oversized"),
        ('{"mentions": ' + "9" * 10_000 + "}", "malformed"),
    ],
)
def test_forms_that_are_not(text: str | None, fault: str) -> None:
    found = read_answer(text, READABLE)
    assert (found.mentions, found.fault) == ((), fault)


def test_an_answer_that_was_cut_off_counts_only_where_it_is_whole() -> None:
    assert read_answer(ANSWER, READABLE, cut=True).mentions == ANNA
    assert read_answer(ANSWER[:-1], READABLE, cut=True).fault == "truncated"
    assert read_answer("", READABLE, cut=True).fault == "truncated"
    # the list stands whole inside an object that does not
    assert read_answer(ANSWER[:-1] + ', "more": [', READABLE, cut=True).fault == "truncated"


def test_a_mention_that_cannot_be_read_spoils_itself_alone() -> None:
    items = [
        {"text": "Anna", "type": "person"},
        {"text": "Anna", "type": "river"},
        {"text": "Anna"},
        {"text": 3, "type": "person"},
        "Anna",
        {"text": "Anna", "type": "person", "occurrence": "2"},
        {"text": "Anna", "type": "person", "occurrence": True},
        {"text": "Anna", "type": "person", "occurrence": 2},
    ]
    found = read_answer(json.dumps({"mentions": items}), READABLE)
    assert found.mentions == (
        *ANNA,
        Answered("Anna", "person", 0),
        Answered("Anna", "person", 0),
        Answered("Anna", "person", 2),
    )
    assert found.met == {"unknown-type": 2, "malformed-mention": 2}


def recognised(said: object) -> str | None:
    return recognise_type(said, READABLE, READABLE, Counter())


def test_types_are_recognised_by_name_and_by_readable_name() -> None:
    assert recognised("Musical Artist") == "musicalartist"
    assert recognised("musical-artist") == "musicalartist"
    assert recognised("BAND") == "band"
    assert recognised("Band (music)") == "band"
    assert recognised("band music group") is None
    assert recognised("") is None
    assert recognised(None) is None
    alike = {"a": "the same", "b": "The Same"}
    assert recognise_type("the same", alike, alike, Counter()) is None


def test_british_and_american_spellings_are_one_and_counted_but_never_two_types() -> None:
    readable = {"organisation": "organisation", "theatre": "theatre", "award": "award"}
    repairs: Counter[str] = Counter()
    assert recognise_type("Organization", readable, readable, repairs) == "organisation"
    assert recognise_type("theater", readable, readable, repairs) == "theatre"
    assert recognise_type("award", readable, readable, repairs) == "award"
    assert repairs == {"spelling": 2}
    both = {"organisation": "a company", "organization": "a state"}
    assert recognise_type("organization", both, both, repairs) == "organization"
    assert recognise_type("ORGANISATION", both, both, repairs) == "organisation"
    alike = {"a": "organisation", "b": "organization"}
    assert recognise_type("Organisation", alike, alike, repairs) == "a"
    assert recognise_type("organizer", readable, readable, repairs) is None
    assert repairs == {"spelling": 2}
    answer = '{"mentions": [{"text": "UN", "type": "organization", "occurrence": null}]}'
    reading = read_answer(answer, readable)
    assert (reading.mentions[0].type, dict(reading.met)) == ("organisation", {"spelling": 1})


def test_the_schema_allows_the_declared_types_alone() -> None:
    schema = answer_schema(list(READABLE))["json_schema"]["schema"]
    item = schema["properties"]["mentions"]["items"]
    assert item["properties"]["type"]["enum"] == list(READABLE)
    assert set(item["required"]) == set(item["properties"])


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.text() | values.map(json.dumps) | st.lists(values).map(lambda found: json.dumps({"mentions": found})),
    st.booleans(),
)
def test_whatever_comes_only_declared_types_go_on(text: str, cut: bool) -> None:
    found = read_answer(text, READABLE, cut=cut)
    assert all(isinstance(mention.text, str) and mention.type in READABLE for mention in found.mentions)
    assert found.fault is None or found.mentions == ()


def test_what_is_certain_is_read_and_counted() -> None:
    twice = read_answer(f"{ANSWER} {ANSWER}", READABLE)
    assert (twice.mentions, dict(twice.met)) == (ANNA, {"repeated-answer": 1})
    rows = read_answer('{"text": "Anna", "type": "person", "occurrence": None,}', READABLE)
    assert rows.fault == "malformed"  # one row is no list: nobody knows whether there were more
    python = read_answer(ANSWER.replace("null", "None"), READABLE)
    assert (python.mentions, dict(python.met)) == (ANNA, {"python-literal": 1})
