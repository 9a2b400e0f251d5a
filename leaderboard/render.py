"""A board as Markdown, terminal text, LaTeX, CSV and JSON. The same board gives the same bytes."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabulate import tabulate

from benchmark.cells.files import write_atomic
from benchmark.scoring.statistics import LEVEL
from leaderboard import grids
from leaderboard.board import Board, Row, Score
from leaderboard.columns import COLUMNS
from leaderboard.escape import latex as in_latex
from leaderboard.escape import markdown as in_markdown
from leaderboard.escape import plain
from leaderboard.grids import Grid

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 1
WIDTH = 110
_DIGITS = 6  # of a fraction: beyond any meaning, within what every machine agrees on


def write(board: Board, folder: Path) -> list[Path]:
    """Write board.md, board.csv, board.json and board.tex into a folder, each atomically."""
    texts = {"md": markdown(board), "csv": csv(board), "json": to_json(board), "tex": latex(board)}
    paths = [folder / f"board.{suffix}" for suffix in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        write_atomic(path, text.encode(), temporary=folder)
    return paths


def terminal(board: Board) -> str:
    """Render the main tables for a screen of 110 columns."""

    def wrapped(text: str, indent: str = "") -> str:
        return textwrap.fill(
            plain(text), WIDTH, initial_indent=indent, subsequent_indent=" " * len(indent) or "  "
        )

    lines = [f"Leaderboard: {plain(board.suite)}"]
    if grids.warning(board):
        lines.append(wrapped(grids.warning(board)))
    lines += [wrapped(f"{what}: {text}") for what, text in grids.facts(board)]
    for setting in board.tables:
        lines += ["", *_terminal_grid(grids.main_grid(board, setting), wrapped)]
    lines.append("")
    for what, text in _closing(board):
        lines.append(wrapped(f"{what}: {text}"))
    return "\n".join(lines) + "\n"


def _terminal_grid(grid: Grid, wrapped: Callable[[str, str], str]) -> Iterator[str]:
    yield plain(grid.title)
    yield _table(grid, plain, "simple") if grid.rows else "  (no row)"
    for note in grid.notes:
        yield wrapped(note, "  - ")


def markdown(board: Board) -> str:
    """Render the whole page: main tables, secondary columns, published results."""
    lines = [f"# Leaderboard: {in_markdown(board.suite)}", ""]
    if grids.warning(board):
        lines += [f"> **{in_markdown(grids.warning(board))}**", ""]
    lines += [f"- **{in_markdown(what)}**: {in_markdown(text)}" for what, text in grids.facts(board)]
    for setting in board.tables:
        lines += _markdown_grid(grids.main_grid(board, setting))
    lines.append("")
    # the closing lines hold commands in backticks, and labels only in the source tagger's line
    for what, text in _closing(board):
        lines.append(f"- **{what}**: {text if what == 'Next' else in_markdown(text)}")
    for setting in board.tables:
        for grid in grids.detail_grids(board, setting):
            if grid.rows:
                lines += _markdown_grid(grid)
    if board.published:
        lines += _markdown_grid(grids.published_grid(board))
    return "\n".join(lines) + "\n"


def _markdown_grid(grid: Grid) -> list[str]:
    lines = ["", f"## {in_markdown(grid.title)}", ""]
    lines.append(_table(grid, in_markdown, "pipe") if grid.rows else "No row yet.")
    if grid.notes:
        lines += ["", *(f"- {in_markdown(note)}" for note in grid.notes)]
    return lines


def _closing(board: Board) -> list[tuple[str, str]]:
    """Return what stands below the main tables: (what, text) pairs."""
    lines = [("Source tagger in its own domain", grids.in_domain_line(board))] if board.in_domain else []
    if board.pending:
        lines.append(("Planned, not run yet", ", ".join(board.pending)))
    return [*lines, ("How to read", grids.READING), ("Next", grids.advice(board))]


def _table(grid: Grid, escape: Callable[[str], str], form: str) -> str:
    cells = [[escape(cell) for cell in row] for row in grid.rows]
    header = [escape(cell) for cell in grid.header]
    align = ["left" if index < grid.left else "right" for index in range(len(header))]
    return tabulate(cells, headers=header, tablefmt=form, colalign=align, disable_numparse=True)


def latex(board: Board) -> str:
    """Render the main tables as LaTeX tabulars, which need no package."""
    parts = []
    notice = [grids.warning(board)] if grids.warning(board) else []
    for setting in board.tables:
        grid = grids.main_grid(board, setting)
        if not grid.rows:
            continue
        caption = [f"{board.suite}, {grid.title}", *notice, f"Metric: {dict(grids.facts(board))['Metric']}"]
        lines = [*caption, *grid.notes]
        parts.append(
            "".join(f"% {plain(line)}\n" for line in lines) + _table(grid, in_latex, "latex_raw") + "\n"
        )
    return "\n".join(parts)


def frame(board: Board) -> pd.DataFrame:
    """Return the board as a tidy frame: one line a row and domain, and one for its average.

    Scores are fractions. ``kind`` is ``domain``, ``average`` or ``in-domain`` (the source tagger's own, never
    averaged). A line without a score has empty cells, and says in ``missing`` what became of its cells.
    """
    import pandas as pd  # here: what prints the board at the end of a run need not pay for it

    lines = [line for row in board.rows for line in _lines(board, row, "domain")]
    lines += [line for row in board.in_domain for line in _lines(board, row, "in-domain")]
    return pd.DataFrame(lines, columns=_FRAME, dtype=object)


_FRAME = [
    *("suite", "corpus", "source", "setting", "label", "method", "backbone", "kind", "domain"),
    *("seeds", "planned_seeds", "coverage", "f1_low", "f1_high", *(column.key for column in COLUMNS)),
    *("above_ceiling", "missing"),
]


def _lines(board: Board, row: Row, kind: str) -> Iterator[dict[str, object]]:
    common = {
        "suite": board.suite,
        "corpus": board.corpus,
        "source": board.source,
        "setting": row.setting,
        "label": row.label,
        "method": row.method,
        "backbone": row.backbone,
        "planned_seeds": len(row.planned_seeds),
        "coverage": f"{row.covered}/{len(row.planned)}",
    }
    for domain in row.planned:
        holes = [hole for hole in row.holes if hole.domain == domain]
        yield {
            **common,
            "kind": kind,
            "domain": domain,
            "above_ceiling": domain in row.above_ceiling,
            "missing": "; ".join(plain(f"seed {h.seed} {h.state} {h.reason}") for h in holes),
            **_numbers(row.scores.get(domain)),
        }
    if kind == "domain":
        missing = f"{len(row.holes)} cells" if row.holes else ""
        yield {**common, "kind": "average", "domain": "", "missing": missing, **_numbers(row.average)}


def _numbers(score: Score | None) -> dict[str, float | int | None]:
    if score is None:
        return {}
    values = {key: _rounded(value) for key, value in score.values.items()}
    low, high = _rounded(score.interval.low), _rounded(score.interval.high)
    return {"seeds": score.seeds, "f1_low": low, "f1_high": high, **values}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


def csv(board: Board) -> str:
    """Render the tidy frame."""
    text: str = frame(board).to_csv(index=False, lineterminator="\n")
    return text


def to_json(board: Board) -> str:
    """Render everything, holes and published rows included, as one JSON object."""
    content = {
        "schema": SCHEMA,
        "suite": board.suite,
        "corpus": board.corpus,
        "synthetic": board.corpus == "sample",
        "facts": dict(grids.facts(board)),
        "units": "scores are fractions; published scores are points, as printed",
        "source": board.source,
        "domains": board.domains,
        "seeds": board.seeds,
        "scorer": board.scorer,
        "interval": {
            "level": LEVEL,
            "resamples": board.resamples,
            "method": "percentile bootstrap over sentences",
        },
        "columns": {column.key: column.says for column in COLUMNS},
        "tables": {setting: [_row(row) for row in rows] for setting, rows in board.tables.items()},
        "in_domain": [_row(row) for row in board.in_domain],
        "ceilings": {d: {k: _rounded(v) for k, v in asdict(c).items()} for d, c in board.ceilings.items()},
        "planned_not_run": board.pending,
        "published": {"status": "reported, not verified", "rows": [asdict(row) for row in board.published]},
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _row(row: Row) -> Mapping[str, Any]:
    return {
        "label": row.label,
        "method": row.method,
        "backbone": row.backbone,
        "setting": row.setting,
        "coverage": f"{row.covered}/{len(row.planned)}",
        "seeds": row.planned_seeds,
        "average": _numbers(row.average) or None,
        "domains": {domain: _numbers(score) for domain, score in row.scores.items()},
        "holes": [asdict(hole) for hole in row.holes],
        "reading": row.reading,
        "above_ceiling": row.above_ceiling,
    }
