"""What the command line does with cells, as functions: run, plan, status, explain, publish.

>>> import benchmark
>>> report = benchmark.run("sample", methods=["source-only"], domains=["politics"])  # doctest: +SKIP
>>> [outcome.record.dev["f1"] for outcome in report.outcomes]  # doctest: +SKIP
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.cells.comparison import Comparison, keep_comparison
from benchmark.cells.explain import Explanation, explain_cells
from benchmark.cells.forecast import PlannedCell, forecast
from benchmark.cells.plan import Selection, make_plan
from benchmark.cells.publish import publish_suite
from benchmark.cells.record import FAILED, OVER_BUDGET
from benchmark.cells.runner import Event, Outcome, execute
from benchmark.cells.status import Status, read_status
from benchmark.cells.store import Store
from benchmark.cells.suite import load_suite

__all__ = ["Event", "Explanation", "Outcome", "RunReport", "explain", "plan", "publish", "run", "status"]

Names = Sequence[str] | None


@dataclass(frozen=True)
class RunReport:
    """How a run ended: the outcome of every planned cell, in the order of the plan."""

    suite: str
    store: Path
    outcomes: tuple[Outcome, ...]
    seconds: float

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
    methods: Names = None,
    domains: Names = None,
    settings: Names = None,
    seeds: Sequence[int] | None = None,
    backbone: str | None = None,
    jobs: int | None = None,
    device: str = "cpu",
    store: str | Path = "runs",
    source_limit: int | None = None,
    data_dir: str | Path | None = None,
    own_domains: Sequence[str | Path] = (),
    retry_failed: bool = False,
    on_event: Callable[[Event], None] | None = None,
) -> RunReport:
    """Run what the store lacks of a suite's cells; every planned cell ends in one recorded state.

    Parameters
    ----------
    suite: a name (``sample``, ``crossner-mini``) or the path of a TOML file.
    methods, domains, settings, seeds: which of the suite's; None for all of them (``domains`` besides
        ``own_domains``: for none of them).
    backbone: for every method that has one, instead of the suite's.
    jobs: cells at a time, None for one a physical core. It changes no figure: a cell has one thread.
    device: where torch computes, for example ``cuda``.
    store: the folder of results.
    source_limit: how many source train sentences methods may see; such rows have labels of their own.
    data_dir: the folder of CrossNER, instead of ``LARBENCH_DATA`` and of what ``data fetch`` brought.
    own_domains: folders of your own corpora, as the targets; with ``domains``, as further ones.
    retry_failed: compute cells again that failed before; otherwise a failure stays recorded.
    on_event: called, one call at a time, with what happens (see ``Event``).

    Raises ``UsageError`` and ``InputError`` for what the user can mend, and ``KeyboardInterrupt`` after its
    workers were ended: what is finished stays recorded.
    """
    start = time.perf_counter()
    chosen = load_suite(suite)
    selection = _selection(methods, domains, settings, seeds, backbone, source_limit, own_domains)
    cells = make_plan(chosen, selection, _path(data_dir))
    keep_comparison(Store(store), chosen.name, Comparison.of(chosen))
    outcomes = execute(
        cells,
        Store(store),
        data_dir=None if data_dir is None else str(_path(data_dir)),
        device=device,
        jobs=jobs,
        retry_failed=retry_failed,
        listener=on_event or _ignore,
    )
    return RunReport(chosen.name, Path(store), tuple(outcomes), time.perf_counter() - start)


def plan(
    suite: str | Path = "sample",
    *,
    methods: Names = None,
    domains: Names = None,
    settings: Names = None,
    seeds: Sequence[int] | None = None,
    backbone: str | None = None,
    store: str | Path = "runs",
    source_limit: int | None = None,
    data_dir: str | Path | None = None,
    own_domains: Sequence[str | Path] = (),
) -> list[PlannedCell]:
    """Return the cells that ``run`` with the same arguments would bring to an end, and what is at hand.

    The time to expect for a missing one is the median over earlier records of the same row and setting.
    """
    selection = _selection(methods, domains, settings, seeds, backbone, source_limit, own_domains)
    return forecast(make_plan(load_suite(suite), selection, _path(data_dir)), Store(store))


def explain(
    cell: str | None = None,
    suite: str | Path = "sample",
    *,
    methods: Names = None,
    domains: Names = None,
    settings: Names = None,
    seeds: Sequence[int] | None = None,
    backbone: str | None = None,
    store: str | Path = "runs",
    source_limit: int | None = None,
    data_dir: str | Path | None = None,
    own_domains: Sequence[str | Path] = (),
) -> list[Explanation]:
    """Return, for each planned cell that is meant, whether it is cached and what differs if not.

    ``cell`` is a cell's name or the start of one, as ``plan``, ``status`` or a record's file gives it; an old
    record's name works too. Without it all selected cells are explained.
    """
    selection = _selection(methods, domains, settings, seeds, backbone, source_limit, own_domains)
    return explain_cells(make_plan(load_suite(suite), selection, _path(data_dir)), Store(store), cell)


def status(suite: str | Path = "sample", *, store: str | Path = "runs") -> Status:
    """Return how the cells in a suite's ledger stand; no corpus and no method is looked at.

    Raises ``UsageError`` where the store holds no such suite.
    """
    return read_status(Store(store), load_suite(suite).name if _is_file(suite) else str(suite))


def publish(source: str | Path, store: str | Path) -> int:
    """Copy the current records and predictions of ``STORE/SUITE`` into another store; return their number.

    Every file is checked by its hash on the way. Artefacts and locks stay behind.
    """
    return publish_suite(Path(source), Store(store))


def _ignore(event: Event) -> None:
    del event


def _is_file(suite: str | Path) -> bool:
    return str(suite).endswith(".toml")


def _path(path: str | Path | None) -> Path | None:
    return None if path is None else Path(path).expanduser().resolve()


def _selection(
    methods: Names,
    domains: Names,
    settings: Names,
    seeds: Sequence[int] | None,
    backbone: str | None,
    source_limit: int | None,
    own_domains: Sequence[str | Path],
) -> Selection:
    def names(value: Names) -> tuple[str, ...] | None:
        return None if value is None else tuple(value)

    return Selection(
        methods=names(methods),
        domains=names(domains),
        settings=names(settings),
        seeds=None if seeds is None else tuple(seeds),
        backbone=backbone,
        source_limit=source_limit,
        own_domains=tuple(Path(path) for path in own_domains),
    )
