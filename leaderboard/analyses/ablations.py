"""Ablations: the rows of a suite against its base row, as paired differences of the primary metric. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.scoring.intervals import LEVEL, BootstrapSample, Difference
from benchmark.scoring.statistics import Paired, summarise
from benchmark.store.record import Record
from leaderboard.analyses.analysis import Analysis, Where, document_of
from leaderboard.analyses.pairwise import differences, figures_of, how_paired
from leaderboard.output.figure import Differences, Dot, DotChart
from leaderboard.output.marks import ORACLE
from leaderboard.output.numbers import (
    NONE,
    STAR,
    difference_values,
    interval_facts,
    number_range,
    places,
    points,
    rounded,
    span,
    starred,
)
from leaderboard.output.table import Lines, Table
from leaderboard.results.heading import Heading
from leaderboard.results.measure import ScoredCell
from leaderboard.results.results import Results, clean
from leaderboard.results.rows import has_oracle
from leaderboard.results.submissions import is_submitted

_COLUMNS = (
    *("suite", "corpus", "source", "setting", "backbone", "base", "label", "method", "oracle", "kind"),
    *("domain", "f1", "base_f1", "difference", "low", "high", "excludes_zero"),
    *("seeds", "cells", "base_cells"),
)


@dataclass(frozen=True)
class Ablation:
    """A row compared to the base on the cells that both have; scores are fractions.

    ``f1`` is its own F1 on those cells by domain, ``average`` over their domains. ``missing`` names the
    cells that the base has and it has not, as (domain, seed). ``record`` is the first of its records, None
    for a row that the suite names and nothing was run of.
    """

    label: str
    record: Record | None
    paired: Paired
    f1: Mapping[str, float]
    missing: tuple[tuple[str, int], ...]
    oracle: bool

    @property
    def average(self) -> float | None:
        """F1 averaged over the domains that are compared, None where there are none."""
        return _mean(self.f1.values()) if self.f1 else None


@dataclass(frozen=True)
class Ablations:
    """The rows of one setting and backbone, in the suite's order, compared to the base.

    ``f1`` is the base's own by domain, a mean over its seeds; ``cells`` are those that it has.
    """

    setting: str
    backbone: str
    base: str
    domains: tuple[str, ...]
    f1: Mapping[str, float]
    cells: tuple[tuple[str, int], ...]
    rows: tuple[Ablation, ...]
    resamples: int

    @property
    def average(self) -> float:
        """The base's F1, averaged over the domains that it has."""
        return _mean(self.f1.values())


_Figures = Mapping[str, BootstrapSample]  # domain → a row's F1 on its finished cells


def compute(results: Results) -> tuple[Ablations, ...] | None:
    """Return the differences to the base, for each setting, backbone and source limit where it has a cell.

    Rows come in the suite's order, those that it does not name after them; submissions are no variants of the
    base. A limited source makes rows of its own, ``label@N``: those are compared to the base with the same
    limit. None where the suite names no base, or it has no finished cell.
    """
    named = results.comparison
    groups: dict[tuple[str, str, int | None], dict[str, list[ScoredCell]]]
    groups = defaultdict(lambda: defaultdict(list))
    for cell in clean(results.main) if named is not None else ():
        spec = cell.record.spec
        if not is_submitted(cell.record):
            groups[spec.setting, spec.backbone, spec.source_limit][spec.label].append(cell)
    settings = list(results.tables)
    found = []
    for (setting, backbone, limit), rows in sorted(
        groups.items(), key=lambda item: (settings.index(item[0][0]), item[0][1], item[0][2] or 0)
    ):
        assert named is not None
        labels = [name if limit is None else f"{name}@{limit}" for name in (named.base, *named.rows)]
        figures = {
            label: figures_of(cells, results.domains, results.samples) for label, cells in rows.items()
        }
        base = figures.get(labels[0])
        if base:
            order = [label for label in labels[1:] if label != labels[0]] + sorted(rows.keys() - set(labels))
            found.append(
                Ablations(
                    setting=setting,
                    backbone=backbone,
                    base=labels[0],
                    domains=results.domains,
                    f1={domain: _mean(one.observed) for domain, one in base.items()},
                    cells=tuple((domain, seed) for domain, one in base.items() for seed in one.seeds),
                    rows=tuple(_ablation(name, rows.get(name, ()), figures, base) for name in order),
                    resamples=results.heading.resamples,
                )
            )
    return tuple(found) or None


def _ablation(
    label: str, cells: Sequence[ScoredCell], figures: Mapping[str, _Figures], base: _Figures
) -> Ablation:
    its = figures.get(label, {})
    paired = summarise(differences(its, base))
    f1 = {}
    for domain, seeds in paired.seeds.items():
        of_seed = dict(zip(its[domain].seeds, its[domain].observed, strict=True))
        f1[domain] = _mean([of_seed[seed] for seed in seeds])
    missing = [
        (domain, seed)
        for domain, one in base.items()
        for seed in one.seeds
        if domain not in its or seed not in its[domain].seeds
    ]
    records = [cell.record for cell in cells]
    oracle = any(map(has_oracle, records))
    return Ablation(label, records[0] if records else None, paired, f1, tuple(missing), oracle)


def _mean(values: Iterable[float]) -> float:
    some = [float(value) for value in values]
    return sum(some) / len(some)


def tables(found: Sequence[Ablations], where: Where) -> Iterator[Table]:
    """Yield the differences, with the intervals of every domain where there is room for them."""
    for table in found if where in ("board", "file", "terminal") else ():
        yield ablation_table(table, intervals=where != "terminal")


def ablation_table(table: Ablations, *, intervals: bool) -> Table:
    """Return one table of differences; ``intervals`` shows those of the domains too, for wide pages."""
    title = f"{table.setting}: difference to {table.base} ({table.backbone}), F1 {points(table.average)}"
    domains = tuple(domain for domain in table.domains if domain in table.f1)
    header = ("row", "F1", "difference", f"{LEVEL:.0%} interval", *domains, "cells", "seeds")
    rows = sorted(table.rows, key=lambda row: row.oracle)
    cells = tuple(_cells(table, row, domains, intervals) for row in rows)
    return Table(title, header, cells, tuple(_notes(table)), (1, None))


def _cells(table: Ablations, row: Ablation, domains: Sequence[str], intervals: bool) -> tuple[str, ...]:
    name = row.label + (f" {ORACLE}" if row.oracle else "")
    covered = f"{row.paired.cells}/{len(table.cells)}"
    whole = row.paired.average
    if whole is None or row.average is None:
        return (name, *[NONE] * (3 + len(domains)), covered, "0")
    shown = []
    for domain in domains:
        found = row.paired.domains.get(domain)
        wide = f" ({span(found)})" if found is not None and intervals else ""
        shown.append(NONE if found is None else starred(found) + wide)
    seeds = number_range({len(some) for some in row.paired.seeds.values()})
    return (name, points(row.average), starred(whole), span(whole), *shown, covered, seeds)


def _notes(table: Ablations) -> Iterator[str]:
    for row in table.rows:
        if not row.paired.cells:
            yield f"{row.label}: no finished cell that the base has too; nothing to compare"
        elif row.missing:
            yield (
                f"{row.label} lacks {places(row.missing)}: compared, F1 included, on the {row.paired.cells}"
                f" of {len(table.cells)} cells that both have; its average is over"
                f" {', '.join(row.paired.domains)}"
            )
    if any(row.oracle for row in table.rows):
        yield f"{ORACLE} not a method: types taken from the gold annotation."
    yield how_paired(table.resamples, (seeds for row in table.rows for seeds in row.paired.seeds.values()))
    compared = sum(row.paired.cells > 0 for row in table.rows if not row.oracle)
    expected = compared * (1 - LEVEL)
    by_chance = (
        "A row that changes nothing would be marked so one time in twenty."
        if expected < 0.5
        else f"Of {compared} rows that all change nothing, about {expected:.0f} would be marked so by chance."
    )
    yield f"{STAR} the interval holds no 0. {by_chance}"


def lines(found: Sequence[Ablations], heading: Heading) -> Lines:
    """Return a line for each row's domain, and one for its average; scores are fractions."""
    rows = ((table, row) for table in found for row in table.rows)
    return Lines(_COLUMNS, tuple(line for one in rows for line in _lines(heading, *one)))


def _lines(heading: Heading, table: Ablations, row: Ablation) -> Iterator[dict[str, object]]:
    common = {
        "suite": heading.suite,
        "corpus": heading.corpus,
        "source": heading.source,
        "setting": table.setting,
        "backbone": table.backbone,
        "base": table.base,
        "label": row.label,
        "method": row.record.spec.method if row.record else None,
        "oracle": row.oracle,
    }
    for domain in table.f1:
        seeds = len(row.paired.seeds.get(domain, ()))
        of_base = sum(place == domain for place, _ in table.cells)
        numbers = _values(row.paired.domains.get(domain), row.f1.get(domain))
        cells = {"seeds": seeds, "cells": seeds, "base_cells": of_base}
        yield {**common, "kind": "domain", "domain": domain, **numbers, **cells}
    numbers = _values(row.paired.average, row.average)
    cells = {"cells": row.paired.cells, "base_cells": len(table.cells)}
    yield {**common, "kind": "average", **numbers, **cells}


def _values(difference: Difference | None, f1: float | None) -> dict[str, Any]:
    """Return what a difference holds, as JSON values; nothing where there is none."""
    if difference is None or f1 is None:
        return {}
    base_f1 = rounded(f1 - difference.observed)
    return {"f1": rounded(f1), "base_f1": base_f1, **difference_values(difference)}


def document(found: Sequence[Ablations], heading: Heading) -> dict[str, Any]:
    """Return all differences; scores are fractions."""
    return document_of(
        heading,
        units="scores and differences are fractions of F1",
        interval=interval_facts(heading.resamples),
        tables=map(_table_values, found),
    )


def _table_values(table: Ablations) -> dict[str, Any]:
    base = {
        "label": table.base,
        "average": rounded(table.average),
        "domains": {domain: rounded(f1) for domain, f1 in table.f1.items()},
        "cells": table.cells,
    }
    rows = [_row_values(row) for row in table.rows]
    return {"setting": table.setting, "backbone": table.backbone, "base": base, "rows": rows}


def _row_values(row: Ablation) -> dict[str, Any]:
    return {
        "label": row.label,
        "method": row.record.spec.method if row.record else None,
        "params": row.record.spec.params if row.record else None,
        "oracle": row.oracle,
        "cells": row.paired.cells,
        "missing": [{"domain": domain, "seed": seed} for domain, seed in row.missing],
        "average": _values(row.paired.average, row.average) or None,
        "domains": {
            domain: {**_values(found, row.f1[domain]), "seeds": row.paired.seeds[domain]}
            for domain, found in row.paired.domains.items()
        },
    }


def figure(found: Sequence[Ablations]) -> DotChart:
    """Describe the chart: a dot and an interval a row, the base row as the line at zero."""
    return DotChart(
        "What each part is worth",
        "Difference to the base row, with its paired 95% interval over sentences and seeds. A filled mark:"
        " the interval holds no 0. Of rows computed here alone: a submission is no variant of the base.",
        tuple(
            Differences(
                setting=table.setting,
                base=table.base,
                backbone=table.backbone,
                f1=table.average,
                dots=tuple(
                    Dot(row.label, row.paired.average, bool(row.missing), row.oracle)
                    for row in table.rows
                    if row.paired.average is not None
                ),
            )
            for table in found
        ),
    )


ABLATIONS = Analysis(
    "ablations",
    "Ablations",
    compute,
    tables,
    lines=lines,
    document=document,
    figure=figure,
    caption="Differences to the base row",
)
