"""Reading the JSON that a language model writes: as it is meant where that is certain, never guessed.

``json-repair`` reads more, and guesses: of two answers it takes the last, and it completes what breaks off.
Here each repair keeps every value that the text holds, and is named, so that a reader can count it.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

# what may be repaired
TRAILING_COMMA, PYTHON, JSON_LINES, REPEATED = (
    "trailing-comma",
    "python-literal",
    "json-lines",
    "repeated-answer",
)

_LONGEST = 65_536  # characters that are looked at
_MOST_STARTS = 64  # places in a text where a value could start that are tried
_START = re.compile(r"[{\[]")
_OBJECT = re.compile(r"{")
_BEGUN = re.compile(r"(?:\{|\[\s*\{)\s*[\"'\d]")  # so begins no prose
_STRING = r'"(?:[^"\\]|\\.)*"'
_ANY_STRING = re.compile(rf"{_STRING}|'(?:[^'\\]|\\.)*'", re.DOTALL)
_PARTS = re.compile(rf"{_ANY_STRING.pattern}|[{{}}\[\]]", re.DOTALL)
_COMMA = re.compile(rf"({_STRING})|,(?=\s*[}}\]])", re.DOTALL)
_CONSTANTS = {"null": None, "true": True, "false": False}


@dataclass(frozen=True)
class Found:
    """The one value that a text holds, None where there is none or it is not certain; what was repaired."""

    value: Any = None
    repairs: Counter[str] = field(default_factory=Counter)


class _UncertainError(Exception):
    """The text has two readings, or breaks off."""


def read_value(text: str, *, lists: bool = True) -> Found:
    """Return the one JSON object or array in a text; prose and code fences around it are passed over.

    Without ``lists``, an object alone is looked for, also inside an array.

    Read as well, and counted: a trailing comma; a value as Python writes it (``None``, single quotes, numbers
    as keys); the same value given several times; objects that follow each other with nothing but white space
    or commas between, as the items of one list. Nothing is read where two different values stand in the
    text otherwise, where a key stands twice, or where a value does not end.
    """
    repairs: Counter[str] = Counter()
    values, between = [], []
    at = tries = 0
    try:
        while start := (_START if lists else _OBJECT).search(text, at) if len(text) <= _LONGEST else None:
            tries += 1
            if tries > _MOST_STARTS:
                return Found()
            try:
                value, end, repair = _value(text, start.start())
            except (ValueError, RecursionError):
                if _BEGUN.match(text, start.start()):
                    return Found()
                at = start.end()
                continue
            between.append(text[at : start.start()])
            values.append(value)
            repairs.update(repair)
            at = end
    except _UncertainError:
        return Found()
    found = _one(values, between[1:], repairs)
    return found if lists or isinstance(found.value, dict) else Found()


def _one(values: list[Any], between: Iterable[str], repairs: Counter[str]) -> Found:
    if len({json.dumps(value, sort_keys=True) for value in values}) == 1:
        return Found(values[0], repairs + Counter({REPEATED: int(len(values) > 1)}))
    rows = all(map(_is_row, values)) and not "".join(between).strip(" \t\r\n,")
    return Found(values, repairs + Counter([JSON_LINES])) if rows and values else Found()


def _is_row(value: Any) -> bool:
    """Return whether a value can be an item of a list that was written without brackets: a flat object."""
    return isinstance(value, dict) and not any(isinstance(one, dict | list) for one in value.values())


def _value(text: str, start: int) -> tuple[Any, int, list[str]]:
    """Return the value that starts here, where it ends, and what was repaired; ``ValueError`` for none."""
    try:
        return *_DECODER.raw_decode(text, start), []
    except ValueError:
        end = _closing(text, start)
    body = text[start:end]
    try:
        return _DECODER.decode(_COMMA.sub(lambda found: found[1] or "", body)), end, [TRAILING_COMMA]
    except ValueError:
        return _python(body), end, [PYTHON]


def _closing(text: str, start: int) -> int:
    """Return where the brackets that open here are closed."""
    depth = 0
    for part in _PARTS.finditer(text, start):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(part[0], 0)
        if depth == 0:
            return part.end()
    raise ValueError("no end")


def _python(body: str) -> Any:
    """Return a value as Python writes it; ``ValueError`` where JSON and Python would read it differently."""
    rest = _ANY_STRING.sub("\0", body)
    if re.search(r"\0\s*\0|\w\0", rest) or re.search(r"\\[^\"'\\nt]", body):  # joined, prefixed, escaped
        raise ValueError("not certain")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _plain(ast.parse(body, mode="eval").body)
        except (SyntaxError, MemoryError) as error:
            raise ValueError("no value") from error


def _plain(node: ast.expr | None) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | None):
        return node.value
    if isinstance(node, ast.Name) and node.id in _CONSTANTS:
        return _CONSTANTS[node.id]
    if isinstance(node, ast.List):
        return [_plain(item) for item in node.elts]
    if isinstance(node, ast.Dict):
        keys = [_plain(key) for key in node.keys]
        if all(isinstance(key, str | int) for key in keys):
            return _once([(str(k), _plain(value)) for k, value in zip(keys, node.values, strict=True)])
    raise ValueError("no JSON value")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise _UncertainError
    return dict(pairs)


_DECODER = json.JSONDecoder(object_pairs_hook=_once)
