"""What is measured of a cell: one frozen definition a column, in the order in which they are shown.

A new column is a new line here: the board averages it over seeds and domains, and every format shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from benchmark.scoring.score import Score
from benchmark.store.record import Record
from leaderboard.results.cost import parameters, sentences_per_second, train_seconds

Group = Literal["primary", "dialects", "losses", "cost"]


@dataclass(frozen=True)
class Measured:
    """All that a column may look at: a finished cell, measured against gold."""

    score: Score
    record: Record


@dataclass(frozen=True, slots=True)
class Column:
    """A measure of a cell.

    ``key`` names it in CSV and JSON, ``title`` in tables, ``says`` explains it in one line. ``value``
    returns a fraction where ``points`` is true (tables show it times 100), and None where a cell has none.
    """

    key: str
    title: str
    says: str
    group: Group
    value: Callable[[Measured], float | None]
    points: bool = True


def _dialect(name: str) -> Callable[[Measured], float]:
    return lambda cell: cell.score.dialects.tallies[name].prf.f1


def _lost(cause: str) -> Callable[[Measured], float]:
    return lambda cell: cell.score.decomposition.shares()[cause]


PRIMARY = Column("f1", "F1", "micro-F1 of exact span and type", "primary", _dialect("strict"))

COLUMNS: tuple[Column, ...] = (
    PRIMARY,
    Column(
        "precision",
        "precision",
        "of the same matches",
        "primary",
        lambda c: c.score.counts.micro().precision,
    ),
    Column("recall", "recall", "of the same matches", "primary", lambda c: c.score.counts.micro().recall),
    Column(
        "macro_f1", "macro", "mean F1 of the declared types", "dialects", lambda c: c.score.counts.macro()
    ),
    Column("no_misc_f1", "no-misc", "without the type misc", "dialects", _dialect("no-misc")),
    Column(
        "boundaries_f1",
        "boundaries",
        "spans alone, which is also the ceiling if every span found got its right type",
        "dialects",
        _dialect("boundaries-only"),
    ),
    Column(
        "set_of_strings_f1",
        "set-of-strings",
        "type and lower-cased text, a set a sentence",
        "dialects",
        _dialect("set-of-strings"),
    ),
    Column(
        "partial_f1",
        "partial",
        "half credit for an overlapping span of the right type",
        "dialects",
        _dialect("partial-overlap"),
    ),
    Column("lost_to_types", "types", "right span, wrong type", "losses", _lost("types")),
    Column("lost_to_boundaries", "boundaries", "overlapping span", "losses", _lost("boundaries")),
    Column("lost_to_missed", "missed", "gold mention that nothing touches", "losses", _lost("missed")),
    Column(
        "lost_to_spurious", "spurious", "predicted mention that touches no gold", "losses", _lost("spurious")
    ),
    Column(
        "train_seconds",
        "train s",
        "seconds to fit on the machine of the cell, as if the row were alone: shared work included",
        "cost",
        lambda c: train_seconds(c.record),
        points=False,
    ),
    Column(
        "sentences_per_second",
        "sentences/s",
        "test sentences predicted a second, adaptation to them included, nothing taken from a cache",
        "cost",
        lambda c: sentences_per_second(c.record),
        points=False,
    ),
    Column(
        "peak_memory_mb",
        "memory MB",
        "highest resident memory of the process, in MiB",
        "cost",
        lambda c: c.record.peak_memory_mb,
        points=False,
    ),
    Column(
        "parameters",
        "parameters M",
        "millions of parameters of the networks that the fitted method holds",
        "cost",
        lambda c: parameters(c.record.notes, c.record.spec.backbone),
        points=False,
    ),
)


def columns(*groups: Group) -> tuple[Column, ...]:
    """Return the columns of these groups, in their order."""
    return tuple(column for column in COLUMNS if column.group in groups)
