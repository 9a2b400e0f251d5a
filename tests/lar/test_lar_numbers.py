"""Numbers right behind a mention belong to it."""

from __future__ import annotations

import pytest

from lar.inference.numbers import with_numbers


def _grown(text: str, *mentions: str) -> list[str]:
    """The mentions of a text, each given by its words, as they are once numbers have joined them."""
    words = text.split()
    spans = []
    for mention in mentions:
        parts = mention.split()
        start = next(i for i in range(len(words)) if words[i : i + len(parts)] == parts)
        spans.append((start, start + len(parts)))
    return [" ".join(words[start:end]) for start, end in with_numbers(words, spans)]


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
        ("the 2006 Canadian federal election", "Canadian", "Canadian"),
    ],
)
def test_what_becomes_of_a_mention(text: str, found: str, grown: str) -> None:
    assert _grown(text, found) == [grown]


def test_a_number_that_is_the_next_mention_stays_its_own() -> None:
    assert with_numbers(["Windows", "10", "x"], [(0, 1), (1, 2)]) == [(0, 1), (1, 2)]
