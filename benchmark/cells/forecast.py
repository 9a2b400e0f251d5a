"""What a run would find at hand, and how long the rest may take, judged by earlier records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmark.cells.cell import Cell
from benchmark.cells.record import OK, Record
from benchmark.cells.store import Store

MISSING = "missing"


@dataclass(frozen=True)
class PlannedCell:
    """A planned cell and what the store has of it.

    ``state`` is that of its record, or ``missing``. For a missing one, ``seconds`` is the time to expect,
    None where no earlier record tells it.
    """

    cell: Cell
    state: str
    reason: str | None = None
    seconds: float | None = None


def forecast(cells: Sequence[Cell], store: Store) -> list[PlannedCell]:
    """Return the state of each cell, and for missing ones the time to expect."""
    earlier: dict[tuple[str, str], list[float]] = {}
    for suite in {cell.suite for cell in cells}:
        for record in store.every_record(suite):
            if record.state == OK:
                own = record.timings["total_seconds"] - record.timings.get("shared_seconds", 0.0)
                earlier.setdefault(_kind(record), []).append(own)
    return [_planned(cell, store, earlier.get(_kind(cell), [])) for cell in cells]


def _planned(cell: Cell, store: Store, earlier: list[float]) -> PlannedCell:
    record = store.find(cell.suite, cell.name)
    if record is not None:
        return PlannedCell(cell, record.state, record.reason)
    if cell.settled is not None:
        return PlannedCell(cell, cell.settled, cell.reason)
    return PlannedCell(cell, MISSING, None, round(median(earlier), 1) if earlier else None)


def _kind(cell: Cell | Record) -> tuple[str, str]:
    return cell.label, cell.setting
