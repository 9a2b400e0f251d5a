"""The record of a cell, and the state that it ends in where it was computed.

Apart from what computes a cell, which imports numpy: a run whose cells are all at hand needs none of that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from benchmark.plan.cell import Cell
from benchmark.run.context import ExecutionContext
from benchmark.run.environment import describe_machine
from benchmark.store.record import INCOMPLETE, OK, Record, lost_answers
from benchmark.store.redact import portable


def make_record(cell: Cell, context: ExecutionContext, **facts: Any) -> Record:
    """Return the record of a cell from the cell's own fields and ``facts`` about how it ended."""
    return Record(
        cell=cell.spec.name,
        spec=replace(cell.spec, params=portable(cell.spec.params)),
        versions=context.versions,
        machine=describe_machine(context.device),
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        **facts,
    )


def state_of(notes: Mapping[str, Any], max_lost: float) -> dict[str, Any]:
    """Return state, reason and notes of a record whose cell was computed and may lose such a share."""
    lost = lost_answers(notes)
    if lost is None:
        return {"state": OK, "reason": None, "notes": notes}
    notes = {**notes, "llm": {**notes["llm"], "max_lost": max_lost}}
    lost = replace(lost, allowed=max_lost)
    if not lost.too_much:
        return {"state": OK, "reason": None, "notes": notes}
    allowed = "" if lost.all_of_it else f", where {max_lost:.0%} may be"
    return {"state": INCOMPLETE, "reason": f"{lost.detail}{allowed}", "notes": notes}
