"""From a board to its site on disk: what ``build --html`` and ``serve`` do."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from leaderboard.board import Board
from leaderboard.page.site import INDEX, write

SITE = "site"


def write_site(board: Board, target: Path, *, text: bool = True, targets: Sequence[Path] = ()) -> list[Path]:
    """Write a board's site into ``target/site`` and return the path of its first page.

    ``targets`` are those of all boards that are built together, each named for its suite: they get links to
    each other. ``text`` puts the words of the corpora on the cells' pages. Raises ``InputError`` for a file
    that should be an alignment and is none.
    """
    folder = target / SITE
    siblings = [
        (other.name, Path(os.path.relpath(other / SITE / INDEX, folder)).as_posix())
        for other in targets
        if other != target
    ]
    return write(board, folder, text=text, siblings=siblings)[:1]
