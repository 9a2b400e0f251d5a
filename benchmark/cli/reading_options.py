"""The options that say how a file with tags is to be read, for every command that reads one."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import click

from benchmark.domains.reading import BLANK_TOKENS, FORMATS, TAG_STYLES, ReadOptions
from benchmark.domains.types.label_map import COMMON, parse_map
from benchmark.errors import UsageError

Command = Callable[..., Any]

_NAMES = ("format", "token_column", "tag_column", "encoding", "blank_tokens", "type", "tag_style", "outside")
_MAP = "Rename a type; repeatable. For score, `common` renames by common spellings."
_OPTIONS = [
    click.option("--format", type=click.Choice(FORMATS), help="What the file is, instead of finding out."),
    click.option(
        "--token-column", metavar="N|NAME", help="Column of the tokens: from 1, or -1 for the last."
    ),
    click.option("--tag-column", metavar="N|NAME", help="Column of the tags."),
    click.option("--encoding", metavar="NAME", help="Such as latin-1; without it UTF-8, else Latin-1."),
    click.option("--blank-tokens", type=click.Choice(BLANK_TOKENS), help="Rows whose token is blank."),
    click.option("--type", metavar="NAME", help="The type of bare tags, B and I."),
    click.option("--tag-style", type=click.Choice(TAG_STYLES), help="How a tag of the type PER is spelt."),
    click.option("--outside", metavar="TAG", help="The tag outside of mentions, where not O."),
    click.option("--names", metavar="TAG,TAG", help="The tags that numbers stand for, from 0."),
    click.option("--map", "mapped", multiple=True, metavar="FROM=TO", help=_MAP),
]


def reading_options(command: Command) -> Command:
    """Add the options; the command gets them as ``options``, a ``ReadOptions``.

    One that takes ``common_map`` is told whether ``--map common`` was among them; others refuse it.
    """
    takes_common = "common_map" in inspect.signature(command).parameters

    def with_options(*args: Any, **given: Any) -> Any:
        stated: dict[str, Any] = {name: given.pop(name) for name in _NAMES}
        names, mapped = given.pop("names"), given.pop("mapped")
        common, mapped = COMMON in mapped, [one for one in mapped if one != COMMON]
        if takes_common:
            given["common_map"] = common
        elif common:
            raise UsageError("--map common is for score and submit, where types are given: use FROM=TO")
        for name in ("token_column", "tag_column"):
            stated[name] = as_column(stated[name])
        tags = tuple(part.strip() for part in names.split(",")) if names else ()
        return command(*args, options=ReadOptions(**stated, names=tags, map=parse_map(mapped)), **given)

    with_options.__name__, with_options.__doc__ = command.__name__, command.__doc__
    with_options.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    wrapped: Command = with_options
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def as_column(stated: str | None) -> int | str | None:
    """Return a column's number, or its name."""
    if stated is None or re.fullmatch(r"-?[0-9]{1,6}", stated) is None:
        return stated
    return int(stated)
