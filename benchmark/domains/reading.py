"""What can be stated of how a corpus is to be read, where that is not left to be found out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

COLUMNS, JSON_LINES, CSV, PIPED, CONLL2012 = "columns", "json-lines", "csv", "piped", "conll-2012"
FORMATS = (COLUMNS, JSON_LINES, CSV, PIPED, CONLL2012)

REFUSE, DROP = "refuse", "drop"
BLANK_TOKENS = (REFUSE, DROP)
REPAIR = "repair"
ILLEGAL = (REFUSE, REPAIR)

# how a tag of the type PER may be spelt; the first is the usual one
TAG_STYLES = ("B-PER", "B_PER", "PER-B", "PER_B")


@dataclass(frozen=True)
class ReadOptions:
    """How files are to be read; what is None or empty is found out.

    Attributes
    ----------
    scheme : str, optional
        The scheme of the tags.
    format : str, optional
        One of ``FORMATS``.
    token_column, tag_column : int or str, optional
        The column of tokens and that of tags: a number from 1, or a name where a file names its columns.
    encoding : str, optional
        As Python names it. Without it UTF-8, and Latin-1 for what is none.
    blank_tokens : str, optional
        What becomes of rows whose token is blank: ``refuse`` (the default) or ``drop``.
    type : str, optional
        The type of bare tags, ``B`` and ``I``.
    tag_style : str, optional
        One of ``TAG_STYLES``.
    outside : str, optional
        How a tag outside of mentions is written, where not ``O``.
    names : sequence of str
        The tags that numbers stand for.
    illegal_transitions : str, optional
        ``refuse`` (the default), or ``repair``: they are read as conlleval reads them, with a warning.
    map : mapping of str to str
        A type as written → the name that it gets.
    """

    scheme: str | None = None
    format: str | None = None
    token_column: int | str | None = None
    tag_column: int | str | None = None
    encoding: str | None = None
    blank_tokens: str | None = None
    type: str | None = None
    tag_style: str | None = None
    outside: str | None = None
    names: tuple[str, ...] = ()
    illegal_transitions: str | None = None
    map: Mapping[str, str] = field(default_factory=dict)

    def or_else(self, other: ReadOptions) -> ReadOptions:
        """Return these options, and the other ones where these state nothing."""
        stated: dict[str, Any] = {key: value for key, value in vars(self).items() if value}
        return replace(other, **stated)


# how the files of a release are read: nothing is found out
RELEASE = ReadOptions(format=COLUMNS, token_column=1, tag_column=-1)
