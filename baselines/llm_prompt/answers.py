"""Answers: one JSON object that lists mentions; its form, and reading it.

``{"mentions": [{"text": ..., "type": ..., "occurrence": ...}, ...]}``; the bare list is taken too.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from baselines.llm_prompt.align_words import Answered, ShownSentence, squeeze
from benchmark.domains.corpus import Mention
from larbench.endpoint.answers import (
    MALFORMED,
    TRUNCATED,
    UNKNOWN_TYPE,
    read_json,
    recognise_type,
    response_format,
    strict_object,
)

MALFORMED_MENTION = "malformed-mention"  # of one mention in an answer, as is UNKNOWN_TYPE


@dataclass(frozen=True)
class Reading:
    """What was read: the mentions in their order, what was wrong with others, what with the whole of it."""

    mentions: tuple[Answered, ...] = ()
    met: Counter[str] = field(default_factory=Counter)
    fault: str | None = None


def render_answer(mentions: Sequence[Mention], tokens: Sequence[str], *, numbered: bool = True) -> str:
    """Render mentions as the answer that a model is asked for; not ``numbered``, without occurrences."""
    shown = ShownSentence(tokens)
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
    mentions = {"type": "array", "items": strict_object(properties)}
    return response_format("mentions", {"mentions": mentions})


def read_answer(text: str | None, readable: Mapping[str, str], *, cut: bool = False) -> Reading:
    """Read an answer about a sentence.

    A type is recognised as in ``larbench.endpoint.answers.recognise_type``. A mention that cannot be read is
    left out and counted; an answer that cannot be, is a fault.

    Parameters
    ----------
    text : str or None
        The answer.
    readable : mapping of str to str
        Name of each declared type → readable name.
    cut : bool
        Whether the server says that it stopped before the end.
    """
    met: Counter[str] = Counter()  # how the answer was repaired, and what could not be read in it
    value, fault = read_json(text, met, cut=cut, lists=True)
    if fault is not None:
        return Reading(fault=fault)
    items = value.get("mentions") if isinstance(value, dict) else value
    if not isinstance(items, list):
        return Reading(fault=TRUNCATED if cut else MALFORMED)
    found: list[Answered] = []
    for item in items:
        read = _mention(item, readable, met)
        if isinstance(read, Answered):
            found.append(read)
        else:
            met[read] += 1
    return Reading(tuple(found), met)


def _mention(item: object, readable: Mapping[str, str], met: Counter[str]) -> Answered | str:
    if not isinstance(item, dict) or not isinstance(item.get("text"), str):
        return MALFORMED_MENTION
    kind = recognise_type(item.get("type"), readable, readable, met)
    if kind is None:
        return UNKNOWN_TYPE
    named = item.get("occurrence")
    if named is None:
        return Answered(item["text"], kind)
    whole = isinstance(named, int) and not isinstance(named, bool)
    return Answered(item["text"], kind, named if whole else 0)  # 0: named, but not one that exists
