"""Raw text as sentences of tokens, by a stated rule, with the place of every token.

A token is a run of letters and digits, which may hold ``-``, ``'``, ``’``, ``.``, ``,``, ``/``, ``&``,
``@`` and ``_`` between two of them (``O'Neill``, ``3.5``, ``AT&T``), with the full stop of an abbreviation
(``U.S.``, ``Dr.``); or one other character that shows something. A sentence ends behind ``.``, ``!``, ``?``
or ``…`` with the closing quotes and brackets that follow, where white space follows and then no small
letter; and at an empty line. The full stop of an initial or a known abbreviation ends none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# titles and the like, behind which a name follows
_LISTED = """
mr mrs ms dr prof st jr sr gen col lt sgt capt rev hon pres gov sen rep no vs etc inc ltd co corp fig eq cf al
dept univ approx e.g i.e jan feb mar apr jun jul aug sep sept oct nov dec
"""
ABBREVIATIONS = frozenset(_LISTED.split())
_WORD = r"[^\W_]+(?:[-'’.,/&@_]+[^\W_]+)*"
TOKEN = re.compile(rf"{_WORD}|\S")
_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)")
_EMPTY_LINE = re.compile(r"\n[^\S\n]*\n\s*")


@dataclass(frozen=True)
class Piece:
    """A sentence of a text: its tokens, and the half-open place of each in characters of the text."""

    tokens: tuple[str, ...]
    places: tuple[tuple[int, int], ...]


def tokenize(text: str, offset: int = 0) -> Piece:
    """Return the tokens of a text as one sentence; ``offset`` is added to their places."""
    tokens: list[str] = []
    places: list[tuple[int, int]] = []
    for match in TOKEN.finditer(text):
        start, end = match.span()
        if text[end : end + 1] == "." and _keeps_stop(match[0]) and (end + 1 < len(text.rstrip())):
            end += 1
        if places and start + offset < places[-1][1]:  # the full stop of the word before
            continue
        tokens.append(text[start:end])
        places.append((start + offset, end + offset))
    return Piece(tuple(tokens), tuple(places))


def _keeps_stop(word: str) -> bool:
    """Whether a full stop behind a word belongs to it: an initial, letters with stops, an abbreviation."""
    return word.lower() in ABBREVIATIONS or (word[:1].isupper() and (len(word) == 1 or "." in word))


def sentences(text: str) -> Iterator[Piece]:
    """Yield the sentences of a text, without those that have no token."""
    for start, end in _bounds(text):
        piece = tokenize(text[start:end], start)
        if piece.tokens:
            yield piece


def _bounds(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    breaks = [match.span() for match in _EMPTY_LINE.finditer(text)] + [(len(text), len(text))]
    for stop, following in breaks:
        for match in _END.finditer(text, start, stop):
            rest = text[match.end() : stop].lstrip()
            if rest and not rest[0].islower() and not _abbreviated(text[start : match.end()]):
                yield start, match.end()
                start = match.end()
        yield start, stop
        start = following


def _abbreviated(text: str) -> bool:
    """Whether a text ends in an initial or an abbreviation with its full stop."""
    word = text.split()[-1].lstrip("\"'“‘«([") if text.split() else ""
    return word.endswith(".") and _keeps_stop(word[:-1]) and not word[:-1].isdigit()
