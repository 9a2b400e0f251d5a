"""The shape of a word: what an uncased encoder cannot see of it.

Case is half of named entity recognition; the shape is embedded beside the word's tokens at the encoder's
input and once more at the tagging head.
"""

from __future__ import annotations

SHAPES = (
    "padding",
    "lower",
    "initial",
    "capitals",
    "mixed",
    "digits",
    "digits+letters",
    "punctuation",
    "single",
)
_INDEX = {name: number for number, name in enumerate(SHAPES)}


def shape_of(word: str) -> str:
    """Return the shape's name: one of ``SHAPES`` (``single`` is one capital letter, as in initials)."""
    letters = [character for character in word if character.isalpha()]
    has_digit = any(character.isdigit() for character in word)
    if not letters:
        return "digits" if has_digit else "punctuation"
    if has_digit:
        return "digits+letters"
    upper = sum(character.isupper() for character in letters)
    if upper == 0:
        return "lower"
    if upper == len(letters):
        return "single" if upper == 1 else "capitals"
    if upper == 1 and letters[0].isupper():
        return "initial"
    return "mixed"


def shape_id(word: str) -> int:
    """Return the index of the word's shape in ``SHAPES``; 0 is kept for padding."""
    return _INDEX[shape_of(word)]
