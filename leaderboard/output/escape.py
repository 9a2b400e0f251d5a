"""Text from outside, made harmless for one format: labels, reasons and readings may hold anything."""

from __future__ import annotations

import re
import unicodedata

_JOINERS = "\u200c\u200d"
_BREAKS = ("Cc", "Zl", "Zp", "Cs")
ARXIV = re.compile(r"\barXiv (\d{4}\.\d{4,5})")
_CODE = re.compile(r"(?<!`)(`[^`]+`)(?!`)")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]|~#$])")
_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "[": "{[}",  # at the start of a row it would be read as an argument of the line break before it
    "]": "{]}",
    "*": "{*}",  # and so would a star
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "→": r"$\rightarrow$",
    "—": "---",
    "–": "--",
    "×": r"$\times$",
    "…": r"\ldots{}",
}


def plain(text: str) -> str:
    """Return the text on one line, without control and invisible formatting characters."""
    if text.isprintable():  # it has none, as nearly every cell of a table
        return " ".join(text.split())
    kept = (" " if unicodedata.category(c) in ("Cf", *_BREAKS) else c for c in text)
    return " ".join("".join(kept).split())


def readable(text: str) -> str:
    """Return a word on one line as its script needs it: joiners stay, other invisible characters go.

    A joiner (U+200C, U+200D) makes one picture of several emoji, or parts letters of Persian or Hindi; in its
    place no space may stand. Empty where nothing would be seen.
    """
    if text.isascii() and text.isprintable():  # nothing invisible, as in nearly every word of English
        return " ".join(text.split())
    kept = (c for c in text if c in _JOINERS or unicodedata.category(c) != "Cf")
    line = " ".join("".join(" " if unicodedata.category(c) in _BREAKS else c for c in kept).split())
    return line if line.strip(_JOINERS) else ""


def markdown(text: str) -> str:
    """Escape for a Markdown paragraph or table cell; no HTML gets through."""
    return _escaped(plain(text))


def with_code(text: str) -> str:
    """Escape for a Markdown paragraph, but let what stands in backticks be code: there nothing is escaped."""
    parts = _CODE.split(plain(text))
    return "".join(part if index % 2 else _escaped(part) for index, part in enumerate(parts))


def _escaped(line: str) -> str:
    harmless = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", harmless)


def latex(text: str) -> str:
    """Escape for LaTeX text."""
    return "".join(_LATEX.get(character, character) for character in plain(text))
