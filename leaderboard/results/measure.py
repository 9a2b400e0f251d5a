"""From a record to a scored cell: predictions against gold, every time anew, never a stored score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np

from benchmark.scoring.clusters import clustered
from benchmark.scoring.counts import Counts
from benchmark.scoring.frequency import Surfaces
from benchmark.scoring.score import all_sentences, score_spans
from benchmark.scoring.spans import Ints
from benchmark.store.predictions import Triple
from benchmark.store.record import INCOMPLETE, OK, Record, lost_answers
from leaderboard.results.columns import COLUMNS, Measured
from leaderboard.results.gold import Gold


@dataclass(frozen=True)
class ScoredCell:
    """One line of the tidy table that everything shown comes from.

    ``counts`` are those of the primary metric, one row for each group of equal sentences (most groups are one
    sentence); ``values`` map column key → value. Both are empty unless the cell ended ``ok``, or
    ``incomplete`` with some answers of its language model.
    ``by_frequency`` are counts by what train tells of a mention, in one row, where train was asked.
    """

    record: Record
    counts: Counts | None = None
    values: Mapping[str, float | None] = field(default_factory=dict)
    by_frequency: Counts | None = None

    @property
    def whole(self) -> bool:
        """Whether it gave a number that may be held against others: it lost no more than may be."""
        return self.counts is not None and self.record.state == OK


def measure(
    record: Record,
    gold: Gold,
    predicted: Mapping[str, Sequence[Triple]],
    path: Path,
    known: Surfaces | None = None,
) -> ScoredCell:
    """Return the cell of a record that has predictions, these measured against gold.

    ``path`` names the predictions in errors, ``known`` are the mentions of the target's train set. Raises
    ``InputError`` where predictions are not of exactly the test set's sentences, or hold mentions that
    overlap or lie outside their sentence.
    """
    sides = gold.sides(predicted, path)
    score = score_spans(*sides, gold.types, gold.tokens, gold.texts)
    measured = Measured(score, record)
    whole = clustered(score.counts, gold.groups)
    counts = Counts(whole.types, *map(narrow, (whole.tp, whole.predicted, whole.gold)))
    by_frequency = None if known is None else all_sentences([gold.by_class(known).count(*sides)])
    return ScoredCell(record, counts, {c.key: c.value(measured) for c in COLUMNS}, by_frequency)


def narrow(table: Ints) -> Ints:
    """Return counts in as few bytes as hold them: boards of many cells hold all of them at once.

    Sums of them, which is all that is made of them, come out in eight.
    """
    return cast(Ints, table.astype(np.min_scalar_type(-1 - int(table.max(initial=0)))))


def unfinished(record: Record) -> ScoredCell:
    """Return the cell of a record that gives no number: a hole that says why."""
    if record.state == OK:
        raise ValueError(f"{record.cell} ended ok: measure it")
    return ScoredCell(record)


def is_measured(record: Record) -> bool:
    """Return whether a record's predictions give a number: not where none of them is its model's."""
    lost = lost_answers(record.notes)
    nothing = record.state == INCOMPLETE and (lost is None or lost.all_of_it)
    return record.has_predictions and not nothing
