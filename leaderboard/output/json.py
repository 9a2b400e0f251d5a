"""Documents as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def render(document: Mapping[str, Any]) -> str:
    """Return a document as JSON with its keys in the order given; ``ValueError`` for NaN and infinity."""
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
