"""What a run would find at hand, and what the rest may take: time by earlier records, tokens by estimate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median, median_low
from typing import Any

from benchmark import registry
from benchmark.domains.corpus import Domain
from benchmark.domains.load import load_domain
from benchmark.domains.noise.condition import TARGET
from benchmark.few_shot import few_labels
from benchmark.method import Method
from benchmark.plan.cell import Cell
from benchmark.plan.explain import what_changed
from benchmark.plan.limit import DOLLARS, Limit
from benchmark.plan.oracle_parameter import method_params
from benchmark.settings import contract_of
from benchmark.store.atomic_io import canonical_json, read_json
from benchmark.store.cell_spec import Place
from benchmark.store.record import OK, OVER_BUDGET, Record
from benchmark.store.row_label import split_label
from benchmark.store.store import Store

MISSING = "missing"
# seconds of one core by suite: a cell of each row and setting (the mean), each seed's source tagger, and what
# else its cells share; docs/performance.md says how they come about
_MEASURED = Path(__file__).with_name("expected_seconds.json")
_OF_CROSSNER = "crossner-mini"  # tells also of other suites with its source and its encoder
_NO_BACKBONE = "none"
_ITS_SOURCE, _ITS_BACKBONES = ("crossner", "conll2003"), ("mini", _NO_BACKBONE)


@dataclass(frozen=True)
class PlannedCell:
    """A planned cell and what the store has of it.

    ``state`` is that of its record, or ``missing``. For one to compute, ``seconds`` is the time to expect,
    with its part of what cells share, None where neither a record nor a measurement tells it; ``tokens`` and
    ``dollars`` are what its method thinks to spend on a language model, 0 tokens where it asks none, None
    where it cannot tell. Answers that an earlier run paid for are not taken off. ``changed`` says in words in
    what its identity differs from that of the last record of its place; it is empty where there is none.
    """

    cell: Cell
    state: str
    reason: str | None = None
    seconds: float | None = None
    tokens: int | None = 0
    dollars: float | None = None
    changed: tuple[str, ...] = ()

    @property
    def to_compute(self) -> bool:
        """Whether a run, with a budget or without a limit, computes it."""
        return self.state in (MISSING, OVER_BUDGET)


@dataclass(frozen=True)
class Spending:
    """What cells together may spend on language models; None where one of them cannot tell."""

    cells: int
    tokens: int | None
    dollars: float | None

    def exceeds(self, limit: Limit) -> bool | None:
        """Return whether it comes to more than ``limit``; None where that cannot be told."""
        if limit.unit == DOLLARS and self.tokens == 0:
            return False
        amount = None if self.tokens is None else limit.of(self.tokens, self.dollars)
        return None if amount is None else amount > limit.amount


def estimate_cells(cells: Sequence[Cell], store: Store, data_dir: Path | None = None) -> list[PlannedCell]:
    """Return the state of each cell, and for those to compute what they may take."""
    earlier, last = _earlier(cells, store)
    estimates, times = _Estimates(data_dir), _Times(earlier, _sharing(cells))
    planned = [_planned(cell, store, times, estimates) for cell in cells]
    return [
        replace(one, changed=what_changed(last[one.cell.spec.place].spec.identity, one.cell.spec.identity))
        if one.to_compute and one.cell.spec.place in last
        else one
        for one in planned
    ]


@dataclass(frozen=True)
class Expected:
    """Seconds of one core that cells may take, by name, and what they share takes besides."""

    cells: Mapping[str, float]
    shared: float = 0.0


def expected_seconds(cells: Sequence[Cell], store: Store) -> Expected | None:
    """Return what cells to compute may take; None where nothing is known of any of them.

    Earlier records of the store tell it, else the measurements that ship with the project; a cell of which
    neither knows takes as long as the others do in the middle.
    """
    times = _Times(_earlier(cells, store)[0], _sharing(cells))
    known: dict[str, float | None] = {}
    shared = 0.0
    for cell in cells:
        found, share = (0.0, 0.0) if cell.decided else times.of(cell)
        known[cell.spec.name] = found
        shared += share
    told = [seconds for seconds in known.values() if seconds]
    if not told:
        return None
    usual = median(told)
    return Expected({name: usual if found is None else found for name, found in known.items()}, shared)


@dataclass(frozen=True)
class _Times:
    """What cells may take: by ``earlier`` records of the store, else by the measurements that ship.

    ``earlier`` has the records of finished cells by kind. ``sharing`` counts the cells that want one source
    tagger.
    """

    earlier: Mapping[tuple[str, str], list[Record]]
    sharing: Mapping[_Tagger, int]
    measured: Mapping[str, Any] = field(default_factory=lambda: read_json(_MEASURED))

    def of(self, cell: Cell) -> tuple[float | None, float]:
        """Return a cell's seconds, None where nothing is known, and its part of what cells share."""
        spec = cell.spec
        if found := self.earlier.get(_kind(cell)):
            # the cells that made a seed's source tagger are the few: the others tell what each has to make
            shared = [record.timings.get("shared_seconds", 0.0) for record in found]
            return median(map(own_seconds, found)), median_low(shared) if len(found) > 1 else 0.0
        suite = spec.suite
        like_crossner = (spec.source_corpus or spec.corpus, spec.source) == _ITS_SOURCE
        if suite not in self.measured and like_crossner and spec.backbone in _ITS_BACKBONES:
            suite = _OF_CROSSNER
        measured = self.measured.get(suite, {})
        seconds = measured.get("rows", {}).get(spec.label, {}).get(spec.setting)
        if seconds is None:
            return None, 0.0
        wanting = self.sharing.get(_tagger(cell), 0)
        tagger = measured["source_tagger"] / wanting if wanting else 0.0
        return seconds, tagger + measured["shared"] / measured["cells"]


_Tagger = tuple[str | None, str, str, int]


def _tagger(cell: Cell) -> _Tagger:
    spec = cell.spec
    return spec.source_corpus, spec.source, spec.backbone, spec.seed


def _sharing(cells: Sequence[Cell]) -> Mapping[_Tagger, int]:
    return Counter(
        _tagger(cell) for cell in cells if cell.decided is None and cell.spec.backbone != _NO_BACKBONE
    )


def _earlier(
    cells: Sequence[Cell], store: Store
) -> tuple[dict[tuple[str, str], list[Record]], dict[Place, Record]]:
    """Return the records of finished cells of these suites, by kind, and the last record of each place."""
    finished: dict[tuple[str, str], list[Record]] = {}
    last: dict[Place, Record] = {}
    for suite in {cell.spec.suite for cell in cells}:
        for record in store.every_record(suite):
            if record.spec.place not in last or record.finished > last[record.spec.place].finished:
                last[record.spec.place] = record
            if record.state == OK:
                finished.setdefault(_kind(record), []).append(record)
    return finished, last


def own_seconds(record: Record) -> float:
    """Return how long a cell took, without what it shares; 0 for one that was not computed."""
    return float(record.timings.get("total_seconds", 0.0) - record.timings.get("shared_seconds", 0.0))


def spending(planned: Sequence[PlannedCell]) -> Spending:
    """Add up what the cells to compute may spend on language models."""
    asking = [one for one in planned if one.to_compute and one.tokens != 0]
    tokens = [one.tokens for one in asking if one.tokens is not None]
    dollars = [one.dollars for one in asking if one.dollars is not None]
    return Spending(
        len(asking),
        sum(tokens) if len(tokens) == len(asking) else None,
        sum(dollars) if len(dollars) == len(asking) else None,
    )


def _planned(cell: Cell, store: Store, times: _Times, estimates: _Estimates) -> PlannedCell:
    record = store.find(cell.spec.suite, cell.spec.name)
    if record is not None and record.state != OVER_BUDGET and not cell.may_run_now(record.state):
        return PlannedCell(cell, record.state, record.reason)
    if record is None and store.find_equivalent(cell.spec) is not None:
        return PlannedCell(cell, OK)
    if cell.decided is not None:
        return PlannedCell(cell, cell.decided, cell.reason)
    state, reason = MISSING, None
    if record is not None and record.state == OVER_BUDGET:
        state, reason = record.state, record.reason
    seconds, shared = times.of(cell)
    whole = None if seconds is None else round(seconds + shared, 1)
    return PlannedCell(cell, state, reason, whole, *estimates.of(cell))


class _Estimates:
    """What methods think to spend, asked once for all seeds; each target is read once."""

    def __init__(self, data_dir: Path | None) -> None:
        self._data_dir = data_dir
        self._known: dict[tuple[str, ...], tuple[int | None, float | None]] = {}
        self._domains: dict[tuple[str, str], Domain] = {}

    def of(self, cell: Cell) -> tuple[int | None, float | None]:
        """Return tokens and dollars of a cell; (0, None) where it asks no model, (None, None) if unknown."""
        kind = registry.method_class(cell.spec.method)
        if kind.estimate_tokens is Method.estimate_tokens:
            return 0, None
        key = (
            cell.spec.method,
            canonical_json(dict(cell.spec.params)),
            cell.spec.corpus,
            cell.target,
            cell.spec.setting,
        )
        if key not in self._known:
            try:
                self._known[key] = self._ask(kind(**method_params(kind, cell.spec.params)), cell)
            except Exception:  # noqa: BLE001 - a method's own code may raise anything; this is only an estimate
                self._known[key] = (None, None)
        return self._known[key]

    def _ask(self, method: Method, cell: Cell) -> tuple[int, float | None]:
        place = (cell.spec.corpus, cell.target)
        if place not in self._domains:
            self._domains[place] = load_domain(*place, data_dir=self._data_dir)
        target, setting = (
            few_labels(self._domains[place], cell.spec.setting, cell.spec.seed),
            contract_of(cell.spec.setting),
        )
        return method.estimate_tokens(target, setting), method.estimate_dollars(target, setting)


def _kind(cell: Cell | Record) -> tuple[str, str]:
    # a method takes as long on a noisy source as on a clean one; what shares a fit takes next to nothing
    label, _ = split_label(cell.spec.label, cell.spec.noise)
    shares = cell.spec.noise is not None and cell.spec.noise.get("on") == TARGET
    return f"{label} on its text" if shares else label, cell.spec.setting
