"""The secondary columns of complete rows, averaged over domains: dialects, then losses and cost."""

from __future__ import annotations

from collections.abc import Iterable

from leaderboard.analyses.analysis import Analysis, Where
from leaderboard.output.numbers import NONE, points
from leaderboard.output.table import Table
from leaderboard.results.columns import Column, columns
from leaderboard.results.results import Results
from leaderboard.results.rows import Row, ranked


def compute(results: Results) -> Results | None:
    """Return the results: every figure is in their rows."""
    return results if results.tables else None


def tables(found: Results, where: Where) -> Iterable[Table]:
    """Yield a setting's tables of dialects, and of losses and cost, where a row is complete."""
    for setting, rows in found.tables.items() if where == "board" else ():
        for title, chosen in (
            ("the same predictions in other dialects", columns("dialects")),
            ("points of F1 lost to each cause, and cost", columns("losses", "cost")),
        ):
            header = ("method", "backbone", "F1", *(column.title for column in chosen))
            cells = tuple(
                (row.label, row.backbone, points(row.average.f1), *(_value(row, column) for column in chosen))
                for row in ranked(rows)
                if row.average
            )
            legend = "; ".join(f"{column.title}: {column.says}" for column in chosen)
            if cells:
                yield Table(f"{setting}: {title}", header, cells, (legend,))


def _value(row: Row, column: Column) -> str:
    value = row.average.values[column.key] if row.average else None
    if value is None:
        return NONE
    if column.points:
        return points(value)
    return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


DETAILS = Analysis("details", "Details", compute, tables, appendix=True)
