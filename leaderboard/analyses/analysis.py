"""What an analysis is: one question asked of the results, and how its answer is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from benchmark.store.record import Record
from leaderboard.output.figure import Figure
from leaderboard.output.table import Lines, Table
from leaderboard.results.heading import Heading
from leaderboard.results.results import Results

Where = Literal["board", "terminal", "latex", "file", "page"]

F = TypeVar("F")


@dataclass(frozen=True)
class Analysis(Generic[F]):
    """One question asked of the results; a new one is a file of this folder and a line in ``board.ANALYSES``.

    Attributes
    ----------
    name : str
        Its key, and the name of its files: ``NAME.md``, ``.csv``, ``.json``, ``.png``, ``.svg``.
    title : str
        The title of its own page.
    compute : function of Results
        Finds the answer; None where these results say nothing about the question.
    tables : function of what was found and a place
        The tables to show there: on the "board" (board.md), in a "terminal", in "latex" (board.tex), in its
        own "file" (NAME.md), on the "page" (the site). A place without tables does not mention it.
    lines, document : functions of what was found and the heading, optional
        The tidy lines of NAME.csv, and the content of NAME.json.
    figure : function of what was found, optional
        Describes the chart of NAME.png, NAME.svg and the page; ``caption`` are the words that stand for it.
    intro : str
        Markdown above the tables of its own page.
    pointer : (str, str), optional
        What board.md says of its own page, as a title and Markdown with a link.
    appendix : bool
        Whether its tables stand below the closing lines of board.md.
    """

    name: str
    title: str
    compute: Callable[[Results], F | None]
    tables: Callable[[F, Where], Iterable[Table]]
    lines: Callable[[F, Heading], Lines] | None = None
    document: Callable[[F, Heading], Mapping[str, Any]] | None = None
    figure: Callable[[F], Figure] | None = None
    caption: str = ""
    intro: str = ""
    pointer: tuple[str, str] | None = None
    appendix: bool = False


def row_columns(heading: Heading, record: Record) -> dict[str, object]:
    """Return the columns of tidy lines that say which row a record is of."""
    spec = record.spec
    return {
        "suite": heading.suite,
        "corpus": spec.corpus,
        "source": heading.source,
        "setting": spec.setting,
        "label": spec.label,
        "method": spec.method,
        "backbone": spec.backbone,
    }


def document_of(
    heading: Heading, *, units: str, interval: Mapping[str, Any] | None, tables: Iterable[Any]
) -> dict[str, Any]:
    """Return a document that says what its tables are of, in the form that most analyses share."""
    return {
        "schema": 1,
        "suite": heading.suite,
        "corpus": heading.corpus,
        "source": heading.source,
        "scorer": heading.scorer,
        "units": units,
        "interval": interval,
        "tables": list(tables),
    }
