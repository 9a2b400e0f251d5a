"""The runner: what the store lacks is computed, and every planned cell ends in one recorded state."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any

from filelock import Timeout

from benchmark import registry
from benchmark.plan.cell import Cell
from benchmark.run.budget import RunBudget
from benchmark.run.compute import make_record
from benchmark.run.context import ExecutionContext
from benchmark.run.environment import describe_versions
from benchmark.run.events import Event, OnEvent, Outcome, one_at_a_time
from benchmark.run.job_limiter import JobLimiter
from benchmark.run.ledger_writer import LedgerWriter, enter
from benchmark.run.workers import Executor, LocalExecutor, WorkerFailure
from benchmark.store.atomic_io import remove_leftovers
from benchmark.store.record import FAILED, OVER_BUDGET, Record
from benchmark.store.redact import redact
from benchmark.store.store import Store


@dataclass(frozen=True)
class Crew:
    """What computes the cells of a run, and how many of them at a time."""

    pool: Executor
    jobs: int


StartExecutor = Callable[[Sequence[Cell], ExecutionContext, OnEvent], Crew]


def execute(
    cells: Sequence[Cell],
    store: Store,
    *,
    data_dir: str | None,
    device: str,
    jobs: int | None,
    retry_failed: bool,
    on_event: OnEvent,
    budget: RunBudget | None = None,
    cell_timeout: float | None = None,
    hire: StartExecutor | None = None,
) -> list[Outcome]:
    """Run the cells that the store lacks and return the outcome of all, in the order of ``cells``.

    Finished cells are recorded at once, so an interrupted run goes on where it stopped. A cell that failed
    is not tried again unless ``retry_failed``: the same identity fails the same way. One that ended
    ``over-budget`` is computed again wherever ``budget`` has something left, or there is no limit. One that
    takes more than ``cell_timeout`` seconds is ended, and has failed. ``hire`` finds who computes them, where
    there are any to compute: worker processes of this machine unless it is given.

    Raises ``KeyboardInterrupt`` on Ctrl-C, after the workers were ended, and ``InputError`` where the store
    cannot be written.
    """
    tell = one_at_a_time(on_event)
    store = store.with_warn(lambda text: tell(Event("warning", text=text)))
    outcomes: dict[str, Outcome] = {}
    for cell in cells:
        record = _at_hand(store, cell, retry_failed, budget)
        if record is not None:
            outcomes[cell.spec.name] = Outcome(cell, record, cached=True)
    enter(store, {cell: outcomes.get(cell.spec.name) for cell in cells})
    missing = [cell for cell in cells if cell.spec.name not in outcomes]
    tell(Event("planned", total=len(cells), cached=len(outcomes)))
    if missing:
        remove_leftovers(store.temporary)
        name = None if budget is None else budget.name
        where = ExecutionContext(store.location, data_dir, device, describe_versions(), name, cell_timeout)
        if hire is None or all(cell.decided for cell in missing):  # what is decided needs only a record
            pool = LocalExecutor((*store.preload, *preloads(missing, device)))
            crew = Crew(pool, jobs or default_jobs(device))
        else:
            crew = hire(missing, where, tell)
        run = _Run(store, where, retry_failed, tell, crew.pool, JobLimiter(jobs or crew.jobs), budget)
        writer = LedgerWriter(store)
        try:
            for outcome in run.all(interleave(missing)):
                outcomes[outcome.cell.spec.name] = outcome
                writer.enter(outcome)
                tell(Event("finished", cell=outcome.cell, outcome=outcome))
        finally:
            writer.write()
    return [outcomes[cell.spec.name] for cell in cells]


def interleave(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells in the order in which they are computed: the rows of the board take turns.

    Cells of one row often need the same stage, a source tagger say: side by side, one would make it and the
    others wait. And a run that is stopped early has then compared all rows on some domains. Rows that stand
    side by side are often kin (a method and its variant) and share stages too: every other one goes first.
    """
    by_row: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        by_row.setdefault((cell.spec.label, cell.spec.backbone), []).append(cell)
    rows = list(by_row.values())
    turns = zip_longest(*rows[::2], *rows[1::2])
    return [cell for turn in turns for cell in turn if cell is not None]


def default_jobs(device: str) -> int:
    """Return how many cells run at once unless the user says: one a physical core, one on a GPU."""
    if device != "cpu":
        return 1
    import joblib  # slow to import, and only needed where there is work

    return int(joblib.cpu_count(only_physical_cores=True))


@dataclass(frozen=True)
class _Run:
    store: Store
    where: ExecutionContext
    retry_failed: bool
    tell: OnEvent
    workers: Executor
    places: JobLimiter
    budget: RunBudget | None

    def all(self, cells: Sequence[Cell]) -> Iterator[Outcome]:
        """Yield the outcomes of cells as they end."""
        from joblib import Parallel, delayed

        # Threads here only wait for worker processes, which do the computing. There are two for a place: a
        # cell that waits for another's work can lend its own.
        parallel = Parallel(
            n_jobs=2 * self.places.count,
            prefer="threads",
            return_as="generator_unordered",
            batch_size=1,
            pre_dispatch="n_jobs",
        )
        try:
            yield from parallel(delayed(self.one)(cell) for cell in cells)
        finally:
            self.workers.stop()

    def one(self, cell: Cell) -> Outcome:
        """Bring one cell to its end, unless another run on this store has done so meanwhile."""
        with self.places.one() as wait, self._alone(cell, wait):
            self.store.refresh(cell.spec.suite, cell.spec.name)
            record = _at_hand(self.store, cell, self.retry_failed, self.budget)
            if record is not None:
                return Outcome(cell, record, cached=True)
            record = self._settle(cell) if cell.decided else self._compute(cell, wait)
            return Outcome(cell, record, cached=False)

    def _settle(self, cell: Cell) -> Record:
        record = make_record(
            cell, self.where, state=cell.decided, reason=cell.reason, traceback=cell.traceback
        )
        self.store.save(record)
        return record

    def _compute(self, cell: Cell, wait: Callable[[bool], None]) -> Record:
        def hear(answer: dict[str, Any]) -> None:
            if "phase" in answer:
                self.tell(Event("phase", cell=cell, text=answer["phase"]))
            elif "waits" in answer:
                wait(answer["waits"])
                text = "waiting for what another cell makes" if answer["waits"] else "going on"
                self.tell(Event("phase", cell=cell, text=text))
            else:
                self.store.warn(answer["warning"])

        before = self.store.find(cell.spec.suite, cell.spec.name)
        death = self.workers.run({"cell": asdict(cell), "where": asdict(self.where)}, hear)
        if self.budget is not None:
            self.budget.settle_all(cell.spec.name)
        wait(True)  # its computing is over: the next may begin while this one is looked at and booked
        self.store.refresh(cell.spec.suite, cell.spec.name)
        record = self.store.find(cell.spec.suite, cell.spec.name)
        # stored, even if its process died of something after it
        if record is not None and (death is None or record != before):
            return record
        if death is None:
            death = WorkerFailure("its process ended without storing a record", "")
        record = make_record(
            cell, self.where, state=FAILED, reason=death.reason, traceback=redact(death.log) or None
        )
        self.store.save(record)
        return record

    @contextmanager
    def _alone(self, cell: Cell, wait: Callable[[bool], None]) -> Iterator[None]:
        """Hold the cell's lock: two runs on one store compute no cell twice."""
        lock = self.store.lock(f"cell-{cell.spec.name}")
        waiting = False
        while True:
            try:
                lock.acquire(timeout=1.0 if waiting else 0.0)
                break
            except Timeout:
                self.workers.check()
                if not waiting:
                    self.tell(Event("phase", cell=cell, text="waiting for another run"))
                    wait(True)
                waiting = True
        try:
            wait(False)
            yield
        finally:
            lock.release()


def _at_hand(store: Store, cell: Cell, retry_failed: bool, budget: RunBudget | None) -> Record | None:
    record = store.find(cell.spec.suite, cell.spec.name)
    if record is None and (twin := store.find_equivalent(cell.spec)) is not None:
        return store.save_alias(twin, cell.spec)
    if record is None or (retry_failed and record.state == FAILED) or cell.may_run_now(record.state):
        return None
    if record.state == OVER_BUDGET and (budget is None or budget.usage().left > 0):
        return None
    return record if record.spec.identity_hash == cell.spec.identity_hash else None


def preloads(cells: Sequence[Cell], device: str) -> list[str]:
    """Name what workers import before they fork: on Linux and CPU only, where a fork afterwards is safe."""
    if device != "cpu" or sys.platform != "linux":
        return []
    methods = {cell.spec.method for cell in cells if cell.decided is None}
    return sorted({module for name in methods for module in registry.method_class(name).preload})
