"""What a run may spend on language models: one small file that all its worker processes share.

A budget belongs to one run, not to the store: the next run gets what its user gives it then. Answers that
were paid for are kept as artefacts and cost nothing the next time, so a run goes on where one was stopped.

- ``reserve`` sets aside the most that a request can cost; what is spent and what is reserved never come to
  more than the limit by it.
- ``settle`` books what the request did cost, be it more than was reserved.
- When a cell's process has ended, in whatever way, the runner books all that it left unsettled *in full*
  (``settle_all``): a request that was sent may be billed though nobody read its answer. So a killed worker
  holds nothing back for ever, and the limit holds.

Amounts are whole numbers: tokens, or thousand-millionths of a US dollar.
"""

from __future__ import annotations

import json
import math
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from benchmark.errors import InputError, OverBudget
from benchmark.plan.limit import TOKENS, Limit, Unit
from benchmark.store.atomic_io import read_json, remove_leftovers, write_atomic

if TYPE_CHECKING:
    from benchmark.store.store import Store

_FORGOTTEN_SECONDS = 30 * 86400.0  # a run that was killed leaves its file; no run takes this long


@dataclass(frozen=True)
class Usage:
    """How a budget stands: what is spent and reserved, in the unit of its limit; tokens in any case."""

    limit: Limit
    spent: int = 0
    tokens: int = 0
    reserved: int = 0

    @property
    def left(self) -> int:
        """What a further request may cost at most."""
        return max(0, self.limit.amount - self.spent - self.reserved)

    def __str__(self) -> str:
        used = f"{Limit(self.spent, self.limit.unit)} of {self.limit} used"
        return used if self.limit.unit == TOKENS else f"{used}, for {self.tokens:,} tokens"


@dataclass
class _State:
    """What the file holds. ``held`` maps reservation → (its cell, tokens, amount in the limit's unit)."""

    unit: Unit
    limit: int
    spent: int = 0
    tokens: int = 0
    held: dict[str, tuple[str, int, int]] = field(default_factory=dict)


class RunBudget:
    """The budget of a run, as one cell of it sees it: a ``benchmark.task.Budget``.

    ``name`` is the run's, ``cell`` that of the cell that reserves. Processes and threads that use one budget
    at once wait for each other; each call reads and durably writes one small file.
    """

    def __init__(self, store: Store, name: str, cell: str = "") -> None:
        self._store, self.name, self._cell = store, name, cell
        self._path = store.root / "budgets" / f"{name}.json"

    def reserve(self, tokens: int, dollars: float | None = None) -> str:
        """Set aside what a request can cost at most; see ``benchmark.task.Budget``."""
        _check(tokens, dollars)
        with self._changing() as state:
            limit = Limit(state.limit, state.unit)
            amount = limit.of(tokens, dollars)
            if amount is None:
                raise OverBudget(
                    f"the budget is {limit}, and the price of what is asked is not known: give the budget in"
                    " tokens (--llm-budget 200000), or the price of the model to the method that asks it"
                )
            if amount > _usage(state).left:
                raise OverBudget(
                    f"the budget of {limit} cannot pay the next request; run again, with as much or more:"
                    " what was answered is kept and costs nothing"
                )
            name = secrets.token_hex(8)
            state.held[name] = (self._cell, tokens, amount)
        return name

    def settle(self, reservation: str, tokens: int, dollars: float | None = None) -> None:
        """Book what a request did use in place of what was reserved; see ``benchmark.task.Budget``."""
        _check(tokens, dollars)
        with self._changing() as state:
            if reservation not in state.held:
                raise ValueError(f"no reservation {reservation!r} is open: settled before, or never made")
            _, _, reserved = state.held.pop(reservation)
            amount = Limit(state.limit, state.unit).of(tokens, dollars)
            state.spent += (reserved if tokens else 0) if amount is None else amount
            state.tokens += tokens

    def settle_all(self, cell: str) -> None:
        """Book in full what a cell whose process has ended left reserved."""
        if any(holder == cell for holder, _, _ in self._read().held.values()):
            with self._changing() as state:
                for name, (holder, tokens, amount) in list(state.held.items()):
                    if holder == cell:
                        del state.held[name]
                        state.spent += amount
                        state.tokens += tokens

    def usage(self) -> Usage:
        """Return how it stands now."""
        return _usage(self._read())

    @contextmanager
    def _changing(self) -> Iterator[_State]:
        """Read the state, and write it after the block unless that raises; nobody else does meanwhile."""
        with self._store.lock(f"budget-{self.name}"):
            state = self._read()
            yield state
            with self._store.writing(self._path):
                content = json.dumps(asdict(state)).encode()
                write_atomic(self._path, content, temporary=self._store.temporary)

    def _read(self) -> _State:
        if not self._path.is_file():
            raise InputError(
                "no budget", path=self._path, expected="that of the run", todo="run again; leave its file"
            )
        content = read_json(self._path)
        try:
            content["held"] = {name: tuple(held) for name, held in content["held"].items()}
            return _State(**content)
        except (TypeError, KeyError, AttributeError) as error:
            raise InputError("no budget", path=self._path, expected="a file that a run wrote") from error


@contextmanager
def open_budget(store: Store, limit: Limit | None) -> Iterator[RunBudget | None]:
    """Make the budget of a run and remove its files at the end; None for a run without a limit."""
    if limit is None:
        yield None
        return
    budget = RunBudget(store, secrets.token_hex(8))
    remove_leftovers(budget._path.parent, older_than=_FORGOTTEN_SECONDS)
    with store.writing(budget._path):
        content = json.dumps(asdict(_State(limit.unit, limit.amount))).encode()
        write_atomic(budget._path, content, temporary=store.temporary)
    try:
        yield budget
    finally:
        for path in (budget._path, store.root / "locks" / f"budget-{budget.name}.lock"):
            path.unlink(missing_ok=True)


def _usage(state: _State) -> Usage:
    reserved = sum(amount for _, _, amount in state.held.values())
    return Usage(Limit(state.limit, state.unit), state.spent, state.tokens, reserved)


def _check(tokens: Any, dollars: Any) -> None:
    """Raise ``ValueError`` for what would corrupt the sums: a method's own arithmetic may slip."""
    if not isinstance(tokens, int) or isinstance(tokens, bool) or tokens < 0:
        raise ValueError(f"{tokens!r} is no number of tokens")
    if dollars is not None and not (math.isfinite(dollars) and dollars >= 0):
        raise ValueError(f"{dollars!r} is no amount of dollars")
