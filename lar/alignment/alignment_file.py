"""The alignment as a file: written whole or not at all, and checked in full when it is read back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.errors import InputError
from benchmark.store.atomic_io import read_json, write_atomic
from lar.alignment.align import Alignment
from larbench.tagger.arrays import Floats

_LIMIT = 16 * 2**20  # bytes; the largest alignment of interest has some kilobytes
_TODO = "make it again with `python -m lar align`"


def write_alignment(alignment: Alignment, path: Path, about: dict[str, str] | None = None) -> None:
    """Write an alignment as JSON; ``about`` says where it comes from (source, target, backbone)."""
    content = {"about": about or {}, **alignment.to_artefact()}
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_atomic(path, text.encode(), temporary=path.parent)


def read_alignment(path: Path) -> Alignment:
    """Read an alignment back, equal to the one written.

    Raises ``InputError``, which names the file, where it is missing or too large, where a key is missing or
    holds something else than it should, and where its SHA-256 is not that of its content.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise InputError(f"no readable file ({error.strerror})", path=path, todo=_TODO) from error
    if size > _LIMIT:
        raise InputError(f"{size:,} bytes", path=path, expected=f"at most {_LIMIT:,}", todo=_TODO)
    return from_artefact(read_json(path), path)


def from_artefact(content: Any, path: Path | str | None = None) -> Alignment:
    """Return the alignment that ``Alignment.to_artefact`` told; ``path`` is named in errors."""
    if not isinstance(content, dict):
        raise InputError("JSON that is no object", path=path, expected="an alignment", todo=_TODO)

    def take(key: str, fits: Callable[[Any], bool], expected: str) -> Any:
        if key not in content:
            raise InputError(f"no key {key!r}", path=path, expected=expected, todo=_TODO)
        if not fits(content[key]):
            raise InputError(f"{key!r} of another form", path=path, expected=expected, todo=_TODO)
        return content[key]

    take("schema", lambda value: value == 1, "schema 1")
    sources = tuple(take("source_types", _is_names, "the names of the source types"))
    targets = tuple(take("target_types", _is_names, "the names of the target types"))

    def matrix(key: str) -> Floats:
        expected = f"{len(targets)} rows of {len(sources)} numbers"
        rows = take(key, lambda value: _is_matrix(value, len(targets), len(sources)), expected)
        return np.array(rows, dtype=np.float32).reshape(len(targets), len(sources))

    def is_core(value: Any) -> bool:
        if not isinstance(value, dict) or not all(isinstance(name, str) for name in value.values()):
            return False
        return set(value) <= set(targets) and set(value.values()) <= set(sources)

    alignment = Alignment(
        sources,
        targets,
        matrix("similarity"),
        take("core", is_core, "target types and their partners"),
        matrix("weights"),
        novel=frozenset(
            take("novel", lambda value: _is_names(value) and set(value) <= set(targets), "target types")
        ),
        solver=take("solver", _is_text, "the solver's name"),
        type_text=take("type_text", _is_text, "the name of a type text"),
        measure=take("measure", _is_text, "the name of a similarity"),
        threshold=take("threshold", lambda value: value is None or _is_number(value), "a number or null"),
    )
    for key, value in alignment.to_artefact().items():
        found = take(key, lambda _: True, "a key of every alignment")
        if found != value:
            what = "SHA-256 of its content" if key == "sha256" else "what the matrices say"
            raise InputError(f"{key!r} that differs", path=path, expected=f"the {what}", todo=_TODO)
    return alignment


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value)) and len(set(value)) == len(value)


def _is_matrix(value: Any, rows: int, columns: int) -> bool:
    if not isinstance(value, list) or len(value) != rows:
        return False
    return all(isinstance(row, list) and len(row) == columns and all(map(_is_number, row)) for row in value)
