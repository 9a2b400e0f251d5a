"""What may stand in a record: no path of this machine, no host name, no secret."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote, quote_plus

_FOLDERS = re.compile(r"(?<![\w.:/…])(?:[A-Za-z]:)?(?:[/\\][\w.+@~ -]*[\w.+@~-])+[/\\](?=[\w.+@~<-])")
_SECRET = re.compile(r"key|token|secret|passw|credential", re.IGNORECASE)
_SHORTEST = 8  # of a secret: shorter values are words that a text may well hold
# secret wherever it came from: a key of an OpenAI-like service, what follows ``Bearer``, a URL's user
_SHAPES = (
    (re.compile(r"\bsk-[\w-]{16,}"), "***"),
    (re.compile(r"(?i)\b(bearer\s+)[\w.~+/=-]{8,}"), r"\1***"),
    (re.compile(r"(?<=://)[^\s/@'\"]+@"), "***@"),
)


def redact_secrets(text: str) -> str:
    """Return a text without the secrets of this process's environment, as ``***``.

    A secret is the value of a variable whose name tells it (``OPENAI_API_KEY``, ``HF_TOKEN``), stripped of
    space, as it is or as a URL, a ``repr`` or JSON write it; also what looks like a service's key, and the
    user in a URL.
    """
    secrets = {value.strip() for name, value in os.environ.items() if _SECRET.search(name)}
    written = {form for value in secrets if len(value) >= _SHORTEST for form in _forms(value)}
    for form in sorted(written, key=len, reverse=True):  # one may be the start of another
        text = text.replace(form, "***")
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return text


def _forms(value: str) -> tuple[str, ...]:
    in_urls = (quote(value), quote(value, safe=""), quote_plus(value))
    in_json = (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1])
    return value, *in_urls, *in_json, repr(value)[1:-1]


def redact(text: str) -> str:
    """Return a text with module paths relative, other folders as ``…/``, the host and secrets blotted out."""
    text = redact_secrets(text)
    folders = [str(Path(__file__).parents[2]), *(entry for entry in sys.path if len(entry) > 1)]
    for folder in sorted(folders, key=len, reverse=True):
        text = text.replace(folder.rstrip("/\\") + os.sep, "")
    text = _FOLDERS.sub("…/", text)
    host = socket.gethostname()
    return re.sub(rf"\b{re.escape(host)}\b", "(host)", text) if len(host) > 3 else text


def redact_value(value: Any) -> Any:
    """Return a JSON value with every text in it scrubbed."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {redact(str(name)): redact_value(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact_value(item) for item in value]
    return value


def portable(value: Any) -> Any:
    """Return a parameter's value as a record and an identity may hold it: an absolute path by its name only.

    What lies at the path is part of the identity by its content (``Method.components``).
    """
    if isinstance(value, PurePath):
        value = str(value)
    if isinstance(value, str) and PurePath(value).is_absolute():
        return PurePath(value).name
    if isinstance(value, Mapping):
        return {str(name): portable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [portable(item) for item in value]
    return value
