"""Other people's published numbers: read from a table, shown apart, beside ours in their own dialect."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import InputError
from benchmark.settings import by_labels
from leaderboard.analyses.analysis import Analysis, Where
from leaderboard.output.escape import ARXIV
from leaderboard.output.numbers import NONE, points
from leaderboard.output.table import Lines, Table
from leaderboard.results.heading import Heading
from leaderboard.results.results import TARGETS, Results
from leaderboard.results.rows import ranked

PUBLISHED = Path(__file__).with_name("published_results.csv")
_SAYS = ("average_over", "dialect", "misc", "evidence", "source", "note", "year", "paper")
_COLUMNS = ("method", "setting", "resource_class", *TARGETS, "average", *_SAYS)

FIVE, _MICRO = "5 domains", "exact span, micro"  # what an average here is over, and how it is scored
_YEAR = re.compile(r"(19|20)\d\d")
# dialect as the table has it, without misc or not -> the key of our column, and what that is
_OURS = {
    (_MICRO, False): ("f1", ""),
    (_MICRO, True): ("no_misc_f1", "no misc"),
    ("exact span, macro", False): ("macro_f1", "macro"),
    ("set of strings", False): ("set_of_strings_f1", "set of strings"),
    ("set of strings", True): ("set_of_strings_f1", "set of strings, but with misc"),
}


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One published result. ``scores`` are texts as printed, in points.

    ``average_over`` says which test sets the average is over, ``dialect`` how they were scored, ``misc``
    whether mentions of misc count ("" where unknown). ``evidence`` says how far the number was followed:
    ``seen`` in a stored text, ``second hand`` in somebody else's. ``year`` is that of the method's first
    publication, ``paper`` its arXiv id, each "" where not known.
    """

    method: str
    setting: str
    resource_class: str
    scores: Mapping[str, str]  # the domains and "average"; "" where not known
    average_over: str
    dialect: str
    misc: str
    evidence: str
    source: str
    note: str
    year: str
    paper: str

    @property
    def comparable(self) -> str:
        """Whether the average compares with ours: "yes", "if misc was kept" (which is unknown), or "no"."""
        if self.average_over != FIVE or self.dialect != _MICRO or self.misc == "no":
            return "no"
        return "yes" if self.misc else "if misc was kept"

    @property
    def link(self) -> str:
        """The address of the source or, where that has no arXiv id, of the method's paper; else ""."""
        found = ARXIV.search(self.source_and_paper)
        return f"https://arxiv.org/abs/{found[1]}" if found else ""

    @property
    def source_and_paper(self) -> str:
        """The source, with the arXiv id of the method's paper where it names another."""
        known = not self.paper or self.paper in self.source
        return self.source if known else f"{self.source}; arXiv {self.paper}"


@dataclass(frozen=True, slots=True)
class Ours:
    """Our best row of a setting as a published row's dialect scores it; ``f1`` is a fraction."""

    label: str
    f1: float
    dialect: str


@dataclass(frozen=True)
class Published:
    """Other people's rows by setting, best average first; with each our best row in its dialect, if any."""

    rows: tuple[PublishedRow, ...]
    ours: tuple[Ours | None, ...]
    domains: tuple[str, ...]


def compute(results: Results) -> Published | None:
    """Return other people's numbers for results on CrossNER alone; None for others."""
    if results.heading.corpus != "crossner":
        return None
    rows = sorted(read_published(), key=lambda row: -float(row.scores["average"] or 0))
    rows.sort(key=lambda row: by_labels(row.setting))
    return Published(tuple(rows), tuple(_ours(results, row) for row in rows), results.domains)


def _ours(results: Results, row: PublishedRow) -> Ours | None:
    column = _OURS.get((row.dialect, row.misc == "no"))
    if column is None or row.average_over != FIVE or set(results.domains) != set(TARGETS):
        return None
    key, dialect = column
    for best in ranked(results.tables.get(row.setting, ())):
        value = best.average.values.get(key) if best.average is not None and not best.unranked else None
        if value is not None:
            return Ours(best.label, value, dialect)
    return None


def tables(found: Published, where: Where) -> Iterable[Table]:
    """Yield other people's numbers as they printed them, for board.md and the page."""
    if where in ("board", "page"):
        header = (
            "method",
            "setting",
            "year",
            *found.domains,
            "average",
            "over",
            "dialect",
            "misc",
            "comparable",
        )
        header += ("our best row, in that dialect", "class", "evidence", "source", "note")
        notes = (
            "Copied from the sources named, in points as printed; neither recomputed nor ranked with ours.",
            "comparable: an average over the same five domains, by exact span, micro; of most it is not said"
            " whether misc was kept, as it is here. Another dialect is no F1 of ours: our row with the"
            " highest average F1 stands beside it as that dialect scores it.",
        )
        rows = tuple(
            _cells(row, ours, found.domains) for row, ours in zip(found.rows, found.ours, strict=True)
        )
        numbers = (2, 4 + len(found.domains))
        yield Table("Published results: reported, not verified", header, rows, notes, numbers, links=True)


def _cells(row: PublishedRow, ours: Ours | None, domains: tuple[str, ...]) -> tuple[str, ...]:
    beside = NONE
    if ours is not None:
        dialect = f", {ours.dialect}" if ours.dialect else ""
        beside = f"{points(ours.f1)} ({ours.label}{dialect})"
    return (
        row.method,
        row.setting,
        row.year or NONE,
        *(row.scores.get(domain) or NONE for domain in (*domains, "average")),
        row.average_over,
        row.dialect,
        row.misc or "unknown",
        row.comparable,
        beside,
        row.resource_class,
        row.evidence,
        row.source_and_paper,
        row.note,
    )


def as_dict(found: Published) -> list[dict[str, object]]:
    """Return the rows for JSON; published scores are texts in points, ``ours`` has fractions."""
    return [
        {
            "method": row.method,
            "setting": row.setting,
            "resource_class": row.resource_class,
            "scores": dict(row.scores),
            **{name: getattr(row, name) for name in (*_SAYS, "comparable", "link")},
            "ours": None if ours is None else {"label": ours.label, "f1": ours.f1, "dialect": ours.dialect},
        }
        for row, ours in zip(found.rows, found.ours, strict=True)
    ]


def lines(found: Published, heading: Heading) -> Lines:
    """Return a line a published row; scores are points as printed, ``our_f1`` is a fraction."""
    del heading
    made = [
        {
            **{key: value for key, value in row.items() if key not in ("scores", "ours")},
            **published.scores,
            **({"our_row": ours.label, "our_f1": ours.f1, "our_dialect": ours.dialect} if ours else {}),
        }
        for row, published, ours in zip(as_dict(found), found.rows, found.ours, strict=True)
    ]
    return Lines((*_COLUMNS, "comparable", "link", "our_row", "our_f1", "our_dialect"), tuple(made))


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
    if named["year"] and not _YEAR.fullmatch(named["year"]):
        raise InputError(f"year {named['year']!r}", path=path, line=line, expected="four digits, or nothing")
    if not (named["evidence"] and named["source"]):
        raise InputError("a row without evidence or source", path=path, line=line, expected="both")
    return PublishedRow(
        method=named["method"],
        setting=named["setting"],
        resource_class=named["resource_class"],
        scores=scores,
        **{name: named[name] for name in _SAYS},
    )


def _is_score(text: str) -> bool:
    try:
        return 0 <= float(text) <= 100
    except ValueError:
        return False


PUBLISHED_RESULTS = Analysis("published", "Published results", compute, tables, lines, appendix=True)
