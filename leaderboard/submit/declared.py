"""The table of what submitters declare of their rows."""

from __future__ import annotations

from leaderboard.board import Board
from leaderboard.output.tables import Grid
from leaderboard.submit import grid as submissions

_NOTE = "Declared by those who sent them in; only tier, rank and what was recomputed were found here."


def submissions_grid(board: Board) -> Grid:
    """Return a line for each submission to a board's suite."""
    rows = tuple(submissions.declared((*board.rows, *board.own_rows)))
    return Grid("Submissions", submissions.HEADER, rows, (_NOTE,), (len(submissions.HEADER), None))
