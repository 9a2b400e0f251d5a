"""Clean and noisy cells of one row as a curve over the rate of noise, with its area and its intervals. Pure.

All cells of a test set share their resamples of sentences, the clean and the noisy ones as well, since noise
keeps the sentences and their order. So whatever is computed from several of them is paired by sentence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from benchmark.scoring.intervals import Difference, FloatArray, Interval, percentile_interval
from benchmark.store.atomic_io import canonical_json
from benchmark.store.noisy_corpora import CONTENT
from benchmark.store.record import Record
from benchmark.store.row_label import split_label
from leaderboard.analyses.noise_impact import Damage
from leaderboard.results.measure import ScoredCell
from leaderboard.results.rows import NOT_RUN, MissingCell, has_oracle

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
    where ``floor`` is false: there is no such curve of source-only to hold it against.
    """

    points: tuple[Point, ...]
    area: Estimate
    kept: Estimate | None
    below: float | None = None
    floor: bool = False
    drawn: Mapping[float, FloatArray] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Curve:
    """A row under one series of noise. ``average`` is None where a cell is missing, which ``holes`` names.

    ``record`` is the first of its noisy records. ``damages`` are summed over domains and seeds, by rate.
    """

    label: str
    record: Record
    domains: Mapping[str, Line]
    average: Line | None
    seeds: tuple[int, ...]
    holes: tuple[tuple[float, MissingCell], ...] = ()
    damages: Mapping[float, Damage] = field(default_factory=dict)
    realised: Mapping[float, float] = field(default_factory=dict)

    @property
    def backbone(self) -> str:
        """Its pre-trained encoder."""
        return self.record.spec.backbone

    @property
    def transductive(self) -> bool:
        """Whether it adapts to the test sentences' words while it answers, as its record notes."""
        return self.record.notes.get("transductive") is True


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
_Places = dict[tuple[float, str, int], ScoredCell]


def curve_tables(
    cells: Sequence[ScoredCell],
    domains: tuple[str, ...],
    settings: Sequence[str],
    samples: Mapping[str, FloatArray],
    damages: Mapping[str, Damage],
    *,
    own: bool = False,
) -> tuple[CurveTable, ...]:
    """Return the tables of all settings and series. ``samples`` and ``damages`` are by the name of a cell."""
    clean: dict[tuple[str, _Row], _Places] = defaultdict(dict)
    groups: dict[tuple[str, str, str], dict[_Row, _Places]] = defaultdict(lambda: defaultdict(dict))
    for cell in cells:
        record, noise = cell.record, cell.record.spec.noise
        if has_oracle(record):
            continue
        label, name = split_label(record.spec.label, noise)
        place = (record.spec.domain, record.spec.seed)
        if noise is None:
            clean[record.spec.setting, (label, record.spec.backbone)][0.0, *place] = cell
        else:
            series = name.removesuffix(f"-{noise['rate']:g}")
            key = (record.spec.setting, series, canonical_json(common_of(noise)))
            groups[key][label, record.spec.backbone][float(noise["rate"]), *place] = cell
    for (setting, _, _), rows in groups.items():
        for row, places in rows.items():
            places.update(clean.get((setting, row), {}))
    order = {setting: number for number, setting in enumerate(settings)}
    keys = sorted(groups, key=lambda key: (key[1], key[2], order[key[0]]))
    built = [_table(key, groups[key], domains, samples, damages, own) for key in keys]
    return tuple(_with_floor(table, built) for table in built)


def common_of(noise: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the conditions of one series have in common."""
    return {name: value for name, value in noise.items() if name not in ("rate", CONTENT)}


def _table(
    key: tuple[str, str, str],
    rows: Mapping[_Row, _Places],
    domains: tuple[str, ...],
    samples: Mapping[str, FloatArray],
    damages: Mapping[str, Damage],
    own: bool,
) -> CurveTable:
    rates = tuple(sorted({0.0, *(rate for places in rows.values() for rate, _, _ in places)}))
    curves = [_curve(row, places, rates, domains, samples, damages) for row, places in rows.items()]
    curves.sort(key=_order)
    noise = next(
        c.record.spec.noise for p in rows.values() for c in p.values() if c.record.spec.noise is not None
    )
    return CurveTable(
        setting=key[0],
        series=key[1],
        noise=common_of(noise),
        rates=rates,
        domains=domains,
        curves=tuple(curves),
        leads=dict(_leads(curves)),
        own=own,
    )


def _order(curve: Curve) -> tuple[float, str, str]:
    kept = curve.average.kept if curve.average else None
    return (-kept.value if kept else 1.0, curve.label, curve.backbone)


def _curve(
    row: _Row,
    places: _Places,
    rates: Sequence[float],
    domains: Sequence[str],
    samples: Mapping[str, FloatArray],
    damages: Mapping[str, Damage],
) -> Curve:
    noisy = {place: cell for place, cell in places.items() if place[0] > 0}
    seeds = tuple(sorted({seed for _, _, seed in noisy}))
    holes: list[tuple[float, MissingCell]] = []
    lines: dict[str, Line] = {}
    used: list[ScoredCell] = []
    whole = True
    for domain in domains:
        found = {(rate, seed): places.get((rate, domain, seed)) for rate in rates for seed in seeds}
        holes += [(rate, _hole(domain, seed, cell)) for (rate, seed), cell in found.items() if _open(cell)]
        complete = [seed for seed in seeds if not any(_open(found[rate, seed]) for rate in rates)]
        whole = whole and len(complete) == len(seeds)
        if complete:
            runs = {rate: [found[rate, seed] for seed in complete] for rate in rates}
            cells = {rate: [cell for cell in some if cell is not None] for rate, some in runs.items()}
            lines[domain] = _line_of_cells(cells, samples)
            used += [cell for rate, some in cells.items() if rate > 0 for cell in some]
    average = _average([lines[domain] for domain in domains]) if whole and lines else None
    return Curve(
        label=row[0],
        record=next(iter(noisy.values())).record,
        domains=lines,
        average=average,
        seeds=seeds,
        holes=tuple(holes),
        damages=_summed(used, damages),
        realised=_realised(used),
    )


def _open(cell: ScoredCell | None) -> bool:
    return cell is None or cell.counts is None


def _hole(domain: str, seed: int, cell: ScoredCell | None) -> MissingCell:
    if cell is None:
        return MissingCell(domain, seed, NOT_RUN, "")
    return MissingCell(domain, seed, cell.record.state, cell.record.reason or "")


def _line_of_cells(cells: Mapping[float, Sequence[ScoredCell]], samples: Mapping[str, FloatArray]) -> Line:
    f1 = {
        rate: float(np.mean([cell.counts.micro().f1 for cell in some if cell.counts is not None]))
        for rate, some in cells.items()
    }
    drawn = {
        rate: np.asarray(np.mean([samples[cell.record.cell] for cell in some], axis=0), dtype=np.float64)
        for rate, some in cells.items()
    }
    return _line(f1, drawn)


def _average(lines: Sequence[Line]) -> Line:
    rates = list(lines[0].drawn)
    f1 = {
        rate: float(np.mean([line.points[number].f1.value for line in lines]))
        for number, rate in enumerate(rates)
    }
    drawn = {
        rate: np.asarray(np.mean([line.drawn[rate] for line in lines], axis=0), dtype=np.float64)
        for rate in rates
    }
    return _line(f1, drawn)


def _line(f1: Mapping[float, float], drawn: Mapping[float, FloatArray]) -> Line:
    rates = sorted(f1)
    clean, drawn_clean = f1[rates[0]], drawn[rates[0]]
    points = tuple(
        Point(
            rate,
            Estimate(f1[rate], percentile_interval(drawn[rate])),
            Difference(f1[rate] - clean, percentile_interval(drawn[rate] - drawn_clean)),
        )
        for rate in rates
    )
    height = mean_height(rates, np.array([f1[rate] for rate in rates]))
    heights = mean_height(rates, np.stack([drawn[rate] for rate in rates]))
    area = Estimate(float(height), percentile_interval(np.asarray(heights)))
    kept = Estimate(float(height) / clean, percentile_interval(kept_of(drawn))) if clean > 0 else None
    return Line(points, area, kept, drawn=drawn)


def mean_height(rates: Sequence[float], heights: FloatArray) -> Any:
    """Return the area under heights (rates, ...) by the trapezoid rule, over the width of the rates."""
    widths = np.diff(np.asarray(rates, dtype=np.float64))
    middles = (heights[1:] + heights[:-1]) / 2
    return np.tensordot(widths, middles, axes=1) / widths.sum()


def kept_of(drawn: Mapping[float, FloatArray]) -> FloatArray:
    """Return, for each resample, the share of the clean F1 that the curve keeps; 0 where that is 0."""
    rates = sorted(drawn)
    heights = mean_height(rates, np.stack([drawn[rate] for rate in rates]))
    clean = drawn[rates[0]]
    return np.asarray(np.where(clean > 0, heights / np.where(clean > 0, clean, 1), 0), dtype=np.float64)


def _leads(curves: Sequence[Curve]) -> Iterator[tuple[_Row, Difference]]:
    """Yield how much more the first row keeps than each other: the same sentences in each resample."""
    complete = [curve for curve in curves if curve.average is not None and curve.average.kept is not None]
    for curve in complete[1:]:
        one, other = complete[0].average, curve.average
        assert one is not None and one.kept is not None and other is not None and other.kept is not None
        gap = percentile_interval(kept_of(one.drawn) - kept_of(other.drawn))
        yield (curve.label, curve.backbone), Difference(one.kept.value - other.kept.value, gap)


def _with_floor(table: CurveTable, tables: Sequence[CurveTable]) -> CurveTable:
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
            lines = {d: _held_against(line, floor.domains.get(d)) for d, line in curve.domains.items()}
            average = curve.average and _held_against(curve.average, floor.average)
            curve = replace(curve, domains=lines, average=average)
        curves.append(curve)
    return replace(table, curves=tuple(curves), floor=bool(floors))


def _held_against(line: Line, floor: Line | None) -> Line:
    return line if floor is None else replace(line, floor=True, below=_falls_below(line, floor))


def _falls_below(line: Line, floor: Line) -> float | None:
    gaps = [one.f1.value - other.f1.value for one, other in zip(line.points, floor.points, strict=True)]
    rates = [point.rate for point in line.points]
    if gaps[0] < 0:
        return rates[0]
    for number in range(1, len(gaps)):
        before, after = gaps[number - 1], gaps[number]
        if after < 0:
            return rates[number - 1] + (rates[number] - rates[number - 1]) * before / (before - after)
    return None


def _summed(cells: Sequence[ScoredCell], damages: Mapping[str, Damage]) -> dict[float, Damage]:
    found: dict[float, Damage] = {}
    for cell in cells:
        damage, noise = damages.get(cell.record.cell), cell.record.spec.noise
        if damage is not None and noise is not None:
            rate = float(noise["rate"])
            found[rate] = found[rate] + damage if rate in found else damage
    return found


def _realised(cells: Sequence[ScoredCell]) -> dict[float, float]:
    """Return, by rate, the realised rate that the records note, over all of its cells."""
    counts: dict[float, list[tuple[int, int]]] = defaultdict(list)
    for cell in cells:
        note, noise = cell.record.notes.get("noise"), cell.record.spec.noise
        if isinstance(note, Mapping) and noise is not None:
            changed, eligible = note.get("changed"), note.get("eligible")
            if type(changed) is int and type(eligible) is int:
                counts[float(noise["rate"])].append((changed, eligible))
    return {
        rate: sum(changed for changed, _ in some) / max(1, sum(eligible for _, eligible in some))
        for rate, some in counts.items()
    }
