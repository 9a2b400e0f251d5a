"""The check: a run held against a baseline, line by line, and one verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmark.cells.identity import identity_hash
from benchmark.cells.record import Record, spent_on_llm
from benchmark.errors import LarbenchError, UsageError
from benchmark.gate.evidence import Comparison, average, compare, holm
from benchmark.gate.gold import Counter
from benchmark.gate.report import (
    AVERAGE,
    NO_EVIDENCE,
    NOT_MEASURED,
    REGRESSED,
    Evidence,
    Line,
    Report,
)
from benchmark.gate.sides import Only, Place, Side, open_side, pair
from benchmark.gate.spread import Spread, averages, pooled
from benchmark.scoring import SCORER_VERSION
from benchmark.scoring.counts import Counts
from benchmark.scoring.statistics import PAIRED_RESAMPLES

ALPHA = 0.05

_UNTESTABLE = "fewer than two test sentences have a mention"
_NO_SPREAD = "the run has other seeds, and the baseline's one seed does not tell what another seed changes"

Row = tuple[str, str, str]  # label, backbone, setting


def check(
    baseline: str | Path,
    run: str | Path,
    *,
    only: Only | None = None,
    any_seed: bool = False,
    alpha: float = ALPHA,
    resamples: int = PAIRED_RESAMPLES,
    data_dir: str | Path | None = None,
    own: Iterable[str | Path] = (),
) -> Report:
    """Hold a run against a baseline and return the report; its ``exit_code`` is 0, 1 or 3.

    Parameters
    ----------
    baseline, run: ``STORE/SUITE`` each; a run may be a store that holds the baseline's suite.
    only: which of the baseline's cells to check; None for all, every one of which must be in the run.
    any_seed: the run may have other seeds than the baseline.
    alpha: the chance that any line fires without cause.
    own: folders of corpora of your own that cells are of.

    Raises ``UsageError`` for an ``alpha`` that is none or too few resamples. Whatever else keeps it from
    measuring is the report's verdict, ``could not measure``.
    """
    if not 0 < alpha < 1 or resamples < 100:
        raise UsageError(
            f"alpha {alpha}, {resamples} resamples: expected one between 0 and 1, and at least 100"
        )
    report = Report(str(baseline), str(run), "", SCORER_VERSION, alpha, resamples)
    try:
        base = open_side(Path(baseline), "baseline")
        report = replace(report, suite=base.suite)
        other = open_side(Path(run), "run", base.suite)
        places, added, skipped = pair(base, other, only or Only(), any_seed=any_seed)
        counter = Counter(data_dir, own)
    except LarbenchError as error:
        return replace(report, reason=str(error))
    lines, comparisons = _Check(base, other, counter, alpha, resamples).lines(places)
    return replace(report, lines=lines, added=tuple(added), skipped=skipped, comparisons=comparisons)


@dataclass(frozen=True)
class _Measured:
    """A place with its counts on both sides, or why there are none."""

    place: Place
    base: Mapping[int, Counts]
    run: Mapping[int, Counts]
    stored: Mapping[int, float]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Check:
    base: Side
    other: Side
    counter: Counter
    alpha: float
    resamples: int

    def lines(self, places: Sequence[Place]) -> tuple[tuple[Line, ...], int]:
        """Return the report's lines, averages after the domains, and the number of comparisons."""
        differ = [place for place in places if place.problems or not place.equal]
        # equal bytes need no gold; where some differ, all stored seeds tell of the spread
        measured = {place.key: self._measure(place) for place in places} if differ else {}
        rows = _rows(places)
        touched = {key: row for key, row in rows.items() if any(place in differ for place in row)}
        wanted = {place.key for row in (differ, *touched.values()) for place in row}
        compared = self._compare([measured[place.key] for place in places if place.key in wanted])
        spread = _average_spread(rows, measured)
        means = {row: one for row, those in touched.items() if (one := _mean(those, compared, spread))}
        tests = [one for place in differ if (one := compared[place.key]) is not None] + list(means.values())
        planned = len(differ) + len(means)
        adjusted = dict(zip(map(id, tests), holm([one.p() for one in tests], planned), strict=True))

        def evidence(one: Comparison | None) -> Evidence | None:
            return None if one is None else _evidence(one, adjusted[id(one)], self.alpha / planned)

        equal = [place for place in places if place not in differ]
        lines = [
            self._line(place, None, None)
            if place in equal
            else self._line(place, measured[place.key], evidence(compared[place.key]))
            for place in places
        ]
        lines += [
            _average_line(row, rows[row], _evidence(one, adjusted[id(one)], self.alpha / planned), self.alpha)
            for row, one in means.items()
        ]
        return tuple(lines), planned

    def _measure(self, place: Place) -> _Measured:
        if place.problems:
            return _Measured(place, {}, {}, {}, place.problems)
        try:
            base = {seed: self.counter.count(self.base, record) for seed, record in place.base.items()}
            run = {seed: self.counter.count(self.other, record) for seed, record in place.run.items()}
            stored = {
                seed: self.counter.count(self.base, record).micro().f1
                for seed, record in place.stored.items()
            }
        except LarbenchError as error:
            return _Measured(place, {}, {}, {}, (str(error),))
        return _Measured(place, base, run, stored)

    def _compare(self, measured: Sequence[_Measured]) -> dict[str, Comparison | None]:
        """Return place → its comparison, None where there is none."""
        spreads = _spreads(measured)
        found: dict[str, Comparison | None] = {}
        for one in measured:
            record = one.place.record
            spread = None if record is None else spreads.get(_row(record))
            if one.problems or record is None or (spread is None and not one.place.paired):
                found[one.place.key] = None
                continue
            found[one.place.key] = compare(
                one.base,
                one.run,
                paired=one.place.paired,
                spread=spread,
                resamples=self.resamples,
                stream=record.domain,
            )
        return found

    def _line(self, place: Place, measured: _Measured | None, evidence: Evidence | None) -> Line:
        record = place.record
        reasons = list(place.problems if measured is None else measured.problems)
        verdict = NO_EVIDENCE
        if measured is not None and evidence is None:
            verdict = NOT_MEASURED
            reasons = reasons or [_UNTESTABLE if place.paired else _NO_SPREAD]
        elif evidence is not None:
            verdict = REGRESSED if evidence.adjusted <= self.alpha else NO_EVIDENCE
            reasons += _notes(place, evidence)
        return Line(
            label=record.label if record else place.key,
            backbone=record.backbone if record else "",
            setting=record.setting if record else "",
            domain=record.domain if record else "",
            seeds=tuple(place.base),
            run_seeds=tuple(place.run),
            verdict=verdict,
            equal=measured is None,
            reasons=tuple(reasons),
            changed=place.changed,
            evidence=evidence,
        )


def _row(record: Record) -> Row:
    return record.label, record.backbone, record.setting


def _rows(places: Sequence[Place]) -> dict[Row, list[Place]]:
    """Return row → its places, without the source in its own domain, which no average holds."""
    rows: dict[Row, list[Place]] = {}
    for place in places:
        if place.record is not None and not place.record.in_domain:
            rows.setdefault(_row(place.record), []).append(place)
    return rows


def _spreads(measured: Iterable[_Measured]) -> dict[Row, Spread]:
    """Return row → the spread of a domain's F1 over seeds, pooled over the row's domains."""
    groups: dict[Row, list[list[float]]] = {}
    for one in measured:
        if one.place.record is not None and not one.problems:
            groups.setdefault(_row(one.place.record), []).append(list(one.stored.values()))
    found = {row: pooled(group) for row, group in groups.items()}
    return {row: spread for row, spread in found.items() if spread is not None}


def _average_spread(rows: Mapping[Row, Sequence[Place]], measured: Mapping[str, _Measured]) -> Spread | None:
    """Return the spread of a row's average over seeds, pooled over all rows."""
    groups = []
    for places in rows.values():
        stored = {place.key: measured[place.key].stored for place in places if place.key in measured}
        if len(stored) == len(places):
            groups.append(averages(stored))
    return pooled(groups)


def _mean(
    places: Sequence[Place], compared: Mapping[str, Comparison | None], spread: Spread | None
) -> Comparison | None:
    """Return the comparison of a row's average; None where a domain is missing, or is the only one."""
    whole = [one for place in places if (one := compared[place.key]) is not None]
    seeds = {(tuple(place.base), tuple(place.run)) for place in places}
    if len(whole) < max(2, len(places)) or len(seeds) > 1:
        return None
    return average(whole, spread)


def _evidence(one: Comparison, adjusted: float, level: float) -> Evidence:
    return Evidence(
        baseline_f1=one.baseline_f1,
        run_f1=one.run_f1,
        difference=one.difference,
        interval=one.interval,
        spread=None if one.spread is None else one.spread.deviation,
        threshold=one.threshold(level),
        p=one.p(),
        adjusted=adjusted,
    )


def _average_line(row: Row, places: Sequence[Place], evidence: Evidence, alpha: float) -> Line:
    label, backbone, setting = row
    return Line(
        label=label,
        backbone=backbone,
        setting=setting,
        domain=AVERAGE,
        seeds=tuple(places[0].base),
        run_seeds=tuple(places[0].run),
        verdict=REGRESSED if evidence.adjusted <= alpha else NO_EVIDENCE,
        changed=tuple(dict.fromkeys(name for place in places for name in place.changed)),
        evidence=evidence,
    )


def _notes(place: Place, evidence: Evidence) -> list[str]:
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
        identity_hash(one.identity) == identity_hash(other.identity)
        and all(one.machine.get(name) == other.machine.get(name) for name in machine)
        and spent_on_llm(one) is None
    )
