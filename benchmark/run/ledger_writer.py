"""Outcomes of cells, entered into the ledgers of their suites."""

from __future__ import annotations

import time
from collections.abc import Mapping

from benchmark.plan.cell import Cell
from benchmark.run.events import Outcome
from benchmark.store.cell_spec import CellSpec
from benchmark.store.ledger import PLANNED, Entry
from benchmark.store.store import Store

_PATIENCE = 20  # times what writing the ledger took pass before it is written again


class LedgerWriter:
    """Enters outcomes into ledgers, so seldom that a long ledger costs little of a run's time.

    What a killed run has not entered is in its records all the same, and is entered by the next one.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[Cell, Outcome | None] = {}
        self._next = 0.0

    def enter(self, outcome: Outcome) -> None:
        """Enter an outcome, now or with those that follow soon."""
        self._waiting[outcome.cell] = outcome
        if time.monotonic() >= self._next:
            self.write()

    def write(self) -> None:
        """Enter all that waits."""
        start = time.monotonic()
        enter(self._store, self._waiting)
        self._waiting.clear()
        end = time.monotonic()
        self._next = end + _PATIENCE * (end - start)


def enter(store: Store, outcomes: Mapping[Cell, Outcome | None]) -> None:
    """Enter cells into their suite's ledger, those without an outcome as planned."""
    entries: dict[str, dict[str, Entry]] = {}
    specs: dict[str, list[CellSpec]] = {}
    for cell, outcome in outcomes.items():
        spec = cell.spec
        state = PLANNED if outcome is None else outcome.record.state
        entries.setdefault(spec.suite, {})[spec.ledger_key] = Entry(spec.name, state)
        specs.setdefault(spec.suite, []).append(spec)
    for suite, changes in entries.items():
        store.update_ledger(suite, changes, specs=specs[suite])
