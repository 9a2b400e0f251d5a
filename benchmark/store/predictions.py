"""Predictions as JSON lines: one test sentence each, its id and its mentions, no text; published, in gzip."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, starmap
from operator import itemgetter
from pathlib import Path
from typing import Any

from benchmark.domains.corpus import Mention
from benchmark.errors import InputError

PACKED = ".gz"  # behind the name of a file that is compressed

Triple = Sequence[Any]  # start, end, type: a mention, or a list of the same items

_BLOCK = 4096  # lines that are parsed at once: bounds what is held besides the predictions themselves


def render_predictions(predictions: Mapping[str, Sequence[Mention]]) -> bytes:
    """Render predictions: the same mentions give the same bytes."""
    encode = json.JSONEncoder(ensure_ascii=False).encode
    lines = (
        encode({"id": name, "mentions": [list(mention) for mention in mentions]})
        for name, mentions in predictions.items()
    )
    return "".join(line + "\n" for line in lines).encode()


def pack(content: bytes) -> bytes:
    """Compress predictions: the same bytes, without a time or a name, for the same predictions."""
    return gzip.compress(content, compresslevel=9, mtime=0)


def unpack(content: bytes, path: Path) -> bytes:
    """Return what ``pack`` compressed; ``InputError`` names the file where it is damaged."""
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"broken gzip ({error})", path=path, expected="predictions in gzip") from error


def parse_predictions(content: bytes, path: Path) -> dict[str, list[Mention]]:
    """Parse predictions: sentence id → mentions, in file order; ``InputError`` names file and line."""
    return {name: list(starmap(Mention, spans)) for name, spans in parse_spans(content, path).items()}


def parse_spans(content: bytes, path: Path) -> dict[str, list[Triple]]:
    """Parse predictions as ``parse_predictions`` does, mentions left as the lists that they are in the file.

    To make a thousand mentions takes as long as to read them, and scoring looks at places only.
    """
    found: dict[str, list[Triple]] = {}
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError("bytes that are not UTF-8", path=path, expected="JSON lines in UTF-8") from error
    lines = text.split("\n")
    for first in range(0, len(lines), _BLOCK):
        block = lines[first : first + _BLOCK]
        at_once = _parse_all([line for line in block if line])
        if at_once is not None and found.keys().isdisjoint(at_once):
            found.update(at_once)
            continue
        for number, line in enumerate(block, start=first + 1):
            if line:
                name, spans = _parse_line(line, path, number)
                if name in found:
                    raise InputError(f"the sentence {name!r} a second time", path=path, line=number)
                found[name] = spans
    return found


def _parse_all(lines: Sequence[str]) -> dict[str, list[Triple]] | None:
    """Parse lines as one JSON array, in a third of the time; None where any of them is not as it should be.

    Between two lines stands a 0, which no object can hold where lines meet and no list of mentions may: a
    line that is not an object of its own cannot pass for one with the help of its neighbours.
    """
    try:
        items = json.loads(f"[{',0,'.join(lines)}]")
    except (ValueError, RecursionError):
        return None
    objects, between = items[::2], items[1::2]
    if len(items) != max(0, 2 * len(lines) - 1) or any(type(one) is not int for one in between):
        return None
    try:
        found: dict[str, list[Triple]] = {one["id"]: one["mentions"] for one in objects}
    except (TypeError, KeyError):
        return None
    mentions = list(chain.from_iterable(found.values())) if _are(list, found.values()) else None
    if (
        len(found) != len(lines)
        or any(len(one) != 2 for one in objects)
        or not _are(str, found)
        or mentions is None
        or not _are(list, mentions)
        or not set(map(len, mentions)) <= {3}
        or not all(_are(kind, map(itemgetter(place), mentions)) for place, kind in enumerate((int, int, str)))
    ):
        return None
    return found


def _are(kind: type, items: Iterable[object]) -> bool:
    """Whether all items are of exactly this type (a bool is an int by inheritance)."""
    return set(map(type, items)) <= {kind}


def _parse_line(line: str, path: Path, number: int) -> tuple[str, list[Triple]]:
    expected = '{"id": "politics/test/0", "mentions": [[start, end, "type"], ...]}'
    try:
        content = json.loads(line)
    except (ValueError, RecursionError) as error:  # ValueError also: a number of thousands of digits
        raise InputError("broken JSON", path=path, line=number, expected=expected) from error
    if not (
        isinstance(content, dict) and set(content) == {"id", "mentions"} and isinstance(content["id"], str)
    ):
        raise InputError(f"{line[:80]}", path=path, line=number, expected=expected)
    if not isinstance(content["mentions"], list):
        raise InputError(f"{line[:80]}", path=path, line=number, expected=expected)
    mentions = content["mentions"]
    for item in mentions:  # by exact types: a bool is an int by inheritance
        if not (
            type(item) is list
            and len(item) == 3
            and type(item[0]) is type(item[1]) is int
            and type(item[2]) is str
        ):
            expected = '[start, end, "type"]'
            raise InputError(f"mention {str(item)[:60]}", path=path, line=number, expected=expected)
    return content["id"], mentions
