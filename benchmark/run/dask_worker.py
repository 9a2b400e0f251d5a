"""On a worker of a cluster: is its code the run's, has it what a cell needs, and the cell itself.

These functions are called by ``dask_executor`` through dask. They take and return JSON texts. A cell is
computed as on one machine, by ``workers`` and ``worker_main``, in a process of its own with one thread; dask
only brings it.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmark.code import code_digests
from benchmark.domains.fetch import fetch_crossner
from benchmark.domains.load import load_domain
from benchmark.errors import LarbenchError, MissingDataError
from benchmark.plan.cell import Cell
from benchmark.plan.oracle_parameter import method_params, row_code
from benchmark.registry import method_class
from benchmark.run.context import ExecutionContext
from benchmark.run.environment import describe_versions
from benchmark.run.workers import LocalExecutor, Stopped, WorkerFailure
from benchmark.store.atomic_io import canonical_json, sha256
from benchmark.store.object_storage import is_url
from benchmark.store.open_store import open_store
from benchmark.store.redact import redact, redact_secrets

# what a worker runs whatever the method: this module, and what it starts
_HARNESS = (__name__, "benchmark.run.worker_main")
_NAMED = 4  # differing modules that a refusal names


@dataclass(frozen=True)
class RunSpec:
    """What a run tells a worker before its first cell. All fields are JSON values.

    ``code`` is module → digest of all that the run's cells may reach from ``modules`` on; ``version`` says in
    words whose code that is. ``probe`` is a file that a worker sees which sees the store's folder.
    """

    run: str
    modules: tuple[str, ...]
    code: Mapping[str, str]
    version: str
    store: str
    preload: tuple[str, ...] = ()
    probe: str | None = None


@dataclass
class _Joined:
    """What a worker keeps between the cells of a run: its processes, and what it has looked at already.

    ``cells`` are under way, in its processes or on their way there.
    """

    pool: LocalExecutor
    versions: Mapping[str, Any]
    cells: int = 0
    fit: set[str] = field(default_factory=set)
    search_lock: threading.Lock = field(default_factory=threading.Lock)


_joined: dict[str, _Joined] = {}
_joining = threading.Lock()


def code_of_modules(modules: Iterable[str]) -> dict[str, str]:
    """Return module → digest of the harness and of all that the modules reach, as it lies on this machine."""
    found: dict[str, str] = {}
    for module in (*_HARNESS, *modules):
        found |= code_digests(module)
    return dict(sorted(found.items()))


def describe_code(code: Mapping[str, str], versions: Mapping[str, Any]) -> str:
    """Say in words which code this is: version, digest of all of it, commit where there is one."""
    commit = f", commit {versions['commit'][:12]}" if versions.get("commit") else ""
    changed = " with changes" if versions.get("dirty") else ""
    release = versions["packages"]["larbench"]
    return f"larbench {release}, code {sha256(canonical_json(dict(code)))[:12]}{commit}{changed}"


async def inspect(text: str) -> str:
    """Take a ``RunSpec``; return ``refused``, the reason or null, and this worker's ``packages``."""
    return await asyncio.to_thread(_inspect, text)  # dask calls it where a worker answers its scheduler


def _inspect(text: str) -> str:
    run_spec = RunSpec(**json.loads(text))
    try:
        reason = _other_code(run_spec) or _no_store(run_spec)
    except LarbenchError as error:
        reason = redact_secrets(str(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, this worker must not compute
        reason = redact_secrets(f"{type(error).__name__}: {error}")
    return json.dumps({"refused": reason, "packages": describe_versions()["packages"]})


def _other_code(run_spec: RunSpec) -> str | None:
    here = code_of_modules(run_spec.modules)
    names = sorted(name for name in {**run_spec.code, **here} if run_spec.code.get(name) != here.get(name))
    if not names:
        return None
    shown = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    version = describe_code(here, describe_versions())
    return (
        f"it has another code: {version}; the run was planned with {run_spec.version}; they differ in {shown}"
    )


def _no_store(run_spec: RunSpec) -> str | None:
    if is_url(run_spec.store):
        open_store(run_spec.store)  # raises, saying what is lacking
        return None
    if run_spec.probe is None or Path(run_spec.probe).is_file():
        return None
    return (
        f"it does not see the folder {run_spec.store}: give --store a folder that all machines share under"
        " one path, or a URL (s3://bucket/folder)"
    )


def run_cell(text: str) -> str:
    """Take a run's spec and job; return ``refused``, ``failure``, ``warnings``; the store has the record."""
    order = json.loads(text)
    run_spec, job = RunSpec(**order["run_spec"]), order["job"]
    cell, where = Cell.from_json(job["cell"]), ExecutionContext(**job["where"])
    warnings: list[str] = []

    def on_event(answer: dict[str, Any]) -> None:
        if "warning" in answer:
            warnings.append(answer["warning"])

    refused = failure = None
    joined = _join(run_spec)
    try:
        where = replace(where, versions=joined.versions, data_dir=_here(where.data_dir))
        refused = _unfit(cell, where, joined)
        if refused is None:
            failure = joined.pool.run({"cell": asdict(cell), "where": asdict(where)}, on_event)
    except Stopped:
        failure = WorkerFailure("the run was stopped", "")
    finally:
        with _joining:
            joined.cells -= 1
    told = None if failure is None else {"reason": failure.reason, "log": redact(failure.log)}
    return json.dumps({"refused": refused, "failure": told, "warnings": warnings})


def end_run(run: str) -> None:
    """End a run's cells on this worker, and free what computed them."""
    with _joining:
        joined = _joined.pop(run, None)
    if joined is not None:
        joined.pool.stop()


def _join(run_spec: RunSpec) -> _Joined:
    """Return what the worker has for a run, for one cell more of it.

    What it had for a run whose end it never heard goes: what no cell of another run is using.
    """
    with _joining:
        if run_spec.run not in _joined:
            for run in [run for run, joined in _joined.items() if not joined.cells]:
                _joined.pop(run).pool.stop()
            _joined[run_spec.run] = _Joined(LocalExecutor(run_spec.preload), describe_versions())
        _joined[run_spec.run].cells += 1
        return _joined[run_spec.run]


def _here(data_dir: str | None) -> str | None:
    """Return the folder of CrossNER that the run was given where this machine has it, else None: its own."""
    return data_dir if data_dir is not None and Path(data_dir).is_dir() else None


def _unfit(cell: Cell, where: ExecutionContext, joined: _Joined) -> str | None:
    """Return why this worker cannot compute a cell as it was planned, None where it can.

    It fetches CrossNER where that is what is lacking.
    """
    corpora = {
        "source": (cell.spec.source_corpus, cell.source or cell.spec.source),
        "target": (cell.spec.corpus, cell.target),
    }
    with joined.search_lock:  # one thread fetches
        try:
            for part, place in corpora.items():
                _look(joined, cell.spec.identity, part, place, partial(_hash, *place, where.data_dir))
            own = (cell.spec.method, canonical_json(dict(cell.spec.params)))
            _look(joined, cell.spec.identity, "components", own, lambda: _components(cell))
            _look(
                joined,
                cell.spec.identity,
                "code",
                own,
                lambda: row_code(method_class(cell.spec.method), cell.spec.params),
            )
        except LarbenchError as error:
            return redact_secrets(str(error))
        except Exception as error:  # noqa: BLE001 - a method's own code may raise anything
            return redact_secrets(
                f"{cell.spec.method} cannot be set up here: {type(error).__name__}: {error}"
            )
    return None


def _look(
    joined: _Joined,
    identity: Mapping[str, Any],
    part: str,
    place: tuple[str, ...],
    find: Callable[[], object],
) -> None:
    """Raise where a part of an identity is another on this machine; look once a run."""
    wanted = canonical_json(identity[part])
    looked = canonical_json([part, *place, wanted])
    if looked in joined.fit:
        return
    found = canonical_json(find())
    if found != wanted:
        raise LarbenchError(
            f"its {part} for {' '.join(place[:2])} is not what the run was planned with: "
            f"{found[:80]} here, {wanted[:80]} there"
        )
    joined.fit.add(looked)


def _hash(corpus: str, name: str, data_dir: str | None) -> str:
    """Return the content hash of a domain, fetched first where it is CrossNER's and not here."""
    try:
        return load_domain(corpus, name, data_dir=data_dir).content_hash
    except MissingDataError as missing:
        if corpus != "crossner" or data_dir is not None:
            raise LarbenchError(f"it lacks the corpus {corpus}/{name}: {missing}") from missing
        try:
            fetch_crossner()
            return load_domain(corpus, name).content_hash
        except LarbenchError as error:
            raise LarbenchError(
                f"it lacks the corpus {corpus}/{name} and cannot fetch it: {error}"
            ) from error
    except LarbenchError as error:
        raise LarbenchError(f"it lacks the corpus {corpus}/{name}: {error}") from error


def _components(cell: Cell) -> dict[str, str]:
    kind = method_class(cell.spec.method)
    return dict(kind(**method_params(kind, cell.spec.params)).components())
