"""The board for a screen of about 110 columns: the main tables, what they mean, what to do next."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from leaderboard.analyses.ablation_grids import ablation_grid
from leaderboard.analyses.learning_grids import learning_grid
from leaderboard.analyses.noise_grids import curve_grid
from leaderboard.board import Board
from leaderboard.output import display_width, tables
from leaderboard.output.escape import plain
from leaderboard.output.tables import Grid

WIDTH = 110

_COMMAND = re.compile("`[^`]+`")
_NO_BREAK = "\u00a0"


def terminal(board: Board) -> str:
    """Render a board as plain text; it needs neither pandas nor tabulate, so a run's end stays quick."""
    lines = [f"Leaderboard: {plain(board.suite)}"]
    if tables.warning(board):
        lines.append(_wrapped(tables.warning(board)))
    lines += [_wrapped(f"{what}: {text}") for what, text in tables.facts(board)]
    held = (ablation_grid(one, intervals=False) for one in board.ablations)
    curves = [*map(learning_grid, board.learning), *map(curve_grid, board.noise)]
    for grid in (*tables.main_grids(board), *held, *curves):
        lines += ["", *_grid(grid)]
    lines.append("")
    lines += [_wrapped(f"{what}: {text}") for what, text in tables.closing(board)]
    return "\n".join(lines) + "\n"


def _grid(grid: Grid) -> Iterator[str]:
    yield plain(grid.title)
    cells = [[plain(cell) for cell in line] for line in (grid.header, *grid.rows)]
    widths = [max(map(display_width.of, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["-" * columns for columns in widths])
    for line in cells:
        padded = (
            display_width.right(cell, columns) if index in grid.right else display_width.left(cell, columns)
            for index, (cell, columns) in enumerate(zip(line, widths, strict=True))
        )
        yield "  ".join(padded).rstrip()
    if not grid.rows:
        yield "(no row)"
    for note in grid.notes:
        yield _wrapped(note, first="- ")


def _wrapped(text: str, first: str = "") -> str:
    """Break lines at spaces, but not inside commands: they are there to be copied."""
    kept = _COMMAND.sub(lambda command: command[0].replace(" ", _NO_BREAK), plain(text))
    filled = textwrap.fill(
        kept,
        WIDTH,
        initial_indent=first,
        subsequent_indent="  ",
        break_on_hyphens=False,
        break_long_words=False,
    )
    return filled.replace(_NO_BREAK, " ")
