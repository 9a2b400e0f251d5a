"""The ledger of a suite: which cell is current for each planned slot, and how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import InputError
from benchmark.store.atomic_io import read_sealed_json, sealed_json
from benchmark.store.record import SAFE_NAME, STATES

SCHEMA = 1
KIND = "ledger"
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
    return sealed_json(content, KIND)


def read_ledger(path: Path) -> dict[str, Entry]:
    """Read a ledger: slot → entry; empty where there is none yet; ``InputError`` where it is damaged."""
    if not path.exists():
        return {}
    todo = "run the suite again: it is rebuilt from the records"
    content = read_sealed_json(path, KIND, schema=SCHEMA, todo=todo)
    return {slot: _entry(slot, value, path) for slot, value in content["slots"].items()}


def _entry(slot: str, value: Mapping[str, str], path: Path) -> Entry:
    if not SAFE_NAME.fullmatch(value["cell"]) or value["state"] not in (*STATES, PLANNED):
        raise InputError(f"{dict(value)} for {slot}", path=path, expected="a cell's name and its state")
    return Entry(value["cell"], value["state"])
