"""Reading a chat model's answers with distrust: one JSON value in the text, types among the allowed ones.

Around the JSON value there may be prose or a code fence, as long as exactly one is found in the text: with
two of them nobody can say which is meant.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from benchmark.domains.corpus import Mention
from benchmark.scoring.counts import count_mentions
from larbench.endpoint.lenient_json import read_value

# what may be wrong with a whole answer, and with a type in it
MALFORMED, OVERSIZED, TRUNCATED, EMPTY = "malformed", "oversized", "truncated", "empty"
UNKNOWN_TYPE = "unknown-type"
SPELLING = "spelling"  # a repair: organization for organisation

_SPELLINGS = (
    *(("is(ation|e|ed|er|ing)", r"iz\1"), ("our", "or"), ("tre", "ter"), ("amme", "am"), ("ogue", "og")),
    ("ence", "ense"),
)
# what is said of it where it is asked for again; a method adds what was wrong with its own form
WHAT_WAS_WRONG = {
    OVERSIZED: "it was far too long",
    TRUNCATED: "it was too long, and cut off",
    EMPTY: "it was empty",
}

MAX_CHARACTERS = 65_536  # of an answer's text; 40 mentions need some 2,000


def response_format(name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ``response_format`` that allows nothing but an object with all of these properties."""
    schema = strict_object(properties)
    return {"type": "json_schema", "json_schema": {"name": name, "strict": True, "schema": schema}}


def strict_object(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON schema of an object that has all of these properties and no other."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def read_json(
    text: str | None, repairs: Counter[str], *, cut: bool = False, lists: bool = False
) -> tuple[Any, str | None]:
    """Return the one JSON value in an answer's text and None, or None and the fault for which there is none.

    Parameters
    ----------
    text : str or None
        The answer; None where there is no text.
    repairs : Counter of str
        Takes what had to be repaired, as in ``larbench.endpoint.lenient_json``.
    cut : bool
        Whether the server says that it stopped before the end.
    lists : bool
        Whether the value may be a list, not an object alone.
    """
    if text is None or not text.strip():
        return None, TRUNCATED if cut else EMPTY
    if len(text) > MAX_CHARACTERS:
        return None, OVERSIZED
    found = read_value(text, lists=lists)
    repairs.update(found.repairs)
    return (None, TRUNCATED if cut else MALFORMED) if found.value is None else (found.value, None)


def recognise_type(
    said: object, candidates: Collection[str], readable: Mapping[str, str], repairs: Counter[str]
) -> str | None:
    """Return the candidate that is meant, or None where none is, or more than one.

    A type is recognised by its name or its readable name (``readable``: name → readable name), letters and
    digits compared without case; else, counted in ``repairs``, by its spelling on the other side of the
    Atlantic.
    """
    if not isinstance(said, str):
        return None
    if said in candidates:
        return said
    for form in (_plain, _american):
        wanted = form(said)
        meant = {name for name in candidates if wanted in (form(name), form(readable.get(name, name)))}
        if wanted and meant:
            repairs[SPELLING] += form is _american and len(meant) == 1
            return meant.pop() if len(meant) == 1 else None
    return None


def round_trip_f1(
    gold: Sequence[Sequence[Mention]], back: Sequence[Sequence[Mention]], types: Sequence[str]
) -> float:
    """Return the F1 (times 100) of gold mentions that were written as answers and read ``back``.

    What is below 100 is lost by the form of the answers, not by the model. 100.0 where there are no mentions.
    """
    return 100.0 * count_mentions(gold, back, types).micro().f1 if any(gold) else 100.0


def _plain(text: str) -> str:
    form = unicodedata.normalize("NFC", text).casefold()
    return "".join(character for character in form if character.isalnum())


def _american(text: str) -> str:
    """Return a text, as ``_plain`` does, in the one spelling where British and American ones differ."""
    plain = _plain(text)
    for british, american in _SPELLINGS:
        plain = re.sub(british, american, plain)
    return plain
