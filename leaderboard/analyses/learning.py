"""Learning curves: F1 over how many labels of the target a row saw, from none to all. Pure.

A curve needs few-shot cells. Its first point is the row's zero-shot figure and its last the supervised one,
where the board has them. Each is the figure of the row in the table of that setting, interval included.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmark.few_shot import FEW_SHOT
from benchmark.scoring.intervals import LEVEL
from benchmark.settings import by_labels, shots_of
from benchmark.store.record import Record
from benchmark.task import SUPERVISED, ZERO_SHOT
from leaderboard.analyses.analysis import Analysis, Where, document_of, row_columns
from leaderboard.output.figure import AVERAGE, Axis, Curve, CurveChart, Panels, Point
from leaderboard.output.marks import TRANSDUCTIVE, marked
from leaderboard.output.numbers import NONE, estimate_values, interval, points, rounded
from leaderboard.output.table import Lines, Table
from leaderboard.results.heading import Heading
from leaderboard.results.measure import ScoredCell
from leaderboard.results.results import Results, clean
from leaderboard.results.rows import Row, Score

_NAMES = {ZERO_SHOT: "0", SUPERVISED: "all"}
_NOTE = (
    "k: mentions of each type that a method learns from, at least, or all that train has of it. 0 is the"
    " zero-shot setting, all the supervised one, whose methods also see the labels of dev; with few shots no"
    " label of dev is seen. The sentences are drawn by the cell's seed, those of fewer shots among those of"
    " more; intervals of several seeds hold the chance of the draw. learning.md has every domain."
)
_COLUMNS = (
    *("suite", "corpus", "source", "label", "method", "backbone", "setting", "shots", "kind", "domain"),
    *("f1", "f1_low", "f1_high", "seeds", "support_sentences", "support_mentions", "train_sentences"),
)


@dataclass(frozen=True)
class LearningCurve:
    """One row: setting → its row there, for the settings in which it was run and did not decline."""

    rows: Mapping[str, Row]

    @property
    def record(self) -> Record:
        """A record of it, for what all have in common."""
        return next(iter(self.rows.values())).record

    @property
    def label(self) -> str:
        """Its name on the board."""
        return self.record.spec.label

    @property
    def backbone(self) -> str:
        """Its pre-trained encoder."""
        return self.record.spec.backbone

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


@dataclass(frozen=True)
class Support:
    """The support sets of a setting in a domain, means over seeds.

    ``sentences`` and ``mentions`` are in them, ``of`` how many sentences train has; ``short`` are the types
    of which some seed has fewer mentions than shots, because train has no more.
    """

    sentences: float
    mentions: float
    of: int
    short: tuple[str, ...]


@dataclass(frozen=True)
class LearningTable:
    """The curves over some domains, the best with most shots first.

    ``settings`` go from no labels to all. ``support`` is setting → domain → what its shots are.
    """

    settings: tuple[str, ...]
    domains: tuple[str, ...]
    curves: tuple[LearningCurve, ...]
    support: Mapping[str, Mapping[str, Support]] = field(default_factory=dict)
    own: bool = False

    @property
    def title(self) -> str:
        """What it is about."""
        return f"learning curves{', your own domains' if self.own else ''}"


def compute(results: Results) -> tuple[LearningTable, ...] | None:
    """Return the learning curves over the main domains, then over the user's own; None without a curve.

    Rows with an oracle, and submissions without a rank, have no curve, like a row that was run in no few-shot
    setting.
    """
    main = _learning_table(results.tables, clean(results.main), results.domains, own=False)
    own = _learning_table(results.own_tables, clean(results.own), results.own_domains, own=True)
    return tuple(table for table in (main, own) if table is not None) or None


def _learning_table(
    tables: Mapping[str, Sequence[Row]], cells: Sequence[ScoredCell], domains: tuple[str, ...], *, own: bool
) -> LearningTable | None:
    found: dict[tuple[str, str], dict[str, Row]] = defaultdict(dict)
    for setting in sorted(tables, key=by_labels):
        for row in tables[setting]:
            if row.ranked and not row.skipped and (setting in _NAMES or shots_of(setting) is not None):
                found[row.label, row.backbone][setting] = row
    curves = [LearningCurve(rows) for rows in found.values() if any(map(shots_of, rows))]
    if not curves:
        return None
    settings = tuple(sorted({setting for curve in curves for setting in curve.rows}, key=by_labels))
    most = [setting for setting in settings if shots_of(setting)][-1]

    def order(curve: LearningCurve) -> tuple[float, str, str]:
        score = curve.score(most)
        return (1.0 if score is None else -score.f1, curve.label, curve.backbone)

    return LearningTable(settings, domains, tuple(sorted(curves, key=order)), _support(cells), own)


def _support(cells: Sequence[ScoredCell]) -> dict[str, dict[str, Support]]:
    """Return what the records note of their support sets; those of a seed are the same for all methods."""
    notes: dict[tuple[str, str], dict[int, Support]] = defaultdict(dict)
    for cell in cells:
        spec, note = cell.record.spec, _noted(cell.record.notes.get(FEW_SHOT))
        if note is not None and shots_of(spec.setting):
            notes[spec.setting, spec.domain].setdefault(spec.seed, note)
    found: dict[str, dict[str, Support]] = defaultdict(dict)
    for (setting, domain), seeds in notes.items():
        some = seeds.values()
        found[setting][domain] = Support(
            sentences=sum(one.sentences for one in some) / len(some),
            mentions=sum(one.mentions for one in some) / len(some),
            of=max(one.of for one in some),
            short=tuple(sorted({name for one in some for name in one.short})),
        )
    return dict(found)


def _noted(note: Any) -> Support | None:
    """Return a record's note of its support set; None where it tells nothing that can be read."""
    if not isinstance(note, Mapping):
        return None
    mentions, short, counts = note.get("mentions"), note.get("short"), (note.get("sentences"), note.get("of"))
    if not isinstance(mentions, Mapping) or not isinstance(short, list):
        return None
    sentences, of, *each = (n if type(n) is int else -1 for n in (*counts, *mentions.values()))
    if min(sentences, of, *each) < 0:
        return None
    return Support(sentences, sum(each), of, tuple(map(str, short)))


def tables(found: Sequence[LearningTable], where: Where) -> Iterator[Table]:
    """Yield the averages; in a file of their own, also what the shots are and the curves of every domain."""
    if where in ("board", "terminal", "file"):
        yield from map(average_table, found)
    for table in found if where == "file" else ():
        yield support_table(table)
        for domain in table.domains:
            yield _curves(table, f"{table.title}: {domain}", domain)


def average_table(table: LearningTable) -> Table:
    """Return the averages of a table's rows, a column a setting."""
    missing = (
        f"{curve.label} ({curve.backbone}) has no average in {', '.join(some)}: cells are missing"
        for curve in table.curves
        if (some := [setting for setting, row in curve.rows.items() if row.average is None])
    )
    title = f"{table.title}: average F1 by shots ({LEVEL:.0%} interval)"
    return _curves(table, title, None, (_NOTE, *missing))


def _curves(table: LearningTable, title: str, domain: str | None, notes: tuple[str, ...] = ()) -> Table:
    rows = tuple(
        (
            marked(curve),
            curve.backbone,
            *(_figure(curve.score(setting, domain)) for setting in table.settings),
        )
        for curve in table.curves
    )
    return Table(title, ("method", "backbone", *map(_column, table.settings)), rows, notes)


def _figure(score: Score | None) -> str:
    return NONE if score is None else f"{points(score.f1)} ({interval(score.interval)})"


def _column(setting: str) -> str:
    return f"k = {_short(setting)}"


def _short(setting: str) -> str:
    """Return what stands for a setting on the axis of a curve: its shots, ``0`` or ``all``."""
    return _NAMES.get(setting) or str(shots_of(setting))


def support_table(table: LearningTable) -> Table:
    """Return how many sentences and mentions the shots are, a line a domain, means over seeds."""
    settings = [setting for setting in table.settings if setting in table.support]
    rows = tuple(
        (domain, *(_size(table.support[setting].get(domain)) for setting in settings))
        for domain in table.domains
    )
    notes = ["sentences (mentions) that were drawn, of the sentences that train has; means over seeds"]
    for setting in settings:
        short = [f"{d}: {', '.join(one.short)}" for d, one in table.support[setting].items() if one.short]
        if short:
            notes.append(f"fewer than {_short(setting)} mentions, all that train has: {'; '.join(short)}")
    header = ("domain", *map(_column, settings))
    return Table(f"{table.title}: what the shots are", header, rows, tuple(notes), numbers=(1, None))


def _size(found: Support | None) -> str:
    return NONE if found is None else f"{found.sentences:.4g} ({found.mentions:.4g}) of {found.of}"


def lines(found: Sequence[LearningTable], heading: Heading) -> Lines:
    """Return a line for each row, setting and domain (or average); scores are fractions."""
    rows = ((table, curve) for table in found for curve in table.curves)
    return Lines(_COLUMNS, tuple(line for row in rows for line in _lines(heading, *row)))


def _lines(heading: Heading, table: LearningTable, curve: LearningCurve) -> Iterator[dict[str, object]]:
    for setting, row in curve.rows.items():
        about = {**row_columns(heading, row.record), "shots": shots_of(setting)}
        for domain in (*table.domains, None):
            score = curve.score(setting, domain)
            if score is not None:
                kind = "average" if domain is None else "own" if table.own else "domain"
                support = table.support.get(setting, {}).get(domain or "")
                numbers = {**_numbers(score), **_sizes(support)}
                yield {**about, "kind": kind, "domain": domain, **numbers}


def _numbers(score: Score) -> dict[str, float | int | None]:
    return {**estimate_values("f1", score.f1, score.interval), "seeds": score.seeds}


def _sizes(support: Support | None) -> dict[str, float | int | None]:
    if support is None:
        return {}
    return {
        "support_sentences": rounded(support.sentences),
        "support_mentions": rounded(support.mentions),
        "train_sentences": support.of,
    }


def document(found: Sequence[LearningTable], heading: Heading) -> dict[str, Any]:
    """Return all curves and what their shots are; scores are fractions."""
    return document_of(
        heading,
        units="scores are fractions; sentences and mentions are means over seeds",
        interval={"level": LEVEL, "resamples": heading.resamples, "method": "as in board.json"},
        tables=map(_table_values, found),
    )


def _table_values(table: LearningTable) -> dict[str, Any]:
    return {
        "settings": table.settings,
        "domains": table.domains,
        "own": table.own,
        "rows": [
            {
                "label": curve.label,
                "method": curve.record.spec.method,
                "backbone": curve.backbone,
                "points": [_point_values(table, curve, setting) for setting in curve.rows],
            }
            for curve in table.curves
        ],
        "support": {
            setting: {domain: {**_sizes(one), "short": one.short} for domain, one in some.items()}
            for setting, some in table.support.items()
        },
    }


def _point_values(table: LearningTable, curve: LearningCurve, setting: str) -> dict[str, Any]:
    average = curve.score(setting)
    scores = {domain: curve.score(setting, domain) for domain in table.domains}
    return {
        "setting": setting,
        "shots": shots_of(setting),
        "average": None if average is None else _numbers(average),
        "domains": {domain: _numbers(score) for domain, score in scores.items() if score is not None},
    }


def figure(found: Sequence[LearningTable]) -> CurveChart:
    """Describe the chart: a row of panels a table.

    The axis has a place for each setting, at equal distances: shots grow about geometrically, and the ends
    have no number. Few-shot points are joined by full lines, the ends by dotted ones.
    """
    return CurveChart(
        "What few labels buy",
        "F1 over the number of mentions of each type that a method learns from, with its 95% interval. 0 is"
        " the zero-shot setting, all the supervised one, where methods see dev's labels as well. Each point"
        " is the figure of the table of its setting.",
        tuple(map(_panels, found)),
        intervals="arms",
        key=f"arms: {LEVEL:.0%} interval over test sentences and, of several seeds, seeds",
    )


def _panels(table: LearningTable) -> Panels:
    places = {AVERAGE: None, **{domain: domain for domain in table.domains}}
    return Panels(
        title=table.title,
        panels=tuple(places),
        curves=tuple(
            Curve(
                curve.label,
                curve.backbone,
                {panel: tuple(_points(table, curve, domain)) for panel, domain in places.items()},
                TRANSDUCTIVE if curve.transductive else "",
            )
            for curve in table.curves
        ),
        across=Axis("mentions of each type", dict(enumerate(map(_short, table.settings)))),
        tables={
            "The curves as a table": average_table(table),
            "What the shots are": support_table(table),
        },
    )


def _points(table: LearningTable, curve: LearningCurve, domain: str | None) -> Iterator[Point]:
    scores = [curve.score(setting, domain) for setting in table.settings]
    few = [shots_of(setting) is not None for setting in table.settings]
    for number, score in enumerate(scores):
        if score is not None:
            after = next((n for n in range(number + 1, len(scores)) if scores[n] is not None), number)
            yield Point(number, score.f1, score.interval, few[number] and few[after])


LEARNING = Analysis(
    "learning",
    "Learning curves",
    compute,
    tables,
    lines=lines,
    document=document,
    figure=figure,
    caption="F1 over the number of shots",
)
