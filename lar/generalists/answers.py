"""Answers: the form that is asked for, and reading it back with distrust.

An answer is one JSON object, number of the mention → name of its type. Around it there may be prose or a
code fence, as long as exactly one JSON object is found in the text: with two of them nobody can say which
is meant.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MALFORMED, WRONG_COUNT, UNKNOWN_TYPE = "malformed", "wrong-count", "unknown-type"
OVERSIZED, TRUNCATED, EMPTY = "oversized", "truncated", "empty"
UNREADABLE = (MALFORMED, WRONG_COUNT, UNKNOWN_TYPE, OVERSIZED, TRUNCATED, EMPTY)

MOST_CHARACTERS = 65_536  # of an answer's text; 40 mentions need some 2,000
_MOST_STARTS = 64  # places in a text where an object could start that are tried


@dataclass(frozen=True)
class Reading:
    """What was read of an answer: mention's number → type, and number → fault. Each number is in one."""

    types: Mapping[int, str] = field(default_factory=dict)
    faults: Mapping[int, str] = field(default_factory=dict)


def render_answer(types: Sequence[str]) -> str:
    """Render the types of mentions 1, 2, … as the answer that a model is asked for."""
    return json.dumps({str(number): name for number, name in enumerate(types, 1)}, ensure_ascii=False)


def answer_schema(candidates: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return the ``response_format`` that allows nothing but an answer: a type for each mention's number."""
    numbers = [str(number) for number in range(1, len(candidates) + 1)]
    schema = {
        "type": "object",
        "properties": {
            number: {"type": "string", "enum": list(names)}
            for number, names in zip(numbers, candidates, strict=True)
        },
        "required": numbers,
        "additionalProperties": False,
    }
    return {
        "type": "json_schema",
        "json_schema": {"name": "types_of_mentions", "strict": True, "schema": schema},
    }


def read_answer(
    text: str | None,
    candidates: Sequence[Sequence[str]],
    readable: Mapping[str, str],
    *,
    cut: bool = False,
) -> Reading:
    """Read an answer about mentions with these candidates.

    A type is recognised by its name or by its readable name (``readable``: name → readable name), letters
    and digits compared without case. An unknown type spoils its own mention alone; anything else, numbers
    missing or too many included, spoils the whole answer, because its numbers may be shifted.

    Parameters
    ----------
    cut: the server says that it stopped in mid-answer; an answer that is whole nevertheless counts.
    """
    if text is None or not text.strip():
        return _all(candidates, TRUNCATED if cut else EMPTY)
    if len(text) > MOST_CHARACTERS:
        return _all(candidates, OVERSIZED)
    answer = only_object(text, cut=cut)
    if answer is None:
        return _all(candidates, TRUNCATED if cut else MALFORMED)
    numbers = {str(number): number for number in range(1, len(candidates) + 1)}
    if set(answer) != set(numbers):
        return _all(candidates, WRONG_COUNT)
    types, faults = {}, {}
    for key, number in numbers.items():
        name = recognise(answer[key], candidates[number - 1], readable)
        if name is None:
            faults[number] = UNKNOWN_TYPE
        else:
            types[number] = name
    return Reading(types, faults)


def recognise(said: object, candidates: Sequence[str], readable: Mapping[str, str]) -> str | None:
    """Return the candidate that is meant, or None where none is, or more than one."""
    if not isinstance(said, str):
        return None
    if said in candidates:
        return said
    plain = _plain(said)
    meant = {name for name in candidates if plain in (_plain(name), _plain(readable.get(name, name)))}
    return meant.pop() if plain and len(meant) == 1 else None


def only_object(text: str, *, cut: bool = False) -> dict[str, Any] | None:
    """Return the one JSON object in a text; None where there is none, more than one, or a key twice.

    In a text that was ``cut`` off, an object that stands whole inside one that does not is not taken.
    """
    found: list[dict[str, Any]] = []
    at = tries = 0
    while (at := text.find("{", at)) >= 0:
        tries += 1
        if tries > _MOST_STARTS:
            return None
        try:
            value, at = _DECODER.raw_decode(text, at)
        except _TwiceError:
            return None
        except (ValueError, RecursionError):  # ValueError: no JSON, or a number of thousands of digits
            if cut:
                return None
            at += 1
            continue
        found.append(value)
        if len(found) > 1:
            return None
    return found[0] if found else None


class _TwiceError(Exception):
    """A key stands twice in one object."""


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise _TwiceError
    return dict(pairs)


_DECODER = json.JSONDecoder(object_pairs_hook=_without_twins)


def _all(candidates: Sequence[Sequence[str]], fault: str) -> Reading:
    return Reading(faults=dict.fromkeys(range(1, len(candidates) + 1), fault))


def _plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
