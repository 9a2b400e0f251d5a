"""The front page's data: tables of rows, each scored in every way that the page can switch to.

Everything here is a JSON value. The script knows tables, scores, badges and columns by what stands here and
none of them by name, so that one more of them is no change to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from benchmark.cells.record import Record
from benchmark.task import SUPERVISED, ZERO_SHOT
from leaderboard.board import OWN, Board
from leaderboard.columns import PRIMARY, columns
from leaderboard.escape import plain
from leaderboard.grids import ranked
from leaderboard.page.facts import BADGES, FACTS, RowFacts
from leaderboard.page.gather import Gathered
from leaderboard.rows import Hole, Row, Score

WITH, WITHOUT = "with", "without"
AVERAGE = ""  # no domain has this name
SAYS = {
    ZERO_SHOT: "labels of the source, and the target's text with none of its labels",
    SUPERVISED: "the target's train and dev labels as well",
}
_DIGITS = 5  # of a fraction: a hundredth of what is shown
_LEFT_OUT = {"no_misc_f1"}  # the page has a switch of its own for it

_Place = tuple[str, str, str, bool]  # setting, label, backbone, whether of a user's own domains


def front(gathered: Gathered) -> dict[str, Any]:
    """Return the front page's data. Scores are fractions: ``[value]`` or ``[value, low, high]``."""
    board = gathered.board
    records: dict[_Place, list[Record]] = defaultdict(list)
    for shown in gathered.cells:
        records[_place(shown.record)].append(shown.record)
    without = gathered.without_misc
    others = {} if without is None else {_key(row): row for row in (*without.rows, *without.own_rows)}
    tables = [
        {**about, "rows": [_row(row, others.get(_key(row)), records) for row in rows if not row.skipped]}
        for about, rows in _tables(board)
    ]
    shown_rows = [row for table in tables for row in table["rows"]]
    return {
        "suite": plain(board.suite),
        "scores": _scores(),
        "misc": [WITH, *([WITHOUT] if others else [])],
        "badges": [
            {"key": badge.key, "text": badge.text, "says": badge.says}
            for badge in BADGES
            if any(badge.key in row["badges"] for row in shown_rows)
        ],
        "facts": [
            {"key": f.key, "title": f.title, "says": f.says, "places": f.places, "before": f.before}
            for f in FACTS
            if any(row["facts"].get(f.key) is not None for row in shown_rows)
        ],
        "tables": [table for table in tables if table["rows"]],
    }


def _scores() -> list[dict[str, Any]]:
    chosen = [PRIMARY, *(c for c in columns("dialects") if c.key not in _LEFT_OUT)]
    return [
        {
            "key": c.key,
            "title": "exact" if c is PRIMARY else c.title,
            "says": c.says,
            "interval": c is PRIMARY,
        }
        for c in chosen
    ]


def _tables(board: Board) -> Iterator[tuple[dict[str, Any], Sequence[Row]]]:
    """Yield what stands above each table, and its rows: a setting's methods, then what is not ranked."""
    groups = [(setting, setting, rows, board.domains) for setting, rows in board.tables.items()]
    groups += [
        (f"{setting}-own", f"{setting}, your own domains", rows, board.own_domains)
        for setting, rows in board.own.items()
    ]
    for key, title, rows, domains in groups:
        setting = key.removesuffix("-own")
        common = {
            "domains": [{"key": domain, "title": plain(domain)} for domain in domains],
            "references": [],
            "setting": setting,
        }
        says = SAYS.get(setting, "")
        about = {"key": key, "title": title, "says": says, **common}
        if key == ZERO_SHOT:
            about["references"] = _references(board)
        yield about, ranked(rows)
        oracles = [row for row in rows if row.oracle]
        says = "what better typing could buy: types from the gold annotation, no methods"
        yield {"key": f"{key}-oracles", "title": f"{title}, oracles", "says": says, **common}, oracles
        aside = [row for row in rows if row.unranked]
        says = "submissions that lack a seed or a domain, or hide what they were trained on"
        yield {"key": f"{key}-unranked", "title": f"{title}, not ranked", "says": says, **common}, aside


def _references(board: Board) -> list[dict[str, Any]]:
    """Return the ceilings as rows that are never sorted among methods."""
    if not board.domains or not set(board.ceilings) >= set(board.domains):
        return []
    says = {
        "ceiling A": (
            "all_spans",
            "finds every mention; the type is right where the target has a source type's name",
        ),
        "ceiling B": ("source_spans", "the most that a tagger of source types can score"),
    }
    found = []
    for label, (key, text) in says.items():
        values = {d: [_rounded(getattr(board.ceilings[d], key))] for d in board.domains}
        values[AVERAGE] = [_rounded(sum(v[0] for v in values.values()) / len(values))]
        found.append({"label": label, "says": text, "score": PRIMARY.key, "misc": WITH, "values": values})
    return found


def _row(row: Row, without: Row | None, records: Mapping[_Place, Sequence[Record]]) -> dict[str, Any]:
    of_row = records[_key(row)]
    facts = RowFacts(row, of_row)
    values = {WITH: _values(row)}
    if without is not None:
        values[WITHOUT] = _values(without)
    return {
        "label": plain(row.label),
        "backbone": plain(row.backbone),
        "reading": plain(row.reading),
        "badges": [badge.key for badge in BADGES if badge.on(facts)],
        "coverage": row.coverage,
        "complete": row.average is not None,
        "seeds": list(row.seeds),
        "values": values,
        "holes": {domain: _hole(row.holes, domain) for domain in dict.fromkeys(h.domain for h in row.holes)},
        "cells": _links(row, of_row),
        "facts": {fact.key: _short(fact.value(facts)) for fact in FACTS},
    }


def _values(row: Row) -> dict[str, dict[str, list[float | None]]]:
    """Return score → domain or average → value, with its interval where it has one."""
    places: dict[str, Score] = dict(row.scores)
    if row.average is not None:
        places[AVERAGE] = row.average
    found: dict[str, dict[str, list[float | None]]] = {}
    for score in _scores():
        for place, numbers in places.items():
            value = numbers.values.get(score["key"])
            ends = (numbers.interval.low, numbers.interval.high) if score["interval"] else ()
            if value is not None:
                found.setdefault(score["key"], {})[place] = [_rounded(v) for v in (value, *ends)]
    return found


def _hole(holes: Iterable[Hole], domain: str) -> dict[str, Any]:
    """Return how the cells of a domain ended that give no number."""
    here = [hole for hole in holes if hole.domain == domain]
    return {
        "states": sorted({hole.state for hole in here}),
        "seeds": [hole.seed for hole in here],
        "reason": plain(next((hole.reason for hole in here if hole.reason), ""))[:200],
    }


def _links(row: Row, records: Sequence[Record]) -> dict[str, list[list[Any]]]:
    """Return domain → [seed, the cell's name], in the order of the seeds."""
    found: dict[str, list[list[Any]]] = defaultdict(list)
    for record in sorted(records, key=lambda record: record.seed):
        if record.domain in row.domains:
            found[record.domain].append([record.seed, record.cell])
    return dict(found)


def _place(record: Record) -> _Place:
    return (record.setting, record.label, record.backbone, record.corpus == OWN)


def _key(row: Row) -> _Place:
    return _place(row.record)


def _rounded(value: float) -> float:
    return round(value, _DIGITS)


def _short(value: float | None) -> float | None:
    """Return four significant digits: more than is shown."""
    return None if value is None else float(f"{value:.4g}") if value < 1000 else round(value)
