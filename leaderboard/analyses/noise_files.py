"""Rows under noise as Markdown, CSV, JSON and charts, in files beside the board."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from benchmark.domains.corpus import Mention
from benchmark.scoring.intervals import LEVEL
from benchmark.store.atomic_io import canonical_json
from benchmark.store.record import OK, Record
from benchmark.store.row_label import split_label
from leaderboard.analyses.analysis import Analysis, Form, Where, document_of
from leaderboard.analyses.noise_curves import Curve, CurveTable, Estimate, Line, curve_tables
from leaderboard.analyses.noise_grids import curve_grid, damage_grid, domain_grids
from leaderboard.analyses.noise_impact import Damage, damage_of
from leaderboard.output.numbers import difference_values, rounded
from leaderboard.output.table import Lines, Table
from leaderboard.results.gold import Gold
from leaderboard.results.heading import Heading
from leaderboard.results.measure import ScoredCell
from leaderboard.results.results import Results, settings_of


def compute(results: Results) -> tuple[CurveTable, ...] | None:
    """Return the curves of each setting and series of noise; None without cells under noise."""
    impacts = results.once(damages)
    parts = ((results.main, results.domains, False), (results.own, results.own_domains, True))
    found = [
        table
        for cells, domains, own in parts
        for table in curve_tables(cells, domains, settings_of(cells), results.samples, impacts, own=own)
    ]
    return tuple(found) or None


def damages(results: Results) -> dict[str, Damage]:
    """Return cell → what noise did there, for each noisy cell whose clean twin ended well too."""

    def place(record: Record) -> tuple[str, ...]:
        label, _ = split_label(record.spec.label, record.spec.noise)
        spec = record.spec
        return (label, spec.backbone, spec.setting, spec.corpus, spec.domain, str(spec.seed))

    done = [cell for cell in results.cells if cell.record.state == OK]
    clean = {place(cell.record): cell for cell in done if cell.record.spec.noise is None}
    found = {}
    for cell in done:
        twin = clean.get(place(cell.record))
        if cell.record.spec.noise is not None and twin is not None and results.gold(cell) is not None:
            found[cell.record.cell] = damage_of(
                *_gold_and_said(results, twin), *_gold_and_said(results, cell)
            )
    return found


def _gold_and_said(results: Results, cell: ScoredCell) -> tuple[Gold, list[Sequence[Mention]]]:
    gold = results.gold(cell)
    assert gold is not None and results.store is not None
    return gold, gold.align(results.predictions(cell), results.store.predictions_path(cell.record))


def tables(found: Sequence[CurveTable], where: Where) -> Iterator[Table]:
    """Yield the averages in a terminal; in a file the damage and every domain's curve too."""
    if where == "terminal":
        yield from map(curve_grid, found)
    if where == "file":
        for table in found:
            yield curve_grid(table)
            yield damage_grid(table)
        for table in found:
            yield from domain_grids(table)


def lines(found: Sequence[CurveTable], heading: Heading) -> Lines:
    """Return one line for each row, domain (or average) and rate; scores are fractions."""
    return Lines(tuple(_FRAME), tuple(_lines(found, heading)))


_FRAME = [
    *("suite", "corpus", "source", "setting", "series", "noise", "label", "method", "backbone", "kind"),
    *("domain", "rate", "realised", "f1", "f1_low", "f1_high", "change", "change_low", "change_high"),
    *("area", "area_low", "area_high", "kept", "kept_low", "kept_high", "below", "seeds"),
]


def _lines(found: Sequence[CurveTable], heading: Heading) -> Iterator[dict[str, object]]:
    for table in found:
        for curve in table.curves:
            common = {
                "suite": heading.suite,
                "corpus": curve.record.spec.corpus,
                "source": heading.source,
                "setting": table.setting,
                "series": table.series,
                "noise": canonical_json(dict(table.noise)),
                "label": curve.label,
                "method": curve.record.spec.method,
                "backbone": curve.backbone,
                "seeds": len(curve.seeds),
            }
            for domain, line in curve.domains.items():
                kind = "own" if table.own else "domain"
                yield from _points({**common, "kind": kind, "domain": domain}, curve, line)
            if curve.average is not None:
                yield from _points({**common, "kind": "average"}, curve, curve.average)


def _points(common: dict[str, object], curve: Curve, line: Line) -> Iterator[dict[str, object]]:
    for point in line.points:
        yield {
            **common,
            "rate": point.rate,
            "realised": rounded(curve.realised.get(point.rate)),
            **_flat("f1", point.f1),
            "change": rounded(point.change.observed),
            "change_low": rounded(point.change.interval.low),
            "change_high": rounded(point.change.interval.high),
            **_flat("area", line.area),
            **_flat("kept", line.kept),
            "below": rounded(line.below),
        }


def _flat(name: str, found: Estimate | None) -> dict[str, float | None]:
    return (
        {}
        if found is None
        else {
            name: rounded(found.value),
            f"{name}_low": rounded(found.interval.low),
            f"{name}_high": rounded(found.interval.high),
        }
    )


def document(found: Sequence[CurveTable], heading: Heading) -> dict[str, Any]:
    """Return everything; scores and rates are fractions."""
    return document_of(
        heading,
        units="scores, changes and rates are fractions; damages are counts",
        interval={
            "level": LEVEL,
            "resamples": heading.resamples,
            "method": "percentile bootstrap over sentences, clean and noisy on the same ones",
        },
        tables=map(_table, found),
    )


def _table(table: CurveTable) -> dict[str, Any]:
    return {
        "setting": table.setting,
        "series": table.series,
        "noise": dict(table.noise),
        "rates": table.rates,
        "domains": table.domains,
        "own": table.own,
        "rows": [_row(curve) for curve in table.curves],
        "leads": [
            {"label": label, "backbone": backbone, **difference_values(lead)}
            for (label, backbone), lead in table.leads.items()
        ],
    }


def _row(curve: Curve) -> dict[str, Any]:
    return {
        "label": curve.label,
        "method": curve.record.spec.method,
        "params": curve.record.spec.params,
        "backbone": curve.backbone,
        "seeds": curve.seeds,
        "realised": {f"{rate:g}": rounded(value) for rate, value in curve.realised.items()},
        "average": None if curve.average is None else _line(curve.average),
        "domains": {domain: _line(line) for domain, line in curve.domains.items()},
        "damages": {f"{rate:g}": asdict(one) for rate, one in sorted(curve.damages.items())},
        "holes": [{"rate": rate, **asdict(hole)} for rate, hole in curve.holes],
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "points": [
            {"rate": point.rate, **_flat("f1", point.f1), **difference_values(point.change)}
            for point in line.points
        ],
        **_flat("area", line.area),
        **_flat("kept", line.kept),
        "below": rounded(line.below),
        "floor": line.floor,
    }


def figure(found: Sequence[CurveTable], form: Form) -> bytes:
    """Return the chart of all tables as PNG or SVG."""
    from leaderboard.analyses.noise_chart import draw  # matplotlib takes a second to import

    return draw(found, form)


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
