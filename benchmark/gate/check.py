"""The check: a run held against a baseline, line by line, and one verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmark.errors import LarbenchError, UsageError
from benchmark.gate.decide import CountedCells, Decision, Row, decide
from benchmark.gate.gold import Counter
from benchmark.gate.inputs import PairedCells, StoredSuite, open_suite, pair
from benchmark.gate.report import (
    AVERAGE,
    NO_EVIDENCE,
    NOT_MEASURED,
    REGRESSED,
    Evidence,
    Line,
    Report,
)
from benchmark.plan.cell_filter import CellFilter
from benchmark.scoring import SCORER_VERSION
from benchmark.scoring.statistics import PAIRED_RESAMPLES
from benchmark.store.cell_spec import identity_hash
from benchmark.store.record import Record, spent_on_llm

ALPHA = 0.05

_UNTESTABLE = "fewer than two test sentences have a mention"
_NO_SPREAD = "the run has other seeds, and the baseline's one seed does not tell what another seed changes"


def check(
    baseline: str | Path,
    run: str | Path,
    *,
    only: CellFilter | None = None,
    any_seed: bool = False,
    alpha: float = ALPHA,
    resamples: int = PAIRED_RESAMPLES,
    data_dir: str | Path | None = None,
    own: Iterable[str | Path] = (),
) -> Report:
    """Hold a run against a baseline and return the report; its ``exit_code`` is 0, 1 or 3.

    Parameters
    ----------
    baseline, run : str or Path
        ``STORE/SUITE`` each; a run may be a store that holds the baseline's suite.
    only : CellFilter, optional
        Which of the baseline's cells to check; without it all, every one of which must be in the run.
    any_seed : bool
        The run may have other seeds than the baseline.
    alpha : float
        The chance that any line fires without cause.
    resamples : int
        Of sentences, for the intervals; at least 100.
    data_dir : str or Path, optional
        The folder of CrossNER.
    own : iterable of str or Path
        Folders of your own corpora that cells are of.

    Returns
    -------
    Report
        Whatever keeps it from measuring is its verdict, ``could not measure``.

    Raises
    ------
    UsageError
        For an ``alpha`` that is none, or too few resamples.
    """
    if not 0 < alpha < 1 or resamples < 100:
        raise UsageError(
            f"alpha {alpha}, {resamples} resamples: expected one between 0 and 1, and at least 100"
        )
    report = Report(str(baseline), str(run), "", SCORER_VERSION, alpha, resamples)
    try:
        base = open_suite(Path(baseline), "baseline")
        report = replace(report, suite=base.suite)
        other = open_suite(Path(run), "run", base.suite)
        places, added, skipped, left_out = pair(base, other, only or CellFilter(), any_seed=any_seed)
        counter = Counter(data_dir, own)
    except LarbenchError as error:
        return replace(report, reason=str(error))
    lines, comparisons = _Check(base, other, counter, alpha, resamples).lines(places)
    return replace(
        report,
        lines=lines,
        added=tuple(added),
        skipped=skipped,
        not_asked_for=left_out,
        comparisons=comparisons,
    )


@dataclass(frozen=True)
class _Check:
    base: StoredSuite
    other: StoredSuite
    counter: Counter
    alpha: float
    resamples: int

    def lines(self, places: Sequence[PairedCells]) -> tuple[tuple[Line, ...], int]:
        """Return the report's lines, averages after the domains, and the number of comparisons."""
        if not any(place.problems or not place.equal for place in places):  # equal bytes need no gold
            return tuple(_line(place, NO_EVIDENCE, place.problems) for place in places), 0
        faults: dict[str, str] = {}
        counted = [self._count(place, faults) for place in places]
        decision = decide(counted, alpha=self.alpha, resamples=self.resamples)
        lines = [self._judged(place, faults, decision) for place in places]
        for row, evidence in decision.averages.items():
            those = [
                place for place, one in zip(places, counted, strict=True) if one.row == row and not one.apart
            ]
            lines.append(_average(row, those, self._verdict(evidence), evidence))
        return tuple(lines), decision.comparisons

    def _count(self, place: PairedCells, faults: dict[str, str]) -> CountedCells:
        """Return a place's counts; why it has none goes to ``faults``."""
        record = place.record
        if record is None:
            return CountedCells(place.key, (place.key, "", ""), "", blank=True, apart=True)
        bare = CountedCells(
            place.key, _row(record), record.spec.domain, blank=True, apart=record.spec.in_domain
        )
        if place.problems:
            return bare
        try:
            return replace(
                bare,
                base={seed: self.counter.count(self.base, one) for seed, one in place.base.items()},
                run={seed: self.counter.count(self.other, one) for seed, one in place.run.items()},
                stored={
                    seed: self.counter.count(self.base, one).micro().f1 for seed, one in place.stored.items()
                },
                equal=place.equal,
                blank=False,
            )
        except LarbenchError as error:
            if not place.equal:
                faults[place.key] = str(error)
            return replace(bare, equal=place.equal)

    def _judged(self, place: PairedCells, faults: Mapping[str, str], decision: Decision) -> Line:
        evidence = decision.places.get(place.key)
        if evidence is not None:
            return _line(place, self._verdict(evidence), _notes(place, evidence), evidence)
        if place.equal and not place.problems:
            return _line(place, NO_EVIDENCE, ())
        unknown = _UNTESTABLE if place.paired else _NO_SPREAD
        reasons = place.problems or (faults.get(place.key, unknown),)
        return _line(place, NOT_MEASURED, reasons)

    def _verdict(self, evidence: Evidence) -> str:
        return REGRESSED if evidence.adjusted <= self.alpha else NO_EVIDENCE


def _row(record: Record) -> Row:
    return record.spec.label, record.spec.backbone, record.spec.setting


def _line(place: PairedCells, verdict: str, reasons: Sequence[str], evidence: Evidence | None = None) -> Line:
    record = place.record
    label, backbone, setting = (place.key, "", "") if record is None else _row(record)
    return Line(
        label=label,
        backbone=backbone,
        setting=setting,
        domain=record.spec.domain if record else "",
        seeds=tuple(place.base),
        run_seeds=tuple(place.run),
        verdict=verdict,
        equal=place.equal and not place.problems,
        reasons=tuple(reasons),
        changed=place.changed,
        evidence=evidence,
    )


def _average(row: Row, places: Sequence[PairedCells], verdict: str, evidence: Evidence) -> Line:
    label, backbone, setting = row
    return Line(
        label=label,
        backbone=backbone,
        setting=setting,
        domain=AVERAGE,
        seeds=tuple(places[0].base),
        run_seeds=tuple(places[0].run),
        verdict=verdict,
        changed=tuple(dict.fromkeys(name for place in places for name in place.changed)),
        evidence=evidence,
    )


def _notes(place: PairedCells, evidence: Evidence) -> list[str]:
    """Return what a reader of a tested line has to know."""
    notes = []
    if evidence.spread is None:
        notes.append("the baseline has one seed, so what another seed would change is not known")
    if place.paired and all(_repeatable(one, place.run[seed]) for seed, one in place.base.items()):
        notes.append("the same identity gave other predictions: not reproduced")
    return notes


def _repeatable(one: Record, other: Record) -> bool:
    """Whether two records ought to have the same predictions: same identity and machine class, no LLM."""
    machine = ("cpu", "system", "device", "gpu")
    return (
        identity_hash(one.spec.identity) == identity_hash(other.spec.identity)
        and all(one.machine.get(name) == other.machine.get(name) for name in machine)
        and spent_on_llm(one) is None
    )
