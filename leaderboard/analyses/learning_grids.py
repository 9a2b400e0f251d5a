"""Learning curves as grids of plain text: on average, in each domain, and what the shots are."""

from __future__ import annotations

from collections.abc import Iterator

from benchmark.scoring.intervals import LEVEL
from benchmark.settings import shots_of
from benchmark.task import SUPERVISED, ZERO_SHOT
from leaderboard.analyses.learning_curves import Drawn, LearningTable
from leaderboard.output.marks import marked_curve
from leaderboard.output.numbers import NONE, interval, points
from leaderboard.output.table import Table
from leaderboard.results.rows import Score

_ENDS = {ZERO_SHOT: "0", SUPERVISED: "all"}
_NOTE = (
    "k: mentions of each type that a method learns from, at least, or all that train has of it. 0 is the"
    " zero-shot setting, all the supervised one, whose methods also see the labels of dev; with few shots no"
    " label of dev is seen. The sentences are drawn by the cell's seed, those of fewer shots among those of"
    " more; intervals of several seeds hold the luck of the draw. learning.md has every domain."
)


def short_name(setting: str) -> str:
    """Return what stands for a setting on the axis of a curve: its shots, ``0`` or ``all``."""
    shots = shots_of(setting)
    return _ENDS[setting] if shots is None else str(shots)


def title(table: LearningTable) -> str:
    """Return what a table is about."""
    return f"learning curves{', your own domains' if table.own else ''}"


def learning_grid(table: LearningTable) -> Table:
    """Return the averages of a table's rows, a column a setting."""
    return _grid(
        table, f"{title(table)}: average F1 by shots ({LEVEL:.0%} interval)", None, (_NOTE, *_holes(table))
    )


def learning_domain_grids(table: LearningTable) -> Iterator[Table]:
    """Yield the same for each domain."""
    for domain in table.domains:
        yield _grid(table, f"{title(table)}: {domain}", domain, ())


def _grid(table: LearningTable, name: str, domain: str | None, notes: tuple[str, ...]) -> Table:
    header = ("method", "backbone", *(f"k = {short_name(setting)}" for setting in table.settings))
    rows = tuple(
        (
            marked_curve(curve),
            curve.backbone,
            *(_cell(curve.score(setting, domain)) for setting in table.settings),
        )
        for curve in table.curves
    )
    return Table(name, header, rows, notes)


def _cell(score: Score | None) -> str:
    return NONE if score is None else f"{points(score.f1)} ({interval(score.interval)})"


def _holes(table: LearningTable) -> Iterator[str]:
    """Name the points that lack a cell; the tables of their settings say which."""
    for curve in table.curves:
        open_ = [setting for setting, row in curve.rows.items() if row.average is None]
        if open_:
            yield f"{curve.label} ({curve.backbone}) has no average in {', '.join(open_)}: cells are missing"


def support_grid(table: LearningTable) -> Table:
    """Return how many sentences and mentions the shots are, a line a domain, means over seeds."""
    settings = [setting for setting in table.settings if setting in table.drawn]
    rows = tuple(
        (domain, *(_drawn(table.drawn[setting].get(domain)) for setting in settings))
        for domain in table.domains
    )
    header = ("domain", *(f"k = {short_name(setting)}" for setting in settings))
    notes = (
        "sentences (mentions) that were drawn, of the sentences that train has; means over seeds",
        *_short(table),
    )
    return Table(f"{title(table)}: what the shots are", header, rows, notes, numbers=(1, None))


def _drawn(found: Drawn | None) -> str:
    if found is None:
        return NONE
    return f"{found.sentences:.4g} ({found.mentions:.4g}) of {found.of}"


def _short(table: LearningTable) -> Iterator[str]:
    for setting in table.settings:
        short = {d: found.short for d, found in table.drawn.get(setting, {}).items() if found.short}
        if short:
            told = "; ".join(f"{domain}: {', '.join(names)}" for domain, names in short.items())
            yield f"fewer than {short_name(setting)} mentions, all that train has: {told}"
