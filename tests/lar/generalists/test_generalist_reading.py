"""Reading answers, and the round trip: what is rendered is read back, whatever the types are called."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.domains.corpus import Domain, EntityType, LabelledSentence, Mention
from benchmark.domains.load import load_domain
from lar.generalists.answers import read_answer, render_answer
from lar.generalists.round_trip import round_trip
from larbench.endpoint.answers import recognise_type
from larbench.endpoint.lenient_json import read_value

type_names = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zs")), min_size=1, max_size=12)


@st.composite
def domains(draw) -> Domain:
    names = draw(st.lists(type_names, min_size=1, max_size=6, unique=True))
    types = tuple(EntityType(name, draw(st.sampled_from([name, "thing"])), "") for name in names)

    def split(where: str) -> tuple[LabelledSentence, ...]:
        found = []
        for number in range(draw(st.integers(0, 4))):
            tokens = draw(st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=50))
            bounds = sorted(draw(st.sets(st.integers(0, len(tokens)), max_size=10)))
            mentions = [
                Mention(start, end, draw(st.sampled_from(names)))
                for start, end in zip(bounds[::2], bounds[1::2], strict=False)
            ]
            found.append(LabelledSentence(f"{where}/{number}", tuple(tokens), tuple(mentions)))
        return tuple(found)

    return Domain("own", "d", "en", types, split("train"), split("dev"), split("test"))


@given(domains())
def test_gold_goes_out_and_comes_back_whole(domain):
    assert round_trip(domain) == 100.0


@pytest.mark.parametrize("name", ["politics", "science", "music", "literature", "ai"])
def test_the_sample_goes_out_and_comes_back_whole(name):
    assert round_trip(load_domain("sample", name), splits=("dev",)) == 100.0


NAMES = ("person", "politicalparty", "river")
READABLE = {"person": "person", "politicalparty": "political party", "river": "river"}


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ('{"1": "person", "2": "river"}', {1: "person", 2: "river"}),
        ('  {"2": "river",\n "1": "Political Party"}\n', {1: "politicalparty", 2: "river"}),
        ('```json\n{"1": "person", "2": "river"}\n```', {1: "person", 2: "river"}),
        ('I used {braces}. {"1": "person", "2": "river"} Right?', {1: "person", 2: "river"}),
        ('{"1": "PERSON", "2": "political_party"}', {1: "person", 2: "politicalparty"}),
        ('{"1": "person", "2": "spaceship"}', {1: "person"}),
        ('{"1": "person", "2": null}', {1: "person"}),
        ('{"1": "person", "2": ["river"]}', {1: "person"}),
        ('{"1": "person", "2": ""}', {1: "person"}),
        ('{"1": "person"}', {}),
        ('{"1": "person", "2": "river", "3": "river"}', {}),
        ('{"0": "person", "1": "river"}', {}),
        ('{"1": "person", "1": "river"}', {}),
        ('{"1": "person", "2": "river"} {"1": "river", "2": "river"}', {}),
        ('[{"1": "person", "2": "river"}, {"1": "river", "2": "river"}]', {}),
        ('{"1": "person", "2": "river"} {"1": "person", "2": "river"}', {1: "person", 2: "river"}),
        ("person, river", {}),
        ('{"1": "person", "2": "riv', {}),
        ('{"1": ' + "9" * 5000 + ', "2": "river"}', {}),
        ('{"a":' * 10_000, {}),
        ("{" * 60_000, {}),
        ("x" * 70_000, {}),
        ("", {}),
        (None, {}),
    ],
)
def test_reading(text, types):
    reading = read_answer(text, (NAMES, NAMES), READABLE)
    assert reading.types == types
    assert set(reading.types) | set(reading.faults) == {1, 2}
    assert not set(reading.types) & set(reading.faults)


def test_an_answer_that_was_cut_counts_if_it_is_whole():
    assert read_answer('{"1": "river"}', (NAMES,), READABLE, cut=True).types == {1: "river"}
    assert read_answer('{"a": {"1": "river"}', (NAMES,), READABLE, cut=True).faults == {1: "truncated"}


@given(st.text(alphabet='{}[]":,1 2\\aperson\n', max_size=60))
def test_no_text_breaks_the_reader(text):
    reading = read_answer(text, (NAMES, NAMES), READABLE)
    assert set(reading.types) | set(reading.faults) == {1, 2}
    assert set(reading.types.values()) <= set(NAMES)


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.none())), st.text("ab {]c"))
def test_one_object_is_found_in_prose_without_objects(value, prose):
    prose = prose.replace("{", "").replace("}", "")
    assert read_value(f"{prose}{json.dumps(value)}{prose}", lists=False).value == value


@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=40))
def test_what_is_rendered_is_read(types):
    reading = read_answer(render_answer(types), [NAMES] * len(types), READABLE)
    assert reading.types == dict(enumerate(types, 1))


def test_a_name_that_could_mean_two_types_means_none():
    assert recognise_type("a b", ("a-b", "a_b"), {}, Counter()) is None
    assert recognise_type("a_b", ("a-b", "a_b"), {}, Counter()) == "a_b"
    assert recognise_type("...", ("-", "person"), {}, Counter()) is None


def test_the_command_prints_the_ceiling_of_each_domain():
    from click.testing import CliRunner

    from lar.commands import cli

    done = CliRunner().invoke(cli, ["round-trip", "sample/music"])
    assert done.exit_code == 0
    assert "100.00" in done.output
    done = CliRunner().invoke(cli, ["round-trip", "sample/music", "sample/ai", "--json"])
    assert json.loads(done.output)["round_trip"] == {"sample/music": 100.0, "sample/ai": 100.0}
