"""The robustness column of the main tables: what a row keeps of its clean F1 under each series of noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from leaderboard.analyses.noise_curves import CurveTable, Estimate

if TYPE_CHECKING:
    from leaderboard.results.rows import Row

_NOTE = (
    "kept: under the noise of that name, the mean F1 over all rates from 0 up, in percent of the clean F1"
    " (robustness.md has the curves). No noisy cell is in any other column."
)


def series(tables: Sequence[CurveTable], rows: Sequence[Row]) -> tuple[str, ...]:
    """Return the series under which a row has something to show: a column each."""
    return tuple(dict.fromkeys(name for row in rows for name in kept_of_row(tables, row)))


def title(name: str) -> str:
    """Return the title of a series' column."""
    return f"kept: {name}"


def cells(tables: Sequence[CurveTable], names: Sequence[str], row: Row, none: str) -> tuple[str, ...]:
    """Return what stands in a row's columns of these series."""
    kept = kept_of_row(tables, row)
    return tuple(f"{100 * kept[name].value:.1f}" if name in kept else none for name in names)


def note(names: Sequence[str]) -> tuple[str, ...]:
    """Return what explains the columns of these series, where there are any."""
    return (_NOTE,) if names else ()


def kept_of_row(tables: Sequence[CurveTable], row: Row) -> dict[str, Estimate]:
    """Return series → what a row keeps of its clean F1, for the series of which no cell is missing."""
    found = {}
    for table in tables:
        for curve in table.curves:
            same = (curve.label, curve.backbone, table.setting) == (
                row.label,
                row.backbone,
                row.record.spec.setting,
            )
            whole = curve.average is not None and table.domains == row.domains
            if same and whole and curve.average and curve.average.kept is not None:
                found[table.series] = curve.average.kept
    return found
