"""What the prompts of methods share: template files, and data that goes into them as JSON.

Everything that comes from a corpus (sentences, words of mentions, texts of types) goes in as JSON, so that
quotes, braces, line breaks and made-up answers in it stay inside the string that they belong to.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from string import Template

from benchmark.domains.corpus import EntityType

# rules of thumb for estimates of cost: no tokenizer is fetched for them
CHARACTERS_PER_TOKEN = 4.0  # of English
TOKENS_PER_WORD = 1.35  # of running text

_SURROGATE = re.compile("[\ud800-\udfff]")


@cache
def read_template(package: str, name: str) -> Template:
    """Return the template file ``name`` of a package."""
    return Template(resources.files(package).joinpath(name).read_text(encoding="utf-8"))


def hash_templates(templates: Iterable[tuple[str, Template]], prefix: str = "") -> str:
    """SHA-256 (16 hex digits) of named templates behind a prefix: part of a cell's identity."""
    digest = hashlib.sha256(prefix.encode())
    for name, template in templates:
        digest.update(f"{name}\n{template.template}\n".encode())
    return digest.hexdigest()[:16]


def types_as_json(types: Sequence[EntityType]) -> str:
    """Return the types with their readable names and descriptions, a JSON object a line."""
    return "\n".join(
        to_json({"type": kind.name, "name": kind.readable, "description": kind.description}) for kind in types
    )


def to_json(value: object) -> str:
    """Return a value as JSON that has a UTF-8, whatever its strings hold."""
    return without_surrogates(json.dumps(value, ensure_ascii=False))


def without_surrogates(text: str) -> str:
    """Return a text with lone surrogates replaced: they have no UTF-8, and would end a request."""
    return _SURROGATE.sub("\ufffd", text)
