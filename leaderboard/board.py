"""A board: the results of a suite, and what each analysis of a list found in them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from benchmark.errors import InputError
from benchmark.store.atomic_io import write_atomic
from leaderboard.analyses.ablations import ABLATIONS
from leaderboard.analyses.analysis import Analysis, Where
from leaderboard.analyses.ceilings import check_ceilings
from leaderboard.analyses.decision import DECISION
from leaderboard.analyses.details import DETAILS
from leaderboard.analyses.learning import LEARNING
from leaderboard.analyses.published import PUBLISHED_RESULTS
from leaderboard.analyses.ranking import RANKING
from leaderboard.analyses.robustness import ROBUSTNESS
from leaderboard.analyses.second_annotation import SECOND_ANNOTATION
from leaderboard.analyses.submissions import SUBMISSIONS
from leaderboard.analyses.summary import closing, facts
from leaderboard.analyses.views import VIEWS_OF_BOARD
from leaderboard.output import chart, csv, json, latex, markdown, terminal
from leaderboard.output.table import Facts, Image, Page, Table, Text
from leaderboard.results.load import load
from leaderboard.results.results import Results
from leaderboard.results.selection import EVERYTHING, Selection

F = TypeVar("F")

# a new analysis is one line here: its place is that of its tables on the board
ANALYSES: tuple[Analysis[Any], ...] = (
    RANKING,
    DECISION,
    VIEWS_OF_BOARD,
    ABLATIONS,
    LEARNING,
    ROBUSTNESS,
    DETAILS,
    SECOND_ANNOTATION,
    SUBMISSIONS,
    PUBLISHED_RESULTS,
)


@dataclass(frozen=True)
class Board:
    """Results, and each analysis with what it found in them; those that found nothing are left out."""

    results: Results
    found: tuple[tuple[Analysis[Any], Any], ...]

    def get(self, analysis: Analysis[F]) -> F | None:
        """Return what an analysis found; None where that is nothing."""
        return next((found for one, found in self.found if one is analysis), None)

    def __getitem__(self, analysis: Analysis[F]) -> F:
        """Return what an analysis found; ``KeyError`` where that is nothing."""
        found = self.get(analysis)
        if found is None:
            raise KeyError(analysis.name)
        return found

    def tables(self, where: Where, *, appendix: bool = False) -> Iterator[Table]:
        """Yield the tables of all analyses for a place, in their order."""
        for analysis, found in self.found:
            if analysis.appendix == appendix:
                yield from analysis.tables(found, where)


def analyse(results: Results, analyses: Iterable[Analysis[Any]] = ANALYSES) -> Board:
    """Ask every analysis of results. Pure: the same results give the same board."""
    found = ((one, results.once(one.compute)) for one in analyses)
    return Board(results, tuple((one, answer) for one, answer in found if answer is not None))


def build(
    store_root: Path | str,
    suite: str,
    *,
    data_dir: Path | str | None = None,
    own: Iterable[Path | str] = (),
    resamples: int | None = None,
    views: bool = False,
    selection: Selection = EVERYTHING,
) -> Board:
    """Load the results of a suite and analyse them; the parameters are those of ``results.load``.

    Raises what ``load`` raises; ``AboveCeilingError`` where a tagger of source types scores more than one
    can.
    """
    results = load(
        store_root,
        suite,
        data_dir=data_dir,
        own=own,
        resamples=resamples,
        views=views,
        selection=selection,
    )
    check_ceilings(results.rows, Path(store_root) / suite)
    return analyse(results)


def on_screen(board: Board) -> str:
    """Return the board for a terminal: the main tables, what they mean, what to do next."""
    return terminal.render(_page(board, tuple(board.tables("terminal"))))


def board_markdown(board: Board) -> str:
    """Return board.md: main tables, what they mean, secondary columns, published results."""
    parts: list[Table | Image] = []
    for analysis, found in board.found:
        if not analysis.appendix and (some := tuple(analysis.tables(found, "board"))):
            parts += [*_image(analysis), *some]
    page = _page(board, tuple(parts))
    below = tuple(some for some in board.tables("board", appendix=True))
    return markdown.render(Page(page.title, page.suite, page.warning, (*page.parts, *below)))


def _page(board: Board, parts: tuple[Table | Image, ...]) -> Page:
    heading = board.results.heading
    pointers = [(one.pointer[0], Text(one.pointer[1])) for one, _ in board.found if one.pointer is not None]
    last = Facts((*closing(board.results), *pointers), commands=True)
    above = Facts(tuple(facts(board.results)))
    return Page(RANKING.title, heading.suite, heading.warning, (above, *parts, last))


def board_latex(board: Board) -> str:
    """Return board.tex: the main tables."""
    heading, known = board.results.heading, dict(facts(board.results))
    comments = [heading.warning, known["Corpus"], known["Metric"], known["Interval"]]
    banner = heading.warning.partition(":")[0]
    return latex.render(board.tables("latex"), comments=[line for line in comments if line], banner=banner)


def own_markdown(board: Board, analysis: Analysis[F]) -> str:
    """Return an analysis' own page: its chart, and its tables."""
    heading = board.results.heading
    intro = (Text(analysis.intro),) if analysis.intro else ()
    parts = (*_image(analysis), *intro, *analysis.tables(board[analysis], "file"))
    return markdown.render(Page(analysis.title, heading.suite, heading.warning, parts))


def _image(analysis: Analysis[Any]) -> tuple[Image, ...]:
    if analysis.figure is None:
        return ()
    return (Image(f"{analysis.name}.svg", analysis.caption),)


def files(board: Board) -> dict[str, Callable[[], str | bytes]]:
    """Return the files of a board: name → what makes its content, in the order in which they are written."""
    made: dict[str, Callable[[], str | bytes]] = {"board.md": partial(board_markdown, board)}
    for analysis, found in board.found:
        made |= _files_of(board, analysis, found)
    made["board.tex"] = partial(board_latex, board)
    first = [name for name in made if name.startswith("board.")]
    return {name: made[name] for name in (*first, *(name for name in made if name not in first))}


def _files_of(board: Board, analysis: Analysis[F], found: F) -> Mapping[str, Callable[[], str | bytes]]:
    heading, name = board.results.heading, analysis.name
    made: dict[str, Callable[[], str | bytes]] = {}
    if any(True for _ in analysis.tables(found, "file")):
        made[f"{name}.md"] = partial(own_markdown, board, analysis)
    if (lines := analysis.lines) is not None:
        made[f"{name}.csv"] = lambda: csv.render(lines(found, heading))
    if (document := analysis.document) is not None:
        made[f"{name}.json"] = lambda: json.render(document(found, heading))
    if (figure := analysis.figure) is not None:
        made[f"{name}.png"] = lambda: chart.draw(figure(found), "png")
        made[f"{name}.svg"] = lambda: chart.draw(figure(found), "svg")
    return made


def write(board: Board, folder: Path) -> list[Path]:
    """Write a board's files into a folder, each atomically; return their paths."""
    return write_files(files(board), folder)


def write_files(made: Mapping[str, Callable[[], str | bytes]], folder: Path) -> list[Path]:
    """Write files into a folder, each atomically; ``made`` maps a name to what makes the content.

    Raises ``InputError`` where the folder cannot be written.
    """
    paths = []
    for name, make in made.items():
        content = make()
        path = folder / name
        with writable(path):
            write_atomic(path, content.encode() if isinstance(content, str) else content, temporary=folder)
        paths.append(path)
    return paths


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """Turn a failure of the file system to write into an ``InputError`` that says what to do."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"a folder that cannot be written ({error.strerror})",
            path=path,
            expected="one that a board can be written into",
            todo="name another with --output",
        ) from error


def print_board(
    store_root: Path | str, suite: str, *, data_dir: Path | str | None = None, own: Iterable[Path | str] = ()
) -> None:
    """Print a suite's board for a terminal; what ``python -m benchmark run`` calls at its end."""
    folders = [str(folder) for folder in own]
    print(on_screen(build(store_root, suite, data_dir=data_dir, own=folders)), end="")
    arguments = [str(Path(store_root) / suite)]
    arguments += [] if data_dir is None else ["--data-dir", str(data_dir)]
    arguments += [part for folder in folders for part in ("--domain", folder)]
    print(f"More: `python -m leaderboard build {shlex.join(arguments)}` writes Markdown, CSV, JSON, LaTeX:")
    print("  the interval of every domain, other dialects, where F1 is lost, what training cost")
