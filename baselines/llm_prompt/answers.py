"""The form of an answer that lists mentions, and reading it back with distrust.

An answer is one JSON object, ``{"mentions": [{"text": ..., "type": ..., "occurrence": ...}, ...]}``; the bare
list is taken too. Around it there may be prose or a code fence, as long as exactly one JSON value is found.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from baselines.llm_prompt.align_words import Answered, Shown, squeeze
from benchmark.domains.corpus import Mention

# of a whole answer
MALFORMED, OVERSIZED, TRUNCATED, EMPTY = "malformed", "oversized", "truncated", "empty"
# of one mention in it
MALFORMED_MENTION, UNKNOWN_TYPE = "malformed-mention", "unknown-type"

MOST_CHARACTERS = 65_536
_MOST_STARTS = 64  # places in a text where a JSON value could start that are tried
_START = re.compile(r"[{\[]")


@dataclass(frozen=True)
class Reading:
    """What was read: the mentions in their order, what was wrong with others, what with the whole of it."""

    mentions: tuple[Answered, ...] = ()
    met: Counter[str] = field(default_factory=Counter)
    fault: str | None = None


def render_answer(mentions: Sequence[Mention], tokens: Sequence[str], *, numbered: bool = True) -> str:
    """Render mentions as the answer that a model is asked for; not ``numbered``, without occurrences."""
    shown = Shown(tokens)
    items = []
    for start, end, kind in mentions:
        text = squeeze(" ".join(tokens[start:end]))
        places, _ = shown.places(text)
        several = numbered and len(places) > 1 and (start, end) in places
        items.append(
            {
                "text": text,
                "type": kind,
                "occurrence": places.index((start, end)) + 1 if several else None,
            }
        )
    return json.dumps({"mentions": items}, ensure_ascii=False)


def answer_schema(types: Sequence[str]) -> dict[str, Any]:
    """Return the ``response_format`` that allows nothing but an answer."""
    properties = {
        "text": {"type": "string"},
        "type": {"type": "string", "enum": list(types)},
        "occurrence": {"type": ["integer", "null"]},
    }
    item = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    schema = {
        "type": "object",
        "properties": {"mentions": {"type": "array", "items": item}},
        "required": ["mentions"],
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "mentions", "strict": True, "schema": schema}}


def read_answer(text: str | None, readable: Mapping[str, str], *, cut: bool = False) -> Reading:
    """Read an answer about a sentence; ``readable``: name of each declared type → its readable name.

    A type is recognised by either, letters and digits compared without case. A mention that cannot be read is
    left out and counted; an answer that cannot be, is a fault.

    Parameters
    ----------
    cut: the server says that it stopped in mid-answer; an answer that is whole nevertheless counts.
    """
    if text is None or not text.strip():
        return Reading(fault=TRUNCATED if cut else EMPTY)
    if len(text) > MOST_CHARACTERS:
        return Reading(fault=OVERSIZED)
    value = _only_value(text, cut=cut)
    items = value.get("mentions") if isinstance(value, dict) else value
    if not isinstance(items, list):
        return Reading(fault=TRUNCATED if cut else MALFORMED)
    found: list[Answered] = []
    met: Counter[str] = Counter()
    for item in items:
        read = _mention(item, readable)
        if isinstance(read, Answered):
            found.append(read)
        else:
            met[read] += 1
    return Reading(tuple(found), met)


def _mention(item: object, readable: Mapping[str, str]) -> Answered | str:
    if not isinstance(item, dict) or not isinstance(item.get("text"), str):
        return MALFORMED_MENTION
    kind = recognise(item.get("type"), readable)
    if kind is None:
        return UNKNOWN_TYPE
    named = item.get("occurrence")
    if named is None:
        return Answered(item["text"], kind)
    whole = isinstance(named, int) and not isinstance(named, bool)
    return Answered(item["text"], kind, named if whole else 0)  # 0: named, but not one that exists


def recognise(said: object, readable: Mapping[str, str]) -> str | None:
    """Return the declared type that is meant, or None where none is, or more than one."""
    if not isinstance(said, str):
        return None
    if said in readable:
        return said
    plain = _plain(said)
    meant = [name for name, words in readable.items() if plain in (_plain(name), _plain(words))]
    return meant[0] if plain and len(meant) == 1 else None


def _plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


class _TwiceError(Exception):
    """A key stands twice in one object."""


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise _TwiceError
    return dict(pairs)


_DECODER = json.JSONDecoder(object_pairs_hook=_without_twins)


def _only_value(text: str, *, cut: bool) -> object:
    """Return the one JSON object or list in a text; None where there is none, more than one, or a key twice.

    In a text that was ``cut`` off, a value that stands whole inside one that does not is not taken.
    """
    found: list[object] = []
    at = 0
    for _ in range(_MOST_STARTS):
        start = _START.search(text, at)
        if start is None:
            return found[0] if found else None
        try:
            value, at = _DECODER.raw_decode(text, start.start())
        except _TwiceError:
            return None
        except (ValueError, RecursionError):  # ValueError: no JSON, or a number of thousands of digits
            if cut:
                return None
            at = start.end()
            continue
        found.append(value)
        if len(found) > 1:
            return None
    return None
