"""Writing the site: templates, one style and one script a page, and a policy that names them by their hash.

The pages are self-contained: they work from ``file://``, ask no server for anything, and the policy lets
nothing run that was not written here. Jinja escapes every value; JSON inside the page has its angle brackets
escaped.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.scoring.intervals import LEVEL
from benchmark.store.atomic_io import write_atomic
from leaderboard.analyses.analysis import Analysis
from leaderboard.analyses.ranking import RANKING
from leaderboard.analyses.summary import closing, facts
from leaderboard.board import Board
from leaderboard.output.escape import ARXIV, plain
from leaderboard.output.numbers import points, signed, span
from leaderboard.output.table import Table
from leaderboard.page.cell import cell_page
from leaderboard.page.charts import charts_of
from leaderboard.page.data import front
from leaderboard.page.error_spans import KINDS
from leaderboard.page.facts import machines
from leaderboard.page.leaders import leaders
from leaderboard.page.neighbours import Neighbours
from leaderboard.page.reuse import WrittenPages
from leaderboard.page.row import Place, cells_by_row, page_name, place_of, row_page
from leaderboard.page.submitted import TITLES, submissions_of
from leaderboard.results.measure import ScoredCell
from leaderboard.results.results import Results
from leaderboard.results.rows import Row

if TYPE_CHECKING:
    from jinja2 import Environment

INDEX = "index.html"
CELLS = "cells"
ROWS = "rows"
_JSON: dict[str, Any] = {"ensure_ascii": False, "separators": (",", ":")}
_HERE = Path(__file__).parent


def write(
    board: Board, folder: Path, *, text: bool = True, siblings: Sequence[tuple[str, str]] = ()
) -> list[Path]:
    """Write the pages of cells and rows, then ``index.html``; return their paths, the latter first.

    ``text`` puts the words of the corpora on the cells' pages. ``siblings`` are (name, link) of the boards
    beside this one. Pages of cells and rows that are no longer current are removed.
    """
    environment = _environment()
    results = board.results
    neighbours = Neighbours(results.shown)
    (folder / CELLS).mkdir(parents=True, exist_ok=True)
    written = WrittenPages(folder / CELLS)
    paths = []
    rows = _rows(board)
    for cell in results.shown:
        path = folder / CELLS / f"{cell.record.cell}.html"
        clean = neighbours.clean(cell.record)
        listed = _neighbours(environment, cell, neighbours, rows)
        key = written.key(results, cell, text=text, clean=clean)
        written.write(path, key, listed, partial(_cell, environment, results, cell, clean, text))
        paths.append(path)
    written.close()
    if results.kept is not None:
        results.kept.close()
    paths += _write_rows(environment, board, rows, folder / ROWS)
    for old in {*(folder / CELLS).glob("*.html"), *(folder / ROWS).glob("*.html")} - set(paths):
        old.unlink()
    # last, so that a front page is only there when all that it leads to is
    write_atomic(folder / INDEX, front_page(board, siblings, _docs(folder)).encode(), temporary=folder)
    return [folder / INDEX, *paths]


def _arxiv(text: str) -> Any:
    """Return a text as HTML in which arXiv ids lead to their papers."""
    from markupsafe import Markup, escape

    link = r'<a href="https://arxiv.org/abs/\1" rel="noopener noreferrer">arXiv \1</a>'
    return Markup(ARXIV.sub(link, str(escape(text))))


def _packed(value: Any) -> str:
    """Return a value as JSON, packed by gzip, as letters that need no escape: a third of the size."""
    text = json.dumps(value, **_JSON)
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _environment() -> Environment:
    import jinja2  # only for those who ask for the page

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = _JSON
    numbers = {"points": points, "signed": signed, "span": span}
    environment.filters |= {**numbers, "plain": plain, "arxiv": _arxiv, "packed": _packed}
    environment.globals |= {"level": f"{LEVEL:.0%}", "kinds": KINDS, "tiers": TITLES}
    return environment


def _docs(folder: Path) -> str | None:
    """Return the way from a site to this project's docs, where both lie in one checkout."""
    root = _HERE.parents[1]
    docs = root / "docs"
    if not (docs / "read-the-board.md").is_file() or not folder.resolve().is_relative_to(root):
        return None
    return Path(os.path.relpath(docs, folder.resolve())).as_posix()


def front_page(board: Board, siblings: Sequence[tuple[str, str]] = (), docs: str | None = None) -> str:
    """Return the front page; ``siblings`` are (name, link) of the boards beside this one.

    ``docs`` is the way from the page to the folder of the documentation, if there is one.
    """
    environment = _environment()
    results, heading = board.results, board.results.heading
    submissions = submissions_of((*board[RANKING].rows, *board[RANKING].own_rows))
    return _render(
        environment,
        "index.html",
        ("base.css", "index.css"),
        ("state.js", "index.js", "published.js"),
        suite=heading.suite,
        source=heading.source,
        domains=results.domains,
        data=front(board),
        leaders=leaders(board),
        charts=charts_of(board),
        warning=heading.warning,
        board_facts=facts(results),
        closing=[pair for pair in closing(results) if pair[0] != "How to read"],
        sections=_sections(board),
        home=_at_home(results),
        submissions=submissions,
        aside=[one.label for one in submissions if one.unranked],
        machines=machines([cell.record for cell in results.shown]),
        siblings=siblings,
        docs=docs,
        date=max((cell.record.finished[:10] for cell in results.shown), default=""),
    )


def _sections(board: Board) -> list[tuple[Analysis[Any], list[Table]]]:
    """Return the analyses that have tables for the page, with these."""
    shown = ((analysis, list(analysis.tables(found, "page"))) for analysis, found in board.found)
    return [(analysis, some) for analysis, some in shown if some]


def _cell(
    environment: Environment, results: Results, cell: ScoredCell, clean: str | None, text: bool, listed: str
) -> str:
    """Return a cell's page; ``listed`` is where its neighbours stand, ``clean`` its clean twin."""
    return _render(
        environment,
        "cell.html",
        ("base.css", "cell.css"),
        ("state.js", "cell.js"),
        page=cell_page(results, cell, text=text),
        suite=results.heading.suite,
        warning=results.heading.warning,
        neighbours=listed,
        clean=clean,
    )


def _rows(board: Board) -> dict[Place, Row]:
    """Return the rows that have a page of their own: those of the front page's tables."""
    ranking = board[RANKING]
    tables = (*ranking.tables.values(), *ranking.own.values())
    return {place_of(row.record): row for rows in tables for row in rows if not row.skipped or row.unranked}


def _write_rows(
    environment: Environment, board: Board, rows: Mapping[Place, Row], folder: Path
) -> list[Path]:
    results = board.results
    cells = cells_by_row(results.shown)
    folder.mkdir(exist_ok=True)
    paths = []
    for place, row in rows.items():
        page = _render(
            environment,
            "row.html",
            ("base.css", "cell.css"),
            ("state.js", "row.js"),
            page=row_page(row, cells[place]),
            suite=results.heading.suite,
            warning=results.heading.warning,
        )
        paths.append(folder / f"{page_name(place)}.html")
        paths[-1].write_text(page, encoding="utf-8")
    return paths


def _neighbours(
    environment: Environment, cell: ScoredCell, neighbours: Neighbours, rows: Mapping[Place, Row]
) -> str:
    record = cell.record
    place = place_of(record)
    mean = page_name(place) if place in rows and record.spec.domain in rows[place].domains else None
    return environment.get_template("neighbours.html").render(
        record=record,
        mean=mean,
        beside=neighbours.beside(record),
        across=[] if mean else neighbours.across(record),  # the row's page has them all
        noisy=neighbours.noisy(record),
    )


def _at_home(results: Results) -> list[dict[str, Any]]:
    """Return the source tagger's score in its own domain, with the pages of its cells."""
    return [
        {"row": row, "score": row.average, "cell": row.record.cell}
        for row in results.in_domain
        if row.average is not None
    ]


def _render(
    environment: Environment, template: str, styles: Iterable[str], scripts: Iterable[str], **values: Any
) -> str:
    """Render a page with its style and script inside, allowed by their hashes and nothing else."""
    from markupsafe import Markup

    style, script = (_together(names) for names in (styles, scripts))
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    # both are files of this package: nothing from outside is in them
    inside = {"style": Markup(style), "script": Markup(script), "policy": policy}
    return environment.get_template(template).render(**inside, **values)


def _together(names: Iterable[str]) -> str:
    texts = ((_HERE / "static" / name).read_text(encoding="utf-8") for name in names)
    return "\n" + "\n".join(texts)


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
