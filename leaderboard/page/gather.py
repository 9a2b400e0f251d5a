"""All that the site shows, computed once: the board, the board without misc, and every cell's predictions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmark.cells.record import OK, Record
from benchmark.cells.store import Store
from benchmark.domains.corpus import Mention
from benchmark.scoring.dialects import MISC
from leaderboard import board as boards
from leaderboard.board import Board
from leaderboard.gold import Gold, GoldShelf
from leaderboard.measure import Cell, measure, unfinished

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
    """What the site is made of. ``without_misc`` is the board of the same predictions without that type."""

    store: Store
    board: Board
    without_misc: Board | None
    cells: tuple[Shown, ...]

    @property
    def measured(self) -> list[Cell]:
        """The cells of the board."""
        return [shown.cell for shown in self.cells if shown.cell is not None]

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
    """Measure every cell of a suite's board, and again without the type misc where a corpus has it."""
    store, shelf = Store(store_root), GoldShelf(data_dir, own)
    shown, plain = [], []
    for record in store.records(suite):
        if not shelf.has(record.corpus, record.domain):
            shown.append(Shown(record, None, None))
            continue
        gold = shelf.gold(record)
        shown.append(Shown(record, boards.measured(record, store, shelf), gold))
        plain.append(_without_misc(record, store, gold))
    without = None
    if any(_is_misc(name) for one in shown if one.gold is not None for name in one.gold.types):
        without = boards.assemble(plain, suite=suite, domains=_order(board), resamples=board.resamples)
    return Gathered(store, board, without, tuple(shown))


def _order(board: Board) -> tuple[str, ...]:
    """Return the domains that the board was assembled with; one of own domains alone has none."""
    rows = board.rows
    return () if rows and rows[0].record.corpus == boards.OWN else board.domains


def _without_misc(record: Record, store: Store, gold: Gold) -> Cell:
    if record.state != OK:
        return unfinished(record)
    kept = replace(
        gold,
        types=tuple(name for name in gold.types if not _is_misc(name)),
        test=tuple(replace(sentence, mentions=tuple(_kept(sentence.mentions))) for sentence in gold.test),
    )
    predicted = {name: list(_kept(some)) for name, some in store.predictions(record).items()}
    return measure(record, kept, predicted, store.predictions_path(record))


def _kept(mentions: Iterable[Mention]) -> Iterator[Mention]:
    return (mention for mention in mentions if not _is_misc(mention.type))


def _is_misc(name: str) -> bool:
    return name.lower() == MISC
