"""The page's first lines: in each setting, which row leads, by how much, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.scoring.intervals import Difference
from benchmark.scoring.statistics import paired_difference
from benchmark.task import SUPERVISED, ZERO_SHOT
from leaderboard.ablation_grids import excludes_zero
from leaderboard.ablations import runs_of
from leaderboard.grids import ranked
from leaderboard.measure import Cell
from leaderboard.page.gather import Gathered
from leaderboard.rows import Row, Score

ASKS = {
    ZERO_SHOT: "Without any label of the new domain",
    SUPERVISED: "With the new domain's labels",
}


@dataclass(frozen=True)
class Answer:
    """The best complete row of a setting. Scores are fractions.

    ``lead`` is its paired difference to ``second``, the next complete row; both are None where it is alone.
    ``rows`` counts the complete rows; ``seeds`` are the leader's.
    """

    setting: str
    asks: str
    first: Row
    score: Score
    rows: int
    seeds: int
    second: Row | None = None
    lead: Difference | None = None

    @property
    def sure(self) -> bool:
        """Whether the interval of the lead lies above 0."""
        return self.lead is not None and excludes_zero(self.lead)


def answers(gathered: Gathered) -> list[Answer]:
    """Return an answer for each setting that has a complete row, in the board's order."""
    found = []
    for setting, rows in gathered.board.tables.items():
        complete = [row for row in ranked(rows) if row.average is not None]
        if complete:
            found.append(_answer(gathered, setting, complete))
    return found


def _answer(gathered: Gathered, setting: str, rows: Sequence[Row]) -> Answer:
    first = rows[0]
    assert first.average is not None
    asks = ASKS.get(setting, setting)
    answer = Answer(setting, asks, first, first.average, len(rows), len(first.seeds))
    if len(rows) == 1:
        return answer
    one, other = (runs_of(_cells(gathered, row), row.domains) for row in rows[:2])
    lead = paired_difference(one, other).average
    return Answer(**{**vars(answer), "second": rows[1], "lead": lead})


def _cells(gathered: Gathered, row: Row) -> list[Cell]:
    key = (row.record.setting, row.label, row.backbone)
    return [
        cell
        for cell in gathered.measured
        if (cell.record.setting, cell.record.label, cell.record.backbone) == key
    ]
