"""Predictions as JSON lines: one test sentence each, its id and its mentions, no text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import starmap
from pathlib import Path

from benchmark.domains.corpus import Mention
from benchmark.errors import InputError


def render_predictions(predictions: Mapping[str, Sequence[Mention]]) -> bytes:
    """Render predictions: the same mentions give the same bytes."""
    lines = (
        json.dumps({"id": name, "mentions": [list(mention) for mention in mentions]}, ensure_ascii=False)
        for name, mentions in predictions.items()
    )
    return "".join(line + "\n" for line in lines).encode()


def parse_predictions(content: bytes, path: Path) -> dict[str, list[Mention]]:
    """Parse predictions: sentence id → mentions, in file order; ``InputError`` names file and line."""
    found: dict[str, list[Mention]] = {}
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError("bytes that are not UTF-8", path=path, expected="JSON lines in UTF-8") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line:
            name, mentions = _parse_line(line, path, number)
            if name in found:
                raise InputError(f"the sentence {name!r} a second time", path=path, line=number)
            found[name] = mentions
    return found


def _parse_line(line: str, path: Path, number: int) -> tuple[str, list[Mention]]:
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
    for item in mentions:  # in line, and by exact types (a bool is an int): boards read a million of them
        if not (
            type(item) is list
            and len(item) == 3
            and type(item[0]) is type(item[1]) is int
            and type(item[2]) is str
        ):
            expected = '[start, end, "type"]'
            raise InputError(f"mention {str(item)[:60]}", path=path, line=number, expected=expected)
    return content["id"], list(starmap(Mention, mentions))
