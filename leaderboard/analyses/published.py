"""Other people's published numbers: read from a table, shown apart, never ranked with ours."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import InputError
from leaderboard.analyses.analysis import Analysis, Where
from leaderboard.output.numbers import NONE
from leaderboard.output.table import Table
from leaderboard.results.results import TARGETS, Results

PUBLISHED = Path(__file__).with_name("published_results.csv")
_COLUMNS = ("method", "setting", "resource_class", *TARGETS, "average", "evidence", "source", "note")


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One published result. ``scores`` are texts as printed, in points: nothing is computed with them.

    ``evidence`` says how far the number was followed: ``seen`` in a stored text, ``recalled`` from memory.
    """

    method: str
    setting: str
    resource_class: str
    scores: Mapping[str, str]  # the domains and "average"; "" where not known
    evidence: str
    source: str
    note: str


@dataclass(frozen=True)
class Published:
    """Other people's rows, and the domains of ours, in whose order theirs are shown."""

    rows: tuple[PublishedRow, ...]
    domains: tuple[str, ...]


def compute(results: Results) -> Published | None:
    """Return other people's numbers for results on CrossNER alone; None for others."""
    if results.heading.corpus != "crossner":
        return None
    return Published(read_published(), results.domains)


def tables(found: Published, where: Where) -> Iterable[Table]:
    """Yield other people's numbers as they printed them, for board.md and the page."""
    if where in ("board", "page"):
        header = ("method", "setting", *found.domains, "average", "class", "evidence", "source", "note")
        note = "Copied from the sources named, in points as printed; neither recomputed nor ranked with ours."
        rows = tuple(_cells(row, found.domains) for row in found.rows)
        numbers = (2, 3 + len(found.domains))
        yield Table("Published results: reported, not verified", header, rows, (note,), numbers)


def _cells(row: PublishedRow, domains: tuple[str, ...]) -> tuple[str, ...]:
    return (
        row.method,
        row.setting,
        *(row.scores.get(domain) or NONE for domain in (*domains, "average")),
        row.resource_class,
        "RECALLED, not seen" if row.evidence == "recalled" else row.evidence,
        row.source,
        row.note,
    )


def read_published(path: Path = PUBLISHED) -> tuple[PublishedRow, ...]:
    """Return the published rows in the order of the file.

    Raises ``InputError`` with file and line for a wrong header, a ragged row, a score that is no number
    between 0 and 100, and a row that states neither evidence nor source.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        if tuple(header) != _COLUMNS:
            raise InputError(f"columns {header}", path=path, line=1, expected=", ".join(_COLUMNS))
        return tuple(_row(cells, path, reader.line_num) for cells in reader)


def _row(cells: list[str], path: Path, line: int) -> PublishedRow:
    if len(cells) != len(_COLUMNS):
        raise InputError(f"{len(cells)} cells", path=path, line=line, expected=f"{len(_COLUMNS)}")
    named = dict(zip(_COLUMNS, cells, strict=True))
    scores = {name: named[name] for name in (*TARGETS, "average")}
    for name, text in scores.items():
        if text and not _is_score(text):
            raise InputError(
                f"{name} {text!r}", path=path, line=line, expected="points between 0 and 100, or nothing"
            )
    if not (named["evidence"] and named["source"]):
        raise InputError("a row without evidence or source", path=path, line=line, expected="both")
    return PublishedRow(
        method=named["method"],
        setting=named["setting"],
        resource_class=named["resource_class"],
        scores=scores,
        evidence=named["evidence"],
        source=named["source"],
        note=named["note"],
    )


def _is_score(text: str) -> bool:
    try:
        return 0 <= float(text) <= 100
    except ValueError:
        return False


PUBLISHED_RESULTS = Analysis("published", "Published results", compute, tables, appendix=True)
