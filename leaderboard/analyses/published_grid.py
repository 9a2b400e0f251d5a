"""Published results as a grid, apart from all that was computed here."""

from __future__ import annotations

from leaderboard.analyses.published import PublishedRow
from leaderboard.board import Board
from leaderboard.output.numbers import NONE
from leaderboard.output.tables import Grid


def published_grid(board: Board) -> Grid:
    """Return other people's numbers as they printed them."""
    header = ("method", "setting", *board.domains, "average", "class", "evidence", "source", "note")
    note = "Copied from the sources named, in points as printed; neither recomputed nor ranked with ours."
    rows = tuple(_published_cells(board, row) for row in board.published)
    numbers = (2, 3 + len(board.domains))
    return Grid("Published results: reported, not verified", header, rows, (note,), numbers)


def _published_cells(board: Board, row: PublishedRow) -> tuple[str, ...]:
    return (
        row.method,
        row.setting,
        *(row.scores.get(domain) or NONE for domain in (*board.domains, "average")),
        row.resource_class,
        "RECALLED, not seen" if row.evidence == "recalled" else row.evidence,
        row.source,
        row.note,
    )
