"""The charts of the front page as plain data, which templates draw.

Those that are on the page alone are each a function here, a line in ``_FIRST`` or ``_LAST``, and a template
``chart_<key>.html``; a function returns nothing where the board has nothing to draw. Those of an analysis are
described there, once for the page and the files beside the board.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.scoring.frequency import AMBIGUOUS, CLASSES, SEEN, UNSEEN
from leaderboard.analyses.published import FIVE, PUBLISHED_RESULTS
from leaderboard.analyses.ranking import RANKING
from leaderboard.analyses.views import VIEWS_OF_BOARD, Key
from leaderboard.board import Board
from leaderboard.page.alignments import SHADES, read_alignments
from leaderboard.page.facts import FACTS, RowFacts
from leaderboard.page.figures import drawn
from leaderboard.page.labels import place_labels
from leaderboard.page.row import cells_by_row, place_of
from leaderboard.page.scale import Scale, linear, logarithmic
from leaderboard.results.columns import PRIMARY, columns
from leaderboard.results.rows import Row, ranked


@dataclass(frozen=True)
class Chart:
    """A chart: ``draw`` returns its panels, each a JSON-like object for the template.

    The template is ``chart_<key>.html``, or that of the kind of chart that ``like`` names.
    """

    key: str
    title: str
    says: str
    draw: Callable[[Board], list[dict[str, Any]]]
    like: str = ""

    @property
    def template(self) -> str:
        """The name of the template that draws it."""
        return f"chart_{self.like or self.key}.html"


@dataclass(frozen=True)
class Drawn:
    """A chart of a board: the template that draws it, and the panels that the template takes."""

    key: str
    title: str
    says: str
    template: str
    panels: list[dict[str, Any]]


def _complete(rows: Iterable[Row]) -> list[Row]:
    return [row for row in ranked(rows) if row.average is not None]


def _domains(board: Board) -> list[dict[str, Any]]:
    """Return a panel a setting: its rows' F1 and interval in every domain, on one scale for all."""
    panels = []
    for setting, rows in board[RANKING].tables.items():
        shown = [row for row in ranked(rows) if row.scores]
        ends = [e for r in shown for s in r.scores.values() for e in (s.interval.low, s.interval.high)]
        if ends:
            scale = linear((100 * end for end in ends), marks=4)
            parts = [{"domain": domain, "rows": _by_score(shown, domain)} for domain in board.results.domains]
            panels.append({"setting": setting, "scale": scale, "domains": parts})
    return panels


def _by_score(rows: Sequence[Row], domain: str) -> list[tuple[Row, Any]]:
    found = [(row, row.scores[domain]) for row in rows if domain in row.scores]
    return sorted(found, key=lambda pair: -pair[1].f1)


def _losses(board: Board) -> list[dict[str, Any]]:
    """Return a panel a setting: each row's F1 and what is lost to each cause, parts of one bar."""
    panels = []
    causes = columns("losses")
    for setting, rows in board[RANKING].tables.items():
        bars = []
        for row in _complete(rows):
            assert row.average is not None
            at, parts = 0.0, []
            for column in (PRIMARY, *causes):
                share = 100 * (row.average.values[column.key] or 0.0)
                parts.append(
                    {"key": column.key, "at": round(at, 2), "width": round(share, 2), "value": share}
                )
                at += share
            bars.append({"row": row, "parts": parts})
        if bars:
            panels.append({"setting": setting, "causes": causes, "bars": bars})
    return panels


_COSTS = ("parameters", "train", "latency", "dollars")


@dataclass(frozen=True)
class _Named:
    """What a published row has of a row: a name."""

    label: str
    backbone: str = "none"
    comparable: bool = True


def _cost(board: Board) -> list[dict[str, Any]]:
    """Return a panel for each setting and kind of cost in which at least two rows differ."""
    panels = []
    cells = cells_by_row(board.results.shown)
    for setting, rows in board[RANKING].tables.items():
        for fact in (fact for key in _COSTS for fact in FACTS if fact.key == key):
            points = []
            for row in _complete(rows):
                records = [cell.record for cell in cells.get(place_of(row.record), ())]
                value = fact.value(RowFacts(row, records))
                if value is not None and value > 0 and row.average is not None:
                    points.append((row, value, 100 * row.average.f1))
            if len({value for _, value, _ in points}) > 1:
                panels.append(_scatter(setting, fact.title, points, logarithmic(p[1] for p in points)))
    return panels


def _progress(board: Board) -> list[dict[str, Any]]:
    """Return a panel a setting: published averages over the same domains by year, and our best row's."""
    published = board.get(PUBLISHED_RESULTS)
    panels = []
    if published is None:
        return []
    for setting, rows in board[RANKING].tables.items():
        points: list[tuple[Any, float, float]] = [
            (
                _Named(one.method, comparable=one.comparable != "no"),
                float(one.year),
                float(one.scores["average"]),
            )
            for one in published.rows
            if one.setting == setting and one.year and one.scores["average"] and one.average_over == FIVE
        ]
        if len({year for _, year, _ in points}) < 2:
            continue
        best = next(iter(_complete(rows)), None)
        scale = linear([p[1] for p in points], marks=8, whole=True)
        panels.append(_scatter(setting, "year", points, scale, best))
    return panels


def _scatter(
    setting: str,
    title: str,
    points: Sequence[tuple[Any, float, float]],
    across: Scale,
    ours: Row | None = None,
) -> dict[str, Any]:
    """Return a drawing of points (row, place on the axis, F1); ``ours`` is a row that is drawn as a line."""
    level = [] if ours is None or ours.average is None else [100 * ours.average.f1]
    up = linear([*(p[2] for p in points), *level], marks=5)
    found, best = [], -1.0
    for row, cost, f1 in sorted(points, key=lambda p: (p[1], -p[2])):
        found.append(
            {
                "row": row,
                "cost": cost,
                "f1": f1,
                "x": across.at(cost),
                "y": round(100 - up.at(f1), 2),
                "label": None,
                "front": f1 > best,  # nothing cheaper, or earlier, is as good
            }
        )
        best = max(best, f1)
    lines = [{"row": ours, "x": 0.0, "y": round(100 - up.at(f1), 2)} for f1 in level]
    named = [*(point for point in found if point["front"]), *lines]
    marks = [(one["x"], one["y"]) for one in found]
    labels = place_labels([(one["x"], one["y"], one["row"].label) for one in named], marks)
    for one, label in zip(named, labels, strict=True):
        one["label"] = label
    return {"setting": setting, "title": title, "across": across, "up": up, "points": found, "lines": lines}


_TOLD = {
    SEEN: "train has its text, always of this type",
    AMBIGUOUS: "of another type, or of several",
    UNSEEN: "train has no such mention",
}


def _frequency(board: Board) -> list[dict[str, Any]]:
    """Return a panel a setting: each complete row's recall of mentions by what train tells of them."""
    views, panels = board.get(VIEWS_OF_BOARD), []
    for setting, found in views.settings.items() if views is not None else ():
        rows = _by_key(ranked(board[RANKING].tables[setting]))
        recalls = [
            (rows[one.key], one.recall["average"])
            for one in found.frequency
            if "average" in one.recall and one.key in rows
        ]
        values = [100 * value for _, recall in recalls for value in recall.values() if value is not None]
        if values:
            scale = linear(values)
            bars = [_dots(row, recall, scale) for row, recall in recalls]
            classes = [(name, _TOLD[name]) for name in CLASSES]
            panels.append({"setting": setting, "scale": scale, "classes": classes, "bars": bars})
    return panels


def _dots(row: Row, recall: Mapping[str, float | None], scale: Scale) -> dict[str, Any]:
    parts = [
        {"key": name, "value": value, "at": None if value is None else scale.at(100 * value)}
        for name, value in ((name, recall[name]) for name in CLASSES)
    ]
    places = [part["at"] for part in parts if part["at"] is not None]
    return {"row": row, "parts": parts, "low": min(places, default=None), "high": max(places, default=None)}


def _types(board: Board) -> list[dict[str, Any]]:
    """Return a panel a setting: in each domain, rows by types, shaded by F1."""
    views, panels = board.get(VIEWS_OF_BOARD), []
    for setting, found in views.settings.items() if views is not None else ():
        rows = _by_key(ranked(board[RANKING].tables[setting]))
        parts = []
        for one in found.types:
            shown = {key: f1 for key, f1 in one.rows.items() if key in rows}
            names = [name for name in one.gold if any(name in f1 for f1 in shown.values())]
            lines = [(rows[key], [(f1[n], _shade(f1[n])) for n in names]) for key, f1 in shown.items()]
            if not lines:
                continue
            types = [{"name": name, "gold": one.gold[name]} for name in names]
            parts.append({"domain": one.domain, "types": types, "rows": lines})
        if parts:
            panels.append({"setting": setting, "domains": parts})
    return panels


def _by_key(rows: Iterable[Row]) -> dict[Key, Row]:
    return {(row.label, row.backbone): row for row in rows}


def _shade(value: float) -> int:
    return min(SHADES - 1, int(SHADES * value))


def _alignment(board: Board) -> list[dict[str, Any]]:
    """Return a panel for each alignment of this board's source and domains that lies in the store."""
    results = board.results
    if results.store is None:
        return []
    return read_alignments(results.store.root / "alignment", results.heading.source, results.domains)


_FIRST: tuple[Chart, ...] = (
    Chart(
        "cost",
        "F1 against size and cost",
        "Up is better, left is smaller or cheaper, on a logarithmic axis. Filled: no cheaper row is as good."
        " What a row costs is what it needs alone, work that rows share included.",
        _cost,
    ),
    Chart(
        "domains",
        "F1 in every domain",
        "The mark is the mean over seeds, the band its 95% interval. Bands are for one row each: whether two"
        " rows differ, the paired test tells (tie, and the difference to a row, in the table).",
        _domains,
    ),
    Chart(
        "losses",
        "Where F1 is lost",
        "Each bar is 100 points: what was scored, and what was lost to each cause, averaged over the domains."
        " Points lost to types are what better typing alone could win back.",
        _losses,
    ),
    Chart(
        "types",
        "F1 of each type",
        "Rows by types, the darker the better, the mean over seeds. Few gold mentions make an unsure figure.",
        _types,
    ),
    Chart(
        "frequency",
        "Seen and unseen mentions",
        "Recall of gold mentions by what the target's train set tells of their text, averaged over the"
        " domains. Zero-shot rows saw none of it: with them, the distance says how much harder such mentions"
        " are.",
        _frequency,
    ),
)
_LAST: tuple[Chart, ...] = (
    Chart(
        "progress",
        "Published results over the years",
        "Averages over these five domains as their authors print them, by the year of the method's first"
        " publication; hollow ones are scored otherwise than here, by another dialect or without misc. None"
        " was recomputed. The line is the best row of this board.",
        _progress,
        like="cost",
    ),
    Chart(
        "alignment",
        "How alike the types are",
        "Similarity of each target type to each source type, as the alignment in this store has it. Framed:"
        " the pair is in the one-to-one core.",
        _alignment,
    ),
)


def charts_of(board: Board) -> list[Drawn]:
    """Return the charts that have something to show; between the page's own are those of analyses."""
    figures = [(one.name, one.figure(found)) for one, found in board.found if one.figure is not None]
    described = [Drawn(name, figure.title, figure.says, *drawn(figure)) for name, figure in figures]
    every = (*_own(board, _FIRST), *described, *_own(board, _LAST))
    return [chart for chart in every if chart.panels]


def _own(board: Board, charts: Iterable[Chart]) -> list[Drawn]:
    return [Drawn(one.key, one.title, one.says, one.template, one.draw(board)) for one in charts]
