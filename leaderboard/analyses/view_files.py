"""Views of a board as Markdown and JSON, in files beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmark.scoring.frequency import CLASSES
from benchmark.scoring.intervals import LEVEL, Difference
from leaderboard.analyses.views import LEAK_FREE, VIEWS, Frequency, Key, Seen, Setting, Types, Views
from leaderboard.board import Board
from leaderboard.output import tables
from leaderboard.output.numbers import NONE, interval, points, rounded, signed
from leaderboard.output.render import heading, markdown_grid, write_files
from leaderboard.output.tables import Grid

SCHEMA = 1
NAME = "views"
AVERAGE = "average"


def write(board: Board, folder: Path) -> list[Path]:
    """Write views.md and views.json into a folder, each atomically; nothing for a board without views."""
    if board.views is None:
        return []
    texts = {"md": markdown(board, board.views), "json": to_json(board, board.views)}
    return write_files(folder, NAME, texts)


def markdown(board: Board, views: Views) -> str:
    """Render all views as one page."""
    lines = heading("Views of the board", board)
    lines += [
        "The same predictions as on [the board](board.md), F1 × 100, averages with their"
        f" {LEVEL:.0%} intervals; rows in the order of the board."
    ]
    for grid in view_grids(board, views):
        lines += markdown_grid(grid)
    return "\n".join(lines) + "\n"


def view_grids(board: Board, views: Views) -> Iterator[Grid]:
    """Yield all views as tables: each setting's views and frequencies, then the types of its domains."""
    for name, setting in views.settings.items():
        for view, rows in setting.tables.items():
            yield _table(board, views, name, view, rows)
        yield _frequency_table(views, name, setting.frequency)
    for name, setting in views.settings.items():
        for types in setting.types:
            yield _types_table(name, types)


def _table(board: Board, views: Views, setting: str, view: str, rows: Sequence[Seen]) -> Grid:
    whole = (AVERAGE, f"{LEVEL:.0%} interval", "change")
    cells = [
        (
            *row.key,
            *(points(row.domains[d].observed) if d in row.domains else NONE for d in board.domains),
            *(
                (NONE, NONE, NONE)
                if row.average is None or row.change is None
                else (points(row.average.observed), interval(row.average.interval), signed(row.change))
            ),
        )
        for row in rows
    ]
    notes = [f"{view}: {VIEWS[view]}. change: of the average, to all types and sentences."]
    if view == LEAK_FREE:
        left_out = ", ".join(f"{domain} {many} of {of}" for domain, (many, of) in views.leaks.items())
        notes.append(f"Left out of the different test sentences: {left_out}.")
    header = ("method", "backbone", *board.domains, *whole)
    return Grid(f"{setting}: {view}", header, tuple(cells), tuple(notes))


def _frequency_table(views: Views, setting: str, rows: Sequence[Frequency]) -> Grid:
    whole = [row for row in rows if AVERAGE in row.recall]
    cells = tuple((*row.key, *(points(row.recall[AVERAGE][name]) for name in CLASSES)) for row in whole)
    gold = "; ".join(
        f"{domain} {', '.join(str(counts[name]) for name in CLASSES)}"
        for domain, counts in views.mentions.items()
    )
    notes = (
        "Recall × 100 of gold mentions by what the target's train set tells of their text, averaged over"
        " domains. seen: it is a mention there, always of this type; ambiguous: a mention of another type, or"
        " of several; unseen: no mention there. Zero-shot methods saw none of it.",
        f"Gold mentions ({', '.join(CLASSES)}): {gold}.",
    )
    return Grid(f"{setting}: recall by mention frequency", ("method", "backbone", *CLASSES), cells, notes)


def _types_table(setting: str, types: Types) -> Grid:
    rows = tuple(
        (name, str(gold), *(points(scores[name]) for scores in types.rows.values()))
        for name, gold in types.gold.items()
    )
    header = ("type", "gold", *(_name(key) for key in types.rows))
    note = "F1 × 100 of each type, the mean over seeds; few gold mentions make an unsure figure."
    return Grid(f"{setting}: types of {types.domain}", header, rows, (note,), (1, None))


def _name(key: Key) -> str:
    return f"{key[0]} ({key[1]})"


def to_json(board: Board, views: Views) -> str:
    """Render all views as one JSON object; scores are fractions."""
    content = {
        "schema": SCHEMA,
        "suite": board.suite,
        "corpus": board.corpus,
        "warning": tables.warning(board),
        "source": board.source,
        "scorer": board.scorer,
        "units": "scores are fractions",
        "interval": {"level": LEVEL, "resamples": board.resamples},
        "views": VIEWS,
        "leaks": {d: {"left_out": some, "sentences": of} for d, (some, of) in views.leaks.items()},
        "mentions": views.mentions,
        "settings": {name: _setting(setting) for name, setting in views.settings.items()},
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _setting(setting: Setting) -> dict[str, Any]:
    return {
        "views": {view: [_seen(row) for row in rows] for view, rows in setting.tables.items()},
        "frequency": [{**_row(row.key), "recall": _rounded(row.recall)} for row in setting.frequency],
        "types": {
            types.domain: {
                "gold": types.gold,
                "rows": [{**_row(key), "f1": _fractions(f1)} for key, f1 in types.rows.items()],
            }
            for types in setting.types
        },
    }


def _seen(row: Seen) -> dict[str, Any]:
    return {
        **_row(row.key),
        "domains": {domain: _numbers(found) for domain, found in row.domains.items()},
        "average": None if row.average is None else _numbers(row.average),
        "change": rounded(row.change),
    }


def _row(key: Key) -> dict[str, str]:
    return dict(zip(("label", "backbone"), key, strict=True))


def _numbers(found: Difference) -> dict[str, float | None]:
    limits = {f"f1_{name}": rounded(value) for name, value in asdict(found.interval).items()}
    return {"f1": rounded(found.observed), **limits}


def _rounded(recall: Mapping[str, Mapping[str, float | None]]) -> dict[str, dict[str, float | None]]:
    return {domain: _fractions(classes) for domain, classes in recall.items()}


def _fractions(values: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: rounded(value) for name, value in values.items()}
