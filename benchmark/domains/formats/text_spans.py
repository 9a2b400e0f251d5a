"""Texts with spans of characters, as annotation tools and taggers write them: one object, and one span.

Known are spaCy's ``Doc.to_json()`` and its training pairs, pipelines of transformers, GLiNER, Prodigy,
doccano and Label Studio.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any

from benchmark.errors import shown

CHARACTERS, UTF16, TOKENS = "characters", "utf-16", "tokens"
# spaCy; its training; Prodigy; doccano, twice; others
_LISTS = ("ents", "entities", "spans", "label", "labels", "mentions", "annotations")
_STARTS, _ENDS = ("start", "start_offset"), ("end", "end_offset")  # the latter: doccano, with relations
_LABELS = ("label", "entity_group", "type", "labels")  # most; transformers; others; Label Studio
EXPECTED = '{"text": "...", "ents": [{"start": 0, "end": 5, "label": "person"}]}, or the list alone'
_FORM = "start, end and a label; of transformers, with an aggregation_strategy"


@dataclass(frozen=True, slots=True)
class Span:
    """A span as a file states it; ``text`` where it has one, ``loosely`` where a model's tokens spell it."""

    start: int
    end: int
    label: str
    score: float = 0.0
    text: str | None = None
    loosely: bool = False


class Wrong(Exception):  # noqa: N818 - it never leaves the readers: they tell it with file and line
    """Something about an object: what was found, and what was expected."""

    def __init__(self, found: str, expected: str = EXPECTED) -> None:
        super().__init__(found)
        self.found, self.expected = found, expected


def is_pair(raw: Any) -> bool:
    """Whether an object is a training pair of spaCy: a text and a mapping with its entities."""
    return isinstance(raw, list) and len(raw) == 2 and isinstance(raw[0], str) and isinstance(raw[1], dict)


def is_span(value: Any) -> bool:
    """Whether a value looks like a span."""
    if isinstance(value, list):
        return len(value) == 3 and type(value[0]) is type(value[1]) is int
    return isinstance(value, dict) and any(key in value for key in _STARTS)


def text_fields(raw: Any) -> dict[str, Any]:
    """Return of an object what it states of ``id`` and ``text``, and its ``spans``; raises ``Wrong``."""
    if isinstance(raw, list):
        return {"text": raw[0], "spans": raw[1].get("entities")} if is_pair(raw) else {"spans": raw}
    if not isinstance(raw, dict):
        raise Wrong(f"an item that is {shown(raw)}")
    if raw.get("answer", "accept") != "accept":  # Prodigy
        raise Wrong(f"the answer {shown(raw['answer'])}", "items that were accepted")
    if isinstance(raw.get("data"), dict):  # Label Studio, whose own ids number its tasks
        stated, spans = raw["data"], _label_studio(raw)
    else:
        stated, spans = raw, next((raw[key] for key in _LISTS if key in raw), None)
    fields = {key: stated[key] for key in ("id", "text") if key in stated}
    meta = raw.get("meta")
    if "id" not in fields and isinstance(meta, dict) and isinstance(meta.get("id"), str):
        fields["id"] = meta["id"]
    return {**fields, "spans": spans}


def _label_studio(task: Mapping[str, Any]) -> Any:
    answers = task.get("annotations") or task.get("predictions") or []
    kept = [one for one in answers if isinstance(one, dict) and not one.get("was_cancelled")]
    if len(kept) != 1 or not isinstance(kept[0].get("result"), list):
        raise Wrong(f"{len(kept):,} annotations of a task", "one, with its result")
    results = [one for one in kept[0]["result"] if isinstance(one, dict)]
    return [one.get("value") for one in results if one.get("type", "labels") == "labels"]


def span_of(raw: Any) -> Span:
    """Return a span from what states it; raises ``Wrong``."""
    if isinstance(raw, list) and len(raw) == 3:  # doccano, spaCy's training
        raw = {"start": raw[0], "end": raw[1], "label": raw[2]}
    if not is_span(raw) or isinstance(raw, list):
        raise Wrong("a span of another form", _FORM)
    start = next(raw[key] for key in _STARTS if key in raw)
    end = next((raw[key] for key in _ENDS if key in raw), None)
    label = next((raw[key] for key in _LABELS if raw.get(key)), None)
    if isinstance(label, list):
        if len(label) != 1:
            raise Wrong(f"a span with {len(label):,} labels", "one label")
        label = label[0]
    if not isinstance(label, str):
        raise Wrong("a span of another form", _FORM)
    if type(start) is not int or type(end) is not int or not 0 <= start < end:
        raise Wrong(f"the span {shown(start)} to {shown(end)}", "0 ≤ start < end, two whole numbers")
    score = raw.get("score", 0.0)
    exact = raw.get("text")
    text = exact if isinstance(exact, str) else raw.get("word")
    return Span(
        start,
        end,
        label,
        score if isinstance(score, int | float) else 0.0,  # as it is: an int may be beyond floats
        text if isinstance(text, str) else None,
        not isinstance(exact, str),
    )


def characters(span: Span, text: str, unit: str) -> tuple[int, int] | None:
    """Return which characters of a text a span holds, its offsets in ``unit`` (``CHARACTERS``, ``UTF16``).

    None where it goes beyond the text, or cuts a character.
    """
    if unit == CHARACTERS:
        return (span.start, span.end) if span.end <= len(text) else None
    at = _in_utf16(text)
    start, end = bisect_left(at, span.start), bisect_left(at, span.end)
    inside = end < len(at) and at[start] == span.start and at[end] == span.end  # no half of a character
    return (start, end) if inside else None


@lru_cache(maxsize=1)
def _in_utf16(text: str) -> list[int]:
    """Return where each character begins in UTF-16 units, and where the text ends."""
    return list(accumulate((1 + (character > "\uffff") for character in text), initial=0))


def holds(span: Span, text: str, place: tuple[int, int] | None) -> bool:
    """Whether the characters of ``place`` are the text that a span states."""
    if place is None or span.text is None:
        return place is not None
    return _spelt(text[place[0] : place[1]], span.loosely) == _spelt(span.text, span.loosely)


def _spelt(text: str, loosely: bool) -> str:
    """Return a text with single blanks; loosely, without what a tokeniser may drop: blanks, case, accents."""
    if not loosely:
        return " ".join(text.split())
    plain = unicodedata.normalize("NFKD", text.replace("##", "").replace("▁", " ")).casefold()
    return "".join(c for c in plain if not c.isspace() and unicodedata.category(c) != "Mn")
