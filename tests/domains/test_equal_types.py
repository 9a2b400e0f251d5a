"""Types that are equal but for their names, label maps, and what a check says of both."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from benchmark.cli.data import data
from benchmark.domains.corpus import EntityType
from benchmark.domains.type_names import folded_name, readable_name
from benchmark.domains.types.equal_types import common_map, equal_types
from benchmark.domains.types.label_map import parse_map
from benchmark.errors import UsageError

NEWS = tuple(EntityType(name, name, "") for name in ("person", "organisation", "location"))
NEWS = (*NEWS, EntityType("misc", "miscellaneous", ""))


def kinds(*names):
    return tuple(EntityType(name, readable_name(name), "") for name in names)


@pytest.mark.parametrize(
    ("names", "matched"),
    [
        (
            ("PER", "ORG", "LOC", "MISC"),
            {"PER": "person", "ORG": "organisation", "LOC": "location", "MISC": "misc"},
        ),
        (
            ("Person", "Organization", "Location"),
            {"Person": "person", "Organization": "organisation", "Location": "location"},
        ),
        (("persons", "ORGANISATIONS", "pers"), {"persons": "person", "ORGANISATIONS": "organisation"}),
        (("person", "Person"), {"person": "person"}),
        (("GPE", "product", "river"), {}),
        (("misc", "miscellaneous"), {"misc": "misc"}),
    ],
)
def test_equal_types_are_found_by_name(names, matched):
    found = equal_types(kinds(*names), NEWS)
    assert found.source_of == matched
    assert set(found.other) == set(names) - set(matched)
    assert found.target_of == {source: target for target, source in matched.items()}


def test_what_is_stated_goes_first():
    target = (EntityType("PER", "person", ""), EntityType("people", "people", "", same_as="person"))
    assert equal_types(target, NEWS).source_of == {"people": "person"}
    wrong = (EntityType("PER", "person", "", same_as="human"),)
    assert equal_types(wrong, NEWS).source_of == {"PER": "person"} or equal_types(wrong, NEWS).other == (
        "PER",
    )


def test_the_order_of_types_changes_nothing_of_the_map():
    target = kinds("LOC", "PER", "place")
    assert equal_types(target, NEWS).source_of == equal_types(target[::-1], NEWS[::-1]).source_of


def test_what_was_matched_is_said():
    assert str(equal_types(kinds("PER", "river"), NEWS)) == "1 of 2 types are the source's: PER = person"
    assert str(equal_types(kinds("person"), NEWS)) == "1 of 1 types are the source's: person"
    assert str(equal_types(kinds("river"), NEWS)) == "no type of 1 is the source's"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("PROGRAMLANG", "programming_language"),
        ("Colour", "color"),
        ("theatre", "theater"),
        ("countries", "country"),
        ("organizations", "ORG"),
        ("musical-artist", "MusicalArtist"),
    ],
)
def test_spellings_are_folded(one, other):
    assert folded_name(one) == folded_name(other)


@pytest.mark.parametrize("pair", [("politics", "politic"), ("price", "prise"), ("virus", "viru")])
def test_other_words_stay_apart(pair):
    assert folded_name(pair[0]) != folded_name(pair[1])


def test_a_common_map_is_proposed_for_types_that_are_not_wanted():
    assert common_map(["PER", "person", "GPE", "river"], ["person", "location"]) == {
        "PER": "person",
        "GPE": "location",
    }
    assert common_map(["GPE"], ["location", "geopolitical entity"]) == {"GPE": "geopolitical entity"}


def test_a_map_is_parsed():
    assert parse_map(["PER=person", " LOC = place "]) == {"PER": "person", "LOC": "place"}
    for bad in (["PER"], ["=x"], ["x="], ["a=b", "a=c"]):
        with pytest.raises(UsageError, match="--map"):
            parse_map(bad)


def test_a_check_says_which_types_are_the_sources(tmp_path):
    (tmp_path / "x.txt").write_text("Ada\tB-PER\nElm\tB-river\n")
    result = CliRunner().invoke(data, ["check", str(tmp_path / "x.txt"), "--source", "sample/news"])
    assert "1 of 2 types are the source's: PER = person" in result.output
    assert result.exit_code == 0


def test_an_organ_is_no_organisation():
    organ, organisation = EntityType("Organ", "organ", ""), EntityType("organisation", "organisation", "")
    assert not equal_types([organ], [organisation]).source_of
