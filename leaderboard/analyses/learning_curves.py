"""Rows over how many labels of the target they saw: no shots, few, all, one curve a row. Pure.

A curve needs few-shot cells. Its first point is the row's zero-shot figure and its last the supervised one,
where the board has them. Each is the figure of the row in the table of that setting, interval included.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from benchmark.few_shot import FEW_SHOT
from benchmark.settings import by_labels, shots_of
from benchmark.task import SUPERVISED, ZERO_SHOT
from leaderboard.results.measure import ScoredCell
from leaderboard.results.rows import Row, Score


@dataclass(frozen=True)
class LearningCurve:
    """One row: setting → its row there, for the settings in which it was run and did not decline."""

    rows: Mapping[str, Row]

    @property
    def label(self) -> str:
        """Its name on the board."""
        return self._any.label

    @property
    def backbone(self) -> str:
        """Its pre-trained encoder."""
        return self._any.backbone

    @property
    def method(self) -> str:
        """The method that it is a configuration of."""
        return self._any.record.spec.method

    @property
    def transductive(self) -> bool:
        """Whether it adapts to the test sentences' words while it answers."""
        return any(row.transductive for row in self.rows.values())

    def score(self, setting: str, domain: str | None = None) -> Score | None:
        """Return its figure in a setting, on average or in a domain; None where there is none."""
        row = self.rows.get(setting)
        if row is None:
            return None
        return row.average if domain is None else row.scores.get(domain)

    @property
    def _any(self) -> Row:
        return next(iter(self.rows.values()))


@dataclass(frozen=True)
class Drawn:
    """The support sets of a setting in a domain, means over seeds.

    ``sentences`` and ``mentions`` are in them, ``of`` how many sentences train has; ``short`` are the types
    of which some seed has fewer mentions than shots, because train has no more.
    """

    sentences: float
    mentions: float
    of: int
    short: tuple[str, ...]


class _Note(NamedTuple):
    sentences: int
    mentions: int
    of: int
    short: tuple[str, ...]


@dataclass(frozen=True)
class LearningTable:
    """The curves over some domains, the best with most shots first.

    ``settings`` go from no labels to all. ``drawn`` is setting → domain → what its shots are.
    """

    settings: tuple[str, ...]
    domains: tuple[str, ...]
    curves: tuple[LearningCurve, ...]
    drawn: Mapping[str, Mapping[str, Drawn]] = field(default_factory=dict)
    own: bool = False


def learning_tables(
    tables: Mapping[str, Sequence[Row]],
    cells: Sequence[ScoredCell],
    domains: tuple[str, ...],
    *,
    own: bool = False,
) -> tuple[LearningTable, ...]:
    """Return the learning curves of a board's tables: one table, or none without a few-shot row.

    ``cells`` are those that the rows were made from. Rows with an oracle, and submissions without a rank,
    have no curve, like a row that was run in no few-shot setting.
    """
    found: dict[tuple[str, str], dict[str, Row]] = defaultdict(dict)
    for setting in sorted(tables, key=by_labels):
        for row in tables[setting]:
            if row.ranked and not row.skipped and _counts(setting):
                found[row.label, row.backbone][setting] = row
    curves = [LearningCurve(rows) for rows in found.values() if any(shots_of(s) for s in rows)]
    if not curves:
        return ()
    shown = {setting for curve in curves for setting in curve.rows}
    settings = tuple(sorted(shown, key=by_labels))
    most = [setting for setting in settings if shots_of(setting)][-1]
    curves.sort(key=lambda curve: _order(curve, most))
    return (LearningTable(settings, domains, tuple(curves), _drawn(cells), own),)


def _counts(setting: str) -> bool:
    return setting in (ZERO_SHOT, SUPERVISED) or shots_of(setting) is not None


def _order(curve: LearningCurve, setting: str) -> tuple[float, str, str]:
    score = curve.score(setting)
    return (1.0 if score is None else -score.f1, curve.label, curve.backbone)


def _drawn(cells: Sequence[ScoredCell]) -> dict[str, dict[str, Drawn]]:
    """Return what the records note of their support sets; those of a seed are the same for all methods."""
    notes: dict[tuple[str, str], dict[int, _Note]] = defaultdict(dict)
    for cell in cells:
        note = _read(cell.record.notes.get(FEW_SHOT))
        if note is not None and shots_of(cell.record.spec.setting):
            notes[cell.record.spec.setting, cell.record.spec.domain].setdefault(cell.record.spec.seed, note)
    found: dict[str, dict[str, Drawn]] = defaultdict(dict)
    for (setting, domain), seeds in notes.items():
        found[setting][domain] = _summary(list(seeds.values()))
    return dict(found)


def _read(note: Any) -> _Note | None:
    """Return a record's note of its support set; None where it tells nothing that can be read."""
    if not isinstance(note, Mapping):
        return None
    mentions, short, counts = note.get("mentions"), note.get("short"), (note.get("sentences"), note.get("of"))
    if not isinstance(mentions, Mapping) or not isinstance(short, list):
        return None
    sentences, of, *each = (n if type(n) is int else -1 for n in (*counts, *mentions.values()))
    if min(sentences, of, *each) < 0:
        return None
    return _Note(sentences, sum(each), of, tuple(map(str, short)))


def _summary(notes: Sequence[_Note]) -> Drawn:
    return Drawn(
        sentences=sum(note.sentences for note in notes) / len(notes),
        mentions=sum(note.mentions for note in notes) / len(notes),
        of=max(note.of for note in notes),
        short=tuple(sorted({name for note in notes for name in note.short})),
    )
