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
from benchmark.plan.estimate import expected_seconds
from benchmark.run.budget import RunBudget
from benchmark.run.cell_record import make_record, state_of
from benchmark.run.context import ExecutionContext
from benchmark.run.environment import describe_versions
from benchmark.run.events import Event, OnEvent, Outcome, one_at_a_time
from benchmark.run.job_limiter import JobLimiter
from benchmark.run.ledger_writer import LedgerWriter, enter
from benchmark.run.workers import Executor, LocalExecutor, WorkerFailure
from benchmark.store.atomic_io import remove_leftovers
from benchmark.store.record import FAILED, OVER_BUDGET, Record, lost_answers
from benchmark.store.redact import redact
from benchmark.store.store import Store


@dataclass(frozen=True)
class Workers:
    """What computes the cells of a run, and how many of them at a time."""

    pool: Executor
    jobs: int


StartExecutor = Callable[[Sequence[Cell], ExecutionContext, OnEvent], Workers]


def execute(
    cells: Sequence[Cell],
    store: Store,
    *,
    data_dir: str | None,
    device: str,
    jobs: int | None,
    retry_failed: bool,
    on_event: OnEvent,
    retry_lost: bool = False,
    max_lost: float | None = None,
    budget: RunBudget | None = None,
    cell_timeout: float | None = None,
    start_executor: StartExecutor | None = None,
) -> list[Outcome]:
    """Run the cells that the store lacks and return the outcome of all, in the order of ``cells``.

    Finished cells are recorded at once, so an interrupted run goes on where it stopped. A cell that failed
    is not tried again unless ``retry_failed``: the same identity fails the same way. One that ended
    ``over-budget`` is computed again wherever ``budget`` has something left, or there is no limit. One that
    takes more than ``cell_timeout`` seconds is ended, and has failed. ``retry_lost`` computes again what lost
    answers of a language model, of which ``max_lost`` is the share that may be lost. ``start_executor`` finds
    who computes them, where there are any to compute: worker processes of this machine unless it is given.

    Raises ``KeyboardInterrupt`` on Ctrl-C, after the workers were ended, and ``InputError`` where the store
    cannot be written.
    """
    tell = one_at_a_time(on_event)
    store = store.with_warn(lambda text: tell(Event("warning", text=text)))
    outcomes: dict[str, Outcome] = {}
    reuse = _Reuse(retry_failed, retry_lost, max_lost, budget)
    for cell in cells:
        record = _at_hand(store, cell, reuse)
        if record is not None:
            outcomes[cell.spec.name] = Outcome(cell, record, cached=True)
    enter(store, {cell: outcomes.get(cell.spec.name) for cell in cells})
    missing = [cell for cell in cells if cell.spec.name not in outcomes]
    tell(_planned(cells, missing, store, jobs or (default_jobs(device) if missing else 1)))
    if missing:
        remove_leftovers(store.temporary)
        name = None if budget is None else budget.name
        where = ExecutionContext(
            store.location,
            data_dir,
            device,
            describe_versions(),
            budget=name,
            cell_timeout=cell_timeout,
            retry_lost=retry_lost,
            max_lost=max_lost,
        )
        # what is decided needs only a record
        if start_executor is None or all(cell.decided for cell in missing):
            pool = LocalExecutor((*store.preload, *preloads(missing, device)))
            workers = Workers(pool, jobs or default_jobs(device))
        else:
            workers = start_executor(missing, where, tell)
        run = _Run(store, where, reuse, tell, workers.pool, JobLimiter(jobs or workers.jobs))
        writer = LedgerWriter(store)
        try:
            for outcome in run.all(interleave(missing)):
                outcomes[outcome.cell.spec.name] = outcome
                writer.enter(outcome)
                tell(Event("finished", cell=outcome.cell, outcome=outcome))
        finally:
            writer.write()
    return [outcomes[cell.spec.name] for cell in cells]


def _planned(cells: Sequence[Cell], missing: Sequence[Cell], store: Store, jobs: int) -> Event:
    return Event(
        "planned",
        total=len(cells),
        cached=len(cells) - len(missing),
        cells=missing,
        expected=expected_seconds(missing, store) if missing else None,
        jobs=jobs,
    )


def interleave(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells in the order in which they are computed: the rows of the board take turns.

    Cells of one row often need the same stage, a source tagger say: side by side, one would make it and the
    others wait. And a run that is stopped early has then compared all rows on some domains. Rows that stand
    side by side are often related (a method and its variant), and share stages too: every other one is first.
    Methods that stand alone give the first result, and the other work while all others wait for such a stage.
    """
    alone = [cell for cell in cells if _stands_alone(cell)]
    rest = _in_turns([cell for cell in cells if not _stands_alone(cell)])
    return alone[:1] + rest[:1] + alone[1:] + rest[1:]


def _stands_alone(cell: Cell) -> bool:
    kind = None if cell.decided else registry.method_class(cell.spec.method)
    return bool(getattr(kind, "stands_alone", False))


def _in_turns(cells: Sequence[Cell]) -> list[Cell]:
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
class _Reuse:
    """Which records serve, and which cells are computed again: see ``execute``."""

    retry_failed: bool
    retry_lost: bool
    max_lost: float | None
    budget: RunBudget | None

    def serves(self, record: Record, cell: Cell) -> bool:
        if cell.may_run_now(record.state) or (self.retry_failed and record.state == FAILED):
            return False
        lost = lost_answers(record.notes) if self.retry_lost and record.has_predictions else None
        if lost is not None and lost.count:
            return False
        left = self.budget is None or self.budget.usage().left > 0
        return not (record.state == OVER_BUDGET and left)


@dataclass(frozen=True)
class _Run:
    store: Store
    where: ExecutionContext
    reuse: _Reuse
    tell: OnEvent
    workers: Executor
    places: JobLimiter

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
            record = _at_hand(self.store, cell, self.reuse)
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
        def on_event(answer: dict[str, Any]) -> None:
            if "phase" in answer:
                self.tell(Event("phase", cell=cell, text=answer["phase"]))
            elif "waits" in answer:
                wait(answer["waits"])
                text = "waiting for what another cell makes" if answer["waits"] else "going on"
                self.tell(Event("phase", cell=cell, text=text))
            else:
                self.store.warn(answer["warning"])

        before = self.store.find(cell.spec.suite, cell.spec.name)
        had = self.store.predictions_bytes(before) if before and before.has_predictions else None
        failure = self.workers.run({"cell": asdict(cell), "where": asdict(self.where)}, on_event)
        if self.reuse.budget is not None:
            self.reuse.budget.settle_all(cell.spec.name)
        wait(True)  # its computing is over: the next may begin while this one is looked at and booked
        self.store.refresh(cell.spec.suite, cell.spec.name)
        record = self.store.find(cell.spec.suite, cell.spec.name)
        # stored, even if its process died of something after it
        if record is None or (failure is not None and record == before):
            failure = failure or WorkerFailure("its process ended without storing a record", "")
            record = make_record(
                cell, self.where, state=FAILED, reason=failure.reason, traceback=redact(failure.log) or None
            )
            self.store.save(record)
        if before is not None and had is not None and not record.has_predictions:
            why = f"{cell.spec.name}: asking again ended {record.state} ({record.reason})"
            self.store.warn(f"{why}; what it had before stays")
            self.store.save(before, had)
            return before
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


def _at_hand(store: Store, cell: Cell, reuse: _Reuse) -> Record | None:
    record = store.find(cell.spec.suite, cell.spec.name)
    if record is None and (equivalent := store.find_equivalent(cell.spec)) is not None:
        record = store.save_alias(equivalent, cell.spec)
    if record is None or record.spec.identity_hash != cell.spec.identity_hash:
        return None
    return _held_to(reuse.max_lost, record, store) if reuse.serves(record, cell) else None


def _held_to(max_lost: float | None, record: Record, store: Store) -> Record:
    """Return a record with the state that it has where such a share of answers may be lost."""
    if max_lost is None or not record.has_predictions:
        return record
    changed = record.changed(**state_of(record.notes, max_lost))
    if changed != record:
        store.save(changed, store.predictions_bytes(record))
    return changed


def preloads(cells: Sequence[Cell], device: str) -> list[str]:
    """Name what workers import before they fork: on Linux and CPU only, where a fork afterwards is safe."""
    if device != "cpu" or sys.platform != "linux":
        return []
    methods = {cell.spec.method for cell in cells if cell.decided is None}
    return sorted({module for name in methods for module in registry.method_class(name).preload})
