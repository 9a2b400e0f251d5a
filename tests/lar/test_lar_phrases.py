"""Function words and listed examples, by hand."""

from __future__ import annotations

import pytest

from benchmark.domains.corpus import EntityType, LabelledSentence
from benchmark.domains.types.entity_types import TYPES_DIR, load_types
from lar.inference.phrases import examples_of, function_words


@pytest.mark.parametrize(
    ("description", "examples"),
    [
        ("a thing that is played, such as a guitar or a piano", ("guitar", "piano")),
        (
            "a thing that is played, such as an oboe, a guitar or the great organ",
            ("oboe", "guitar", "great organ"),
        ),
        ("a thing, such as an oboe, a guitar, or a piano", ("oboe", "guitar", "piano")),
        ("a thing, such as a guitar, and an oboe and a piano", ("guitar", "oboe", "piano")),
        ("things such as water", ("water",)),
        ("a thing, such as brass, organ, android or andante", ("brass", "organ", "android", "andante")),
        ("a thing, such as a theorem or anything", ("theorem", "anything")),
        ("a language, such as C++, J or the B of old", ("C++", "J", "B of old")),
        ("a guitar, a piano or an oboe", ()),
        ("a guitar that is such a thing as a piano", ()),
        ("", ()),
    ],
)
def test_examples_are_what_a_description_lists(description: str, examples: tuple[str, ...]) -> None:
    assert examples_of(EntityType("x", "x", description)) == examples


def test_no_type_of_the_package_lists_an_example_twice_or_with_its_article() -> None:
    for path in sorted(TYPES_DIR.glob("*.toml")):
        for kind in load_types(path)[1]:
            examples = examples_of(kind)
            assert bool(examples) == ("such as" in kind.description)
            assert len(set(examples)) == len(examples)
            assert all(example.split()[0] not in ("a", "an", "the", "or", "and") for example in examples)


def _said(*texts: str) -> list[LabelledSentence]:
    return [LabelledSentence(f"s/{n}", tuple(text.split()), ()) for n, text in enumerate(texts)]


def test_function_words_are_the_most_frequent_in_lower_case() -> None:
    corpus = _said("The the of of of Rome", "the Rome Rome Rome , , , ,", "a in of river")
    assert function_words(corpus, 2) == {"of", "the"}
    assert function_words(corpus, 4) == {"of", "the", "a", "in"}  # of equals, the first by the alphabet
    assert function_words(corpus, 99) == {"of", "the", "a", "in", "river"}
    assert function_words([]) == frozenset()
