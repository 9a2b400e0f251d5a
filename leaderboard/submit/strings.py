"""Strings by type, as UniversalNER, SLIMER and B2NER answer, as predictions of a test set.

A string has no place: it is looked for in its sentence, and what is not found, or found more than once, is
told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmark.domains.corpus import Domain, Mention
from benchmark.errors import UsageError, shown
from leaderboard.submit.answers import Answer, read_answers, rename_types, type_of
from leaderboard.submit.convert import Converted
from leaderboard.submit.findings import Findings

ALL, FIRST = "all", "first"
PLACES = (ALL, FIRST)
_ANSWERS = ("prediction", "pred_answers", "entities", "strings")
_EXPECTED = '{"text": "Ada left", "prediction": {"person": ["Ada"]}}, or "person: Ada; ..."'

Typed = list[tuple[str, str]]  # type as written, string
Span = tuple[int, int]


def from_strings(
    path: Path,
    domain: Domain,
    *,
    names: Mapping[str, str] | None = None,
    common: bool = False,
    drop_undeclared: bool = False,
    dataset: str | None = None,
    places: str = ALL,
) -> Converted:
    """Return the predictions in answers that list strings by type.

    A string is looked for at whole tokens, whatever the white space, and where it is not found so, whatever
    its case. Longer strings are placed first, and none on a place that is taken; of two types for one string
    the first stays.

    Parameters
    ----------
    path : Path
        JSON lines or one JSON array, an item a sentence, or a sentence and a ``type``. The answer is a
        mapping of types to strings, a list of strings of the item's ``type``, or a text: JSON of these (after
        whatever the model wrote before it), or ``type: string; type: string``.
    domain : Domain
        The domain whose test set was predicted.
    names : mapping of str to str, optional
        Type as written → the domain's name for it; the domain's readable names need none.
    common : bool
        Whether types that are the domain's but for the spelling are mapped too.
    drop_undeclared : bool
        Leave out strings of types that the domain does not declare, which are refused otherwise.
    dataset : str, optional
        Which items to take, of a file with several data sets.
    places : {"all", "first"}
        Which places a string means that stands in its sentence more than once.

    Raises
    ------
    Refused
        With every item that has something wrong, and every type that is not declared.
    """
    if places not in PLACES:
        raise UsageError(f"no places {places!r}: there are {', '.join(PLACES)}")
    findings = Findings()
    answers = read_answers(path, domain, dataset, findings, _EXPECTED)
    read = [_typed(answer) for answer in answers]
    kinds = (kind for typed in read for kind, _ in typed or ())
    types = rename_types(
        kinds, path, domain, findings, names=names, common=common, drop_undeclared=drop_undeclared
    )
    by_sentence: dict[str, list[tuple[int, str, str]]] = {sentence.id: [] for sentence in domain.test}
    for answer, typed in zip(answers, read, strict=True):
        by_sentence[answer.sentence.id] += [
            (answer.line, types.names[kind], string) for kind, string in typed or () if kind in types.names
        ]
    placing = _Placing(places)
    predictions = {s.id: placing.mentions(s.tokens, by_sentence[s.id]) for s in domain.test}
    return Converted(
        predictions,
        overlapping=tuple(placing.overlapping),
        missing=tuple(placing.missing),
        ambiguous=tuple(placing.ambiguous),
        unread=tuple(f"line {a.line}" for a, typed in zip(answers, read, strict=True) if typed is None),
        undeclared=types.undeclared,
        mapped=types.mapped,
    )


# ---- answers


def _typed(answer: Answer) -> Typed | None:
    """Return the strings of an answer with their types; None where it has no form that is known."""
    said = next((answer.fields[key] for key in _ANSWERS if key in answer.fields), None)
    if isinstance(said, str):
        said = _parsed(said)
    kind = type_of(answer.fields)
    if isinstance(said, list) and kind is not None:
        said = {kind: said}
    if not isinstance(said, Mapping):
        return None
    return [
        (str(kind), string.strip())
        for kind, strings in said.items()
        for string in ([strings] if isinstance(strings, str) else strings or ())
        if isinstance(string, str) and string.strip()
    ]


def _parsed(text: str) -> Any:
    """Return what a text says: its JSON, which may stand behind other text, or its pairs; else None."""
    text = text.rpartition("</think>")[2].strip()
    for match in (text, *re.findall(r"\{.*\}|\[.*\]", text, re.DOTALL)):
        try:
            return json.loads(match)
        except (ValueError, RecursionError):
            continue
    found: dict[str, list[str]] = {}
    for pair in filter(None, map(str.strip, text.split(";"))):
        kind, colon, string = pair.partition(":")
        if not colon:
            return {} if pair.rstrip(".").casefold() == "none" else None
        found.setdefault(kind.strip(), []).append(string)
    return found


# ---- places


class _Placing:
    """Finds the places of strings, and keeps what could not be placed as it was said."""

    def __init__(self, places: str) -> None:
        self.first = places == FIRST
        self.missing: list[str] = []
        self.ambiguous: list[str] = []
        self.overlapping: list[str] = []

    def mentions(self, tokens: Sequence[str], said: Iterable[tuple[int, str, str]]) -> list[Mention]:
        """Return a sentence's mentions; ``said`` has line, type and string."""
        found = [(line, kind, string, _places(tokens, string)) for line, kind, string in dict.fromkeys(said)]
        found.sort(key=lambda one: -max((end - start for start, end in one[3]), default=0))  # stable
        taken: list[Mention] = []
        for line, kind, string, places in found:
            what = f"line {line}: {shown(string)} as {shown(kind)}"
            free = [(s, e) for s, e in places if all(e <= one.start or one.end <= s for one in taken)]
            if not places:
                self.missing.append(what)
            elif not free:
                self.overlapping.append(what)
            elif len(free) > 1:
                self.ambiguous.append(what)
            taken += [Mention(start, end, kind) for start, end in free[: 1 if self.first else None]]
        return sorted(taken)


def _places(tokens: Sequence[str], string: str) -> list[Span]:
    """Return the places of a string, none overlapping another; its case counts where that finds any."""
    return _equal(tokens, string) or _equal([token.casefold() for token in tokens], string.casefold())


def _equal(tokens: Sequence[str], string: str) -> list[Span]:
    wanted = "".join(string.split())
    found: list[Span] = []
    start = 0
    while wanted and start < len(tokens):
        end, said = start, ""
        while end < len(tokens) and len(said) < len(wanted):
            said += tokens[end]
            end += 1
        if said == wanted:
            found.append((start, end))
        start = end if said == wanted else start + 1
    return found
