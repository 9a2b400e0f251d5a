"""What may stand in a record: no path of this machine, no host name, no secret."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

_FOLDERS = re.compile(r"(?<![\w.:/…])(?:[A-Za-z]:)?(?:[/\\][\w.+@~ -]*[\w.+@~-])+[/\\](?=[\w.+@~<-])")
_SECRET = re.compile(r"key|token|secret|passw", re.IGNORECASE)


def scrub(text: str) -> str:
    """Return a text with module paths relative, other folders as ``…/``, the host and secrets blotted out."""
    for name, value in os.environ.items():
        if _SECRET.search(name) and len(value) >= 8:
            text = text.replace(value, "***")
    folders = [str(Path(__file__).parents[2]), *(entry for entry in sys.path if len(entry) > 1)]
    for folder in sorted(folders, key=len, reverse=True):
        text = text.replace(folder.rstrip("/\\") + os.sep, "")
    text = _FOLDERS.sub("…/", text)
    host = socket.gethostname()
    return re.sub(rf"\b{re.escape(host)}\b", "(host)", text) if len(host) > 3 else text


def scrub_value(value: Any) -> Any:
    """Return a JSON value with every text in it scrubbed."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping):
        return {scrub(str(name)): scrub_value(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [scrub_value(item) for item in value]
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
