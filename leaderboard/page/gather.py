"""All that the site shows, computed once: the board, and every cell measured, with its gold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.domains.corpus import Mention
from benchmark.store.record import OK, Record
from benchmark.store.store import Store
from leaderboard import board as boards
from leaderboard.board import Board
from leaderboard.results.gold import Gold, GoldShelf
from leaderboard.results.measure import Cell
from leaderboard.results.submissions import Submitted, submitted_cells

Predictions = Mapping[str, Sequence[Mention]]


@dataclass(frozen=True)
class Shown:
    """A current record of the suite, or a cell that was sent in, measured where it can be.

    ``gold`` is None where the corpus is a user's own whose folder was not given; ``cell`` is None there too.
    ``submitted`` says of a cell that was sent in where it lies; None for one that was computed here.
    """

    record: Record
    cell: Cell | None
    gold: Gold | None
    submitted: Submitted | None = None


@dataclass(frozen=True)
class Gathered:
    """What the site is made of."""

    store: Store
    board: Board
    cells: tuple[Shown, ...]

    def predictions(self, shown: Shown) -> Predictions:
        """Read what a cell predicted: sentence id → mentions; nothing for one that did not end ``ok``."""
        if shown.submitted is not None:
            return shown.submitted.predictions()
        return self.store.predictions(shown.record) if shown.record.state == OK else {}


def gather(
    store_root: Path | str,
    suite: str,
    board: Board,
    *,
    data_dir: Path | str | None = None,
    own: Iterable[Path | str] = (),
) -> Gathered:
    """Measure every cell of a suite's board that has its gold on this machine.

    What a submission lacks is no cell of its own: the board says what is missing.
    """
    store, shelf = Store(store_root), GoldShelf(data_dir, own)
    shown, records = [], store.records(suite)
    for record in records:
        if shelf.has(record.spec.corpus, record.spec.domain):
            shown.append(Shown(record, boards.measured(record, shelf, store=store), shelf.gold(record)))
        else:
            shown.append(Shown(record, None, None))
    for one in submitted_cells(store, suite, shelf, records):
        if not one.hole:
            gold = None if one.cell is None else shelf.test(one.record.spec.corpus, one.record.spec.domain)
            shown.append(Shown(one.record, one.cell, gold, one))
    return Gathered(store, board, tuple(shown))
