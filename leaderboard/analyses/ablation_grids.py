"""Differences to a base row as grids of plain text, and the differences of any two rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmark.scoring.intervals import LEVEL
from leaderboard.analyses.ablations import Ablation, Ablations
from leaderboard.output.numbers import NONE, ORACLE, STAR, number_range, places, points, span, starred
from leaderboard.output.table import Table


def ablation_grid(table: Ablations, *, intervals: bool) -> Table:
    """Return one table of differences; ``intervals`` shows those of the domains too, for wide pages."""
    title = f"{table.setting}: difference to {table.base} ({table.backbone}), F1 {points(table.average)}"
    domains = tuple(domain for domain in table.domains if domain in table.f1)
    header = ("row", "F1", "difference", f"{LEVEL:.0%} interval", *domains, "cells", "seeds")
    rows = tuple(_cells(table, row, domains, intervals) for row in (*_kept(table), *_oracles(table)))
    return Table(title, header, rows, tuple(_notes(table)), (1, None))


def how(resamples: int, seeds: Iterable[Sequence[int]]) -> str:
    """Say how intervals were made; ``seeds`` are those of each comparison."""
    single = any(len(some) == 1 for some in seeds)
    return (
        f"{LEVEL:.0%} interval of a difference: bootstrap over test sentences ({resamples:,} resamples, the"
        " same for all rows), paired: both rows have the same sentences in each, and the same seeds; the luck"
        " of several seeds is added."
        + (" Where there is one seed only, it knows nothing of the luck of training." if single else "")
    )


def _kept(table: Ablations) -> list[Ablation]:
    return [row for row in table.rows if not row.oracle]


def _oracles(table: Ablations) -> list[Ablation]:
    return [row for row in table.rows if row.oracle]


def _cells(table: Ablations, row: Ablation, domains: Sequence[str], intervals: bool) -> tuple[str, ...]:
    name = row.label + (f" {ORACLE}" if row.oracle else "")
    covered = f"{row.paired.cells}/{len(table.cells)}"
    if row.paired.average is None or row.average is None:
        return (name, *[NONE] * (3 + len(domains)), covered, "0")
    shown = []
    for domain in domains:
        found = row.paired.domains.get(domain)
        wide = f" ({span(found)})" if found is not None and intervals else ""
        shown.append(NONE if found is None else starred(found) + wide)
    whole = row.paired.average
    numbers = (points(row.average), starred(whole), span(whole))
    return (name, *numbers, *shown, covered, number_range({len(some) for some in row.paired.seeds.values()}))


def _notes(table: Ablations) -> Iterable[str]:
    for row in table.rows:
        if not row.paired.cells:
            yield f"{row.label}: no finished cell that the base has too; nothing to compare"
        elif row.missing:
            yield (
                f"{row.label} lacks {places(row.missing)}: compared, F1 included, on the {row.paired.cells}"
                f" of {len(table.cells)} cells that both have; its average is over"
                f" {', '.join(row.paired.domains)}"
            )
    if _oracles(table):
        yield f"{ORACLE} not a method: types taken from the gold annotation."
    yield how(table.resamples, (seeds for row in table.rows for seeds in row.paired.seeds.values()))
    rows = sum(row.paired.cells > 0 for row in _kept(table))
    yield f"{STAR} the interval holds no 0. {_by_luck(rows)}"


def _by_luck(rows: int) -> str:
    expected = rows * (1 - LEVEL)
    if expected < 0.5:
        return "A row that changes nothing would be marked so one time in twenty."
    return f"Of {rows} rows that all change nothing, about {expected:.0f} would be marked so by luck."
