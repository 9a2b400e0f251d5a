"""What a word's shape is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import ODD_WORDS

from larbench.tagger.encoding import SHAPES, shape_id, shape_of


@pytest.mark.parametrize(
    ("word", "shape"),
    [
        ("river", "lower"),
        ("River", "initial"),
        ("Jean-luc", "initial"),
        ("NATO", "capitals"),
        ("U.S.", "capitals"),
        ("A", "single"),
        ("J.", "single"),
        ("McDonald", "mixed"),
        ("iPhone", "mixed"),
        ("1998", "digits"),
        ("3.5", "digits"),
        ("B-52", "digits+letters"),
        ("2nd", "digits+letters"),
        (",", "punctuation"),
        ("", "punctuation"),
        ("\u200b", "punctuation"),
        ("東京", "lower"),
        ("Élan", "initial"),
        ("ЦИК", "capitals"),
    ],
)
def test_shapes_by_hand(word: str, shape: str) -> None:
    assert shape_of(word) == shape


@given(st.text() | st.sampled_from(ODD_WORDS))
def test_every_word_has_a_shape_and_none_is_padding(word: str) -> None:
    assert 0 < shape_id(word) < len(SHAPES)
    assert SHAPES[shape_id(word)] == shape_of(word)


@given(st.text())
def test_a_small_word_is_never_taken_for_a_capital_one(word: str) -> None:
    assert shape_of(word.lower()) not in {"single", "capitals"} or any(c.isupper() for c in word.lower())
