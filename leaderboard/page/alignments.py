"""Alignments that lie beside a store's suites, for the heat maps: ``<store>/alignment/<domain>.json``."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmark.errors import InputError
from benchmark.store.atomic_io import read_json
from benchmark.store.record import SAFE_NAME

_BYTES = 4_000_000  # an alignment has some thousand numbers at most
SHADES = 10


def read_alignments(folder: Path, source: str, domains: Iterable[str]) -> list[dict[str, Any]]:
    """Return a heat map for each domain whose alignment with ``source`` is there, in the domains' order.

    Those of another source are left out. Raises ``InputError`` for a file that is no alignment.
    """
    found = []
    for domain in domains:
        path = folder / f"{domain}.json"
        if SAFE_NAME.fullmatch(domain) and path.is_file():
            content = _checked(path)
            if (content["about"].get("source"), content["about"].get("target")) == (source, domain):
                found.append(_panel(domain, content))
    return found


def _checked(path: Path) -> dict[str, Any]:
    """Return a file's content where it has the shape of an alignment."""
    if path.stat().st_size > _BYTES:
        raise InputError(f"{path.stat().st_size:,} bytes", path=path, expected=f"at most {_BYTES:,}")
    content = read_json(path)
    if not isinstance(content, dict) or not isinstance(content.get("about"), dict):
        raise _wrong(path, "no alignment")
    columns, rows = content.get("source_types"), content.get("target_types")
    similarity, core = content.get("similarity"), content.get("core")
    if not (_are_texts(columns) and _are_texts(rows) and isinstance(core, dict)):
        raise _wrong(path, "no lists of types")
    if not isinstance(similarity, list) or len(similarity) != len(rows or ()):
        raise _wrong(path, "a similarity that does not fit the types")
    for line in similarity:
        if not isinstance(line, list) or len(line) != len(columns or ()) or not all(map(_is_number, line)):
            raise _wrong(path, "a similarity that does not fit the types")
    return content


def _panel(domain: str, content: dict[str, Any]) -> dict[str, Any]:
    values = [value for line in content["similarity"] for value in line]
    low, high = min(values, default=0.0), max(values, default=1.0)
    width = (high - low) or 1.0
    rows = []
    for name, line in zip(content["target_types"], content["similarity"], strict=True):
        cells = [
            {
                "value": value,
                "shade": min(SHADES - 1, int(SHADES * (value - low) / width)),
                "core": content["core"].get(name) == column,
            }
            for column, value in zip(content["source_types"], line, strict=True)
        ]
        rows.append({"name": name, "cells": cells})
    return {"domain": domain, "columns": content["source_types"], "rows": rows, "about": content["about"]}


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _wrong(path: Path, found: str) -> InputError:
    return InputError(
        found,
        path=path,
        expected="what `python -m lar align --out` writes",
        todo="write it again, or take it away",
    )
