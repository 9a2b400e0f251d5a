"""Names of types that nearly equal another, and characters that do not show."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

_SELDOM = 0.05  # of the other's mentions, at most: what is as frequent is meant
# Cyrillic and Greek letters that look like Latin ones
_TWINS = str.maketrans(
    "АВЕЅІЈКМНОРСТХУаеоріјѕсухΑΒΕΖΗΙΚΜΝΟΡΤΥΧνο", "ABESIJKMHOPCTXYaeopijscyxABEZHIKMNOPTYXvo"
)


def near_duplicates(counts: Mapping[str, int]) -> dict[str, str]:
    """Return type → the other that it nearly equals, for types that are seldom beside it.

    Parameters
    ----------
    counts : mapping of str to int
        Type → number of mentions.

    Returns
    -------
    dict of str to str
        Names that are equal without case, accents, look-alike letters, spaces and invisible characters,
        where one has fewer mentions; and names one letter apart, where one has a twentieth of the other's.
    """
    found: dict[str, str] = {}
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    for place, name in enumerate(ordered):
        for other in ordered[:place]:
            if _folded(name) == _folded(other) or (
                counts[name] <= _SELDOM * counts[other] and _one_letter_apart(_folded(name), _folded(other))
            ):
                found[name] = other
                break
    return found


def _folded(name: str) -> str:
    parts = unicodedata.normalize("NFKD", name.translate(_TWINS))
    return "".join(c for c in parts if c.isalnum()).casefold()


def _one_letter_apart(one: str, other: str) -> bool:
    """Whether a letter is put in, left out, another, or changes places with its neighbour."""
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < 3:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    left, right = one[start:], other[start:]
    return (
        left[1:] == right[1:]
        or left[1:] == right
        or left == right[1:]
        or (left[2:] == right[2:] and left[:2] == right[1::-1] and len(left) > 1)
    )


def visible(text: str) -> str:
    """Return a text with escapes for the characters that do not show: controls, marks, unusual spaces."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


def unseen_characters(token: str) -> list[str]:
    """Return the characters of a token that do not show and have no part in spelling."""
    return [c for c in token if not c.isprintable() and c not in "\u200c\u200d"]
