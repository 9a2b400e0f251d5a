"""The ledger of a suite: which cell is current for each of its places, and how it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from benchmark.store.atomic_io import read_sealed_json, sealed_json
from benchmark.store.cell_spec import CellSpec
from benchmark.store.record import FAILED, STATES, Record, SafeName
from benchmark.validation import validate

SCHEMA = 1
KIND = "ledger"
PLANNED = "planned"  # named by a run that has not finished it yet


@dataclass(frozen=True)
class Entry:
    """The current cell of a place, and its state: one of a record's, or ``planned``."""

    cell: Annotated[SafeName, Field(description="the current cell of the place")]
    state: Annotated[
        Literal[*STATES, PLANNED],  # type: ignore[valid-type]
        Field(description="of its record, or planned"),
    ]


class LedgerFile(BaseModel):
    """All keys of a ledger's file."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    version: Literal[1] = Field(alias="schema", description="of this format")
    suite: str = Field(description="the suite's name")
    slots: dict[str, Entry] = Field(description="place in the suite, its cell")
    ledger_sha256: str = Field(description="SHA-256 (hex) of the rest in canonical JSON")


def render_ledger(suite: str, entries: Mapping[str, Entry]) -> bytes:
    """Render a ledger, keys sorted, so that the order in which cells finish leaves no trace."""
    content = {
        "schema": SCHEMA,
        "suite": suite,
        "slots": {slot: {"cell": e.cell, "state": e.state} for slot, e in sorted(entries.items())},
    }
    return sealed_json(content, KIND)


def read_ledger(path: Path) -> dict[str, Entry]:
    """Read a ledger: key → entry; empty where there is none yet; ``InputError`` where it is damaged."""
    if not path.exists():
        return {}
    todo = "run the suite again: it is rebuilt from the records"
    content = read_sealed_json(path, KIND, schema=SCHEMA, todo=todo)
    content["ledger_sha256"] = ""  # compared and taken out by then
    return validate(LedgerFile, content, path=path, todo=todo).slots


def superseded(
    entries: Mapping[str, Entry], specs: Iterable[CellSpec], find: Callable[[str], Record | None]
) -> set[str]:
    """Return the keys that name a place of one of these cells as it was called before.

    That is its name by an earlier rule of identities; or, for a method that could not be loaded at the time,
    so that nobody knew its backbone, a place that differs in the backbone alone.

    Parameters
    ----------
    entries : Mapping
        The ledger.
    specs : iterable of CellSpec
        The cells that are entered now.
    find : callable
        Returns the record of a cell, None where it is missing or damaged.
    """
    gone = set()
    loaded = {(*spec.place[:3], spec.seed): spec.backbone for spec in specs}
    for spec in specs:
        earlier = spec.ledger_key_of(1)
        if earlier != spec.ledger_key and earlier in entries:
            record = find(entries[earlier].cell)
            if record is None or record.spec.place == spec.place:
                gone.add(earlier)
    for key, entry in entries.items():
        if entry.state == FAILED and (record := find(entry.cell)) is not None:
            backbone = loaded.get((*record.spec.place[:3], record.spec.seed))
            if not record.spec.identity.get("code") and backbone not in (None, record.spec.backbone):
                gone.add(key)
    return gone
