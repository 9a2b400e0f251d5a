"""The pages to go to from a cell's: other rows there, the same row elsewhere, the same cell under noise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from benchmark.store.record import Record
from benchmark.store.row_label import split_label
from leaderboard.analyses.noise_impact import clean_key
from leaderboard.results.measure import ScoredCell

_Key = Callable[[Record], tuple[Any, ...]]


class Neighbours:
    """Looks up what lies beside a cell. Every list holds the cell itself."""

    def __init__(self, cells: Iterable[ScoredCell]) -> None:
        some = list(cells)
        best_first = sorted(some, key=lambda one: (-_f1(one), one.record.spec.label, one.record.spec.seed))
        self._places = _grouped(best_first, _place)
        in_order = sorted(some, key=lambda one: (one.record.spec.domain, one.record.spec.seed))
        self._rows = _grouped(in_order, _row)
        self._severities = _grouped(sorted(some, key=lambda one: _severity(one.record)), clean_key)

    def beside(self, record: Record) -> list[ScoredCell]:
        """Return the cells of all rows of its setting and domain, under the same noise, best first."""
        return self._places[_place(record)]

    def across(self, record: Record) -> list[ScoredCell]:
        """Return the cells of its row, on all domains and of all seeds."""
        return self._rows[_row(record)]

    def noisy(self, record: Record) -> list[ScoredCell]:
        """Return the cell without noise, and under each."""
        return self._severities[clean_key(record)]

    def clean(self, record: Record) -> str | None:
        """Return the name of a noisy cell's clean twin; None where it is clean itself, or has none."""
        twins = [one.record.cell for one in self.noisy(record) if one.record.spec.noise is None]
        return twins[0] if twins and record.spec.noise is not None else None


def _grouped(cells: Iterable[ScoredCell], key: _Key) -> dict[tuple[Any, ...], list[ScoredCell]]:
    found = defaultdict(list)
    for cell in cells:
        found[key(cell.record)].append(cell)
    return found


def _place(record: Record) -> tuple[str, ...]:
    spec = record.spec
    return (spec.setting, spec.corpus, spec.domain, split_label(spec.label, spec.noise)[1])


def _row(record: Record) -> tuple[str, ...]:
    return (record.spec.setting, record.spec.label, record.spec.backbone)


def _severity(record: Record) -> tuple[str, float]:
    """Return series and rate, by which cells under noise are sorted; the clean one comes first."""
    rate = (record.spec.noise or {}).get("rate", 0.0)
    _, name = split_label(record.spec.label, record.spec.noise)
    return name.removesuffix(f"-{rate:g}"), float(rate)


def _f1(cell: ScoredCell) -> float:
    value = cell.values.get("f1")
    return -1.0 if value is None else value
