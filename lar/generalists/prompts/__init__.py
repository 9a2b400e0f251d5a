"""The prompts that a language model gets: template files of this folder, filled in.

Everything that comes from a corpus (sentences, words of mentions, texts of types) goes in as JSON, so that
quotes, braces, line breaks and made-up answers in it stay inside the string that they belong to.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from string import Template
from typing import Any

from benchmark.domains.corpus import EntityType
from lar.generalists.questions import Question

VERSION = 1  # of the form of a question; the templates have their hash
TEMPLATES = ("system.txt", "user.txt", "again.txt")
WHAT_WAS_WRONG = {
    "malformed": "it was not one JSON object",
    "wrong-count": "its keys were not the numbers of the mentions",
    "unknown-type": "it named a type that is not among the allowed ones",
    "oversized": "it was far too long",
    "truncated": "it was too long, and cut off",
    "empty": "it was empty",
}

_SURROGATE = re.compile("[\ud800-\udfff]")


def prompt_hash() -> str:
    """SHA-256 (16 hex digits) of all templates and the version of the form: part of a cell's identity."""
    digest = hashlib.sha256(f"form {VERSION}\n".encode())
    for name in TEMPLATES:
        digest.update(f"{name}\n{_template(name).template}\n".encode())
    return digest.hexdigest()[:16]


def messages(types: Sequence[EntityType], question: Question) -> list[dict[str, str]]:
    """Return the two messages of a request: what is to be done, and the sentences to do it for."""
    return [
        {"role": "system", "content": system_text(tuple(types))},
        {"role": "user", "content": user_text(question)},
    ]


@cache
def system_text(types: tuple[EntityType, ...]) -> str:
    """Return the system message, which is the same for every question about a domain."""
    lines = [
        _json({"type": kind.name, "name": kind.readable, "description": kind.description}) for kind in types
    ]
    return _template("system.txt").substitute(types="\n".join(lines)).strip()


def user_text(question: Question) -> str:
    """Return the user message: the document, and after an unreadable answer what was wrong with it."""
    data = _json(_document(question))
    if question.fault is None:
        return _template("user.txt").substitute(data=data).strip()
    keys = ", ".join(f'"{number}"' for number in range(1, len(question.items) + 1))
    fault = WHAT_WAS_WRONG.get(question.fault, "it could not be read")
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


def _json(value: object) -> str:
    # a lone surrogate has no UTF-8, and would end the request with an error
    return _SURROGATE.sub("\ufffd", json.dumps(value, ensure_ascii=False))


@cache
def _template(name: str) -> Template:
    return Template(resources.files(__name__).joinpath(name).read_text(encoding="utf-8"))
