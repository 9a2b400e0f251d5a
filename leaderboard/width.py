"""Columns of a terminal: East Asian characters take two, marks on a letter none."""

from __future__ import annotations

from rich.cells import cell_len


def of(text: str) -> int:
    """Return how many columns a text takes."""
    return cell_len(text)


def left(text: str, columns: int) -> str:
    """Return the text filled up with spaces behind it."""
    return text + " " * (columns - of(text))


def right(text: str, columns: int) -> str:
    """Return the text filled up with spaces before it."""
    return " " * (columns - of(text)) + text
