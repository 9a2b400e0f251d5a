"""How a suite stands, as its ledger tells it."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from benchmark.errors import InputError, UsageError, choose
from benchmark.store.ledger import PLANNED
from benchmark.store.record import OK, STATES
from benchmark.store.store import Store


@dataclass(frozen=True)
class StatusLine:
    """A cell that is not ok, and why; its state is ``damaged`` where its files are gone or have changed."""

    cell: str
    state: str
    reason: str


@dataclass(frozen=True)
class Status:
    """How many cells of a suite are in each state, and those that are not ok."""

    suite: str
    counts: Mapping[str, int]
    not_ok: tuple[StatusLine, ...]


def find_suite(store: Store, suite: str) -> str:
    """Return ``suite`` where the store holds it; else a ``UsageError`` says what is there, if anything."""
    suites = store.suites()
    if not suites:
        where = "" if store.location == "runs" else f" --store {shlex.quote(store.location)}"
        todo = f"`python -m benchmark run --suite NAME_OR_FILE{where}` does"
        raise UsageError(f"nothing has been run in {store.location} yet; {todo}")
    return choose(suite, suites, f"suite in {store.location}")


def read_status(store: Store, suite: str, *, check: bool = False) -> Status:
    """Read a suite's ledger and look whether its cells' files are there; raises as ``find_suite`` does.

    With ``check``, every record and every prediction is read and held against its hash.
    """
    find_suite(store, suite)
    trusted: frozenset[str] = frozenset() if check else store.complete(suite)
    lines = [
        StatusLine(entry.cell, OK, "")
        if entry.state == OK and entry.cell in trusted
        else _line(store, suite, entry.cell, entry.state)
        for entry in store.ledger(suite).values()
    ]
    states = Counter(line.state for line in lines)
    counts = {state: states[state] for state in (*STATES, PLANNED, "damaged") if states[state]}
    return Status(suite, counts, tuple(line for line in lines if line.state != OK))


def _line(store: Store, suite: str, cell: str, state: str) -> StatusLine:
    if state == PLANNED:
        return StatusLine(cell, state, "a run that planned it has not finished it")
    try:
        record = store.record(suite, cell)
        if record.has_predictions:
            store.predictions(record)
    except InputError as error:
        return StatusLine(cell, "damaged", str(error))
    return StatusLine(cell, record.state, record.reason or "")
