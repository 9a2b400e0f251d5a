"""The main tables: methods by domains in each setting, best average first, with their ties. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from benchmark.scoring.intervals import LEVEL, POWER
from benchmark.scoring.multiple_testing import ALPHA
from benchmark.task import ZERO_SHOT
from leaderboard.analyses import published, robustness, submissions
from leaderboard.analyses.analysis import Analysis, Where
from leaderboard.analyses.noise_curves import CurveTable
from leaderboard.analyses.pairwise import PairwiseTests, pairwise_tests, with_ties
from leaderboard.analyses.summary import facts, missing_notes
from leaderboard.output.escape import plain
from leaderboard.output.marks import FLAG, ORACLE, TRANSDUCTIVE, YOURS
from leaderboard.output.numbers import NONE, interval, points, rounded
from leaderboard.output.setting_text import meaning_of, notes_of
from leaderboard.output.table import Lines, Table
from leaderboard.results import lost, served, spending
from leaderboard.results.columns import COLUMNS
from leaderboard.results.gold import Ceiling
from leaderboard.results.heading import Heading
from leaderboard.results.results import Results, clean
from leaderboard.results.rows import Row, Score, ranked

_CEILINGS = (("ceiling A", "all_spans"), ("ceiling B", "source_spans"))
_PROJECT = frozenset(
    {"benchmark", "larbench", "lar", "baselines", "tagger", "endpoint"}
)  # also of old records
_MARK = "transductive"  # the key of what only such rows have


@dataclass(frozen=True)
class Ranking:
    """The rows of each setting with their ties, over the suite's domains and over the user's own.

    ``pairwise`` and ``own_pairwise`` hold, by setting, what a test of all pairs of rows says. ``noise`` has
    what rows keep of their F1 under noise.
    """

    results: Results
    tables: Mapping[str, tuple[Row, ...]]
    own: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    pairwise: Mapping[str, PairwiseTests] = field(default_factory=dict)
    own_pairwise: Mapping[str, PairwiseTests] = field(default_factory=dict)
    noise: tuple[CurveTable, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of all settings; neither own domains nor the source in its own domain."""
        return tuple(row for rows in self.tables.values() for row in rows)

    @property
    def own_rows(self) -> tuple[Row, ...]:
        """The same rows over domains of the user's own."""
        return tuple(row for rows in self.own.values() for row in rows)


def compute(results: Results) -> Ranking:
    """Test all pairs of rows in each setting, and number the groups that no test tells apart."""
    table, tests = _tested(results, results.tables, own=False)
    own, own_tests = _tested(results, results.own_tables, own=True)
    noise = results.once(robustness.compute) or ()
    return Ranking(results, table, own, tests, own_tests, noise)


def _tested(
    results: Results, tables: Mapping[str, tuple[Row, ...]], *, own: bool
) -> tuple[dict[str, tuple[Row, ...]], dict[str, PairwiseTests]]:
    cells = clean(results.own if own else results.main)
    held = {
        setting: pairwise_tests(
            rows,
            [cell for cell in cells if cell.record.spec.setting == setting],
            results,
        )
        for setting, rows in tables.items()
    }
    return {setting: with_ties(rows, held[setting]) for setting, rows in tables.items()}, held


def tables(found: Ranking, where: Where) -> Iterable[Table]:
    """Yield methods × domains for each setting, with average, interval, coverage and seeds.

    The page has them as data, not as tables.
    """
    if where == "terminal":
        own = {(_marked(row), row.backbone) for row in (*found.rows, *found.own_rows) if _of_reader(row)}
        yield from (_with_own_marked(table, own) for table in tables(found, "board"))
    elif where in ("board", "latex"):
        yield from _main_tables(found)
        for setting, rows in found.own.items():
            title = f"{setting}, your own domains"
            domains = found.results.own_domains
            yield _table(found, title, ranked(rows), domains, found.own_pairwise.get(setting))
            yield from _apart(found, title, rows, domains)


def _of_reader(row: Row) -> bool:
    """Whether a row's method has code outside this project: the reader's own, or one that they installed."""
    code = row.record.spec.identity.get("code") or {}
    return any(module.partition(".")[0] not in _PROJECT for module in code)


def _with_own_marked(table: Table, own: Collection[tuple[str, str]]) -> Table:
    """Return a table in which the reader finds their own rows at once."""
    rows = tuple((f"{row[0]} {YOURS}", *row[1:]) if row[:2] in own else row for row in table.rows)
    note = (f"{YOURS}: a method whose code is not of this project.",) if rows != table.rows else ()
    return replace(table, rows=rows, notes=(*note, *table.notes))


def _main_tables(found: Ranking) -> Iterator[Table]:
    results = found.results
    for setting, rows in found.tables.items():
        table = _table(found, setting, ranked(rows), results.domains, found.pairwise.get(setting))
        if setting == ZERO_SHOT and set(results.ceilings) >= set(results.domains):
            note = (
                f"Ceilings of a tagger that can only say the types of {results.heading.source}. A: it finds"
                " every mention, and the type is right where the target has a type of that name. B: it"
                " predicts those mentions alone; nothing it could say scores higher."
            )
            lines = _ceiling_rows(results.ceilings, results.domains, len(table.header))
            table = Table(table.title, table.header, (*table.rows, *lines), (*table.notes, note))
        yield table
        yield from _apart(found, setting, rows, results.domains)


def _apart(found: Ranking, title: str, rows: Sequence[Row], domains: tuple[str, ...]) -> Iterator[Table]:
    """Yield what is not ranked below a table: rows with an oracle, and submissions that lack something."""
    oracles = [row for row in rows if row.oracle]
    aside = [row for row in rows if row.unranked and not row.skipped]
    sent, partial = ([row for row in aside if row.incomplete is lacks] for lacks in (False, True))
    for what, some, notes in (
        ("with an oracle", oracles, (f"{ORACLE} not a method: types taken from the gold annotation.",)),
        ("submitted", sent, tuple(submissions.why_unranked(sent))),
        ("incomplete", partial, tuple(submissions.why_unranked(partial))),
    ):
        if some:
            table = _table(found, f"{title}, {what}: not ranked", some, domains)
            yield Table(table.title, table.header, table.rows, (*notes, *table.notes))


def _table(
    found: Ranking,
    title: str,
    rows: Sequence[Row],
    domains: tuple[str, ...],
    tests: PairwiseTests | None = None,
) -> Table:
    meaning = meaning_of(title)
    asked = spending.titles(any(row.llm for row in rows))
    series = robustness.kept_columns(found.noise, rows)
    kept = (f"kept: {name}" for name in series)
    whole = ("average", f"{LEVEL:.0%} interval", "tie", "domains", "seeds", *kept)
    return Table(
        f"{title}: {meaning}" if meaning else title,
        ("method", "backbone", *domains, *whole, *asked),
        tuple(
            (
                *_cells(row),
                *robustness.kept_cells(found.noise, series, row),
                *(spending.cells(row.llm, NONE) if asked else ()),
            )
            for row in rows
            if not row.skipped
        ),
        (
            *notes_of(title),
            *(note for row in rows if not row.unranked for note in missing_notes(row)),
            *(note for row in rows if not row.unranked for note in lost.notes(row.label, row.lost)),
            *_flag_notes(rows),
            *(note for row in rows for note in served.notes(row.label, row.served)),
            *_equal_notes(rows),
            *_transductive_note(rows),
            *submissions.notes(rows),
            *_detectable(tests),
            *robustness.kept_notes(series),
            *spending.note(bool(asked)),
        ),
    )


def _cells(row: Row) -> tuple[str, ...]:
    average = (points(row.average.f1), interval(row.average.interval)) if row.average else (NONE, NONE)
    return (
        _marked(row),
        row.backbone,
        *(_domain_cell(row, domain) for domain in row.domains),
        *average,
        NONE if row.tie is None else str(row.tie),
        row.coverage,
        str(row.runs),
    )


def _marked(row: Row) -> str:
    """Return the row's label with its marks."""
    marks = {FLAG: row.above_ceiling, TRANSDUCTIVE: row.transductive, ORACLE: row.oracle}
    told = [*submissions.marks(row), lost.mark(row.lost), *(mark for mark, has in marks.items() if has)]
    return " ".join(filter(None, [row.label, *told]))


def _domain_cell(row: Row, domain: str) -> str:
    score = row.scores.get(domain)
    if score is None:
        states = {hole.state for hole in row.holes if hole.domain == domain}
        return states.pop() if len(states) == 1 else NONE
    holes = sum(hole.domain == domain for hole in row.holes)
    missing = f" ({len(row.seeds) - holes}/{len(row.seeds)})" if holes else ""
    return points(score.f1) + missing


def _ceiling_rows(
    ceilings: Mapping[str, Ceiling], domains: Sequence[str], width: int
) -> Iterable[tuple[str, ...]]:
    for name, key in _CEILINGS:
        values = [getattr(ceilings[domain], key) for domain in domains]
        line = (name, "", *map(points, values), points(sum(values) / len(values)))
        yield (*line, *("",) * (width - len(line)))


def _flag_notes(rows: Sequence[Row]) -> Iterable[str]:
    for row in rows:
        if row.above:
            worst = {one.domain: one for one in sorted(row.above, key=lambda one: one.f1)}
            found = [worst[domain] for domain in row.above_ceiling]
            above = ", ".join(f"{one.domain} {points(one.f1)} > {points(one.ceiling)}" for one in found)
            yield f"{FLAG} {row.label} says source types only, yet beats B ({above}): target labels leaked?"


def _equal_notes(rows: Sequence[Row]) -> Iterable[str]:
    for row in rows:
        by_seeds: dict[tuple[int, ...], list[str]] = {}
        for domain, seeds in row.equal.items():
            by_seeds.setdefault(seeds, []).append(domain)
        for seeds, domains in by_seeds.items():
            where = "every domain" if len(domains) == len(row.domains) else ", ".join(domains)
            named = f"{row.label} ({row.backbone}): the seeds {', '.join(map(str, seeds))}"
            yield f"{named} gave equal predictions in {where}: one seed, and no interval of seeds"


def _transductive_note(rows: Sequence[Row]) -> Iterable[str]:
    if any(row.transductive for row in rows):
        yield (
            f"{TRANSDUCTIVE} adapts to the words of the test sentences while it answers, without their"
            " labels; its answer to one depends on others. Methods without the mark answer each by itself."
        )


def _detectable(tests: PairwiseTests | None) -> Iterable[str]:
    if tests is not None and tests.detectable:
        shown = ", ".join(
            f"{name} {points(value) if value < 1 else 'none'}" for name, value in tests.detectable.items()
        )
        pairs = len(tests.pairs)
        median = f", median over {pairs} pairs" if pairs > 1 else ""
        yield (
            f"Minimum detectable difference of two rows, by a paired test ({POWER:.0%} power, level"
            f" {1 - LEVEL:.2f} before any correction{median}): {shown}."
        )


def lines(found: Ranking, heading: Heading) -> Lines:
    """Return one line for each row's domain, and one for its average. Scores are fractions.

    ``kind`` is ``domain``, ``average``, ``own`` (a domain of the user's own) or ``in-domain`` (the source
    tagger's own); of a row with an oracle, which is no method and has no rank, it is ``oracle`` or
    ``oracle-average``; of a row without a rank ``unranked`` or ``unranked-average``. A line without a
    score has empty cells, and says in ``missing`` what became of its cells. The columns of tokens and cost
    are there where a row asked a language model; those of an average are the row's altogether.
    ``llm_asked`` and ``llm_lost`` count what was asked of it, and what got no usable answer.
    ``transductive`` is there where a row is: true on its lines alone.
    """
    made = [line for row in found.rows for line in (*_lines(heading, row, "domain"), _average(heading, row))]
    made += [line for row in found.own_rows for line in _lines(heading, row, "own")]
    made += [line for row in found.results.in_domain for line in _lines(heading, row, "in-domain")]
    asked = any(key in line for line in made for key in spending.KEYS)
    counted = any(key in line for line in made for key in lost.KEYS)
    marks = [_MARK] if any(_MARK in line for line in made) else []
    names = (
        *_COLUMNS,
        *(spending.KEYS if asked else ()),
        *(lost.KEYS if counted else ()),
        *marks,
        "above_ceiling",
        "missing",
    )
    return Lines(names, tuple(made))


_COLUMNS = [
    *("suite", "corpus", "source", "setting", "label", "method", "backbone", "kind", "domain"),
    *("seeds", "planned_seeds", "coverage", "tie", "f1_low", "f1_high", *(column.key for column in COLUMNS)),
]


def _lines(heading: Heading, row: Row, kind: str) -> Iterator[dict[str, object]]:
    for domain in row.domains:
        holes = [hole for hole in row.holes if hole.domain == domain]
        yield {
            **_common(heading, row),
            "kind": "oracle" if row.oracle else "unranked" if row.unranked else kind,
            "domain": domain,
            "above_ceiling": domain in row.above_ceiling,
            "missing": "; ".join(plain(f"seed {h.seed} {h.state} {h.reason}") for h in holes),
            **_numbers(row.scores.get(domain)),
            **spending.numbers(row.llm.get(domain)),
            **lost.numbers(row.lost.get(domain)),
        }


def _average(heading: Heading, row: Row) -> dict[str, object]:
    missing = f"{len(row.holes)} cells" if row.holes else ""
    spent = spending.numbers(spending.total(row.llm.values())) | lost.numbers(lost.total(row.lost.values()))
    kind = "oracle-average" if row.oracle else "unranked-average" if row.unranked else "average"
    return {
        **_common(heading, row),
        "kind": kind,
        "tie": row.tie,
        "missing": missing,
        **_numbers(row.average),
        **spent,
    }


def _common(heading: Heading, row: Row) -> dict[str, object]:
    return {
        "suite": heading.suite,
        "corpus": row.record.spec.corpus,
        "source": heading.source,
        "setting": row.record.spec.setting,
        "label": row.label,
        "method": row.record.spec.method,
        "backbone": row.backbone,
        "planned_seeds": len(row.seeds),
        "coverage": row.coverage,
        **({_MARK: True} if row.transductive else {}),
    }


def _numbers(score: Score | None) -> dict[str, float | int | None]:
    if score is None:
        return {}
    values = {key: rounded(value) for key, value in score.values.items()}
    low, high = rounded(score.interval.low), rounded(score.interval.high)
    return {"seeds": score.seeds, "f1_low": low, "f1_high": high, **values}


def document(found: Ranking, heading: Heading) -> dict[str, Any]:
    """Return everything, missing cells and published rows included; scores are fractions."""
    results, rows = found.results, (*found.rows, *found.own_rows)
    others = results.once(published.compute)
    content = {
        "schema": 1,
        "suite": heading.suite,
        "corpus": heading.corpus,
        "warning": heading.warning,
        "facts": dict(facts(results)),
        "units": "scores are fractions; published scores are points, as printed",
        "source": heading.source,
        "domains": results.domains,
        "seeds": heading.seeds,
        "scorer": heading.scorer,
        "interval": {
            "level": LEVEL,
            "resamples": heading.resamples,
            "method": "percentile bootstrap over groups of equal sentences; of several seeds, with Student's"
            " margin of their mean",
        },
        "contrasts": {s: _tests(one) for s, one in found.pairwise.items()},
        "own_contrasts": {s: _tests(one) for s, one in found.own_pairwise.items()},
        "columns": {column.key: column.says for column in COLUMNS},
        "tables": {s: [_row(row, found) for row in ranked(some)] for s, some in found.tables.items()},
        "own_domains": {s: [_row(row, found) for row in ranked(some)] for s, some in found.own.items()},
        "oracles": [_row(row, found) for row in rows if row.oracle],
        "in_domain": [_row(row, found) for row in results.in_domain],
        "ceilings": {d: {k: rounded(v) for k, v in asdict(c).items()} for d, c in results.ceilings.items()},
        "not_run": results.pending,
        "not_scored": results.unscored,
        "published": {
            "status": "reported, not verified",
            "rows": published.as_dict(others) if others is not None else [],
        },
    }
    partial = [row for row in rows if row.incomplete]
    if partial:
        content["incomplete"] = [{**_row(row, found), "why": row.unranked} for row in partial]
    submitted = submissions.known_submissions(rows)
    if submitted:
        content["submissions"] = [{"label": label, **known} for label, known in submitted.items()]
        content["submitted_unranked"] = [
            _row(row, found) for row in rows if row.unranked and not row.incomplete
        ]
    return content


def _tests(found: PairwiseTests) -> dict[str, Any]:
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


def _row(row: Row, found: Ranking) -> dict[str, Any]:
    record = row.record
    kept = robustness.kept_of_row(found.noise, row)
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
        **({"answers": lost.of_row(row.lost)} if row.lost else {}),
        **({_MARK: True} if row.transductive else {}),
        **({"kept": {name: rounded(one.value) for name, one in kept.items()}} if kept else {}),
        **({"served": row.served} if row.served else {}),
        **({"equal_seeds": row.equal} if row.equal else {}),
        "above_ceiling": row.above_ceiling,
    }


RANKING = Analysis("board", "Leaderboard", compute, tables, lines=lines, document=document)
