"""Columns of a terminal: East Asian characters take two, marks on a letter none."""

from __future__ import annotations

import re

# Latin letters, dashes, arrows and the minus sign: one column each, and all that most boards hold
_NARROW = re.compile(r"[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u21ff\u2212]*")


def of(text: str) -> int:
    """Return how many columns a text takes."""
    if _NARROW.fullmatch(text):
        return len(text)
    from rich.cells import cell_len  # for those whose names need it

    # word by word: it would join what follows a joiner to the letter before, and nothing joins a space
    return sum(map(cell_len, text.split(" "))) + text.count(" ")


def left(text: str, columns: int) -> str:
    """Return the text filled up with spaces behind it."""
    return text + " " * (columns - of(text))


def right(text: str, columns: int) -> str:
    """Return the text filled up with spaces before it."""
    return " " * (columns - of(text)) + text
