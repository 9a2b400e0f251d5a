"""What the command line does with cells, as functions: run, plan, explain, status, publish."""

from __future__ import annotations

import importlib.metadata
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmark.errors import UsageError
from benchmark.lists import Names, Paths, Seeds, as_names, as_paths, as_seeds
from benchmark.plan.cell import Cell
from benchmark.plan.default_source import default_suite
from benchmark.plan.estimate import PlannedCell, estimate_cells
from benchmark.plan.explain import Explanation, explain_cells
from benchmark.plan.limit import Limit, parse_limit
from benchmark.plan.planner import Selection, make_plan, suite_comparison
from benchmark.plan.selection_note import note_selection
from benchmark.plan.suite import Suite, load_suite, suite_name
from benchmark.run.budget import Usage, open_budget
from benchmark.run.events import Event, Outcome
from benchmark.run.runner import StartExecutor, execute
from benchmark.store.comparison import Comparison, write_comparison
from benchmark.store.open_store import local_path, open_store
from benchmark.store.publish import publish_suite
from benchmark.store.record import FAILED, INCOMPLETE, OVER_BUDGET
from benchmark.store.status import Status, read_status
from benchmark.store.store import Store

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Event",
    "Explanation",
    "Outcome",
    "RunReport",
    "Usage",
    "explain",
    "plan",
    "publish",
    "run",
    "status",
]

LOCAL, DASK = "local", "dask"
EXECUTORS = (LOCAL, DASK)


@dataclass(frozen=True, repr=False)
class RunReport:
    """How a run ended: the outcome of every planned cell, in the order of the plan.

    Attributes
    ----------
    suite : str
        The suite's name.
    store : Path
        The folder of results on this machine.
    outcomes : tuple of Outcome
        Of every planned cell: its ``record``, and whether it was ``cached``.
    seconds : float
        How long the run took.
    llm : Usage or None
        What the run spent of its budget for language models; None where it had none.
    data_dir : Path or None
        The folder of CrossNER that was named.
    own_domains : tuple of Path
        The folders of the user's own corpora, a source among them included.
    """

    suite: str
    store: Path
    outcomes: tuple[Outcome, ...]
    seconds: float
    llm: Usage | None = None
    data_dir: Path | None = None
    own_domains: tuple[Path, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """The number of cells in each state."""
        return dict(sorted(Counter(outcome.record.state for outcome in self.outcomes).items()))

    @property
    def not_ok(self) -> tuple[Outcome, ...]:
        """The cells that failed, lost answers or were stopped for their cost; a skipped one is all right."""
        return tuple(o for o in self.outcomes if o.record.state in (INCOMPLETE, FAILED, OVER_BUDGET))

    @property
    def exit_code(self) -> int:
        """0 where every cell ended ok or skipped, else 1."""
        return 1 if self.not_ok else 0

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {state}" for state, count in self.counts.items()) or "nothing to do"
        cached = sum(outcome.cached for outcome in self.outcomes)
        return (
            f"{self.suite}: {len(self.outcomes)} cells: {counts}; "
            f"{cached} from the store; {self.seconds:.1f} s"
        )

    def __repr__(self) -> str:
        return f"<RunReport of {self}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: how the run ended, and the board of its suite."""
        return f"<p>{escape(str(self))}</p>{self.results()._repr_html_()}"

    def results(self) -> Any:
        """Load and measure the suite's cells in the store, those of earlier runs included.

        Returns
        -------
        leaderboard.results.results.Results
            The same as ``larbench.results(...)`` of the suite in its store.

        Raises
        ------
        UsageError
            Where no leaderboard is installed.
        InputError
            For damaged files, and where the corpora are not here.
        """
        found = importlib.metadata.entry_points(group="larbench.boards", name="results")
        if not found:
            raise UsageError("no leaderboard is installed, which measures results; install larbench again")
        load = next(iter(found)).load()
        return load(self.store, self.suite, data_dir=self.data_dir, own=self.own_domains)

    def frame(self) -> pd.DataFrame:
        """Return this run's cells as a tidy table, one line a cell, scores as fractions.

        Returns
        -------
        pandas.DataFrame
            The lines of ``results().frame()`` that are of this run; that says what its columns are.
        """
        names = {outcome.record.cell for outcome in self.outcomes}
        frame = self.results().frame()
        own: pd.DataFrame = frame[frame["cell"].isin(names)].reset_index(drop=True)
        return own


def run(
    suite: str | Path | None = None,
    *,
    methods: Names = None,
    domains: Names = None,
    settings: Names = None,
    seeds: Seeds = None,
    noise: Names = None,
    own_domains: Paths = (),
    source: str | Path | None = None,
    source_limit: int | None = None,
    backbone: str | None = None,
    generalist: str | None = None,
    llm_model: str | None = None,
    llm_revision: str | None = None,
    unlabelled: str | Path | None = None,
    store: str | Path = "runs",
    data_dir: str | Path | None = None,
    jobs: int | None = None,
    device: str = "cpu",
    llm_budget: str | int | Limit | None = None,
    retry_failed: bool = False,
    retry_lost: bool = False,
    llm_max_lost: float | None = None,
    cell_timeout: float | None = None,
    executor: str = LOCAL,
    scheduler: str | None = None,
    on_event: Callable[[Event], None] | None = None,
) -> RunReport:
    """Run what the store lacks of a suite's cells; every planned cell ends in one recorded state.

    Parameters
    ----------
    suite : str or Path, optional
        A name (``sample``, ``crossner-mini``) or the path of a TOML file. Without it ``sample``, or ``own``
        where ``own_domains`` alone are meant.
    methods, domains, settings : str or iterable of str, optional
        Which of the suite's; without it, all of them. A string may hold several, with commas between them.
        A method is meant by its name or by its row's label. A setting need not be the suite's:
        ``zero-shot``, ``supervised``, or ``few-shot-K`` for K mentions of each type.
    seeds : int, str or iterable of int, optional
        These instead of the suite's.
    noise : str or iterable of str, optional
        Which of the suite's noise conditions, by name or by that of their series; ``clean`` for no noise.
    own_domains : path or iterable of paths
        Folders of your own corpora as the targets: the only ones or, with ``domains``, further ones.
    source : str or Path, optional
        What methods learn from first, instead of the suite's source: ``crossner/conll2003``, or a folder.
    source_limit : int, optional
        How many train sentences of the source methods may see; such rows have labels of their own.
    backbone : str, optional
        For every method that has one: ``mini``, ``base``, ``large``, a hub id, a path.
    generalist, llm_model, llm_revision : str, optional
        For every method with a parameter of that name, instead of the suite's.
    unlabelled : path, optional
        A text file, one sentence a line, for every method with a parameter of that name (``da-ner`` adapts
        its encoder to it). It must not hold the sentences that will be asked about.
    store : str or Path
        The folder of results, or a URL (``s3://bucket/folder``), of which this machine keeps a copy.
    data_dir : path, optional
        The folder of CrossNER, instead of ``LARBENCH_DATA`` and of what ``data fetch`` brought.
    jobs : int, optional
        Cells at a time; without it, one a physical core. It changes no figure: a cell has one thread.
    device : str
        Where torch computes, for example ``cuda``.
    llm_budget : int or str, optional
        What this run may spend on language models: tokens (``200000``) or dollars (``"5USD"``). What it
        cannot pay ends ``over-budget``, and is computed again by a later run.
    retry_failed : bool
        Compute cells again that failed before; otherwise a failure stays recorded.
    retry_lost : bool
        Ask again for the answers of language models that were lost, and for those alone: what was answered
        comes from the store.
    llm_max_lost : float, optional
        The largest share of a language model's answers that may be lost before a cell is ``incomplete``;
        without it, what its method allows.
    cell_timeout : float, optional
        Seconds after which a cell is ended, and has failed.
    executor : {"local", "dask"}
        Processes of this machine, or the workers of a dask cluster.
    scheduler : str, optional
        The address of the cluster's scheduler: ``tcp://host:8786``.
    on_event : callable, optional
        Called with each ``Event`` of the run, one call at a time.

    Returns
    -------
    RunReport
        The outcome of every planned cell.

    Raises
    ------
    UsageError
        For a name that is not known (the message has the nearest ones) and for options that do not fit.
    InputError
        For files that are not what they should be; ``MissingDataError`` where a corpus is not here.
    KeyboardInterrupt
        On Ctrl-C, after the workers were ended: what is finished stays recorded.

    Examples
    --------
    >>> import larbench
    >>> report = larbench.run("sample", methods="source-only", domains="politics")  # doctest: +SKIP
    >>> report  # doctest: +SKIP
    <RunReport of sample: 2 cells: 1 ok, 1 skipped; 0 from the store; 21.4 s>
    >>> report.frame()[["label", "domain", "setting", "f1"]]  # doctest: +SKIP
    """
    start = time.perf_counter()
    _check_run(jobs, cell_timeout, llm_max_lost)
    chosen = _suite(suite, domains, own_domains)
    limit = None if llm_budget is None else parse_limit(llm_budget)
    overrides = _Overrides(source, source_limit, backbone, generalist, llm_model, llm_revision, unlabelled)
    selection = _selection(methods, domains, settings, seeds, noise, own_domains, overrides)
    cells = _planned(chosen, selection, _path(data_dir), on_event or _ignore)
    comparison = suite_comparison(chosen)
    kept = open_store(store, create=True)
    start_executor = _start_executor(executor, scheduler, kept, limit)
    kept.refresh()
    _note(kept, chosen.name, comparison, selection)
    with open_budget(kept, limit) as budget:
        outcomes = execute(
            cells,
            kept,
            data_dir=None if data_dir is None else str(_path(data_dir)),
            device=device,
            jobs=jobs,
            retry_failed=retry_failed,
            retry_lost=retry_lost,
            max_lost=llm_max_lost,
            on_event=on_event or _ignore,
            budget=budget,
            cell_timeout=cell_timeout,
            start_executor=start_executor,
        )
        spent = None if budget is None else budget.usage()
    seconds = time.perf_counter() - start
    own = _own_folders(own_domains, source)
    return RunReport(chosen.name, kept.root, tuple(outcomes), seconds, spent, _path(data_dir), own)


def _note(store: Store, suite: str, comparison: Comparison | None, selection: Selection) -> None:
    """Note beside a suite's results what a board, and the gate, must know of the suite and of the run."""
    write_comparison(store, suite, comparison)
    note_selection(store, suite, selection)


def plan(
    suite: str | Path | None = None,
    *,
    methods: Names = None,
    domains: Names = None,
    settings: Names = None,
    seeds: Seeds = None,
    noise: Names = None,
    own_domains: Paths = (),
    source: str | Path | None = None,
    source_limit: int | None = None,
    backbone: str | None = None,
    generalist: str | None = None,
    llm_model: str | None = None,
    llm_revision: str | None = None,
    unlabelled: str | Path | None = None,
    store: str | Path = "runs",
    data_dir: str | Path | None = None,
) -> list[PlannedCell]:
    """Return the cells that ``run`` with the same arguments would bring to an end, and what is at hand.

    The time to expect for a missing one is the median over earlier records of the same row and setting; the
    tokens that it will ask of a language model are its method's own estimate.

    Parameters
    ----------
    suite : str or Path, optional
        A name (``sample``, ``crossner-mini``) or the path of a TOML file. Without it ``sample``, or ``own``
        where ``own_domains`` alone are meant.
    methods, domains, settings, seeds, noise, own_domains : str or iterable, optional
        Which of the suite's cells, as for ``run``.
    source, source_limit, backbone, generalist, llm_model, llm_revision, unlabelled : optional
        What methods are given instead of the suite's, as for ``run``.
    store : str or Path
        The folder of results, or a URL.
    data_dir : path, optional
        The folder of CrossNER, instead of ``LARBENCH_DATA`` and of what ``data fetch`` brought.

    Returns
    -------
    list of PlannedCell
        In the order in which they run.

    Raises
    ------
    UsageError, InputError
        As ``run`` does.

    Examples
    --------
    >>> import larbench
    >>> cells = larbench.plan("sample", methods="fine-tune", domains="politics, music", store="no-runs-yet")
    >>> for planned in cells:
    ...     print(planned.cell.spec.setting, planned.cell.spec.domain, planned.state)
    zero-shot politics skipped
    zero-shot music skipped
    supervised politics missing
    supervised music missing
    """
    overrides = _Overrides(source, source_limit, backbone, generalist, llm_model, llm_revision, unlabelled)
    selection = _selection(methods, domains, settings, seeds, noise, own_domains, overrides)
    cells = make_plan(_suite(suite, domains, own_domains), selection, _path(data_dir))
    return estimate_cells(cells, _refreshed(store), _path(data_dir))


def explain(
    cell: str | None = None,
    suite: str | Path | None = None,
    *,
    methods: Names = None,
    domains: Names = None,
    settings: Names = None,
    seeds: Seeds = None,
    noise: Names = None,
    own_domains: Paths = (),
    source: str | Path | None = None,
    source_limit: int | None = None,
    backbone: str | None = None,
    generalist: str | None = None,
    llm_model: str | None = None,
    llm_revision: str | None = None,
    unlabelled: str | Path | None = None,
    store: str | Path = "runs",
    data_dir: str | Path | None = None,
) -> list[Explanation]:
    """Return, for each planned cell that is meant, whether it is cached and what differs if not.

    Parameters
    ----------
    cell : str, optional
        A cell's name or the start of one, as ``plan``, ``status`` or a record's file gives it; an old
        record's name works too. Without it all selected cells are explained.
    suite : str or Path, optional
        A name (``sample``, ``crossner-mini``) or the path of a TOML file. Without it ``sample``, or ``own``
        where ``own_domains`` alone are meant.
    methods, domains, settings, seeds, noise, own_domains : str or iterable, optional
        Which of the suite's cells, as for ``run``.
    source, source_limit, backbone, generalist, llm_model, llm_revision, unlabelled : optional
        What methods are given instead of the suite's, as for ``run``.
    store : str or Path
        The folder of results, or a URL.
    data_dir : path, optional
        The folder of CrossNER, instead of ``LARBENCH_DATA`` and of what ``data fetch`` brought.

    Returns
    -------
    list of Explanation
        ``hit`` says whether a run would find the cell in the store, ``differs`` what the nearest record has
        otherwise: component of identity → (in the record, now).

    Raises
    ------
    UsageError
        Where no planned cell is called so, and as ``run`` does.
    InputError
        As ``run`` does.

    Examples
    --------
    >>> import larbench
    >>> larbench.explain("fine-tune-supervised-politics", store="no-runs-yet")[0].hit
    False
    """
    overrides = _Overrides(source, source_limit, backbone, generalist, llm_model, llm_revision, unlabelled)
    selection = _selection(methods, domains, settings, seeds, noise, own_domains, overrides)
    cells = make_plan(_suite(suite, domains, own_domains), selection, _path(data_dir))
    return explain_cells(cells, _refreshed(store), cell)


def status(suite: str | Path = "sample", *, store: str | Path = "runs", check: bool = False) -> Status:
    """Return how the cells in a suite's ledger stand; no corpus and no method is looked at.

    Parameters
    ----------
    suite : str or Path
        The suite's name, or its TOML file.
    store : str or Path
        The folder of results, or a URL.
    check : bool
        Read every file, and take a cell for damaged whose files are not what they were. Without it, a cell
        is damaged whose files are gone.

    Returns
    -------
    Status
        ``counts``, state → number of cells, and ``not_ok``, the cells that are not ok, with their reasons.

    Raises
    ------
    UsageError
        Where the store holds no such suite.

    Examples
    --------
    >>> import larbench
    >>> larbench.status("sample", store="no-runs-yet")
    Traceback (most recent call last):
        ...
    benchmark.errors.UsageError: nothing has been run in no-runs-yet yet; ...
    """
    return read_status(_refreshed(store), suite_name(suite), check=check)


def publish(source: str | Path, store: str | Path) -> int:
    """Copy the current records and predictions of a suite into another store.

    Every file is checked by its hash on the way. Artefacts and locks stay behind.

    Parameters
    ----------
    source : str or Path
        The suite in its store, as ``runs/sample``; a folder or a URL.
    store : str or Path
        Where to copy to: a folder, which is made where it does not exist, or a URL.

    Returns
    -------
    int
        The number of cells that were copied.

    Raises
    ------
    UsageError
        Where ``source`` holds no results.
    InputError
        For a damaged file, and where the store cannot be written.

    Examples
    --------
    >>> import larbench
    >>> larbench.publish("runs/sample", "results")  # doctest: +SKIP
    131
    """
    return publish_suite(local_path(source), open_store(store, create=True))


def _refreshed(location: str | Path) -> Store:
    store = open_store(location)
    store.refresh()
    return store


def _start_executor(
    executor: str, scheduler: str | None, store: Store, limit: Limit | None
) -> StartExecutor | None:
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
    from benchmark.run.dask_executor import dask_executor

    return dask_executor(scheduler, store)


def _suite(suite: str | Path | None, domains: Names, own_domains: Paths) -> Suite:
    return load_suite(default_suite(domains, own_domains) if suite is None else suite)


def _own_folders(own_domains: Paths, source: str | Path | None) -> tuple[Path, ...]:
    """Return the user's own corpora: targets, and the source where it is a folder."""
    return (*as_paths(own_domains), *([Path(source)] if source is not None and Path(source).exists() else []))


def _check_run(jobs: int | None, cell_timeout: float | None, llm_max_lost: float | None) -> None:
    """Raise ``UsageError`` for numbers that a run cannot have."""
    if jobs is not None and jobs < 1:
        raise UsageError(f"jobs={jobs}: one cell at a time is the least; None is one a physical core")
    if cell_timeout is not None and cell_timeout <= 0:
        raise UsageError(f"cell_timeout={cell_timeout:g}: a cell needs some seconds; None is no limit")
    if llm_max_lost is not None and not 0 <= llm_max_lost <= 1:
        raise UsageError(f"llm_max_lost={llm_max_lost:g}: a share from 0 to 1; None is what a method allows")


def _ignore(event: Event) -> None:
    del event


def _planned(
    suite: Suite, selection: Selection, data_dir: Path | None, on_event: Callable[[Event], None]
) -> list[Cell]:
    """Return the cells that are asked for, and tell what a user should know before they are computed."""
    cells = make_plan(suite, selection, data_dir)
    for text in dict.fromkeys(cell.warning for cell in cells if cell.warning):
        on_event(Event("warning", text=text))
    return cells


def _path(path: str | Path | None) -> Path | None:
    return None if path is None else Path(path).expanduser().resolve()


class _Overrides(NamedTuple):
    """What methods are given instead of the suite's."""

    source: str | Path | None
    source_limit: int | None
    backbone: str | None
    generalist: str | None
    llm_model: str | None
    llm_revision: str | None
    unlabelled: str | Path | None


def _selection(
    methods: Names,
    domains: Names,
    settings: Names,
    seeds: Seeds,
    noise: Names,
    own_domains: Paths,
    overrides: _Overrides,
) -> Selection:
    unlabelled = None if overrides.unlabelled is None else Path(overrides.unlabelled)
    source = None if overrides.source is None else str(overrides.source)
    return Selection(
        methods=as_names(methods),
        domains=as_names(domains),
        settings=as_names(settings),
        seeds=as_seeds(seeds),
        noise=as_names(noise),
        own_domains=as_paths(own_domains),
        **overrides._replace(unlabelled=unlabelled, source=source)._asdict(),
    )
