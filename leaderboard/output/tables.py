"""A board as grids and lines of plain text: what every format shows, before any format's escaping."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from benchmark.scoring.intervals import LEVEL, POWER
from benchmark.store.record import OVER_BUDGET
from benchmark.task import ZERO_SHOT
from leaderboard.analyses import noise_column, submissions
from leaderboard.analyses.pairwise import Contrasts
from leaderboard.board import OWN, Board
from leaderboard.output.numbers import FLAG, NONE, ORACLE, TRANSDUCTIVE, interval, points
from leaderboard.output.setting_text import meaning_of, notes_of
from leaderboard.results import spending
from leaderboard.results.columns import Column, columns
from leaderboard.results.gold import Ceiling
from leaderboard.results.rows import NOT_RUN, Hole, Row

READING = (
    "one row a method, best average first. Rows with one number under tie are not told apart: a row stands"
    " below a tie's best only where a paired test of the two, corrected for all pairs, says so."
)

_NAMED = 10  # cells in a line; the notes below the tables have all of them
_SHOWN = 200  # characters of a reason; the record holds all of it
_CEILINGS = (("ceiling A", "all_spans"), ("ceiling B", "source_spans"))


@dataclass(frozen=True)
class Grid:
    """A table of plain text under a title; ``numbers`` bounds the columns of numbers (first, end)."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    numbers: tuple[int, int | None] = (2, None)

    @property
    def right(self) -> frozenset[int]:
        """The indices of the columns that are set to the right."""
        return frozenset(range(len(self.header))[slice(*self.numbers)])


def warning(board: Board) -> str:
    """Return the line that a reader may not miss, or nothing."""
    if "sample" not in board.corpus:
        return ""
    if _own_alone(board):
        return (
            f"SOURCE FROM THE SAMPLE: the targets are your own, but methods learned from {board.source}, a"
            " synthetic corpus written by this project, to try things out."
            " The real source gives other numbers."
        )
    return (
        "SAMPLE, NOT CROSSNER: a synthetic corpus written by this project, to try things out."
        " No number here compares with a published one."
    )


def facts(board: Board) -> list[tuple[str, str]]:
    """Return what a reader must know before the first number: (what, text) pairs."""
    lines = [
        ("Corpus", f"{board.corpus}, {board.source} → {', '.join(map(board.named, board.domains))}"),
        (
            "Metric",
            "F1 × 100, micro, exact span and type, all types with misc, sentence by sentence"
            f" (scorer version {board.scorer})",
        ),
        ("Average", "over seeds, then over domains; none where a cell is missing"),
        (
            "Interval",
            f"{LEVEL:.0%}, of the average; bootstrap over test sentences ({board.resamples:,} resamples, the"
            f" same for all rows): {_luck(board)}",
        ),
        ("Seeds", ", ".join(map(str, board.seeds))),
        (
            "Choices",
            "what a zero-shot method leaves open was chosen once for all domains, on the dev set of politics"
            " alone",
        ),
        ("Code", ", ".join(board.code)),
    ]
    limits = {row.record.spec.source_limit for row in board.rows if row.record.spec.source_limit is not None}
    if limits:
        numbers = " or ".join(str(limit) for limit in sorted(limits))
        lines.append(("Limit", f"rows marked @ saw only the first {numbers} train sentences of the source"))
    readings = {row.label: row.reading for row in board.rows if row.reading}
    lines += [(f"Reading of {label}", text) for label, text in sorted(readings.items())]
    return lines + [(f"Parameters of {label}", text) for label, text in sorted(_parameters(board).items())]


def _luck(board: Board) -> str:
    if all(len(row.seeds) < 2 for row in (*board.rows, *board.own_rows)):
        return "the luck of the test set, not of the seed"
    return "the luck of the test set and, in rows of several seeds, that of the seed"


def _parameters(board: Board) -> dict[str, str]:
    """Return, by label, the parameters that are not the method's defaults; the backbone has its column."""
    given = {
        row.label: ", ".join(
            f"{name} = {value}"
            for name, value in sorted(row.record.spec.params.items())
            if name != "backbone"
        )
        for row in board.rows
    }
    return {label: text for label, text in given.items() if text}


def closing(board: Board) -> list[tuple[str, str]]:
    """Return what stands below the main tables: (what, text) pairs; commands stand in backticks."""
    lines = []
    if board.in_domain:
        lines.append(("Source tagger in its own domain", "; ".join(map(_in_domain, board.in_domain))))
    if board.pending:
        some = ", ".join(board.pending[:3]) + (", …" if len(board.pending) > 3 else "")
        lines.append(
            (
                "Not run yet",
                f"{len(board.pending)} of the planned cells ({some}); the same run goes on there",
            )
        )
    over = [
        f"{row.label} ({row.backbone}) {row.record.spec.setting} {hole.domain} (seed {hole.seed})"
        for row in (*board.rows, *board.own_rows, *board.in_domain)
        for hole in row.holes
        if hole.state == OVER_BUDGET
    ]
    if over:
        some = ", ".join(over[:_NAMED]) + (", …" if len(over) > _NAMED else "")
        told = f"{len(over)} of the cells ({some}); a run with something left to spend computes them"
        lines.append(("Partial: over budget", told))
    if board.unscored:
        names = ", ".join(board.unscored)
        lines.append(("Not scored", f"{names}: say where the folder lies with `--domain`"))
    return [*lines, ("How to read", READING), ("Next", _advice(board))]


def main_grids(board: Board) -> Iterable[Grid]:
    """Yield methods × domains for each setting, with average, interval, coverage and seeds."""
    for setting, rows in board.tables.items():
        grid = _main_grid(board, setting, ranked(rows), board.domains, board.contrasts.get(setting))
        if setting == ZERO_SHOT and set(board.ceilings) >= set(board.domains):
            note = (
                f"Ceilings of a tagger that can only say the types of {board.source}. A: it finds every"
                " mention, and the type is right where the target has a type of that name. B: it predicts"
                " those mentions alone; nothing it could say scores higher."
            )
            lines = _ceiling_rows(board.ceilings, board.domains, len(grid.header))
            grid = Grid(grid.title, grid.header, (*grid.rows, *lines), (*grid.notes, note))
        yield grid
        yield from _apart(board, setting, rows, board.domains)
    for setting, rows in board.own.items():
        title = f"{setting}, your own domains"
        yield _main_grid(board, title, ranked(rows), board.own_domains, board.own_contrasts.get(setting))
        yield from _apart(board, title, rows, board.own_domains)


def ranked(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return the rows that are ranked: no row with an oracle is, nor a submission that lacks something."""
    return tuple(row for row in rows if row.ranked)


def _apart(board: Board, title: str, rows: Sequence[Row], domains: tuple[str, ...]) -> Iterator[Grid]:
    """Yield what is not ranked below a table: rows with an oracle, and submissions that lack something."""
    oracles = [row for row in rows if row.oracle]
    aside = [row for row in rows if row.unranked and not row.skipped]
    for what, some, notes in (
        ("with an oracle", oracles, (f"{ORACLE} not a method: types taken from the gold annotation.",)),
        ("submitted", aside, tuple(submissions.why_unranked(aside))),
    ):
        if some:
            grid = _main_grid(board, f"{title}, {what}: not ranked", some, domains)
            yield Grid(grid.title, grid.header, grid.rows, (*notes, *grid.notes))


def _main_grid(
    board: Board,
    title: str,
    rows: Sequence[Row],
    domains: tuple[str, ...],
    contrasts: Contrasts | None = None,
) -> Grid:
    meaning = meaning_of(title)
    asked = spending.titles(rows)
    series = noise_column.series(board.noise, rows)
    kept = map(noise_column.title, series)
    whole = ("average", f"{LEVEL:.0%} interval", "tie", "domains", "seeds", *kept)
    return Grid(
        f"{title}: {meaning}" if meaning else title,
        ("method", "backbone", *domains, *whole, *asked),
        tuple(
            (
                *_main_cells(row),
                *noise_column.cells(board.noise, series, row, NONE),
                *(spending.cells(row, NONE) if asked else ()),
            )
            for row in rows
            if not row.skipped
        ),
        (
            *notes_of(title),
            *(note for row in rows if not row.unranked for note in _hole_notes(row)),
            *_flag_notes(rows),
            *_transductive_note(rows),
            *submissions.notes(rows),
            *_detectable(contrasts),
            *noise_column.note(series),
            *spending.note(rows),
        ),
    )


def detail_grids(board: Board) -> Iterable[Grid]:
    """Yield the secondary columns of complete rows, averaged over domains: dialects, then losses and cost."""
    for setting, rows in board.tables.items():
        for title, chosen in (
            ("the same predictions in other dialects", columns("dialects")),
            ("points of F1 lost to each cause, and cost", columns("losses", "cost")),
        ):
            header = ("method", "backbone", "F1", *(column.title for column in chosen))
            cells = tuple(
                (row.label, row.backbone, points(row.average.f1), *(_value(row, column) for column in chosen))
                for row in ranked(rows)
                if row.average
            )
            legend = "; ".join(f"{column.title}: {column.says}" for column in chosen)
            yield Grid(f"{setting}: {title}", header, cells, (legend,))


def _own_alone(board: Board) -> bool:
    """Return whether the main tables are of corpora of the user's own."""
    return {row.record.spec.corpus for row in board.rows} == {OWN}


def _advice(board: Board) -> str:
    if "sample" in board.corpus:
        run = "python -m benchmark run --all --suite crossner-mini"
        alone = _own_alone(board)
        own = board.domains if alone else board.own_domains
        folders = "".join(f" --domain {shlex.quote(f'path/to/{name}')}" for name in own)
        if alone:
            return f"the real source: `python -m benchmark data fetch`, then `{run}{folders}`"
        besides = f"; for your own, `{run}{folders}`" if own else ""
        return f"the real corpus: `python -m benchmark data fetch`, then `{run}`{besides}"
    return "add a method of your own (docs/); the cells of the others come from the store"


def _in_domain(row: Row) -> str:
    if row.average is None:
        return "; ".join(_hole_notes(row))
    number = f"{points(row.average.f1)} ({interval(row.average.interval)})"
    return f"{row.label} ({row.backbone}) on {row.record.spec.domain}: {number}"


def _main_cells(row: Row) -> tuple[str, ...]:
    average = (points(row.average.f1), interval(row.average.interval)) if row.average else (NONE, NONE)
    return (
        _marked(row),
        row.backbone,
        *(_domain_cell(row, domain) for domain in row.domains),
        *average,
        NONE if row.tie is None else str(row.tie),
        row.coverage,
        str(len(row.seeds)),
    )


class Curved(Protocol):
    """A row of curves, as far as its name goes."""

    @property
    def label(self) -> str:
        """Its name on the board."""
        ...

    @property
    def transductive(self) -> bool:
        """Whether it adapts to the test sentences' words while it answers."""
        ...


def marked_curve(curve: Curved) -> str:
    """Return a row's label, marked as on the board where it adapts to the test sentences."""
    return f"{curve.label} {TRANSDUCTIVE}" if curve.transductive else curve.label


def _marked(row: Row) -> str:
    """Return the row's label with its marks."""
    marks = {FLAG: row.above_ceiling, TRANSDUCTIVE: row.transductive, ORACLE: row.oracle}
    return " ".join([row.label, *submissions.marks(row), *(mark for mark, has in marks.items() if has)])


def _domain_cell(row: Row, domain: str) -> str:
    score = row.scores.get(domain)
    if score is None:
        states = {hole.state for hole in row.holes if hole.domain == domain}
        return states.pop() if len(states) == 1 else NONE
    missing = f" ({score.seeds}/{len(row.seeds)})" if score.seeds < len(row.seeds) else ""
    return points(score.f1) + missing


def _ceiling_rows(
    ceilings: Mapping[str, Ceiling], domains: Sequence[str], width: int
) -> Iterable[tuple[str, ...]]:
    for name, key in _CEILINGS:
        values = [getattr(ceilings[domain], key) for domain in domains]
        line = (name, "", *map(points, values), points(sum(values) / len(values)))
        yield (*line, *("",) * (width - len(line)))


def _value(row: Row, column: Column) -> str:
    value = row.average.values[column.key] if row.average else None
    if value is None:
        return NONE
    if column.points:
        return points(value)
    return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _hole_notes(row: Row) -> Iterable[str]:
    """Name every cell of a row that gives no number, those with one state and reason together.

    Of a method that declined the setting, it is enough to say that.
    """
    for state, reason in dict.fromkeys((hole.state, hole.reason) for hole in row.holes):
        if row.skipped and state == NOT_RUN:
            continue
        holes = [hole for hole in row.holes if (hole.state, hole.reason) == (state, reason)]
        because = "" if state == NOT_RUN else f": {_short(reason)}"
        yield f"{row.label} ({row.backbone}), {_places(row, holes)}: {state}{because}"


def _places(row: Row, holes: Sequence[Hole]) -> str:
    if len(holes) == len(row.domains) * len(row.seeds):
        return "every domain"
    seeds: dict[str, list[int]] = {}
    for hole in holes:
        seeds.setdefault(hole.domain, []).append(hole.seed)
    if all(len(some) == len(row.seeds) for some in seeds.values()):
        return ", ".join(seeds)
    return ", ".join(f"{domain} (seed {', '.join(map(str, some))})" for domain, some in seeds.items())


def _short(reason: str) -> str:
    text = " ".join(reason.split()) or "no reason recorded"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _flag_notes(rows: Sequence[Row]) -> Iterable[str]:
    for row in rows:
        if row.above:
            worst = {one.domain: one for one in sorted(row.above, key=lambda one: one.f1)}
            found = [worst[domain] for domain in row.above_ceiling]
            above = ", ".join(f"{one.domain} {points(one.f1)} > {points(one.ceiling)}" for one in found)
            yield f"{FLAG} {row.label} says source types only, yet beats B ({above}): target labels leaked?"


def _transductive_note(rows: Sequence[Row]) -> Iterable[str]:
    if any(row.transductive for row in rows):
        yield (
            f"{TRANSDUCTIVE} adapts to the words of the test sentences while it answers, without their"
            " labels; its answer to one depends on others. Methods without the mark answer each by itself."
        )


def _detectable(contrasts: Contrasts | None) -> Iterable[str]:
    if contrasts is not None and contrasts.detectable:
        shown = ", ".join(
            f"{name} {points(value) if value < 1 else 'none'}" for name, value in contrasts.detectable.items()
        )
        yield (
            f"Minimum detectable difference of two rows, by a paired test ({POWER:.0%} power, level"
            f" {1 - LEVEL:.2f} before any correction{_median(len(contrasts.pairs))}): {shown}."
        )


def _median(pairs: int) -> str:
    return f", median over {pairs} pairs" if pairs > 1 else ""
