"""What a suite says of its rows, kept beside its results: which of them the others are compared to.

<root>/<suite>/comparison.json: only for a suite with a ``base``. A board knows records and no suite files,
so what it needs of the file has to lie where the records lie.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmark.cells.files import canonical_json, read_json, sha256, write_atomic
from benchmark.cells.store import Store
from benchmark.cells.suite import Suite
from benchmark.errors import InputError

SCHEMA = 1

_DIGEST = "comparison_sha256"


@dataclass(frozen=True)
class Comparison:
    """The labels of a suite's rows in the suite's order, and the one that the others are compared to."""

    base: str
    rows: tuple[str, ...]

    @classmethod
    def of(cls, suite: Suite) -> Comparison | None:
        """Return what a suite says, None for one without a base."""
        if suite.base is None or suite.methods is None:
            return None
        return cls(suite.base, tuple(spec.label for spec in suite.methods))


def keep_comparison(store: Store, suite: str, comparison: Comparison | None) -> None:
    """Write a suite's comparison into its folder; None removes an earlier one."""
    path = _path(store, suite)
    with store.writing(path):
        if comparison is None:
            path.unlink(missing_ok=True)
        else:
            write_atomic(path, _render(suite, comparison), temporary=store.temporary)


def read_comparison(store: Store, suite: str) -> Comparison | None:
    """Return the comparison that a suite's folder holds, if any; ``InputError`` where it is damaged."""
    path = _path(store, suite)
    if not path.is_file():
        return None
    content = read_json(path)
    digest = content.pop(_DIGEST, None) if isinstance(content, dict) else None
    if digest is None or digest != sha256(canonical_json(content)):
        raise InputError(
            "content that does not fit its own SHA-256",
            path=path,
            expected="a comparison as a run writes it",
            todo="run the suite again: it is written anew",
        )
    if content.get("schema") != SCHEMA:
        raise InputError(f"comparison schema {content.get('schema')!r}", path=path, expected=str(SCHEMA))
    return Comparison(content["base"], tuple(content["rows"]))


def _render(suite: str, comparison: Comparison) -> bytes:
    content = {"schema": SCHEMA, "suite": suite, **asdict(comparison)}
    content[_DIGEST] = sha256(canonical_json(content))
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _path(store: Store, suite: str) -> Path:
    return store.root / suite / "comparison.json"
