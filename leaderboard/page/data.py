"""The front page's data: tables of rows, each scored in every way that the page can switch to.

Everything here is a JSON value. The script knows tables, scores, badges and columns by what stands here and
none of them by name, so that one more of them is no change to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from benchmark.scoring.dialects import MISC
from benchmark.scoring.intervals import Difference
from benchmark.scoring.multiple_testing import ALPHA
from benchmark.store.record import Record
from benchmark.task import SUPERVISED, ZERO_SHOT
from leaderboard.analyses.pairing import name_of
from leaderboard.analyses.pairwise import PairwiseTests
from leaderboard.analyses.ranking import RANKING
from leaderboard.analyses.robustness import ROBUSTNESS
from leaderboard.analyses.views import LEAK_FREE, NO_MISC, VIEWS, VIEWS_OF_BOARD, Key, ViewedRow
from leaderboard.board import Board
from leaderboard.output.escape import plain
from leaderboard.output.setting_text import meaning_of
from leaderboard.page.facts import BADGES, Fact, RowFacts, row_facts
from leaderboard.page.row import Place, cells_by_row, page_name, place_of
from leaderboard.page.submitted import submission_of
from leaderboard.results.columns import PRIMARY, columns
from leaderboard.results.rows import MissingCell, Row, Score, ranked

AVERAGE = ""  # no domain has this name
SAYS = {
    ZERO_SHOT: "labels of the source, and the target's text with none of its labels",
    SUPERVISED: "the target's train and dev labels as well",
}
_ORACLES = "what better typing could buy: types from the gold annotation, no methods"
_UNRANKED = (
    "submissions that lack something, and rows that lost answers of their language model, each with its"
    " reason below the table; no other row is tested against them"
)
_DIGITS = (
    10  # of a fraction: with fewer, what is near a half would be rounded to another tenth than on boards
)
_AS_VIEWS = {"no_misc_f1"}  # a view of the same, with its interval, stands for it

_Values = dict[str, dict[str, list[float]]]  # score → domain or average → [value] or [value, low, high]


def front(board: Board) -> dict[str, Any]:
    """Return the front page's data. Scores are fractions: ``[value]`` or ``[value, low, high]``."""
    cells = cells_by_row(board.results.shown)
    views = _views(board)
    seen = _seen(board, views)
    noise = board.get(ROBUSTNESS)
    columns_of_facts = row_facts(noise or ())
    tables = []
    for about, some, tests in _tables(board):
        rows = [row for row in some if not row.skipped or row.unranked]
        if rows:
            listed = []
            for row in rows:
                records = [cell.record for cell in cells.get(_key(row), ())]
                listed.append(_row(row, seen.get(_key(row), {}), records, columns_of_facts))
            tables.append({**about, "rows": listed, "pairs": _pairs(rows, tests)})
    shown_rows = [row for table in tables for row in table["rows"]]
    return {
        "suite": plain(board.results.heading.suite),
        "scores": [*_scores(), *_scores_of(board, views)],
        "alpha": ALPHA,
        **_badges(shown_rows),
        "facts": [
            {"key": f.key, "title": plain(f.title), "says": plain(f.says), "places": f.places}
            | {"before": f.before, "after": f.after}
            for f in columns_of_facts
            if any(row["facts"].get(f.key) is not None for row in shown_rows)
        ],
        "tables": tables,
    }


def _badges(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the badges that some rows have, and what is true of every row: no badge, but said once."""
    found: dict[str, list[dict[str, str]]] = {"badges": [], "everywhere": []}
    for badge in BADGES:
        having = sum(badge.key in row["badges"] for row in rows)
        if having:
            kind = "everywhere" if having == len(rows) else "badges"
            found[kind].append({"key": badge.key, "text": badge.text, "says": badge.says})
    return found


def _scores() -> list[dict[str, Any]]:
    chosen = [PRIMARY, *(c for c in columns("dialects") if c.key not in _AS_VIEWS)]
    return [
        {
            "key": c.key,
            "title": "exact" if c is PRIMARY else c.title,
            "says": c.says,
            "interval": c is PRIMARY,
        }
        for c in chosen
    ]


def _views(board: Board) -> tuple[str, ...]:
    """Return the views that show something else than the board does."""
    views = board.get(VIEWS_OF_BOARD)
    if views is None:
        return ()
    golds = filter(None, map(board.results.gold, board.results.shown))
    types = {name.lower() for gold in golds for name in gold.types}
    leaks = sum(many for many, _ in views.leaks.values())
    has = {NO_MISC: MISC in types, LEAK_FREE: leaks > 0}
    return tuple(view for view in VIEWS if has[view])


def _scores_of(board: Board, views: Iterable[str]) -> list[dict[str, Any]]:
    """Return the views as further ways of scoring: exact, of other mentions or sentences."""
    found = board.get(VIEWS_OF_BOARD)
    leaks = {} if found is None else found.leaks
    left_out = ", ".join(f"{plain(domain)} {many} of {of}" for domain, (many, of) in leaks.items() if many)
    titles = {NO_MISC: "exact, without misc", LEAK_FREE: "exact, leak-free"}
    says = {**VIEWS, LEAK_FREE: f"{VIEWS[LEAK_FREE]}: {left_out}"}
    return [{"key": v, "title": titles[v], "says": says[v], "interval": True} for v in views]


def _seen(board: Board, views: Sequence[str]) -> dict[Place, _Values]:
    """Return row → its values in each view."""
    of_board = board.get(VIEWS_OF_BOARD)
    if of_board is None:
        return {}
    found: dict[Place, _Values] = defaultdict(dict)
    for setting, rows in board[RANKING].tables.items():
        places: dict[Key, Place] = {(row.label, row.backbone): _key(row) for row in rows}
        for view in views:
            for seen in of_board.settings[setting].tables[view]:
                found[places[seen.key]][view] = _of_view(seen)
    return found


def _of_view(seen: ViewedRow) -> dict[str, list[float]]:
    whole = {AVERAGE: seen.average} if seen.average is not None else {}
    return {place: _with_ends(found) for place, found in {**seen.domains, **whole}.items()}


def _tables(board: Board) -> Iterator[tuple[dict[str, Any], Sequence[Row], PairwiseTests]]:
    """Yield what stands above each table, its rows and their tests; last what is not ranked."""
    results, ranking = board.results, board[RANKING]
    groups = [
        (setting, setting, rows, results.domains, ranking.pairwise.get(setting))
        for setting, rows in ranking.tables.items()
    ]
    groups += [
        (
            f"{name}-own",
            f"{name}, your own domains",
            rows,
            board.results.own_domains,
            board[RANKING].own_pairwise.get(name),
        )
        for name, rows in board[RANKING].own.items()
    ]
    for key, title, rows, domains, found in groups:
        setting = key.removesuffix("-own")
        tests = found or PairwiseTests()
        common = {
            "domains": [{"key": domain, "title": plain(domain)} for domain in domains],
            "references": [],
            "setting": setting,
            "detectable": {},
        }
        about = {"key": key, "title": title, "says": SAYS.get(setting) or meaning_of(setting), **common}
        about["detectable"] = {
            AVERAGE if name == "average" else name: _rounded(value)
            for name, value in (tests.detectable or {}).items()
            if value < 1
        }
        if key == ZERO_SHOT:
            about["references"] = _references(board)
        yield about, ranked(rows), tests
        for what, name, says, aside in (
            ("oracles", "oracles", _ORACLES, [row for row in rows if row.oracle]),
            ("unranked", "not ranked", _UNRANKED, [row for row in rows if row.unranked]),
        ):
            about = {"key": f"{key}-{what}", "title": f"{title}, {name}", "says": says, **common}
            yield about, aside, PairwiseTests()


def _pairs(rows: Sequence[Row], tests: PairwiseTests) -> list[list[float]]:
    """Return ``[row, row, difference, low, high, corrected p]`` of each tested pair, rows by their number."""
    number = {(row.label, row.backbone): place for place, row in enumerate(rows)}
    return [
        [
            number[pair.first],
            number[pair.second],
            *_with_ends(pair.difference),
            _short(pair.corrected) or 0.0,
        ]
        for pair in tests.pairs
    ]


def _references(board: Board) -> list[dict[str, Any]]:
    """Return the ceilings as rows that are never sorted among methods."""
    if not board.results.domains or not set(board.results.ceilings) >= set(board.results.domains):
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
        values = {d: [_rounded(getattr(board.results.ceilings[d], key))] for d in board.results.domains}
        values[AVERAGE] = [_rounded(sum(v[0] for v in values.values()) / len(values))]
        found.append({"label": label, "says": text, "score": PRIMARY.key, "values": values})
    return found


def _row(row: Row, seen: _Values, records: Sequence[Record], columns_of: Sequence[Fact]) -> dict[str, Any]:
    facts = RowFacts(row, records)
    having = [badge for badge in BADGES if badge.on(facts)]
    submission = submission_of(row.record)
    return {
        "label": plain(row.label),
        "backbone": plain(row.backbone),
        "name": plain(name_of((row.label, row.backbone))),
        "reading": plain(row.reading),
        "badges": [badge.key for badge in having],
        "told": {badge.key: said for badge in having if (said := plain(badge.detail(facts)))},
        "why": [plain(reason) for reason in row.unranked],
        "more": submission.anchor if submission is not None else None,
        "tie": row.tie,
        "coverage": row.coverage,
        "complete": row.average is not None,
        "seeds": list(row.seeds),
        "runs": row.runs,
        "values": {**_values(row), **seen},
        "holes": {domain: _hole(row.holes, domain) for domain in dict.fromkeys(h.domain for h in row.holes)},
        "cells": _links(row, records),
        "page": page_name(_key(row)),
        "facts": {fact.key: _short(fact.value(facts)) for fact in columns_of},
    }


def _values(row: Row) -> _Values:
    """Return score → domain or average → value, with its interval where it has one."""
    places: dict[str, Score] = dict(row.scores)
    if row.average is not None:
        places[AVERAGE] = row.average
    found: _Values = {}
    for score in _scores():
        for place, numbers in places.items():
            value = numbers.values.get(score["key"])
            ends = (numbers.interval.low, numbers.interval.high) if score["interval"] else ()
            if value is not None:
                found.setdefault(score["key"], {})[place] = [_rounded(v) for v in (value, *ends)]
    return found


def _hole(holes: Iterable[MissingCell], domain: str) -> dict[str, Any]:
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
    for record in sorted(records, key=lambda record: record.spec.seed):
        if record.spec.domain in row.domains:
            found[record.spec.domain].append([record.spec.seed, record.cell])
    return dict(found)


def _key(row: Row) -> Place:
    return place_of(row.record)


def _with_ends(found: Difference) -> list[float]:
    return [_rounded(value) for value in (found.observed, found.interval.low, found.interval.high)]


def _rounded(value: float) -> float:
    return round(value, _DIGITS)


def _short(value: float | None) -> float | None:
    """Return four significant digits: more than is shown."""
    return None if value is None else float(f"{value:.4g}") if value < 1000 else round(value)
