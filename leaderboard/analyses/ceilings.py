"""The gate before a board: no tagger of source types scores more than such a tagger can."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from benchmark.errors import InputError
from leaderboard.results.rows import Above, Row

_NAMED = 10  # how many cells an error names before it counts the rest


class AboveCeilingError(InputError):
    """A row that can say source types alone, as its method noted, beats ceiling B: no board is built."""

    exit_code = 1  # a gate has fired: what was given is well formed


def check_ceilings(rows: Iterable[Row], path: Path | str | None = None) -> None:
    """Raise ``AboveCeilingError`` where a row has a cell above its ceiling, naming all of them.

    Ceiling B (``leaderboard.results.gold.Ceiling``) is no estimate: whatever is predicted, source types
    alone score no more on this test set, however small it is. So a cell above it said other types than it
    claims to, and its method has had to learn them from somewhere. ``path`` is where the records lie.
    """
    above = [_told(row, one) for row in rows for one in row.above]
    if not above:
        return
    more = f" and {len(above) - _NAMED} more" if len(above) > _NAMED else ""
    raise AboveCeilingError(
        f"a score that source types alone cannot have: {'; '.join(above[:_NAMED])}{more}:"
        " target labels leaked?",
        path=path,
        expected='no row that notes "ceiling": "coarse" above ceiling B',
        todo="find out where the method had the target's types from; one that may say them does not note it",
    )


def _told(row: Row, one: Above) -> str:
    where = f"{row.label} ({row.backbone}), {row.record.spec.setting}, {one.domain}, seed {one.seed}"
    return f"{where}: F1 {100 * one.f1:.2f} > {100 * one.ceiling:.2f}"
