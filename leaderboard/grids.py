"""A board as grids of plain text: what every format shows, before any format's escaping."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmark.scoring.statistics import LEVEL, Interval
from benchmark.task import SUPERVISED, ZERO_SHOT
from leaderboard.board import NOT_RUN, Board, Row
from leaderboard.columns import Column, columns
from leaderboard.published import PublishedRow

NONE = "—"
FLAG = "!"

_MEANING = {
    ZERO_SHOT: "no target labels: source labels and unlabelled target text",
    SUPERVISED: "the target's train and dev labels as well",
}


@dataclass(frozen=True)
class Grid:
    """A table of plain text under a title. ``left`` is how many columns from the left hold words."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    left: int = 2


def facts(board: Board) -> list[tuple[str, str]]:
    """Return what a reader must know before the first number: (what, text) pairs."""
    lines = [
        ("Corpus", f"{_corpus(board)}; source {board.source} → {', '.join(board.domains)}"),
        (
            "Metric",
            "micro-F1 × 100 of exact span and type; all types, misc included; a sentence at a time;"
            f" scorer version {board.scorer}",
        ),
        ("Average", "over seeds, then over the domains; none where a cell is missing"),
        (
            "Interval",
            f"{LEVEL:.0%}, bootstrap over test sentences ({board.resamples:,} resamples, the same for all rows,"
            " seeds averaged in each); it does not cover the luck of a seed",
        ),
        ("Seeds", ", ".join(map(str, board.seeds))),
        ("Choices", "what a zero-shot method leaves open was chosen once, on the dev set of politics"),
    ]
    readings = {row.label: row.reading for row in board.rows if row.reading}
    lines += [(f"Reading of {label}", text) for label, text in sorted(readings.items())]
    return lines


def warning(board: Board) -> str:
    """Return the line that a reader may not miss, or nothing."""
    if board.corpus == "sample":
        return (
            "SAMPLE, NOT CROSSNER: a synthetic corpus written by this project, to try things out."
            " No number here can be compared with a published one."
        )
    return ""


def advice(board: Board) -> str:
    """Return how to read the board, and what to do next."""
    if board.corpus == "sample":
        return (
            "the real corpus: `python -m benchmark data fetch`, then"
            " `python -m benchmark run --all --suite crossner-mini`"
        )
    return "add a method of your own (docs/): only its cells are computed, the others come from the store"


READING = (
    "A row is a method, best average first. Rows whose intervals overlap may well swap places on other test"
    " sentences."
)


def main_grid(board: Board, setting: str) -> Grid:
    """Return methods × domains in one setting, with average, interval, coverage and seeds."""
    shown = [row for row in board.tables[setting] if not row.skipped]
    rows = [_main_cells(board, row) for row in shown]
    notes = [*_hole_notes(board.tables[setting]), *_flag_notes(board, shown)]
    if setting == ZERO_SHOT and set(board.ceilings) >= set(board.domains):
        rows += _ceiling_cells(board)
        notes.append(
            f"ceilings: the best F1 for a tagger that can only say the types of {board.source}."
            " all spans: finds every mention, and gives the right type where it has a source type's name;"
            " source types: predicts those mentions alone. Such a tagger above that has seen target labels."
        )
    header = ("method", "backbone", *board.domains, "average", "95% interval", "coverage", "seeds")
    return Grid(f"{setting}: {_MEANING.get(setting, '')}".rstrip(": "), header, tuple(rows), tuple(notes))


def detail_grids(board: Board, setting: str) -> Iterable[Grid]:
    """Yield the secondary columns, averaged over domains: dialects, then losses and cost."""
    shown = [row for row in board.tables[setting] if row.average]
    for title, chosen in (
        ("the same predictions in other dialects", columns("dialects")),
        ("where F1 is lost, and what it costs", columns("losses", "cost")),
    ):
        header = ("method", "backbone", "F1", *(column.title for column in chosen))
        rows = tuple(
            (row.label, row.backbone, points(row.average.f1), *(_value(row, column) for column in chosen))
            for row in shown
            if row.average
        )
        legend = "; ".join(f"{column.title}: {column.says}" for column in chosen)
        yield Grid(f"{setting}: {title}", header, rows, (legend,))


def in_domain_line(board: Board) -> str:
    """Return what the source tagger reaches in its own domain, as one line, or nothing."""
    parts = []
    for row in board.in_domain:
        score = row.average
        if score is None:
            parts.append("; ".join(_hole_notes([row])))
        else:
            number = f"{points(score.f1)} ({interval(score.interval)})"
            parts.append(f"{row.label} with {row.backbone}: {number} on the test set of {board.source}")
    return "; ".join(parts)


def published_grid(board: Board) -> Grid:
    """Return other people's numbers as they printed them."""
    header = ("method", "setting", *board.domains, "average", "class", "evidence", "source", "note")
    rows = tuple(_published_cells(board, row) for row in board.published)
    return Grid("published results: reported, not verified", header, rows)


def points(value: float) -> str:
    """Render a fraction as points with one decimal."""
    return f"{100 * value:.1f}"


def interval(value: Interval) -> str:
    """Render an interval in points."""
    return f"{points(value.low)}–{points(value.high)}"


def _corpus(board: Board) -> str:
    return f"{board.corpus} (suite {board.suite})"


def _main_cells(board: Board, row: Row) -> tuple[str, ...]:
    average = (points(row.average.f1), interval(row.average.interval)) if row.average else (NONE, NONE)
    return (
        row.label + (f" {FLAG}" if row.above_ceiling else ""),
        row.backbone,
        *(_domain_cell(row, domain) for domain in board.domains),
        *average,
        f"{row.covered}/{len(row.planned)}",
        str(len(row.planned_seeds)),
    )


def _domain_cell(row: Row, domain: str) -> str:
    score = row.scores.get(domain)
    if score is None:
        states = {hole.state for hole in row.holes if hole.domain == domain}
        return states.pop() if len(states) == 1 else NONE
    missing = score.seeds < len(row.planned_seeds)
    return points(score.f1) + (f" ({score.seeds}/{len(row.planned_seeds)})" if missing else "")


def _ceiling_cells(board: Board) -> list[tuple[str, ...]]:
    rows = []
    for name, key in (("ceiling: all spans", "all_spans"), ("ceiling: source types", "source_spans")):
        values = [getattr(board.ceilings[domain], key) for domain in board.domains]
        mean = sum(values) / len(values)
        rows.append((name, "", *(points(v) for v in values), points(mean), "", "", ""))
    return rows


def _value(row: Row, column: Column) -> str:
    value = row.average.values[column.key] if row.average else None
    if value is None:
        return NONE
    return points(value) if column.points else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _hole_notes(rows: Sequence[Row]) -> list[str]:
    """Name every cell that gives no number, those of one row with one state and reason together."""
    notes = []
    for row in rows:
        causes = dict.fromkeys((hole.state, hole.reason) for hole in row.holes)
        for state, reason in causes:
            holes = [hole for hole in row.holes if (hole.state, hole.reason) == (state, reason)]
            seeds: dict[str, list[int]] = {}
            for hole in holes:
                seeds.setdefault(hole.domain, []).append(hole.seed)
            if len(holes) == len(row.planned) * len(row.planned_seeds):
                places = "every domain"
            else:
                places = ", ".join(_place(domain, some, row) for domain, some in seeds.items())
            notes.append(f"{row.label} ({row.backbone}), {places}: {state}{_because(state, reason)}")
    return notes


def _place(domain: str, seeds: list[int], row: Row) -> str:
    if len(seeds) == len(row.planned_seeds):
        return domain
    return f"{domain} (seed {', '.join(map(str, seeds))})"


def _because(state: str, reason: str) -> str:
    if state == NOT_RUN:
        return ""
    shown = " ".join(reason.split()) or "no reason recorded"
    return f": {shown[:200]}{'…' if len(shown) > 200 else ''}"


def _flag_notes(board: Board, rows: Sequence[Row]) -> list[str]:
    notes = []
    for row in rows:
        if row.above_ceiling:
            above = ", ".join(
                f"{domain} {points(row.scores[domain].f1)} > {points(board.ceilings[domain].source_spans)}"
                for domain in row.above_ceiling
            )
            notes.append(
                f"{FLAG} {row.label} is above the ceiling of source types ({above}): target labels leaked?"
            )
    return notes


def _published_cells(board: Board, row: PublishedRow) -> tuple[str, ...]:
    evidence = "RECALLED, not seen" if row.evidence == "recalled" else row.evidence
    return (
        row.method,
        row.setting,
        *(row.scores.get(domain) or NONE for domain in (*board.domains, "average")),
        row.resource_class,
        evidence,
        row.source,
        row.note,
    )
