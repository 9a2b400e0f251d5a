"""Clean and noisy cells of one row as a curve over the rate of noise, with its area and its intervals. Pure.

All cells of a test set share their resamples of sentences, the clean and the noisy ones as well, since noise
keeps the sentences and their order. So whatever is computed from several of them is paired by sentence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from benchmark.scoring.intervals import Difference, FloatArray, Interval, percentile_interval
from benchmark.settings import by_labels
from benchmark.store.atomic_io import canonical_json
from benchmark.store.noisy_corpora import CONTENT
from benchmark.store.record import Record
from benchmark.store.row_label import split_label
from leaderboard.analyses.noise_impact import NoiseImpact
from leaderboard.results.measure import ScoredCell
from leaderboard.results.rows import MissingCell, has_oracle, missing_cell, sampled

FLOOR = "source-only"  # the method that others are not to fall below


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, a fraction, with its interval."""

    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Point:
    """F1 at one rate, and how far it is from the clean one (negative: below), paired by sentence."""

    rate: float
    f1: Estimate
    change: Difference


@dataclass(frozen=True)
class Line:
    """The curve of a row in one domain, or on average.

    ``area`` is the mean height of the curve: its area by the trapezoid rule over the width of its rates, an
    F1. ``kept`` is ``area`` over the clean F1, None where that is 0. ``below`` is the rate from which the
    curve is under that of source-only, between two rates by a straight line; None where it never is, or
    where ``floor`` is false: there is no such curve of source-only to compare it to. ``resampled`` is its F1
    at each rate in each resample.
    """

    points: tuple[Point, ...]
    area: Estimate
    kept: Estimate | None
    below: float | None = None
    floor: bool = False
    resampled: FloatArray = field(default_factory=lambda: np.empty((0, 0)), compare=False, repr=False)


@dataclass(frozen=True)
class Curve:
    """A row under one series of noise. ``average`` is None where a cell is missing, which ``missing`` names.

    ``record`` is the first of its noisy records. By rate, ``impacts`` are summed over domains and seeds, and
    ``realised`` is the share that noise changed.
    """

    label: str
    record: Record
    domains: Mapping[str, Line]
    average: Line | None
    seeds: tuple[int, ...]
    missing: tuple[tuple[float, MissingCell], ...] = ()
    impacts: Mapping[float, NoiseImpact] = field(default_factory=dict)
    realised: Mapping[float, float] = field(default_factory=dict)

    @property
    def backbone(self) -> str:
        """Its pre-trained encoder."""
        return self.record.spec.backbone

    @property
    def transductive(self) -> bool:
        """Whether it adapts to the test sentences' words while it answers, as its record notes."""
        return self.record.notes.get("transductive") is True

    def line(self, domain: str | None) -> Line | None:
        """Return its curve in a domain, or on average; None where there is none."""
        return self.average if domain is None else self.domains.get(domain)

    @property
    def kept(self) -> Estimate | None:
        """What it keeps of its clean F1 on average."""
        return self.average.kept if self.average else None


@dataclass(frozen=True)
class CurveTable:
    """The rows of one setting under one series of noise, the one that keeps most of its F1 first.

    ``noise`` is what the conditions have in common. ``leads`` are how much more the first keeps than each
    other complete row, by label and backbone, paired. ``floor``: whether source-only is there to compare to.
    """

    setting: str
    series: str
    noise: Mapping[str, Any]
    rates: tuple[float, ...]
    domains: tuple[str, ...]
    curves: tuple[Curve, ...]
    leads: Mapping[tuple[str, str], Difference] = field(default_factory=dict)
    floor: bool = False
    own: bool = False


_Row = tuple[str, str]  # clean label and backbone
_Places = dict[tuple[float, str, int], ScoredCell]  # by rate, domain and seed


def curve_tables(
    cells: Iterable[ScoredCell],
    domains: tuple[str, ...],
    samples: Mapping[str, FloatArray],
    impacts: Mapping[str, NoiseImpact],
    *,
    own: bool = False,
) -> tuple[CurveTable, ...]:
    """Return the tables of all settings and series. ``samples`` and ``impacts`` are by the name of a cell."""
    clean: dict[tuple[str, _Row], _Places] = defaultdict(dict)
    groups: dict[tuple[str, str, str], dict[_Row, _Places]] = defaultdict(lambda: defaultdict(dict))
    for cell in cells:
        spec, noise = cell.record.spec, cell.record.spec.noise
        if has_oracle(cell.record):
            continue
        label, name = split_label(spec.label, noise)
        row = (label, spec.backbone)
        if noise is None:
            clean[spec.setting, row][0.0, spec.domain, spec.seed] = cell
        else:
            series = (name.removesuffix(f"-{noise['rate']:g}"), canonical_json(_common(noise)))
            groups[(*series, spec.setting)][row][float(noise["rate"]), spec.domain, spec.seed] = cell
    tables = []
    for name, about, setting in sorted(groups, key=lambda key: (*key[:2], by_labels(key[2]))):
        rows = groups[name, about, setting]
        rates = tuple(sorted({0.0, *(rate for places in rows.values() for rate, _, _ in places)}))
        curves = [
            _curve(row[0], {**places, **clean.get((setting, row), {})}, rates, domains, samples, impacts)
            for row, places in rows.items()
        ]
        curves.sort(key=lambda one: (-one.kept.value if one.kept else 1.0, one.label, one.backbone))
        noise = _common(curves[0].record.spec.noise or {})
        leads = dict(_leads(curves))
        tables.append(CurveTable(setting, name, noise, rates, domains, tuple(curves), leads, own=own))
    return tuple(_with_floor(table, tables) for table in tables)


def _common(noise: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the conditions of one series have in common."""
    return {name: value for name, value in noise.items() if name not in ("rate", CONTENT)}


def _curve(
    label: str,
    places: _Places,
    rates: Sequence[float],
    domains: Sequence[str],
    samples: Mapping[str, FloatArray],
    impacts: Mapping[str, NoiseImpact],
) -> Curve:
    noisy = {place: cell for place, cell in places.items() if place[0] > 0}
    seeds = tuple(sorted({seed for _, _, seed in noisy}))
    missing: list[tuple[float, MissingCell]] = []
    lines: dict[str, Line] = {}
    used: dict[float, list[ScoredCell]] = defaultdict(list)
    for domain in domains:
        finished: dict[tuple[float, int], ScoredCell] = {}
        for rate in rates:
            for seed in seeds:
                cell = places.get((rate, domain, seed))
                if cell is not None and cell.whole:
                    finished[rate, seed] = cell
                else:
                    missing.append((rate, missing_cell(domain, seed, cell)))
        complete = [seed for seed in seeds if all((rate, seed) in finished for rate in rates)]
        if complete:
            runs = {rate: [finished[rate, seed] for seed in complete] for rate in rates}
            lines[domain] = _line_of_cells(runs, samples)
            for rate in rates[1:]:
                used[rate] += runs[rate]
    return Curve(
        label=label,
        record=next(iter(noisy.values())).record,
        domains=lines,
        average=_average(rates, list(lines.values())) if lines and not missing else None,
        seeds=seeds,
        missing=tuple(missing),
        impacts=_summed(used, impacts),
        realised=_realised(used),
    )


def _line_of_cells(runs: Mapping[float, Sequence[ScoredCell]], samples: Mapping[str, FloatArray]) -> Line:
    found = [sampled(cells, samples) for cells in runs.values()]
    f1 = [float(one.observed.mean()) for one in found]
    return _line(list(runs), f1, np.stack([one.drawn.mean(axis=0) for one in found]))


def _average(rates: Sequence[float], lines: Sequence[Line]) -> Line:
    f1 = [float(np.mean([line.points[number].f1.value for line in lines])) for number in range(len(rates))]
    return _line(rates, f1, np.mean([line.resampled for line in lines], axis=0))


def _line(rates: Sequence[float], f1: Sequence[float], resampled: FloatArray) -> Line:
    points = tuple(
        Point(
            rate,
            Estimate(value, percentile_interval(one)),
            Difference(value - f1[0], percentile_interval(one - resampled[0])),
        )
        for rate, value, one in zip(rates, f1, resampled, strict=True)
    )
    height = float(mean_height(rates, np.array(f1)))
    area = Estimate(height, percentile_interval(np.asarray(mean_height(rates, resampled))))
    kept = Estimate(height / f1[0], percentile_interval(_kept(rates, resampled))) if f1[0] > 0 else None
    return Line(points, area, kept, resampled=resampled)


def mean_height(rates: Sequence[float], heights: FloatArray) -> Any:
    """Return the area under heights (rates, ...) by the trapezoid rule, over the width of the rates."""
    widths = np.diff(np.asarray(rates, dtype=np.float64))
    middles = (heights[1:] + heights[:-1]) / 2
    return np.tensordot(widths, middles, axes=1) / widths.sum()


def _kept(rates: Sequence[float], resampled: FloatArray) -> FloatArray:
    """Return, for each resample, the share of the clean F1 that the curve keeps; 0 where that is 0."""
    heights, clean = mean_height(rates, resampled), resampled[0]
    return np.asarray(np.where(clean > 0, heights / np.where(clean > 0, clean, 1), 0), dtype=np.float64)


def _leads(curves: Sequence[Curve]) -> Iterator[tuple[_Row, Difference]]:
    """Yield how much more the first row keeps than each other: the same sentences in each resample."""
    complete = [(curve, curve.average, curve.kept) for curve in curves if curve.average and curve.kept]
    shares = [_kept([point.rate for point in line.points], line.resampled) for _, line, _ in complete]
    for (curve, _, kept), share in zip(complete[1:], shares[1:], strict=True):
        lead = complete[0][2].value - kept.value
        yield (curve.label, curve.backbone), Difference(lead, percentile_interval(shares[0] - share))


def _with_floor(table: CurveTable, tables: Iterable[CurveTable]) -> CurveTable:
    """Return the table with the rates from which its rows are under source-only, where that was run too."""
    floors = {
        (curve.backbone, curve.record.spec.source_limit): curve
        for other in tables
        if (other.series, other.noise, other.rates) == (table.series, table.noise, table.rates)
        for curve in other.curves
        if curve.record.spec.method == FLOOR
    }
    curves = []
    for curve in table.curves:
        floor = floors.get((curve.backbone, curve.record.spec.source_limit))
        if floor is not None and curve.record.spec.method != FLOOR:
            lines = {domain: _compared(line, floor.line(domain)) for domain, line in curve.domains.items()}
            average = curve.average and _compared(curve.average, floor.average)
            curve = replace(curve, domains=lines, average=average)
        curves.append(curve)
    return replace(table, curves=tuple(curves), floor=bool(floors))


def _compared(line: Line, floor: Line | None) -> Line:
    """Return a line with the rate from which it is below another, by straight lines between their points."""
    if floor is None:
        return line
    gaps = [one.f1.value - other.f1.value for one, other in zip(line.points, floor.points, strict=True)]
    rates = [point.rate for point in line.points]
    below = rates[0] if gaps[0] < 0 else None
    for number, (before, after) in enumerate(pairwise(gaps)):
        if below is None and after < 0:
            below = rates[number] + (rates[number + 1] - rates[number]) * before / (before - after)
    return replace(line, floor=True, below=below)


def _summed(
    used: Mapping[float, Sequence[ScoredCell]], impacts: Mapping[str, NoiseImpact]
) -> dict[float, NoiseImpact]:
    found = {}
    for rate, cells in used.items():
        some = [impacts[cell.record.cell] for cell in cells if cell.record.cell in impacts]
        if some:
            found[rate] = sum(some, NoiseImpact())
    return found


def _realised(used: Mapping[float, Sequence[ScoredCell]]) -> dict[float, float]:
    """Return, by rate, the realised rate that the records note, over all of its cells."""
    found = {}
    for rate, cells in used.items():
        counts = [
            (note["changed"], note["eligible"])
            for note in (cell.record.notes.get("noise") for cell in cells)
            if isinstance(note, Mapping)
            and type(note.get("changed")) is int
            and type(note.get("eligible")) is int
        ]
        if counts:
            changed, eligible = map(sum, zip(*counts, strict=True))
            found[rate] = changed / max(1, eligible)
    return found
