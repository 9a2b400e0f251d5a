"""Cells on the machines of a cluster, by dask.distributed: a pool as the runner has one of its own processes.

Every thread of a dask worker is a place for one cell. The run assigns cells to places itself, instead of
leaving that to dask, for two reasons: a worker whose code or data are not the run's gets none, and a cell
whose worker went, or whose scheduler was started anew, is given to another place. What is computed twice
thereby is stored once (see ``remote.store``). Joblib's own dask backend can do neither: it has one list of
workers for all tasks, and a task that was lost with its scheduler counts as one that has returned.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.errors import LarbenchError, UsageError
from benchmark.plan.cell import Cell
from benchmark.registry import method_class
from benchmark.run.context import ExecutionContext
from benchmark.run.dask_worker import RunSpec, code_of_modules, describe_code, end_run, inspect, run_cell
from benchmark.run.environment import describe_versions
from benchmark.run.events import Event, OnEvent
from benchmark.run.runner import StartExecutor, Workers, preloads
from benchmark.run.workers import Stopped, WorkerFailure
from benchmark.store.object_storage import EXTRA, is_url

if TYPE_CHECKING:
    from benchmark.store.store import Store

PATIENCE = 300.0  # seconds without a scheduler after which a run gives up
_LOOK = 1.0  # seconds between two looks at who is there
_DEATHS = 3  # of workers that one cell is tried on
_SEEN = 60.0  # seconds after which a network file system shows what another machine has written


@dataclass
class _Worker:
    """A worker that may compute: how many cells at once, and how many more just now."""

    places: int
    free: int


class _Gone(Exception):  # noqa: N818 - internal, never shown as an exception
    """A cell's worker (``died``), or the scheduler, went before it was told how the cell ended."""

    def __init__(self, *, died: bool) -> None:
        super().__init__()
        self.died = died


def dask_executor(scheduler: str, store: Store) -> StartExecutor:
    """Return what finds, for a run, the workers of the cluster whose scheduler has this address.

    Raises ``UsageError`` where dask is not installed.
    """
    if importlib.util.find_spec("distributed") is None:
        raise UsageError(f"--executor dask needs dask.distributed: {EXTRA}")

    def start(cells: Sequence[Cell], where: ExecutionContext, tell: OnEvent) -> Workers:
        there = where.store if is_url(where.store) else str(Path(where.store).resolve())
        cluster = DaskExecutor(scheduler, _run_spec(cells, replace(where, store=there), store), tell)
        return Workers(cluster, cluster.start())

    return start


def _run_spec(cells: Sequence[Cell], where: ExecutionContext, store: Store) -> RunSpec:
    methods = {cell.spec.method for cell in cells if cell.decided is None}
    modules = tuple(sorted({method_class(name).__module__ for name in methods}))
    code = code_of_modules(modules)
    run = secrets.token_hex(8)
    probe = None
    if not is_url(where.store):
        probe = str(Path(where.store) / "tmp" / f"probe-{run}")
        with store.writing(Path(probe)):
            Path(probe).parent.mkdir(parents=True, exist_ok=True)
            Path(probe).touch()
    return RunSpec(
        run=run,
        modules=modules,
        code=code,
        version=describe_code(code, where.versions),
        store=where.store,
        preload=(*store.preload, *preloads(cells, where.device)),
        probe=probe,
    )


class DaskExecutor:
    """A pool of places on a cluster's workers; safe to use from several threads.

    Workers that come while the run goes on are looked at, and used, as those that were there.
    """

    def __init__(self, scheduler: str, run_spec: RunSpec, tell: OnEvent) -> None:
        self._scheduler, self._run_spec, self._tell = scheduler, run_spec, tell
        self._order = json.dumps(asdict(run_spec))
        self._workers: dict[str, _Worker] = {}
        self._refused: dict[str, str] = {}
        self._client: Any = None
        self._looked = 0.0
        self._waiting = False
        self._lock = threading.RLock()
        self._stopped = threading.Event()

    def start(self) -> int:
        """Connect, wait for the first worker that may compute, and return how many places there are.

        Raises ``LarbenchError`` where there is no scheduler, ``UsageError`` where every worker is refused.
        """
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what counts is told by this module
        try:
            while True:
                self._look()
                with self._lock:
                    if self._workers:
                        return sum(worker.places for worker in self._workers.values())
                time.sleep(_LOOK)
        except BaseException:  # Ctrl-C too
            self.stop()
            raise

    def run(self, job: dict[str, Any], on_event: Callable[[dict[str, Any]], None]) -> WorkerFailure | None:
        """Have a worker compute a cell; return None where its record is stored, else what ended it.

        Raises ``UsageError`` where no worker is left that may, and ``LarbenchError`` without a scheduler.
        """
        job = {**job, "where": {**job["where"], "store": self._run_spec.store}}
        order = json.dumps({"run_spec": asdict(self._run_spec), "job": job})
        died: list[str] = []
        while len(died) < _DEATHS:
            worker = self._take()
            on_event({"phase": f"on {worker}"})
            try:
                answer = self._ask(worker, order)
            except _Gone as gone:
                died += [worker] if gone.died else []
                continue
            finally:
                self._give_back(worker)
            for warning in answer["warnings"]:
                on_event({"warning": warning})
            if answer["refused"] is None:
                failure = answer["failure"]
                if failure is not None:
                    return WorkerFailure(failure["reason"], failure["log"])
                self._wait_for(job)
                return None
            self._refuse(worker, answer["refused"])
        return WorkerFailure(
            f"the workers that computed it went away, {_DEATHS} times: {', '.join(died)}", ""
        )

    def check(self) -> None:
        """Raise ``Stopped`` after ``stop``."""
        if self._stopped.is_set():
            raise Stopped

    def stop(self) -> None:
        """End the run's cells on every worker, and leave the cluster as it was."""
        self._stopped.set()
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(Exception):  # it went away: nothing is left to be ended
                if client.status == "running":
                    client.run(end_run, self._run_spec.run, on_error="ignore")
            _close(client)
        if self._run_spec.probe is not None:
            Path(self._run_spec.probe).unlink(missing_ok=True)

    # ---- one cell

    def _ask(self, worker: str, order: str) -> dict[str, Any]:
        """Return what ``run_cell`` says of it; ``_Gone`` where the worker or the scheduler went before."""
        client = self._client
        if client is None:
            raise _Gone(died=False)
        future = None
        try:
            future = client.submit(
                run_cell,
                order,
                key=f"larbench-{secrets.token_hex(8)}",
                workers=[worker],
                allow_other_workers=False,
                pure=False,
            )
            self._await(future, client, worker)
            return _answer(future)
        except _lost() as error:
            self.check()
            raise _Gone(died=False) from error
        finally:
            if future is not None:
                with contextlib.suppress(Exception):  # the client may be closed
                    future.release()

    def _await(self, future: Any, client: Any, worker: str) -> None:
        while not future.done():
            if self._stopped.wait(0.1):
                raise Stopped
            self._look()
            with self._lock:
                if client is not self._client:
                    raise _Gone(died=False)
                if worker not in self._workers and worker not in self._refused:
                    raise _Gone(died=True)

    def _take(self) -> str:
        """Wait for a free place and return its worker."""
        while True:
            self.check()
            self._look()
            with self._lock:
                for address, worker in self._workers.items():
                    if worker.free:
                        worker.free -= 1
                        return address
            self._stopped.wait(0.1)

    def _give_back(self, address: str) -> None:
        with self._lock:
            if address in self._workers:
                self._workers[address].free += 1

    def _wait_for(self, job: dict[str, Any]) -> None:
        """Wait until a record that another machine wrote into a shared folder is seen on this one."""
        if is_url(self._run_spec.store):
            return
        cell = Cell.from_json(job["cell"])
        folder = Path(self._run_spec.store) / cell.spec.suite / "records"
        deadline = time.monotonic() + _SEEN
        while not (folder / f"{cell.spec.name}.json").is_file() and time.monotonic() < deadline:
            for seen in (folder.parent, folder):
                with contextlib.suppress(FileNotFoundError):
                    list(seen.iterdir())  # a network file system looks anew
            if self._stopped.wait(_LOOK):
                return

    # ---- who is there

    def _look(self) -> None:
        """Look, now and then, who is there, and at those who are new."""
        with self._lock:
            if time.monotonic() - self._looked < _LOOK:
                return
            try:
                client = self._connected()
                there: dict[str, int] = client.nthreads()
                new = [name for name in there if name not in self._workers and name not in self._refused]
                if new:
                    self._freshen()
                answers = client.run(inspect, self._order, workers=new, on_error="return") if new else {}
            except _lost():
                self._lose()
                return
            finally:
                self._looked = time.monotonic()
            for name in (self._workers.keys() | self._refused.keys()) - there.keys():
                self._workers.pop(name, None)
                self._refused.pop(name, None)
            for name, answer in answers.items():
                self._judge(name, answer, there[name])
            self._say_who_is_missing(bool(there))

    def _freshen(self) -> None:
        """Touch the file that workers look for: what lies there for an hour is cleared away by other runs."""
        if self._run_spec.probe is not None:
            with contextlib.suppress(OSError):  # then workers say that they do not see it
                Path(self._run_spec.probe).touch()

    def _judge(self, name: str, answer: Any, places: int) -> None:
        """Take a worker on, or refuse it, by its answer to ``inspect`` (an exception: it cannot)."""
        if isinstance(answer, OSError):  # of the connection: it is asked again
            return
        if not isinstance(answer, str):
            self._refuse(name, f"it has no larbench like this one ({type(answer).__name__}: {answer})")
            return
        told = json.loads(answer)
        if told["refused"] is not None:
            self._refuse(name, told["refused"])
            return
        self._workers[name] = _Worker(places, places)
        here: dict[str, str] = describe_versions()["packages"]
        other = [
            f"{package} {told['packages'].get(package)} ({version} here)"
            for package, version in here.items()
            if told["packages"].get(package) != version
        ]
        if other:
            self._warn(f"the worker {name} has {', '.join(other)}: last digits of its figures may differ")

    def _refuse(self, name: str, reason: str) -> None:
        with self._lock:
            self._workers.pop(name, None)
            if name not in self._refused:
                self._refused[name] = reason
                self._warn(f"the worker {name} computes nothing of this run: {reason}")

    def _say_who_is_missing(self, some: bool) -> None:
        """Raise where every worker was refused; tell once that there is none."""
        if self._workers:
            self._waiting = False
        elif some and self._refused:
            reasons = "; ".join(f"{name}: {reason}" for name, reason in sorted(self._refused.items()))
            raise UsageError(f"no worker of {self._scheduler} may compute this run: {reasons}")
        elif not self._waiting:
            self._waiting = True
            self._warn(f"waiting for workers: {self._scheduler} has none yet")

    def _connected(self) -> Any:
        """Return a client of the scheduler; wait for one that is not there, for ``PATIENCE`` at most."""
        if self._client is not None and self._client.status == "running":
            return self._client
        from distributed import Client

        self._lose()
        deadline = time.monotonic() + PATIENCE
        while True:
            self.check()
            try:
                self._client = Client(self._scheduler, timeout=5, set_as_default=False, name="larbench")
                return self._client
            except ValueError as error:  # no address
                raise UsageError(f"--scheduler {self._scheduler}: {error}") from error
            except OSError as error:
                reason = str(error)
            if time.monotonic() > deadline:
                raise LarbenchError(
                    f"no scheduler at {self._scheduler} ({reason}); finished cells are kept: "
                    "start the scheduler and its workers, and run the same command again"
                )
            self._warn(f"waiting for the scheduler at {self._scheduler}")
            self._stopped.wait(_LOOK)

    def _lose(self) -> None:
        """Forget a scheduler that went, and the workers with it: they end, or come again as others."""
        if self._client is not None:
            _close(self._client)
        self._client = None
        self._workers.clear()
        self._refused.clear()

    def _warn(self, text: str) -> None:
        self._tell(Event("warning", text=text))


def _lost() -> tuple[type[BaseException], ...]:
    """Return what a client raises whose scheduler went."""
    from distributed.client import ClosedClientError

    return OSError, RuntimeError, CancelledError, asyncio.CancelledError, ClosedClientError


def _close(client: Any) -> None:
    with contextlib.suppress(Exception):  # it went away before it was told to
        client.close(timeout=5)


def _answer(future: Any) -> dict[str, Any]:
    """Return what a task returned; one that failed where none should tells that its worker is unfit."""
    if future.status == "finished":
        answer: dict[str, Any] = json.loads(future.result())
        return answer
    if future.status != "error":  # lost or cancelled, with its scheduler
        raise _Gone(died=False)
    from distributed import KilledWorker

    error = future.exception()
    if isinstance(error, KilledWorker):
        raise _Gone(died=True)
    return {"refused": f"{type(error).__name__}: {error}", "failure": None, "warnings": []}
