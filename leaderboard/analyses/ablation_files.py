"""Differences to a base row as Markdown, CSV, JSON and charts, in files beside the board."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmark.scoring.intervals import LEVEL, Difference
from benchmark.scoring.statistics import Paired
from leaderboard.analyses.ablations import Ablation, Ablations
from leaderboard.board import Board
from leaderboard.output import render, sidecar
from leaderboard.output.numbers import difference_values, rounded


def write(board: Board, folder: Path) -> list[Path]:
    """Write ablations.md, .csv, .json, .png and .svg into a folder, each atomically.

    Nothing is written for a board without a base, or whose base has no finished cell.
    """
    if not board.ablations:
        return []
    from leaderboard.analyses.ablation_chart import draw  # matplotlib takes a second to import

    texts = {"md": markdown(board), "csv": csv(board), "json": to_json(board)}
    return sidecar.write(folder, render.ABLATIONS, texts, lambda form: draw(board.ablations, form))


def markdown(board: Board) -> str:
    """Render a page of its own: the chart and the tables with the interval of every domain."""
    lines = [*render.heading("Ablations", board), *render.markdown_ablations(board)[1:]]
    return "\n".join(lines) + "\n"


def csv(board: Board) -> str:
    """Render a tidy frame: one line for each row's domain, and one for its average; scores are fractions."""
    return sidecar.frame(_lines(board), _FRAME)


_FRAME = [
    *("suite", "corpus", "source", "setting", "backbone", "base", "label", "method", "oracle", "kind"),
    *(
        "domain",
        "f1",
        "base_f1",
        "difference",
        "low",
        "high",
        "excludes_zero",
        "seeds",
        "cells",
        "base_cells",
    ),
]


def _lines(board: Board) -> Iterator[dict[str, object]]:
    for table in board.ablations:
        for row in table.rows:
            common = {
                "suite": board.suite,
                "corpus": board.corpus,
                "source": board.source,
                "setting": table.setting,
                "backbone": table.backbone,
                "base": table.base,
                "label": row.label,
                "method": row.record.spec.method if row.record else None,
                "oracle": row.oracle,
            }
            for domain in table.f1:
                seeds = len(row.paired.seeds.get(domain, ()))
                of_base = sum(place == domain for place, _ in table.cells)
                numbers = _numbers(row.paired.domains.get(domain), row.f1.get(domain))
                cells = {"seeds": seeds, "cells": seeds, "base_cells": of_base}
                yield {**common, "kind": "domain", "domain": domain, **numbers, **cells}
            numbers = _numbers(row.paired.average, row.average)
            cells = {"cells": row.paired.cells, "base_cells": len(table.cells)}
            yield {**common, "kind": "average", **numbers, **cells}


def _numbers(difference: Difference | None, f1: float | None) -> dict[str, Any]:
    """Return what a difference holds, as JSON values; nothing where there is none."""
    if difference is None or f1 is None:
        return {}
    return {
        "f1": rounded(f1),
        "base_f1": rounded(f1 - difference.observed),
        **difference_values(difference),
    }


def interval_facts(resamples: int) -> dict[str, Any]:
    """Return how intervals of paired differences are made."""
    method = (
        "percentile bootstrap over groups of equal sentences, paired; of several seeds, with Student's"
        " margin of the mean of their differences"
    )
    return {"level": LEVEL, "resamples": resamples, "method": method}


def to_json(board: Board) -> str:
    """Render everything as one JSON object; scores are fractions."""
    return sidecar.document(
        board,
        units="scores and differences are fractions of F1",
        interval=interval_facts(board.ablations[0].resamples) if board.ablations else None,
        tables=[_table(table) for table in board.ablations],
    )


def _table(table: Ablations) -> dict[str, Any]:
    base = {
        "label": table.base,
        "average": rounded(table.average),
        "domains": {domain: rounded(f1) for domain, f1 in table.f1.items()},
        "cells": table.cells,
    }
    rows = [_row(row) for row in table.rows]
    return {"setting": table.setting, "backbone": table.backbone, "base": base, "rows": rows}


def _row(row: Ablation) -> dict[str, Any]:
    return {
        "label": row.label,
        "method": row.record.spec.method if row.record else None,
        "params": row.record.spec.params if row.record else None,
        "oracle": row.oracle,
        "cells": row.paired.cells,
        "missing": [{"domain": domain, "seed": seed} for domain, seed in row.missing],
        "average": _numbers(row.paired.average, row.average) or None,
        "domains": _domains(row.paired, row),
    }


def _domains(paired: Paired, row: Ablation) -> dict[str, Any]:
    return {
        domain: {**_numbers(found, row.f1[domain]), "seeds": paired.seeds[domain]}
        for domain, found in paired.domains.items()
    }
