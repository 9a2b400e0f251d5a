"""The prompts that a chat model gets: template files of this folder, filled in with JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from string import Template, ascii_uppercase
from typing import Any

from benchmark.domains.corpus import EntityType
from lar.generalists.answers import WRONG_COUNT
from lar.generalists.questions import Question
from larbench.endpoint.answers import MALFORMED, UNKNOWN_TYPE, WHAT_WAS_WRONG
from larbench.endpoint.prompts import hash_templates, read_template, to_json, types_as_json

VERSION = 1  # of the form of a question; the templates have their hash
TEMPLATES = ("system.txt", "user.txt", "again.txt")
CHOICE_TEMPLATES = ("choice_system.txt", "choice_user.txt")
_WHAT_WAS_WRONG = {
    **WHAT_WAS_WRONG,
    MALFORMED: "it was not one JSON object",
    WRONG_COUNT: "its keys were not the numbers of the mentions",
    UNKNOWN_TYPE: "it named a type that is not among the allowed ones",
}


def prompt_hash(templates: Sequence[str] = TEMPLATES) -> str:
    """SHA-256 (16 hex digits) of templates and the version of the form: part of a cell's identity."""
    return hash_templates(((name, _template(name)) for name in templates), f"form {VERSION}\n")


def choice_messages(types: Sequence[EntityType], document: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the two messages of a request that asks for a letter: the types, and one mention."""
    listed = "\n".join(
        f"{letter}. {to_json({'name': kind.readable, 'description': kind.description})}"
        for letter, kind in zip(ascii_uppercase, types, strict=False)
    )
    system = _template("choice_system.txt").substitute(types=listed).strip()
    user = _template("choice_user.txt").substitute(data=to_json(dict(document))).strip()
    return [{"role": "system", "content": system}, {"role": "user", "content": user}]


def messages(types: Sequence[EntityType], question: Question) -> list[dict[str, str]]:
    """Return the two messages of a request: what is to be done, and the sentences to do it for."""
    return [
        {"role": "system", "content": system_text(tuple(types))},
        {"role": "user", "content": user_text(question)},
    ]


@cache
def system_text(types: tuple[EntityType, ...]) -> str:
    """Return the system message, which is the same for every question about a domain."""
    return _template("system.txt").substitute(types=types_as_json(types)).strip()


def user_text(question: Question) -> str:
    """Return the user message: the document, and after an unreadable answer what was wrong with it."""
    data = to_json(_document(question))
    if question.fault is None:
        return _template("user.txt").substitute(data=data).strip()
    keys = ", ".join(f'"{number}"' for number in range(1, len(question.items) + 1))
    fault = _WHAT_WAS_WRONG.get(question.fault, "it could not be read")
    return _template("again.txt").substitute(data=data, fault=fault, keys=keys).strip()


def _document(question: Question) -> dict[str, Any]:
    sentences: list[dict[str, Any]] = [{"sentence": text, "mentions": []} for text in question.texts]
    for number, item in enumerate(question.items, 1):
        mention: dict[str, Any] = {"mention": number, "words": item.words}
        if item.occurrence is not None:
            mention["occurrence"] = item.occurrence
        if item.restricted:
            mention["types"] = list(item.candidates)
        sentences[item.text]["mentions"].append(mention)
    return {"sentences": sentences}


def _template(name: str) -> Template:
    return read_template(__name__, name)
