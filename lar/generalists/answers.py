"""Answers: one JSON object, number of the mention → name of its type; its form, and reading it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from larbench.endpoint.answers import UNKNOWN_TYPE, read_json, recognise_type, response_format

WRONG_COUNT = "wrong-count"


@dataclass(frozen=True)
class Reading:
    """What was read of an answer: mention's number → type, and number → fault. Each number is in one.

    ``repairs`` are those of ``larbench.endpoint.lenient_json``.
    """

    types: Mapping[int, str] = field(default_factory=dict)
    faults: Mapping[int, str] = field(default_factory=dict)
    repairs: Counter[str] = field(default_factory=Counter)


def render_answer(types: Sequence[str]) -> str:
    """Render the types of mentions 1, 2, … as the answer that a model is asked for."""
    return json.dumps({str(number): name for number, name in enumerate(types, 1)}, ensure_ascii=False)


def answer_schema(candidates: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return the ``response_format`` that allows nothing but an answer: a type for each mention's number."""
    types = {
        str(number): {"type": "string", "enum": list(names)} for number, names in enumerate(candidates, 1)
    }
    return response_format("types_of_mentions", types)


def read_answer(
    text: str | None,
    candidates: Sequence[Sequence[str]],
    readable: Mapping[str, str],
    *,
    cut: bool = False,
) -> Reading:
    """Read an answer about mentions with these candidates.

    A type is recognised as in ``larbench.endpoint.answers.recognise_type``. An unknown type spoils its own
    mention alone; anything else, numbers missing or too many included, spoils the whole answer, because its
    numbers may be shifted.

    Parameters
    ----------
    text : str or None
        The answer.
    candidates : sequence of sequence of str
        The allowed types of each mention, from the first on.
    readable : mapping of str to str
        Name of each type → readable name.
    cut : bool
        Whether the server says that it stopped before the end.
    """
    repairs: Counter[str] = Counter()
    answer, fault = read_json(text, repairs, cut=cut)
    numbers = {str(number): number for number in range(1, len(candidates) + 1)}
    if fault is None and set(answer) != set(numbers):
        fault = WRONG_COUNT
    if fault is not None:
        return Reading(faults=dict.fromkeys(numbers.values(), fault))
    types, faults = {}, {}
    for key, number in numbers.items():
        name = recognise_type(answer[key], candidates[number - 1], readable, repairs)
        if name is None:
            faults[number] = UNKNOWN_TYPE
        else:
            types[number] = name
    return Reading(types, faults, repairs)
