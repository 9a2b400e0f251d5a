"""What tables say of submitted rows: marks behind the name, notes below, and a table of what was declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from leaderboard.submit.records import MARK, noted
from leaderboard.submit.tiers import TIERS

if TYPE_CHECKING:  # ``rows`` reads this room
    from leaderboard.rows import Row

CONTAINS_TEST = "[saw test sentences]"


def marks(row: Row) -> Iterator[str]:
    """Yield the marks behind a submitted row's label: its tier, and whether it declares contamination."""
    found = noted(row.record)
    if found:
        yield f"[{found['tier']}]"
        if found["contains_test"]:
            yield CONTAINS_TEST


def notes(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the notes below a table that has submitted rows."""
    submitted = [row for row in rows if noted(row.record)]
    if submitted:
        yield (
            f"{MARK} not computed here: predictions that somebody sent in, scored here as all others are. Behind"
            f" it stands how far they were verified: {_tiers(submitted)}."
        )
    for row in submitted:
        found = noted(row.record)
        if found["contains_test"]:
            domains = ", ".join(found["contains_test"])
            yield f"{CONTAINS_TEST} {row.label} declares that its training data holds the test set of {domains}"
        for one in found["run_again"]:
            if not one["agrees"]:
                told = f": {one['told']}" if one["told"] else ""
                place = f"{one['setting']} {one['domain']} (seed {one['seed']})"
                yield f"{row.label}: {place}, run again, gave other predictions{told}"
        for name, cells in found["same_predictions"].items():
            yield f"{row.label}: {cells} of its {found['cells']} cells are the predictions of {name}, to the byte"


def _tiers(rows: Sequence[Row]) -> str:
    found = {noted(row.record)["tier"] for row in rows}
    return "; ".join(f"[{tier}] {means}" for tier, means in TIERS.items() if tier in found)


def why_unranked(rows: Iterable[Row]) -> Iterator[str]:
    """Yield, for each row, why it is not ranked."""
    for row in rows:
        for reason in row.unranked:
            yield f"{row.label} is not ranked: {reason}"


def as_json(row: Row) -> dict[str, Any]:
    """Return what a row's record notes of its submission, for board.json; nothing for a computed row."""
    return dict(noted(row.record))
