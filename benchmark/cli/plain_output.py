"""Standard output that cannot show every character: what it lacks is printed in letters that it has."""

from __future__ import annotations

import codecs
import io
import sys

_NAME = "larbench-plain"
_PLAIN = {
    "→": "->",
    "←": "<-",
    "–": "-",
    "—": "-",
    "−": "-",
    "…": "...",
    "×": "x",
    "≥": ">=",
    "≤": "<=",
    "±": "+-",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
}


def print_whatever_comes() -> None:
    """Let this process print any text, whatever the encoding of its output: Latin-1, ASCII."""
    codecs.register_error(_NAME, _replaced)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors=_NAME)


def _replaced(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    lacking = error.object[error.start : error.end]
    return "".join(_PLAIN.get(character, "?") for character in lacking), error.end
