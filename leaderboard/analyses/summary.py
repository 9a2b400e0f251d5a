"""What stands above and below the tables of a board: what a reader must know first, and what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence

from benchmark.domains.open_corpora import development
from benchmark.scoring.intervals import LEVEL
from benchmark.store.record import OVER_BUDGET, Record
from benchmark.task import ZERO_SHOT
from leaderboard.output.numbers import interval, places, points
from leaderboard.results.results import OWN, Results
from leaderboard.results.rows import NOT_RUN, MissingCell, Row
from leaderboard.results.submissions import is_submitted

READING = (
    "one row a method, best average first. Rows with one number under tie are not told apart: a row stands"
    " below a tie's best only where a paired test of the two, corrected for all pairs, says so."
)
_SHOWN = 200  # characters of a reason; the record holds all of it
_NAMED = 10  # cells in a line; the notes below the tables have all of them


def _choices(rows: Sequence[Row]) -> str:
    """Return on what labels the zero-shot methods of these rows were chosen; submissions are not asked."""
    own = [
        row
        for row in rows
        if row.record.spec.setting == ZERO_SHOT and row.scores and not is_submitted(row.record)
    ]
    before = {row.label for row in own if row.record.spec.identity.get("rule") == 1}
    politics = "on the dev set of politics alone"
    once = "what a zero-shot method leaves open was chosen once for all domains"
    if before and before == {row.label for row in own}:
        return f"{once}, {politics}"
    names = ", ".join(development.NAMES)
    others = ", ".join(f"{label} (identity rule 1)" for label in sorted(before))
    rest = f"; of {others}, {politics}" if others else ""
    return f"{once}, on the development domains {names} alone, and no label of a ranked target{rest}"


def facts(results: Results) -> list[tuple[str, str]]:
    """Return what a reader must know before the first number: (what, text) pairs."""
    heading, rows = results.heading, _main_rows(results)
    targets = ", ".join(map(results.named, results.domains))
    lines = [
        ("Corpus", f"{heading.corpus}, {heading.source} → {targets}"),
        *((f"Types of {domain}", text) for domain, text in sorted(results.equal_types.items())),
        (
            "Metric",
            "F1 × 100, micro, exact span and type, all types with misc, sentence by sentence"
            f" (scorer version {heading.scorer})",
        ),
        ("Average", "over seeds, then over domains; none where a cell is missing"),
        (
            "Interval",
            f"{LEVEL:.0%}, of the average; bootstrap over test sentences ({heading.resamples:,} resamples,"
            f" the same for all rows): {_variance(results)}",
        ),
        ("Seeds", ", ".join(map(str, heading.seeds))),
        ("Choices", _choices(rows)),
        ("Code", ", ".join(_code(results))),
    ]
    if results.selection:
        told = f"only {results.selection}: averages, ranks and ties are among these"
        lines.insert(1, ("Part", told))
    if ("sample", OWN) in {(row.record.spec.source_corpus, row.record.spec.corpus) for row in rows}:
        told = "warning: synthetic news. Figures from it say nothing about your text with a real source"
        lines.insert(1, ("Source", told))
    limits = {row.record.spec.source_limit for row in rows if row.record.spec.source_limit is not None}
    if limits:
        numbers = " or ".join(str(limit) for limit in sorted(limits))
        lines.append(("Limit", f"rows marked @ saw only the first {numbers} train sentences of the source"))
    readings = {row.label: row.reading for row in rows if row.reading}
    lines += [(f"How {label} is implemented", text) for label, text in sorted(readings.items())]
    return lines + [(f"Parameters of {label}", text) for label, text in sorted(_parameters(rows).items())]


def closing(results: Results) -> list[tuple[str, str]]:
    """Return what stands below the main tables: (what, text) pairs; commands stand in backticks."""
    lines = []
    if results.in_domain:
        lines.append(("Source tagger in its own domain", "; ".join(map(_in_domain, results.in_domain))))
    if results.pending:
        some = ", ".join(results.pending[:3]) + (", …" if len(results.pending) > 3 else "")
        told = f"{len(results.pending)} of the planned cells ({some}); the same run goes on there"
        lines.append(("Not run yet", told))
    over = [
        f"{row.label} ({row.backbone}) {row.record.spec.setting} {hole.domain} (seed {hole.seed})"
        for row in (*results.rows, *results.in_domain)
        for hole in row.holes
        if hole.state == OVER_BUDGET
    ]
    if over:
        some = ", ".join(over[:_NAMED]) + (", …" if len(over) > _NAMED else "")
        told = f"{len(over)} of the cells ({some}); a run with something left to spend computes them"
        lines.append(("Partial: over budget", told))
    lacking = [
        f"{row.label} ({row.backbone}) {row.record.spec.setting} {reason}"
        for row in (*results.rows, *results.in_domain)
        if row.incomplete
        for reason in row.unranked
    ]
    if lacking:
        some = "; ".join(lacking[:_NAMED]) + ("; …" if len(lacking) > _NAMED else "")
        lines.append(("Incomplete", f"{some}. `run --retry-lost` asks for what was lost, and for that alone"))
    if results.unscored:
        names = ", ".join(results.unscored)
        lines.append(("Not scored", f"{names}: say where the folder lies with `--domain`"))
    return [*lines, ("How to read", READING), ("Next", _advice(results))]


def _main_rows(results: Results) -> list[Row]:
    return [row for rows in results.tables.values() for row in rows]


def _variance(results: Results) -> str:
    if all(len(row.seeds) < 2 for row in results.rows):
        return "the draw of the test set, not of the seed"
    return "the draw of the test set and, in rows of several seeds, that of the seed"


def _parameters(rows: Iterable[Row]) -> dict[str, str]:
    """Return, by label, the parameters that are not the method's defaults; the backbone has its column."""
    given = {
        row.label: ", ".join(
            f"{name} = {value}"
            for name, value in sorted(row.record.spec.params.items())
            if name != "backbone"
        )
        for row in rows
    }
    return {label: text for label, text in given.items() if text}


def _code(results: Results) -> list[str]:
    records = [cell.record for cell in results.cells]
    return sorted({_commit(record) for record in records if not is_submitted(record)})


def _commit(record: Record) -> str:
    """Return which code made a record: a commit, and whether it was changed after."""
    commit = record.versions.get("commit")
    if not isinstance(commit, str) or not commit:
        return "no commit recorded"
    return commit[:10] + (" with changes" if record.versions.get("dirty") else "")


def _in_domain(row: Row) -> str:
    if row.average is None:
        return "; ".join(missing_notes(row))
    number = f"{points(row.average.f1)} ({interval(row.average.interval)})"
    return f"{row.label} ({row.backbone}) on {row.record.spec.domain}: {number}"


def _advice(results: Results) -> str:
    if "sample" in results.heading.corpus:
        run = "python -m benchmark run --all --suite crossner-mini"
        alone = {row.record.spec.corpus for row in _main_rows(results)} == {OWN}
        own = results.domains if alone else results.own_domains
        folders = "".join(f" --domain {shlex.quote(f'path/to/{name}')}" for name in own)
        if alone:
            return f"the real source: `python -m benchmark data fetch`, then `{run}{folders}`"
        besides = f"; for your own, `{run}{folders}`" if own else ""
        return f"the real corpus: `python -m benchmark data fetch`, then `{run}`{besides}"
    return "add a method of your own (docs/); the cells of the others come from the store"


def missing_notes(row: Row) -> Iterator[str]:
    """Name every cell of a row that gives no number, those with one state and reason together.

    Of a method that declined the setting, it is enough to say that.
    """
    for state, reason in dict.fromkeys((hole.state, hole.reason) for hole in row.holes):
        if row.skipped and state == NOT_RUN:
            continue
        holes = [hole for hole in row.holes if (hole.state, hole.reason) == (state, reason)]
        because = "" if state == NOT_RUN else f": {_short(reason)}"
        yield f"{row.label} ({row.backbone}), {_places(row, holes)}: {state}{because}"


def _places(row: Row, holes: Sequence[MissingCell]) -> str:
    if len(holes) == len(row.domains) * len(row.seeds):
        return "every domain"
    seeds: dict[str, list[int]] = {}
    for hole in holes:
        seeds.setdefault(hole.domain, []).append(hole.seed)
    if all(len(some) == len(row.seeds) for some in seeds.values()):
        return ", ".join(seeds)
    return places((hole.domain, hole.seed) for hole in holes)


def _short(reason: str) -> str:
    text = " ".join(reason.split()) or "no reason recorded"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
