"""Numbers that belong to a mention: those right behind it, and dated events in whole."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.domains.corpus import EntityType
from lar.inference.numbers import REACH, Numbers, naming_nouns


class Words:
    """Embeds a text as the first of these words that it is; any other text points elsewhere."""

    def texts(self, texts):
        known = {"election": 0, "elections": 0, "vote": 1, "referendum": 2}
        return np.eye(4, dtype=np.float32)[[known.get(text, 3) for text in texts]]


NUMBERS = Numbers(frozenset({"election", "elections"}), frozenset({"in", "the", "was"}))


def _grown(text: str, *mentions: str) -> list[str]:
    """The mentions of a text, each given by its words, as they are once numbers have joined them."""
    words = text.split()
    spans = []
    for mention in mentions:
        parts = mention.split()
        start = next(i for i in range(len(words)) if words[i : i + len(parts)] == parts)
        spans.append((start, start + len(parts)))
    return [" ".join(words[start:end]) for start, end in NUMBERS.joined(words, spans)]


@pytest.mark.parametrize(
    ("text", "found", "grown"),
    [
        ("it ran on Windows 10 .", "Windows", "Windows 10"),
        ("Red Alert 2.0 was sold", "Red Alert", "Red Alert 2.0"),
        ("Android v4.1 phones", "Android", "Android v4.1"),
        ("Richard III was king", "Richard", "Richard III"),
        ("Windows and 10 others", "Windows", "Windows"),
        ("Rome , 10 of them", "Rome", "Rome"),
        ("the I of Rome", "Rome", "Rome"),
        ("the 2006 Canadian federal election was held", "Canadian", "2006 Canadian federal election"),
        ("the 2006 Canadian federal election", "2006 Canadian", "2006 Canadian federal election"),
        ("the 2006 Canadian elections election", "Canadian", "2006 Canadian elections election"),
        ("the Canadian federal election was held", "Canadian", "Canadian"),
        ("the 2006 Canadian in the election", "Canadian", "Canadian"),
        ("the 2006 Canadian election in the elections", "Canadian", "2006 Canadian election"),
        ("the 2006 Canadian weather", "Canadian", "Canadian"),
    ],
)
def test_what_becomes_of_a_mention(text: str, found: str, grown: str) -> None:
    assert _grown(text, found) == [grown]


def test_the_noun_stands_within_reach() -> None:
    far = " ".join(["long"] * REACH)
    assert _grown(f"2006 Canadian {far} election", "Canadian") == ["Canadian"]


def test_a_number_that_is_the_next_mention_stays_its_own() -> None:
    assert NUMBERS.joined(["Windows", "10", "x"], [(0, 1), (1, 2)]) == [(0, 1), (1, 2)]


def test_a_year_that_ends_the_mention_before_is_not_taken() -> None:
    words = ["Windows", "2006", "Canadian", "election"]
    assert NUMBERS.joined(words, [(0, 1), (2, 3)]) == [(0, 2), (2, 3)]


def test_nouns_name_a_type_or_its_example() -> None:
    types = [EntityType("election", "election", "a vote, such as a referendum")]
    text = [["The", "Election", "and", "the", "election", "or", "referendum", "of", "weather"]]
    assert naming_nouns(text, types, Words()) == {"election", "referendum"}


def test_a_text_without_words_has_no_nouns() -> None:
    assert naming_nouns([], [EntityType("vote", "vote", "")], Words()) == frozenset()
