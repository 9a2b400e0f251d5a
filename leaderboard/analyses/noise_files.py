"""Rows under noise as Markdown, CSV, JSON and charts, in files beside the board."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmark.scoring.intervals import LEVEL
from benchmark.store.atomic_io import canonical_json
from leaderboard.analyses.noise_curves import Curve, CurveTable, Estimate, Line
from leaderboard.analyses.noise_grids import curve_grid, damage_grid, domain_grids
from leaderboard.board import Board
from leaderboard.output import render, sidecar
from leaderboard.output.numbers import difference_values, rounded

NAME = "robustness"


def write(board: Board, folder: Path) -> list[Path]:
    """Write robustness.md, .csv, .json, .png and .svg into a folder, each atomically.

    Nothing is written for a board without cells under noise.
    """
    if not board.noise:
        return []
    from leaderboard.analyses.noise_chart import draw  # matplotlib takes a second to import

    texts = {"md": markdown(board), "csv": csv(board), "json": to_json(board)}
    return sidecar.write(folder, NAME, texts, lambda form: draw(board.noise, form))


def markdown(board: Board) -> str:
    """Render a page of its own: the chart, the averages, the damage, and the curve of every domain."""
    lines = render.heading("Robustness", board)
    lines.append(f"![F1 over the rate of noise]({NAME}.svg)")
    for table in board.noise:
        lines += render.markdown_grid(curve_grid(table))
        lines += render.markdown_grid(damage_grid(table))
    for table in board.noise:
        for grid in domain_grids(table):
            lines += render.markdown_grid(grid)
    return "\n".join(lines) + "\n"


def csv(board: Board) -> str:
    """Render a tidy frame: one line for each row, domain (or average) and rate; scores are fractions."""
    return sidecar.frame(_lines(board), _FRAME)


_FRAME = [
    *("suite", "corpus", "source", "setting", "series", "noise", "label", "method", "backbone", "kind"),
    *("domain", "rate", "realised", "f1", "f1_low", "f1_high", "change", "change_low", "change_high"),
    *("area", "area_low", "area_high", "kept", "kept_low", "kept_high", "below", "seeds"),
]


def _lines(board: Board) -> Iterator[dict[str, object]]:
    for table in board.noise:
        for curve in table.curves:
            common = {
                "suite": board.suite,
                "corpus": curve.record.spec.corpus,
                "source": board.source,
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


def to_json(board: Board) -> str:
    """Render everything as one JSON object; scores and rates are fractions."""
    return sidecar.document(
        board,
        units="scores, changes and rates are fractions; damages are counts",
        interval={
            "level": LEVEL,
            "resamples": board.resamples,
            "method": "percentile bootstrap over sentences, clean and noisy on the same ones",
        },
        tables=[_table(table) for table in board.noise],
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
