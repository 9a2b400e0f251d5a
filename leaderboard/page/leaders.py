"""The page's first lines: in each setting, which row leads, by how much, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

from benchmark.settings import shots_of
from benchmark.task import SUPERVISED, ZERO_SHOT
from leaderboard.analyses.pairwise import Pair, PairwiseTests
from leaderboard.analyses.ranking import RANKING
from leaderboard.board import Board
from leaderboard.output.setting_text import mentions
from leaderboard.results.rows import Row, Score, ranked

ASKS = {
    ZERO_SHOT: "Without any label of the new domain",
    SUPERVISED: "With the new domain's labels",
}


@dataclass(frozen=True)
class Leader:
    """The best complete row of a setting. Scores are fractions.

    ``lead`` is the test of it against ``second``, the next complete row; None where it is alone, or where the
    two share no seed. ``tied`` are the labels of the other rows of its tie group, best first.
    """

    setting: str
    asks: str
    first: Row
    score: Score
    second: Row | None
    lead: Pair | None
    tied: tuple[str, ...]

    @property
    def seeds(self) -> int:
        """How many seeds the leader has."""
        return self.first.runs


def leaders(board: Board) -> list[Leader]:
    """Return the leader of each setting that has a complete row, in the board's order."""
    found = []
    for setting, rows in board[RANKING].tables.items():
        complete = [row for row in ranked(rows) if row.average is not None]
        if complete:
            found.append(_leader(setting, complete, board[RANKING].pairwise.get(setting, PairwiseTests())))
    return found


def _leader(setting: str, rows: list[Row], tests: PairwiseTests) -> Leader:
    first, *others = rows
    assert first.average is not None
    second = others[0] if others else None
    return Leader(
        setting=setting,
        asks=_asks(setting),
        first=first,
        score=first.average,
        second=second,
        lead=None if second is None else _pair(tests, first, second),
        tied=tuple(row.label for row in others if row.tie is not None and row.tie == first.tie),
    )


def _asks(setting: str) -> str:
    shots = shots_of(setting)
    if shots is None:
        return ASKS.get(setting, setting)
    return f"With {mentions(shots)} of each of the new domain's types"


def _pair(tests: PairwiseTests, first: Row, second: Row) -> Pair | None:
    keys = tuple((row.label, row.backbone) for row in (first, second))
    return next((pair for pair in tests.pairs if (pair.first, pair.second) == keys), None)
