"""A board as Markdown, LaTeX, CSV and JSON. The same board gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabulate import tabulate

from benchmark.scoring.intervals import LEVEL, POWER
from benchmark.scoring.multiple_testing import ALPHA
from benchmark.store.atomic_io import write_atomic
from leaderboard.analyses import noise_column, submissions
from leaderboard.analyses.ablation_grids import ablation_grid
from leaderboard.analyses.learning_grids import learning_grid
from leaderboard.analyses.pairwise import Contrasts
from leaderboard.analyses.published_grid import published_grid
from leaderboard.board import Board
from leaderboard.output import tables
from leaderboard.output.escape import latex as in_latex
from leaderboard.output.escape import markdown as in_markdown
from leaderboard.output.escape import plain, with_code
from leaderboard.output.numbers import rounded
from leaderboard.output.tables import Grid
from leaderboard.results import spending
from leaderboard.results.columns import COLUMNS
from leaderboard.results.rows import Row, Score

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 1
_VIEWS = "- **More views**: [without misc, free of leaks, by mention frequency, by type](views.md)"
ABLATIONS = "ablations"  # the files of that name lie beside the board
LEARNING = "learning"
TRANSDUCTIVE = "transductive"  # the key of what only such rows have


def write(board: Board, folder: Path) -> list[Path]:
    """Write board.md, board.csv, board.json and board.tex into a folder, each atomically."""
    texts = {"md": markdown(board), "csv": csv(board), "json": to_json(board), "tex": latex(board)}
    return write_files(folder, "board", texts)


def write_files(folder: Path, name: str, contents: Mapping[str, str | bytes]) -> list[Path]:
    """Write files of one name, suffix → content, into a folder, each atomically; return their paths."""
    paths = []
    for suffix, content in contents.items():
        path = folder / f"{name}.{suffix}"
        write_atomic(path, content.encode() if isinstance(content, str) else content, temporary=folder)
        paths.append(path)
    return paths


def heading(title: str, board: Board) -> list[str]:
    """Return the first lines of a page: its title with the suite's name, and the board's warning if any."""
    lines = [f"# {title}: {in_markdown(board.suite)}", ""]
    if tables.warning(board):
        lines += [f"> **{in_markdown(tables.warning(board))}**", ""]
    return lines


def markdown(board: Board) -> str:
    """Render the whole page: main tables, secondary columns, published results."""
    lines = heading("Leaderboard", board)
    lines += [f"- **{in_markdown(what)}**: {in_markdown(text)}" for what, text in tables.facts(board)]
    for grid in tables.main_grids(board):
        lines += markdown_grid(grid)
    lines += markdown_ablations(board)
    lines += markdown_learning(board)
    lines.append("")
    lines += [f"- **{what}**: {with_code(text)}" for what, text in tables.closing(board)]
    if board.views is not None:
        lines.append(_VIEWS)
    for grid in tables.detail_grids(board):
        if grid.rows:
            lines += markdown_grid(grid)
    submitted = tuple(submissions.declared((*board.rows, *board.own_rows)))
    if submitted:
        header = submissions.HEADER
        lines += markdown_grid(
            Grid("Submissions", header, submitted, (submissions.NOTE,), (len(header), None))
        )
    if board.published:
        lines += markdown_grid(published_grid(board))
    return "\n".join(lines) + "\n"


def markdown_ablations(board: Board) -> list[str]:
    """Return the lines of the differences to the base row, with their chart; none without a base."""
    lines = ["", f"![Differences to the base row]({ABLATIONS}.svg)"] if board.ablations else []
    for table in board.ablations:
        lines += markdown_grid(ablation_grid(table, intervals=True))
    return lines


def markdown_learning(board: Board) -> list[str]:
    """Return the lines of the learning curves, with their chart; none without a few-shot row."""
    lines = ["", f"![F1 over the number of shots]({LEARNING}.svg)"] if board.learning else []
    for table in board.learning:
        lines += markdown_grid(learning_grid(table))
    return lines


def markdown_grid(grid: Grid) -> list[str]:
    """Return the lines of a table under its heading, notes below."""
    lines = ["", f"## {in_markdown(grid.title)}", ""]
    lines.append(_table(grid, in_markdown, "pipe") if grid.rows else "No row yet.")
    if grid.notes:
        lines += ["", *(f"- {in_markdown(note)}" for note in grid.notes)]
    return lines


def _table(grid: Grid, escape: Callable[[str], str], form: str) -> str:
    cells = [[escape(cell) for cell in row] for row in grid.rows]
    header = [escape(cell) for cell in grid.header]
    align = ["right" if index in grid.right else "left" for index in range(len(header))]
    return tabulate(cells, headers=header, tablefmt=form, colalign=align, disable_numparse=True)


def latex(board: Board) -> str:
    """Render the main tables as LaTeX tabulars, which need no package; what they mean stands in comments."""
    facts = dict(tables.facts(board))
    common = [
        line for line in (tables.warning(board), facts["Corpus"], facts["Metric"], facts["Interval"]) if line
    ]
    parts = []
    for grid in tables.main_grids(board):
        if grid.rows:
            comments = "".join(f"% {plain(line)}\n" for line in (grid.title, *common, *grid.notes))
            parts.append(comments + _marked(_table(grid, in_latex, "latex_raw"), grid, board) + "\n")
    return "\n".join(parts)


def _marked(table: str, grid: Grid, board: Board) -> str:
    """Put a warning's first words into the table itself: comments are lost where a table is copied."""
    words = tables.warning(board).partition(":")[0]
    if not words:
        return table
    begin, rest = table.split("\n", 1)
    return f"{begin}\n\\multicolumn{{{len(grid.header)}}}{{l}}{{{in_latex(words)}}} \\\\\n{rest}"


def frame(board: Board) -> pd.DataFrame:
    """Return the board as a tidy frame: one line for each row's domain, and one for its average.

    Scores are fractions. ``kind`` is ``domain``, ``average``, ``own`` (a domain of the user's own) or
    ``in-domain`` (the source tagger's own); of a row with an oracle, which is no method and has no rank, it
    is ``oracle`` or ``oracle-average``; of a submission without a rank ``unranked`` or
    ``unranked-average``. A line without a score has empty cells, and says in ``missing`` what became of its
    cells. The columns of tokens and cost are there where a row asked a language model; those of
    an average are the row's altogether. ``transductive`` is there where a row is: true on its lines alone.
    """
    import pandas as pd  # half a second: only for those who ask

    lines = [line for row in board.rows for line in (*_lines(board, row, "domain"), _average(board, row))]
    lines += [line for rows in board.own.values() for row in rows for line in _lines(board, row, "own")]
    lines += [line for row in board.in_domain for line in _lines(board, row, "in-domain")]
    asked = any(key in line for line in lines for key in spending.KEYS)
    marks = [TRANSDUCTIVE] if any(TRANSDUCTIVE in line for line in lines) else []
    names = [*_FRAME, *(spending.KEYS if asked else ()), *marks, "above_ceiling", "missing"]
    return pd.DataFrame(lines, columns=names, dtype=object)


_FRAME = [
    *("suite", "corpus", "source", "setting", "label", "method", "backbone", "kind", "domain"),
    *("seeds", "planned_seeds", "coverage", "tie", "f1_low", "f1_high", *(column.key for column in COLUMNS)),
]


def _lines(board: Board, row: Row, kind: str) -> Iterator[dict[str, object]]:
    for domain in row.domains:
        holes = [hole for hole in row.holes if hole.domain == domain]
        yield {
            **_common(board, row),
            "kind": "oracle" if row.oracle else "unranked" if row.unranked else kind,
            "domain": domain,
            "above_ceiling": domain in row.above_ceiling,
            "missing": "; ".join(plain(f"seed {h.seed} {h.state} {h.reason}") for h in holes),
            **_numbers(row.scores.get(domain)),
            **spending.numbers(row.llm.get(domain)),
        }


def _average(board: Board, row: Row) -> dict[str, object]:
    missing = f"{len(row.holes)} cells" if row.holes else ""
    spent = spending.numbers(spending.total(row.llm.values()))
    kind = "oracle-average" if row.oracle else "unranked-average" if row.unranked else "average"
    return {
        **_common(board, row),
        "kind": kind,
        "tie": row.tie,
        "missing": missing,
        **_numbers(row.average),
        **spent,
    }


def _common(board: Board, row: Row) -> dict[str, object]:
    return {
        "suite": board.suite,
        "corpus": row.record.spec.corpus,
        "source": board.source,
        "setting": row.record.spec.setting,
        "label": row.label,
        "method": row.record.spec.method,
        "backbone": row.backbone,
        "planned_seeds": len(row.seeds),
        "coverage": row.coverage,
        **({TRANSDUCTIVE: True} if row.transductive else {}),
    }


def _numbers(score: Score | None) -> dict[str, float | int | None]:
    if score is None:
        return {}
    values = {key: rounded(value) for key, value in score.values.items()}
    low, high = rounded(score.interval.low), rounded(score.interval.high)
    return {"seeds": score.seeds, "f1_low": low, "f1_high": high, **values}


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
        "warning": tables.warning(board),
        "facts": dict(tables.facts(board)),
        "units": "scores are fractions; published scores are points, as printed",
        "source": board.source,
        "domains": board.domains,
        "seeds": board.seeds,
        "scorer": board.scorer,
        "interval": {
            "level": LEVEL,
            "resamples": board.resamples,
            "method": "percentile bootstrap over groups of equal sentences; of several seeds, with Student's"
            " margin of their mean",
        },
        "contrasts": {s: _contrasts(found) for s, found in board.contrasts.items()},
        "own_contrasts": {s: _contrasts(found) for s, found in board.own_contrasts.items()},
        "columns": {column.key: column.says for column in COLUMNS},
        "tables": {s: [_row(row, board) for row in tables.ranked(rows)] for s, rows in board.tables.items()},
        "own_domains": {
            s: [_row(row, board) for row in tables.ranked(rows)] for s, rows in board.own.items()
        },
        "oracles": [_row(row, board) for row in (*board.rows, *board.own_rows) if row.oracle],
        "in_domain": [_row(row, board) for row in board.in_domain],
        "ceilings": {d: {k: rounded(v) for k, v in asdict(c).items()} for d, c in board.ceilings.items()},
        "not_run": board.pending,
        "not_scored": board.unscored,
        "published": {"status": "reported, not verified", "rows": [asdict(row) for row in board.published]},
    }
    submitted = submissions.as_json((*board.rows, *board.own_rows))
    if submitted:
        aside = [_row(row, board) for row in (*board.rows, *board.own_rows) if row.unranked]
        content |= {"submissions": submitted, "submitted_unranked": aside}
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _contrasts(found: Contrasts) -> dict[str, Any]:
    return {
        "alpha": ALPHA,
        "power": POWER,
        "detectable": {name: rounded(value) for name, value in (found.detectable or {}).items()},
        "pairs": [
            {
                "first": dict(zip(("label", "backbone"), pair.first, strict=True)),
                "second": dict(zip(("label", "backbone"), pair.second, strict=True)),
                "difference": rounded(pair.difference.observed),
                "low": rounded(pair.difference.interval.low),
                "high": rounded(pair.difference.interval.high),
                "p": rounded(pair.p),
                "p_holm": rounded(pair.corrected),
                "separated": pair.separated,
            }
            for pair in found.pairs
        ],
    }


def _row(row: Row, board: Board) -> dict[str, Any]:
    record = row.record
    kept = noise_column.kept_of_row(board.noise, row)
    return {
        "label": row.label,
        "method": record.spec.method,
        "params": record.spec.params,
        "backbone": row.backbone,
        "setting": record.spec.setting,
        "source_limit": record.spec.source_limit,
        "coverage": row.coverage,
        "seeds": row.seeds,
        "tie": row.tie,
        "average": _numbers(row.average) or None,
        "domains": {domain: _numbers(score) for domain, score in row.scores.items()},
        "holes": [asdict(hole) for hole in row.holes],
        "reading": row.reading,
        **({"llm": spending.of_row(row.llm)} if row.llm else {}),
        **({TRANSDUCTIVE: True} if row.transductive else {}),
        **({"kept": {name: rounded(one.value) for name, one in kept.items()}} if kept else {}),
        "above_ceiling": row.above_ceiling,
    }
