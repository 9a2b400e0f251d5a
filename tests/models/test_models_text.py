"""Raw text is split by the rule that is stated, and every token keeps its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larbench.models.text import sentences, tokenize


def _split(text: str) -> list[str]:
    return [" ".join(piece.tokens) for piece in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Anna left. She came back!", ["Anna left .", "She came back !"]),
        (
            "Dr. Olsen met J. K. Smith in the U.S. yesterday.",
            ["Dr. Olsen met J. K. Smith in the U.S. yesterday ."],
        ),
        ('"Stop." He did.', ['" Stop . "', "He did ."]),
        ("it cost 3.5 million. and more", ["it cost 3.5 million . and more"]),
        ("a title\n\nA text.", ["a title", "A text ."]),
        ("no end", ["no end"]),
        ("AT&T's O'Neill e.g. here", ["AT&T's O'Neill e.g. here"]),
        ("(see Fig. 3) It ends.", ["( see Fig. 3 ) It ends ."]),
        (" \n ", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert _split(text) == expected


@given(st.text(alphabet=st.sampled_from("aB1. !?…\"')(\n-é東'&"), max_size=80))
def test_every_character_that_shows_is_in_one_token_at_its_place(text: str) -> None:
    covered = []
    for piece in sentences(text):
        for token, (start, end) in zip(piece.tokens, piece.places, strict=True):
            assert text[start:end] == token
            covered += range(start, end)
    assert len(covered) == len(set(covered))
    assert covered == sorted(covered)
    assert {place for place, c in enumerate(text) if not c.isspace()} <= set(covered)


def test_an_offset_is_added() -> None:
    assert tokenize("a b.", 10).places == ((10, 11), (12, 13), (13, 14))
