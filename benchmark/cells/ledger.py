"""The ledger of a suite: which cell is current for each planned slot, and how it stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.cells.files import canonical_json, read_json, sha256
from benchmark.cells.record import SAFE_NAME, STATES
from benchmark.errors import InputError

SCHEMA = 1
PLANNED = "planned"  # named by a run that has not finished it yet


@dataclass(frozen=True)
class Entry:
    """The current cell of a slot, and its state: one of a record's, or ``planned``."""

    cell: str
    state: str


def render_ledger(suite: str, entries: Mapping[str, Entry]) -> bytes:
    """Render a ledger, slots sorted, so that the order in which cells finish leaves no trace."""
    content = {
        "schema": SCHEMA,
        "suite": suite,
        "slots": {slot: {"cell": e.cell, "state": e.state} for slot, e in sorted(entries.items())},
    }
    content["ledger_sha256"] = sha256(canonical_json(content))
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def read_ledger(path: Path) -> dict[str, Entry]:
    """Read a ledger: slot → entry; empty where there is none yet; ``InputError`` where it is damaged."""
    if not path.exists():
        return {}
    content = read_json(path)
    digest = content.pop("ledger_sha256", None) if isinstance(content, dict) else None
    if digest is None or digest != sha256(canonical_json(content)):
        raise InputError(
            "content that does not fit its own SHA-256",
            path=path,
            expected="a ledger as a run writes it",
            todo="run the suite again: it is rebuilt from the records",
        )
    if content.get("schema") != SCHEMA:
        raise InputError(f"ledger schema {content.get('schema')!r}", path=path, expected=str(SCHEMA))
    return {slot: _entry(slot, value, path) for slot, value in content["slots"].items()}


def _entry(slot: str, value: Mapping[str, str], path: Path) -> Entry:
    if not SAFE_NAME.fullmatch(value["cell"]) or value["state"] not in (*STATES, PLANNED):
        raise InputError(f"{dict(value)} for {slot}", path=path, expected="a cell's name and its state")
    return Entry(value["cell"], value["state"])
