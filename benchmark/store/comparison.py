"""What a suite says of its rows, kept beside its results: which of them the others are compared to.

<root>/<suite>/comparison.json: only for a suite with a ``base``. A board knows records and no suite files,
so what it needs of the file has to lie where the records lie.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from benchmark.store.atomic_io import read_sealed_json, sealed_json
from benchmark.store.store import Store

SCHEMA = 1
KIND = "comparison"
FILE = "comparison.json"


@dataclass(frozen=True)
class Comparison:
    """The labels of a suite's rows in the suite's order, and the one that the others are compared to."""

    base: str
    rows: tuple[str, ...]


def write_comparison(store: Store, suite: str, comparison: Comparison | None) -> None:
    """Write a suite's comparison into its folder; None removes an earlier one."""
    content = None
    if comparison is not None:
        content = sealed_json({"schema": SCHEMA, "suite": suite, **asdict(comparison)}, KIND)
    store.write_sidecar(suite, FILE, content)


def read_comparison(store: Store, suite: str) -> Comparison | None:
    """Return the comparison that a suite's folder holds, if any; ``InputError`` where it is damaged."""
    path = store.root / suite / FILE
    if not path.is_file():
        return None
    todo = "run the suite again: it is written anew"
    content = read_sealed_json(path, KIND, schema=SCHEMA, todo=todo)
    return Comparison(content["base"], tuple(content["rows"]))
