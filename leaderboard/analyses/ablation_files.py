"""Differences to a base row as Markdown, CSV, JSON and charts, in files beside the board."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from benchmark.scoring.intervals import Difference
from benchmark.scoring.statistics import Paired
from leaderboard.analyses.ablation_grids import ablation_grid
from leaderboard.analyses.ablations import Ablation, Ablations, hold_against
from leaderboard.analyses.analysis import Analysis, Form, Where, document_of
from leaderboard.output.numbers import difference_values, interval_facts, rounded
from leaderboard.output.table import Lines, Table
from leaderboard.results.heading import Heading
from leaderboard.results.results import Results, clean
from leaderboard.results.submissions import is_submitted


def compute(results: Results) -> tuple[Ablations, ...] | None:
    """Return the differences to the base; None without a base, or where it has no finished cell."""
    if results.comparison is None:
        return None
    computed = [cell for cell in clean(results.main) if not is_submitted(cell.record)]
    found = hold_against(results.comparison, computed, results.domains, results.tables, results.samples)
    return tuple(found) or None


def tables(found: Sequence[Ablations], where: Where) -> Iterator[Table]:
    """Yield the differences, with the intervals of every domain where there is room for them."""
    if where in ("board", "file", "terminal"):
        for table in found:
            yield ablation_grid(table, intervals=where != "terminal")


def lines(found: Sequence[Ablations], heading: Heading) -> Lines:
    """Return one line for each row's domain, and one for its average; scores are fractions."""
    return Lines(tuple(_FRAME), tuple(_lines(found, heading)))


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


def _lines(found: Sequence[Ablations], heading: Heading) -> Iterator[dict[str, object]]:
    for table in found:
        for row in table.rows:
            common = {
                "suite": heading.suite,
                "corpus": heading.corpus,
                "source": heading.source,
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


def document(found: Sequence[Ablations], heading: Heading) -> dict[str, Any]:
    """Return everything; scores are fractions."""
    return document_of(
        heading,
        units="scores and differences are fractions of F1",
        interval=interval_facts(found[0].resamples),
        tables=map(_table, found),
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


def figure(found: Sequence[Ablations], form: Form) -> bytes:
    """Return the chart of all tables as PNG or SVG."""
    from leaderboard.analyses.ablation_chart import draw  # matplotlib takes a second to import

    return draw(found, form)


ABLATIONS = Analysis(
    "ablations",
    "Ablations",
    compute,
    tables,
    lines=lines,
    document=document,
    figure=figure,
    caption="Differences to the base row",
)
