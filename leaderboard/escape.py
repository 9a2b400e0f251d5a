"""Text from outside, made harmless for one format: labels, reasons and readings may hold anything."""

from __future__ import annotations

import re
import unicodedata

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
    kept = (" " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs") else c for c in text)
    return " ".join("".join(kept).split())


def markdown(text: str) -> str:
    """Escape for a Markdown paragraph or table cell; no HTML gets through."""
    harmless = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", harmless)


def latex(text: str) -> str:
    """Escape for LaTeX text."""
    return "".join(_LATEX.get(character, character) for character in plain(text))
