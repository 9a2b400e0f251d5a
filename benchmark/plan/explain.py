"""Why a cell is cached or not: component by component, against the nearest record."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.errors import UsageError
from benchmark.plan.cell import Cell
from benchmark.store.cell_spec import differences
from benchmark.store.record import OVER_BUDGET, Record
from benchmark.store.store import Store


@dataclass(frozen=True)
class Explanation:
    """A planned cell, the state of its record where there is one, and otherwise what a record lacks to be it.

    ``differs`` maps component → (in the nearest record, now). The nearest record is one of the same place, or
    else of the same method, that differs in the fewest components; None where there is no such record.
    """

    cell: Cell
    state: str | None
    nearest: str | None = None
    differs: Mapping[str, tuple[Any, Any]] | None = None

    @property
    def hit(self) -> bool:
        """Whether a run would find the cell in the store.

        It computes again what ended ``over-budget``, and what was skipped and may run now.
        """
        if self.state is None or self.state == OVER_BUDGET:
            return False
        return not self.cell.may_run_now(self.state)


def what_changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """Return in words in which components two identities differ: ``identity rule 1 → 2``, ``code``."""
    changed = dict.fromkeys(name.partition(".")[0] for name in differences(old, new))
    if "rule" not in changed:
        return tuple(changed)
    # what only the newer rule looks at tells nothing more
    rest = [name for name in changed if name in old and name != "rule"]
    return f"identity rule {old.get('rule')} → {new.get('rule')}", *rest


def explain_cells(cells: Sequence[Cell], store: Store, name: str | None = None) -> list[Explanation]:
    """Explain the planned cells that ``name`` means: a cell's name, the start of one, or an old record's.

    Raises ``UsageError`` where it means none.
    """
    records = [
        record for suite in {cell.spec.suite for cell in cells} for record in store.every_record(suite)
    ]
    return [_explain(cell, records, store) for cell in _meant(cells, records, name)]


def _meant(cells: Sequence[Cell], records: Sequence[Record], name: str | None) -> list[Cell]:
    if name is None:
        return list(cells)
    meant = [cell for cell in cells if cell.spec.name.startswith(name)]
    if not meant:  # an old record: what has taken its place?
        places = {record.spec.place for record in records if record.cell.startswith(name)}
        meant = [cell for cell in cells if cell.spec.place in places]
    if not meant:
        near = difflib.get_close_matches(name, [cell.spec.ledger_key for cell in cells], n=2, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else "`python -m benchmark plan` lists them"
        raise UsageError(f"no planned cell is called {name!r}; {hint}")
    return meant


def _explain(cell: Cell, records: Sequence[Record], store: Store) -> Explanation:
    found = store.find(cell.spec.suite, cell.spec.name)
    if found is not None and found.spec.identity_hash == cell.spec.identity_hash:
        return Explanation(cell, found.state)
    if found is None and (equivalent := store.find_equivalent(cell.spec)) is not None:
        return Explanation(cell, equivalent.state)
    near = [
        record for record in records if record.spec.place == cell.spec.place and record.cell != cell.spec.name
    ]
    near = near or [
        record
        for record in records
        if record.spec.method == cell.spec.method and record.cell != cell.spec.name
    ]
    if not near:
        return Explanation(cell, None)
    compared = [(differences(record.spec.identity, cell.spec.identity), record) for record in near]
    differs, nearest = min(compared, key=lambda pair: (len(pair[0]), pair[1].cell))
    return Explanation(cell, None, nearest.cell, differs)
