"""All that the site shows, computed once: the board, and every cell measured, with its gold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.cells.record import OK, Record
from benchmark.cells.store import Store
from benchmark.domains.corpus import Mention
from leaderboard import board as boards
from leaderboard.board import Board
from leaderboard.gold import Gold, GoldShelf
from leaderboard.measure import Cell

Predictions = Mapping[str, Sequence[Mention]]


@dataclass(frozen=True)
class Shown:
    """A current record of the suite, measured where it can be.

    ``gold`` is None where the corpus is a user's own whose folder was not given; ``cell`` is None there too.
    """

    record: Record
    cell: Cell | None
    gold: Gold | None


@dataclass(frozen=True)
class Gathered:
    """What the site is made of."""

    store: Store
    board: Board
    cells: tuple[Shown, ...]

    def predictions(self, record: Record) -> Predictions:
        """Read what a cell predicted: sentence id → mentions; nothing for one that did not end ``ok``."""
        return self.store.predictions(record) if record.state == OK else {}


def gather(
    store_root: Path | str,
    suite: str,
    board: Board,
    *,
    data_dir: Path | str | None = None,
    own: Iterable[Path | str] = (),
) -> Gathered:
    """Measure every cell of a suite's board that has its gold on this machine."""
    store, shelf = Store(store_root), GoldShelf(data_dir, own)
    shown = []
    for record in store.records(suite):
        if shelf.has(record.corpus, record.domain):
            shown.append(Shown(record, boards.measured(record, store, shelf), shelf.gold(record)))
        else:
            shown.append(Shown(record, None, None))
    return Gathered(store, board, tuple(shown))
