"""What the command line does with cells, as functions: run, plan, status, explain, publish.

>>> import benchmark
>>> report = larbench.run("sample", methods=["source-only"], domains=["politics"])  # doctest: +SKIP
>>> [outcome.record.dev["f1"] for outcome in report.outcomes]  # doctest: +SKIP
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, Unpack

from benchmark.errors import UsageError
from benchmark.plan.comparison import Comparison, keep_comparison
from benchmark.plan.estimate import PlannedCell, forecast
from benchmark.plan.explain import Explanation, explain_cells
from benchmark.plan.planner import Selection, make_plan, row_labels
from benchmark.plan.suite import load_suite
from benchmark.run.budget import Limit, Usage, open_budget, parse_limit
from benchmark.run.runner import Event, Hire, Outcome, execute
from benchmark.store.open_store import local_path, open_store
from benchmark.store.publish import publish_suite
from benchmark.store.record import FAILED, OVER_BUDGET
from benchmark.store.status import Status, read_status
from benchmark.store.store import Store

__all__ = [
    "Event",
    "Explanation",
    "Outcome",
    "RunReport",
    "Usage",
    "Wanted",
    "explain",
    "plan",
    "publish",
    "run",
    "status",
]

LOCAL, DASK = "local", "dask"
EXECUTORS = (LOCAL, DASK)

Names = Sequence[str] | None


class Wanted(TypedDict, total=False):
    """What ``run``, ``plan`` and ``explain`` take to say which of a suite's cells are meant, by keyword.

    methods, domains, settings, seeds: which of the suite's; None for all of them (``domains`` besides
        ``own_domains``: for none of them). A method is meant by its name or by its row's label.
        A setting need not be the suite's: zero-shot, supervised, or few-shot-K (``benchmark.few_shot``).
    backbone: for every method that has one, instead of the suite's.
    generalist, llm_model: for every method with a parameter of that name, instead of the suite's.
    unlabelled: a text file, one sentence a line, for every method with a parameter of that name (``da-ner``
        adapts its encoder to it). It must not hold the sentences that will be asked about.
    source_limit: how many source train sentences methods may see; such rows have labels of their own.
    noise: which of the suite's noise conditions, by name or by that of their series; ``clean``: no noise.
    own_domains: folders of your own corpora, as the targets; with ``domains``, as further ones.
    """

    methods: Names
    domains: Names
    settings: Names
    seeds: Sequence[int] | None
    backbone: str | None
    generalist: str | None
    llm_model: str | None
    unlabelled: str | Path | None
    source_limit: int | None
    own_domains: Sequence[str | Path]
    noise: Names


@dataclass(frozen=True)
class RunReport:
    """How a run ended: the outcome of every planned cell, in the order of the plan.

    ``llm`` is what the run spent of its budget for language models, None where it had none.
    """

    suite: str
    store: Path
    outcomes: tuple[Outcome, ...]
    seconds: float
    llm: Usage | None = None

    @property
    def not_ok(self) -> tuple[Outcome, ...]:
        """The cells that failed or were stopped for their cost; a skipped one is as it should be."""
        return tuple(o for o in self.outcomes if o.record.state in (FAILED, OVER_BUDGET))

    @property
    def exit_code(self) -> int:
        """0 where every cell ended ok or skipped, else 1."""
        return 1 if self.not_ok else 0


def run(
    suite: str | Path = "sample",
    *,
    jobs: int | None = None,
    device: str = "cpu",
    store: str | Path = "runs",
    data_dir: str | Path | None = None,
    llm_budget: str | int | Limit | None = None,
    retry_failed: bool = False,
    cell_timeout: float | None = None,
    executor: str = LOCAL,
    scheduler: str | None = None,
    on_event: Callable[[Event], None] | None = None,
    **wanted: Unpack[Wanted],
) -> RunReport:
    """Run what the store lacks of a suite's cells; every planned cell ends in one recorded state.

    Parameters
    ----------
    suite: a name (``sample``, ``crossner-mini``) or the path of a TOML file.
    jobs: cells at a time, None for one a physical core. It changes no figure: a cell has one thread.
    device: where torch computes, for example ``cuda``.
    store: the folder of results, or a URL (``s3://bucket/folder``), of which this machine keeps a copy.
    data_dir: the folder of CrossNER, instead of ``LARBENCH_DATA`` and of what ``data fetch`` brought.
    llm_budget: what this run may spend on language models: tokens (``200000``) or dollars (``"5USD"``), None
        for no limit. What it cannot pay ends ``over-budget``, and is computed again by a later run.
    retry_failed: compute cells again that failed before; otherwise a failure stays recorded.
    cell_timeout: seconds after which a cell is ended, and has failed; None for no limit.
    executor, scheduler: ``local`` for processes of this machine; ``dask`` for the workers of a cluster whose
        scheduler has the address ``scheduler`` (``tcp://host:8786``).
    on_event: called, one call at a time, with what happens (see ``Event``).
    wanted: which cells; see ``Wanted``.

    Raises ``UsageError`` and ``InputError`` for what the user can mend, and ``KeyboardInterrupt`` after its
    workers were ended: what is finished stays recorded.
    """
    start = time.perf_counter()
    if jobs is not None and jobs < 1:
        raise UsageError(f"jobs={jobs}: one cell at a time is the least; None is one a physical core")
    if cell_timeout is not None and cell_timeout <= 0:
        raise UsageError(f"cell_timeout={cell_timeout:g}: a cell needs some seconds; None is no limit")
    chosen = load_suite(suite)
    limit = None if llm_budget is None else parse_limit(llm_budget)
    cells = make_plan(chosen, _selection(wanted), _path(data_dir))
    comparison = None if chosen.base is None else Comparison.of(chosen, row_labels(chosen))
    kept = open_store(store, create=True)
    hire = _hire(executor, scheduler, kept, limit)
    kept.refresh()
    keep_comparison(kept, chosen.name, comparison)
    with open_budget(kept, limit) as budget:
        outcomes = execute(
            cells,
            kept,
            data_dir=None if data_dir is None else str(_path(data_dir)),
            device=device,
            jobs=jobs,
            retry_failed=retry_failed,
            listener=on_event or _ignore,
            budget=budget,
            cell_timeout=cell_timeout,
            hire=hire,
        )
        spent = None if budget is None else budget.usage()
    return RunReport(chosen.name, kept.root, tuple(outcomes), time.perf_counter() - start, spent)


def plan(
    suite: str | Path = "sample",
    *,
    store: str | Path = "runs",
    data_dir: str | Path | None = None,
    **wanted: Unpack[Wanted],
) -> list[PlannedCell]:
    """Return the cells that ``run`` with the same arguments would bring to an end, and what is at hand.

    The time to expect for a missing one is the median over earlier records of the same row and setting; the
    tokens that it will ask of a language model are its method's own estimate.
    """
    cells = make_plan(load_suite(suite), _selection(wanted), _path(data_dir))
    return forecast(cells, _refreshed(store), _path(data_dir))


def explain(
    cell: str | None = None,
    suite: str | Path = "sample",
    *,
    store: str | Path = "runs",
    data_dir: str | Path | None = None,
    **wanted: Unpack[Wanted],
) -> list[Explanation]:
    """Return, for each planned cell that is meant, whether it is cached and what differs if not.

    ``cell`` is a cell's name or the start of one, as ``plan``, ``status`` or a record's file gives it; an old
    record's name works too. Without it all selected cells are explained.
    """
    cells = make_plan(load_suite(suite), _selection(wanted), _path(data_dir))
    return explain_cells(cells, _refreshed(store), cell)


def status(suite: str | Path = "sample", *, store: str | Path = "runs", check: bool = False) -> Status:
    """Return how the cells in a suite's ledger stand; no corpus and no method is looked at.

    A cell whose files are gone is ``damaged``; with ``check``, so is one whose files are not what they were.

    Raises ``UsageError`` where the store holds no such suite.
    """
    name = load_suite(suite).name if _is_file(suite) else str(suite)
    return read_status(_refreshed(store), name, check=check)


def publish(source: str | Path, store: str | Path) -> int:
    """Copy the current records and predictions of ``STORE/SUITE`` into another store; return their number.

    Every file is checked by its hash on the way. Artefacts and locks stay behind. Either may be at a URL.
    """
    return publish_suite(local_path(source), open_store(store, create=True))


def _refreshed(location: str | Path) -> Store:
    store = open_store(location)
    store.refresh()
    return store


def _hire(executor: str, scheduler: str | None, store: Store, limit: Limit | None) -> Hire | None:
    """Return who finds the workers of a cluster; None for those of this machine."""
    if executor not in EXECUTORS:
        raise UsageError(f"no executor is called {executor!r}; there are {' and '.join(EXECUTORS)}")
    if (executor == DASK) != (scheduler is not None):
        raise UsageError("--executor dask and --scheduler tcp://HOST:PORT go together")
    if scheduler is None:
        return None
    if limit is not None and store.location != str(store.root):
        raise UsageError(
            "--llm-budget holds among machines that share a folder, not over a URL: give --store a folder, "
            "or run without --executor dask"
        )
    from benchmark.run.dask_executor import hire_cluster  # dask's own imports wait until there is work

    return hire_cluster(scheduler, store)


def _ignore(event: Event) -> None:
    del event


def _is_file(suite: str | Path) -> bool:
    return str(suite).endswith(".toml")


def _path(path: str | Path | None) -> Path | None:
    return None if path is None else Path(path).expanduser().resolve()


def _selection(wanted: Wanted) -> Selection:
    lists = ("methods", "domains", "settings", "seeds", "noise")
    given: dict[str, Any] = {**wanted}
    given |= {name: tuple(given[name]) for name in lists if given.get(name) is not None}
    if given.get("unlabelled") is not None:
        given["unlabelled"] = Path(given["unlabelled"])
    given["own_domains"] = tuple(Path(path) for path in given.get("own_domains", ()))
    return Selection(**given)
