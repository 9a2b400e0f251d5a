"""The grammar of the sample's data files: what is written badly is refused, what is written well is drawn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.domains.corpus import Mention
from benchmark.domains.sample import SAMPLE_DOMAINS
from benchmark.domains.sample import grammar as grammar_module
from benchmark.domains.sample.generate import home, sentences
from benchmark.domains.sample.grammar import Entry, Slot, read_grammar, walk

SHARES = (("shared", 100), ("train", 0), ("dev", 0), ("test", 0))


@pytest.fixture
def write(monkeypatch):
    """Compile a grammar from tables given in place of the data files."""

    def compiled(**tables):
        own = {
            "parts": tables.get("parts", {}),
            "surfaces": tables.get("surfaces", {"thing": {"pool": "^Old Mill, Cape Cod"}}),
            "mix": tables.get("mix", {}),
            "phrases": tables.get("phrases", {}),
            "templates": {
                "train": tables["templates"],
                "dev": [],
                "test": [],
                "shared": tables.get("common", []),
            },
        }
        shared = {"parts": {}, "surfaces": {}, "phrases": {}, "shares": dict(tables.get("shares", SHARES))}
        monkeypatch.setattr(grammar_module, "_read", {"shared": shared, "toy": own}.__getitem__)
        return read_grammar.__wrapped__("toy")

    return compiled


def draw(made, count=40):
    return list(sentences(made, "toy", "train", count, 0, set()))


def texts(made, count=40):
    return {" ".join(sentence.tokens) for sentence in draw(made, count)}


def test_choices_nest_and_may_be_empty(write):
    made = write(templates=["we {saw {it | them} | } ."])
    assert texts(made) == {"We saw it .", "We saw them .", "We ."}


def test_phrases_parts_numbers_and_glue(write):
    made = write(
        parts={"stem": "Ash, Oak", "place": "$(stem)ford"},
        phrases={"way": "by <means>", "means": "road | rail"},
        templates=["from $place <way> in $1999-2000 for $ 5 ."],
    )
    places, ways, years = ("Ashford", "Oakford"), ("road", "rail"), ("1999", "2000")
    every = {f"From {a} by {b} in {c} for $ 5 ." for a in places for b in ways for c in years}
    assert texts(made, 200) == every


def test_the_article_stands_outside_the_mention_and_never_twice(write):
    surfaces = {"thing": {"the": "^Old Mill"}}
    made = write(surfaces=surfaces, templates=["near [thing] .", "the [thing] .", "a [-thing] road ."])
    drawn = {" ".join(sentence.tokens): sentence.mentions for sentence in draw(made)}
    assert drawn == {
        "Near the Old Mill .": (Mention(2, 4, "thing"),),
        "The Old Mill .": (Mention(1, 3, "thing"),),
        "An Old Mill road .": (Mention(1, 3, "thing"),),
    }


def test_a_surface_comes_again_whole_by_its_last_token_or_its_initials(write):
    made = write(
        surfaces={"party": {"pool": "Union of the Left"}},
        templates=["[party@p] ( [party=p.initials] ) , [thing=p.last] , [thing=p] ."],
    )
    (sentence,) = draw(made, 1)
    assert " ".join(sentence.tokens) == "Union of the Left ( UL ) , Left , Union of the Left ."
    assert [mention.type for mention in sentence.mentions] == ["party", "party", "thing", "thing"]


def test_a_comma_gives_way_and_a_vowel_is_heard(write):
    made = write(templates=["a old man , , a young one , a unit ."])
    assert texts(made, 1) == {"An old man , a young one , a unit ."}


def test_a_mix_weighs_its_pools(write):
    surfaces = {"thing": {"rare": "Rare", "often": "Often", "never": "Never"}}
    made = write(surfaces=surfaces, mix={"thing": "rare often*9"}, templates=["$1-999999 [thing]"])
    seen = [sentence.tokens[-1] for sentence in draw(made, 300)]
    assert seen.count("Often") > 5 * seen.count("Rare") > 0 == seen.count("Never")


def test_sentences_repeat_rather_than_never_end(write):
    made = write(templates=["always the same ."])
    assert len(draw(made, 5)) == 5


def test_a_surface_that_no_pool_may_give_is_drawn_all_the_same(write):
    shares = (("shared", 0), ("train", 0), ("dev", 0), ("test", 100))
    made = write(templates=["[thing]"], shares=shares)
    assert len(draw(made, 3)) == 3


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"templates": ["{ open ."]}, "not closed|unbalanced"),
        ({"templates": ["shut } ."]}, "unbalanced"),
        ({"templates": ["one | two"]}, "bar"),
        ({"templates": ["[Thing]"]}, "cannot read the slot"),
        ({"templates": ["[nothing]"]}, "no pool"),
        ({"templates": ["[thing.nothing]"]}, "no pool"),
        ({"templates": ["<nothing>"]}, "no phrase"),
        ({"templates": ["$nothing"]}, "'nothing', which does not exist"),
        ({"templates": ["[thing=x]"]}, "before it is remembered"),
        ({"templates": ["."], "mix": {"thing": "nothing"}}, "the pool 'nothing'"),
        ({"templates": ["."], "shares": (("shared", 50), ("train", 50))}, "add up to 100"),
        ({"templates": ["."], "parts": {"a": "$b", "b": "$a"}}, "uses itself"),
    ],
)
def test_what_is_written_badly_is_refused(write, tables, message):
    with pytest.raises(ValueError, match=message):
        write(**tables)


@given(st.text(max_size=20), st.text(max_size=20))
def test_each_pair_has_one_home_whatever_its_case(kind, surface):
    shares = (("shared", 10), ("train", 40), ("dev", 20), ("test", 30))
    assert home(kind, surface, shares) in dict(shares)
    assert home(kind, surface.upper(), shares) == home(kind, surface.upper().lower(), shares)


@pytest.mark.parametrize("name", SAMPLE_DOMAINS)
def test_templates_and_gazetteers_are_rich_and_kept_apart(name):
    made = read_grammar(name)
    own = {split: set(made.templates[split]) for split in made.templates}
    common = own["train"] & own["test"] & own["dev"]
    assert len(common) <= 8
    for one, other in (("train", "dev"), ("train", "test"), ("dev", "test")):
        assert own[one] & own[other] == common
    assert len(own["train"] | own["dev"] | own["test"]) >= (60 if name == "news" else 40)


@pytest.mark.parametrize("name", SAMPLE_DOMAINS)
def test_every_entry_names_something(name):
    made = read_grammar(name)
    for entries in (*made.parts.values(), *made.pools.values()):
        assert entries and all(isinstance(entry, Entry) and entry.pieces for entry in entries)


@pytest.mark.parametrize("name", SAMPLE_DOMAINS)
def test_no_template_is_without_a_mention(name):
    for templates in read_grammar(name).templates.values():
        assert all(any(isinstance(node, Slot) for node in walk(template)) for template in templates)
