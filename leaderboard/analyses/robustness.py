"""Rows under noise: how far F1 falls with the rate, and what noise does inside and outside mentions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from benchmark.domains.noise.condition import SOURCE, TARGET
from benchmark.scoring.intervals import LEVEL, excludes_zero
from benchmark.store.atomic_io import canonical_json
from leaderboard.analyses.analysis import Analysis, Where, document_of, row_columns
from leaderboard.analyses.noise_curves import FLOOR, Curve, CurveTable, Estimate, Line, curve_tables
from leaderboard.analyses.noise_impact import NoiseImpact, noise_impacts
from leaderboard.output import figure as charts
from leaderboard.output.figure import AVERAGE, Axis, CurveChart, Panels
from leaderboard.output.marks import TRANSDUCTIVE, marked
from leaderboard.output.numbers import (
    NONE,
    difference_values,
    estimate_values,
    interval,
    percent,
    points,
    rounded,
    signed,
    span,
)
from leaderboard.output.table import Lines, Table
from leaderboard.results.heading import Heading
from leaderboard.results.results import Results
from leaderboard.results.rows import NOT_RUN, Row

_ON = {SOURCE: "errors in the source's annotation", TARGET: "errors in the text of the test set"}
_FIT = {SOURCE: "every method trained anew on it", TARGET: "the fit is that of the clean cell"}
_KEPT = (
    "kept: under the noise of that name, the mean F1 over all rates from 0 up, in percent of the clean F1"
    " (robustness.md has the curves). No noisy cell is in any other column."
)
_COLUMNS = (
    *("suite", "corpus", "source", "setting", "series", "noise", "label", "method", "backbone", "kind"),
    *("domain", "rate", "realised", "f1", "f1_low", "f1_high", "change", "change_low", "change_high"),
    *("area", "area_low", "area_high", "kept", "kept_low", "kept_high", "below", "seeds"),
)


def compute(results: Results) -> tuple[CurveTable, ...] | None:
    """Return the curves over the main domains, then over the user's own; None without a cell under noise."""
    impacts = results.once(noise_impacts)
    return (
        *curve_tables(results.main, results.domains, results.samples, impacts),
        *curve_tables(results.own, results.own_domains, results.samples, impacts, own=True),
    ) or None


# ---- in the main tables: a column for each series, of what a row keeps of its clean F1


def kept_of_row(found: Iterable[CurveTable], row: Row) -> dict[str, Estimate]:
    """Return series → what a row keeps of its clean F1, for the series of which no cell is missing."""
    key = (row.label, row.backbone, row.record.spec.setting)
    return {
        table.series: curve.kept
        for table in found
        for curve in table.curves
        if (curve.label, curve.backbone, table.setting) == key
        and table.domains == row.domains
        and curve.kept is not None
    }


def kept_columns(found: Sequence[CurveTable], rows: Iterable[Row]) -> tuple[str, ...]:
    """Return the series under which one of the rows has something to show."""
    return tuple(dict.fromkeys(series for row in rows for series in kept_of_row(found, row)))


def kept_cells(found: Sequence[CurveTable], columns: Iterable[str], row: Row) -> tuple[str, ...]:
    """Return what stands in a row's columns of these series."""
    kept = kept_of_row(found, row)
    return tuple(points(kept[series].value) if series in kept else NONE for series in columns)


def kept_notes(columns: Sequence[str]) -> tuple[str, ...]:
    """Return what explains the columns of these series, where there are any."""
    return (_KEPT,) if columns else ()


# ---- tables


def tables(found: Sequence[CurveTable], where: Where) -> Iterator[Table]:
    """Yield the averages; in a file of their own, also where the damage is and the curves of every domain."""
    if where == "terminal":
        yield from map(average_table, found)
    for table in found if where == "file" else ():
        yield average_table(table)
        yield impact_table(table)
    for table in found if where == "file" else ():
        for domain in table.domains:
            yield _curves(table, f"{_title(table)}: {domain}", domain)


def average_table(table: CurveTable) -> Table:
    """Return the averages of a table's rows, a column a rate."""
    return _curves(table, _title(table), None, tuple(_notes(table)))


def _title(table: CurveTable) -> str:
    own = ", your own domains" if table.own else ""
    return f"{table.setting}{own} under the noise {table.series}"


def _curves(table: CurveTable, title: str, domain: str | None, notes: tuple[str, ...] = ()) -> Table:
    floor = (f"below {FLOOR} from",) if table.floor else ()
    header = (
        *("method", "backbone", *map(percent, table.rates), f"at {percent(table.rates[-1])}"),
        *("area", f"{LEVEL:.0%} interval", "kept", f"{LEVEL:.0%} interval", *floor),
    )
    rows = tuple((marked(c), c.backbone, *_figures(table, c.line(domain))) for c in table.curves)
    return Table(title, header, rows, notes)


def _figures(table: CurveTable, line: Line | None) -> tuple[str, ...]:
    if line is None:
        return (NONE,) * (len(table.rates) + 5 + table.floor)
    last = line.points[-1].change
    kept = (points(line.kept.value), interval(line.kept.interval)) if line.kept else (NONE, NONE)
    below = (_below(line, table.rates[-1]),) if table.floor else ()
    return (
        *(points(point.f1.value) for point in line.points),
        f"{signed(last.observed)} ({span(last)})",
        *(points(line.area.value), interval(line.area.interval), *kept, *below),
    )


def _below(line: Line, highest: float) -> str:
    if not line.floor:
        return NONE
    # a straight line between two rates is good for no more digits
    return f"not by {percent(highest)}" if line.below is None else percent(round(line.below, 3))


def _notes(table: CurveTable) -> Iterator[str]:
    noise = table.noise
    where = noise.get("where", "everywhere")
    told = f"{_ON[noise['on']]}; {_FIT[noise['on']]}. Kinds: {', '.join(noise['kinds'])}"
    told += f"; only tokens {where} gold mentions" if where != "everywhere" else ""
    told += "; types by a confusion matrix" if noise.get("confusion") else ""
    yield f"{told}; noise seed {noise['seed']}."
    realised: dict[float, set[str]] = {}
    for curve in table.curves:
        for rate, value in curve.realised.items():
            realised.setdefault(rate, set()).add(points(value))
    if realised:
        unit = "mentions" if noise["on"] == SOURCE else "tokens"
        pairs = (f"{percent(rate)}: {_range(some)} %" for rate, some in sorted(realised.items()))
        yield f"Realised, of the eligible {unit}, beside the rate asked for: {'; '.join(pairs)}."
    yield (
        f"F1 averaged over domains. area: mean height of the curve up to {percent(table.rates[-1])}"
        " (trapezoids), an F1. kept: area over the clean F1, in percent. Intervals: bootstrap over test"
        " sentences, clean and noisy on the same ones in each resample; they know nothing of what"
        " another seed would change."
    )
    if table.floor:
        yield (
            f"below {FLOOR} from: the rate at which the curve falls under that of {FLOOR} at the same rate,"
            " by a straight line between two rates."
        )
    for (label, backbone), lead in table.leads.items():
        first = table.curves[0]
        sure = "supports" if excludes_zero(lead.interval) else "does not support"
        yield (
            f"{first.label} ({first.backbone}) keeps most; its lead over {label} ({backbone}) is"
            f" {signed(lead.observed)} percentage points ({span(lead)}): the interval {sure} that."
        )
    for curve in table.curves:
        if curve.missing:
            yield f"{curve.label} ({curve.backbone}) has no average: {_missing(curve)}"


def _range(values: Iterable[str]) -> str:
    numbers = sorted(values, key=float)
    return "–".join(dict.fromkeys((numbers[0], numbers[-1])))


def _missing(curve: Curve) -> str:
    parts = [
        f"{percent(rate)} {cell.domain} (seed {cell.seed}) {cell.state}"
        + ("" if cell.state == NOT_RUN or not cell.reason else f": {' '.join(cell.reason.split())[:120]}")
        for rate, cell in curve.missing[:3]
    ]
    more = f" and {len(curve.missing) - 3} more" if len(curve.missing) > 3 else ""
    return "; ".join(parts) + more


def impact_table(table: CurveTable) -> Table:
    """Return where the damage is: inside gold mentions against outside, over all domains and seeds."""
    text = table.noise["on"] != SOURCE
    header = (
        *("method", "backbone", "rate", "lost", "gained"),
        *(("touched", "recall clean", "noisy", "others' recall clean", "noisy") if text else ()),
        *("spurious clean", "noisy", "sentences worse", "better"),
    )
    rows = tuple(
        (marked(curve), curve.backbone, percent(rate), *_shares(one, text))
        for curve in table.curves
        for rate, one in sorted(curve.impacts.items())
    )
    touched = (
        " touched: gold mentions whose own text was changed, with their recall; the others' text was changed"
        " outside the mention at most."
    )
    note = (
        "Inside gold mentions: lost, of the mentions found rightly when clean, the share that noise takes;"
        f" gained, of the others, the share that it brings.{touched if text else ''} Outside: predicted"
        " mentions that touch no gold one, for 100 gold mentions. Sentences with more errors than when clean,"
        " and with fewer. All in percent, domains and seeds together."
    )
    return Table(f"{_title(table)}: damage inside and outside mentions", header, rows, (note,))


def _shares(one: NoiseImpact, text: bool) -> Iterator[str]:
    rest = one.gold - one.touched
    touched = (
        (one.touched, one.gold),
        (one.touched_clean, one.touched),
        (one.touched_noisy, one.touched),
        (one.right_clean - one.touched_clean, rest),
        (one.right_noisy - one.touched_noisy, rest),
    )
    for part, whole in (
        *((one.lost, one.right_clean), (one.gained, one.gold - one.right_clean)),
        *(touched if text else ()),
        *((one.spurious_clean, one.gold), (one.spurious_noisy, one.gold)),
        *((one.worse, one.sentences), (one.better, one.sentences)),
    ):
        yield points(part / whole) if whole else NONE


# ---- for programs


def lines(found: Sequence[CurveTable], heading: Heading) -> Lines:
    """Return a line for each row, domain (or average) and rate; scores are fractions."""
    rows = ((table, curve) for table in found for curve in table.curves)
    return Lines(_COLUMNS, tuple(line for row in rows for line in _lines(heading, *row)))


def _lines(heading: Heading, table: CurveTable, curve: Curve) -> Iterator[dict[str, object]]:
    average = [(None, curve.average)] if curve.average is not None else []
    for domain, line in (*curve.domains.items(), *average):
        kind = "average" if domain is None else "own" if table.own else "domain"
        for point in line.points:
            yield {
                **row_columns(heading, curve.record),
                "label": curve.label,
                "series": table.series,
                "noise": canonical_json(dict(table.noise)),
                "kind": kind,
                "domain": domain,
                "rate": point.rate,
                "realised": rounded(curve.realised.get(point.rate)),
                **_values("f1", point.f1),
                **estimate_values("change", point.change.observed, point.change.interval),
                **_values("area", line.area),
                **_values("kept", line.kept),
                "below": rounded(line.below),
                "seeds": len(curve.seeds),
            }


def _values(name: str, found: Estimate | None) -> dict[str, float | None]:
    return {} if found is None else estimate_values(name, found.value, found.interval)


def document(found: Sequence[CurveTable], heading: Heading) -> dict[str, Any]:
    """Return all curves and counts; scores and rates are fractions."""
    return document_of(
        heading,
        units="scores, changes and rates are fractions; damages are counts",
        interval={
            "level": LEVEL,
            "resamples": heading.resamples,
            "method": "percentile bootstrap over sentences, clean and noisy on the same ones",
        },
        tables=map(_table_values, found),
    )


def _table_values(table: CurveTable) -> dict[str, Any]:
    return {
        "setting": table.setting,
        "series": table.series,
        "noise": dict(table.noise),
        "rates": table.rates,
        "domains": table.domains,
        "own": table.own,
        "rows": [_row_values(curve) for curve in table.curves],
        "leads": [
            {"label": label, "backbone": backbone, **difference_values(lead)}
            for (label, backbone), lead in table.leads.items()
        ],
    }


def _row_values(curve: Curve) -> dict[str, Any]:
    return {
        "label": curve.label,
        "method": curve.record.spec.method,
        "params": curve.record.spec.params,
        "backbone": curve.backbone,
        "seeds": curve.seeds,
        "realised": {f"{rate:g}": rounded(value) for rate, value in curve.realised.items()},
        "average": None if curve.average is None else _line_values(curve.average),
        "domains": {domain: _line_values(line) for domain, line in curve.domains.items()},
        "damages": {f"{rate:g}": asdict(one) for rate, one in sorted(curve.impacts.items())},
        "holes": [{"rate": rate, **asdict(cell)} for rate, cell in curve.missing],
    }


def _line_values(line: Line) -> dict[str, Any]:
    return {
        "points": [
            {"rate": point.rate, **_values("f1", point.f1), **difference_values(point.change)}
            for point in line.points
        ],
        **_values("area", line.area),
        **_values("kept", line.kept),
        "below": rounded(line.below),
        "floor": line.floor,
    }


# ---- the chart


def figure(found: Sequence[CurveTable]) -> CurveChart:
    """Describe the severity curves: F1 over the rate of noise, a row of panels a table."""
    return CurveChart(
        "How F1 falls under noise",
        "F1 over the rate of noise, with its 95% interval. Noise keeps the sentences, so the curves of one"
        " drawing are of the same ones. No noisy cell is in any other figure of this page; none can be"
        " submitted.",
        tuple(map(_panels, found)),
        intervals="band",
        key=f"band: {LEVEL:.0%} interval over test sentences",
    )


def _panels(table: CurveTable) -> Panels:
    return Panels(
        title=f"{_title(table)}: {_ON[table.noise['on']]}",
        panels=(AVERAGE, *table.domains),
        curves=tuple(
            charts.Curve(
                curve.label,
                curve.backbone,
                {
                    domain or AVERAGE: _points(line)
                    for domain in (None, *table.domains)
                    if (line := curve.line(domain)) is not None
                },
                TRANSDUCTIVE if curve.transductive else "",
            )
            for curve in table.curves
        ),
        across=Axis("rate of noise", {100 * rate: f"{100 * rate:.4g}" for rate in table.rates}, "%"),
        tables={
            "The curves as a table": average_table(table),
            "Where the damage is": impact_table(table),
        },
        setting=table.setting,
    )


def _points(line: Line) -> tuple[charts.Point, ...]:
    return tuple(charts.Point(100 * p.rate, p.f1.value, p.f1.interval) for p in line.points)


ROBUSTNESS = Analysis(
    "robustness",
    "Robustness",
    compute,
    tables,
    lines=lines,
    document=document,
    figure=figure,
    caption="F1 over the rate of noise",
)
