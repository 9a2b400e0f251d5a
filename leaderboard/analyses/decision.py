"""Which method to take on which domain: every setting on the same test sentences, with ties by domain. Pure.

An average hides that its best row is one of several on one domain and loses another; and the tables of the
settings do not say what labels bring. Here rows of all settings are held against each other, one domain at a
time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import combinations
from typing import Any

from benchmark.scoring.intervals import LEVEL, Difference, sampling_distribution
from benchmark.scoring.multiple_testing import ALPHA, holm, tie_groups
from benchmark.scoring.permutation import p_of_difference
from benchmark.settings import by_labels
from benchmark.task import ZERO_SHOT
from leaderboard.analyses.analysis import Analysis, Where, document_of
from leaderboard.analyses.pairwise import EVERY_PAIR, DomainFigures, figures_of
from leaderboard.output.numbers import (
    NONE,
    difference_values,
    estimate_values,
    interval,
    interval_facts,
    points,
    span,
    starred,
)
from leaderboard.output.table import Lines, Table
from leaderboard.results.heading import Heading
from leaderboard.results.measure import ScoredCell
from leaderboard.results.results import OWN, Results, clean
from leaderboard.results.rows import Row, Score, ranked

Key = tuple[str, str, str]  # setting, label and backbone

_COLUMNS = ("suite", "domain", "setting", "label", "backbone", "f1", "f1_low", "f1_high", "seeds", "tie")


@dataclass(frozen=True)
class Placed:
    """A row on one domain. ``tie`` is the number of its tie group among the rows of all settings there."""

    key: Key
    score: Score
    tie: int


@dataclass(frozen=True)
class Best:
    """The best row of a setting on a domain.

    ``tied`` are the other rows of the setting that no test tells from it. ``gain`` is how far it is above the
    best zero-shot row on the seeds that both have; None in that setting, and where there is no such row.
    """

    domain: str
    placed: Placed
    tied: tuple[Key, ...]
    gain: Difference | None


@dataclass(frozen=True)
class Decision:
    """``domains`` maps a domain to its rows, best first; ``best`` has a line for each domain and setting."""

    domains: Mapping[str, tuple[Placed, ...]]
    best: tuple[Best, ...]
    resamples: int
    own: bool


def compute(results: Results) -> Decision | None:
    """Compare all ranked rows on each domain; None where no domain has two, or there are very many."""
    parts = (
        (results.tables, results.main, results.domains),
        (results.own_tables, results.own, results.own_domains),
    )
    placed: dict[str, tuple[Placed, ...]] = {}
    best: list[Best] = []
    for tables, cells, domains in parts:
        rows = [row for some in tables.values() for row in ranked(some)]
        if 1 < len(rows) <= EVERY_PAIR:
            for domain in domains:
                if sum(domain in row.scores for row in rows) > 1:
                    here = _Domain.of(results, rows, clean(cells), domain)
                    placed[domain] = here.placed()
                    best += here.best(placed[domain])
    if not placed:
        return None
    own = all(cell.record.spec.corpus == OWN for cell in results.main)
    return Decision(placed, tuple(best), results.heading.resamples, own)


@dataclass(frozen=True)
class _Domain:
    """The rows that have a score on a domain, best first, and their figures there."""

    name: str
    rows: Mapping[Key, Row]
    figures: DomainFigures[Key]

    @classmethod
    def of(cls, results: Results, rows: Sequence[Row], cells: Sequence[ScoredCell], domain: str) -> _Domain:
        scored = sorted((row for row in rows if domain in row.scores), key=lambda row: -row.scores[domain].f1)
        some = {(row.record.spec.setting, row.label, row.backbone): row for row in scored}
        of_row: dict[Key, list[ScoredCell]] = {key: [] for key in some}
        for cell in sorted(cells, key=lambda one: one.record.spec.seed):
            spec = cell.record.spec
            key = (spec.setting, spec.label, spec.backbone)
            if spec.domain == domain and key in of_row and cell.whole:
                of_row[key].append(cell)
        totals = {
            key: [cell.counts.by_sentence() for cell in found if cell.counts is not None]
            for key, found in of_row.items()
        }
        samples = {key: figures_of(found, [domain], results.samples)[domain] for key, found in of_row.items()}
        return cls(domain, some, DomainFigures.of(totals, samples, partial(results.permuted, domain=domain)))

    @cached_property
    def tested(self) -> Mapping[tuple[Key, Key], float]:
        """The p-values of the pairs that share a seed, the upper row first; not corrected."""
        pairs = (pair for pair in combinations(self.rows, 2) if self.figures.shared(*pair))
        return {pair: self._p(*pair) for pair in pairs}

    def placed(self) -> tuple[Placed, ...]:
        """Number the tie groups of all rows."""
        corrected = holm(self.tested)
        groups = tie_groups(list(self.rows), lambda one, other: corrected.get((one, other), 1.0) < ALPHA)
        return tuple(Placed(key, row.scores[self.name], groups[key]) for key, row in self.rows.items())

    def best(self, placed: Sequence[Placed]) -> Iterator[Best]:
        """Yield the best row of each setting, those that show least of the labels first."""
        by_setting: dict[str, list[Placed]] = {}
        for one in placed:
            by_setting.setdefault(one.key[0], []).append(one)
        bare = by_setting.get(ZERO_SHOT)
        for setting, some in sorted(by_setting.items(), key=lambda item: by_labels(item[0])):
            first = some[0]
            pairs = ((first.key, one.key) for one in some[1:])
            alone = holm({pair[1]: self.tested[pair] for pair in pairs if pair in self.tested})
            tied = tuple(one.key for one in some[1:] if alone.get(one.key, 1.0) >= ALPHA)
            compared = bare[0].key if bare and setting != ZERO_SHOT else None
            yield Best(self.name, first, tied, None if compared is None else self._gain(first.key, compared))

    def _gain(self, one: Key, other: Key) -> Difference | None:
        if not self.figures.shared(one, other):
            return None
        return sampling_distribution([self.figures.difference(one, other)]).difference()

    def _p(self, one: Key, other: Key) -> float:
        drawn = sampling_distribution([self.figures.difference(one, other)])
        return p_of_difference([self.figures.permuted(one, other)], drawn)


def tables(found: Decision, where: Where) -> Iterator[Table]:
    """Yield what to take on each domain, and in its own file every row with its place on each domain.

    On a terminal, where the corpora are the user's own.
    """
    if where in ("file", "page") or (where in ("board", "terminal") and found.own):
        yield _best_table(found)
    if where in ("file", "page"):
        yield _places_table(found)


def _best_table(found: Decision) -> Table:
    header = (
        "domain",
        "setting",
        "best",
        "F1",
        f"{LEVEL:.0%} interval",
        "tied with it",
        "over zero-shot",
        "interval",
    )
    notes = (
        "tied with it: rows of the setting that no paired test tells from the best, corrected for all of"
        " them. over zero-shot: how far it is above the best zero-shot row, on the same test sentences and"
        " seeds, with the interval of the difference; * it holds no 0. A best row is chosen by the same"
        " figures, which flatters it a little.",
    )
    rows = tuple(_line(one) for one in found.best)
    return Table("what to take, by domain", header, rows, notes, (3, None))


def _line(one: Best) -> tuple[str, ...]:
    score = one.placed.score
    gain = (NONE, NONE) if one.gain is None else (starred(one.gain), span(one.gain))
    setting, label, _ = one.placed.key
    tied = ", ".join(key[1] for key in one.tied) or NONE
    return (one.domain, setting, label, points(score.f1), interval(score.interval), tied, *gain)


def _places_table(found: Decision) -> Table:
    keys = list(dict.fromkeys(one.key for rows in found.domains.values() for one in rows))
    keys.sort(key=lambda key: (by_labels(key[0]), -_mean(found, key), key))
    held = {(domain, one.key): one for domain, rows in found.domains.items() for one in rows}

    def cell(domain: str, key: Key) -> str:
        one = held.get((domain, key))
        return NONE if one is None else f"{points(one.score.f1)} ({one.tie})"

    header = ("method", "backbone", "setting", *found.domains)
    rows = tuple((key[1], key[2], key[0], *(cell(domain, key) for domain in found.domains)) for key in keys)
    notes = (
        "In brackets the number of the row's tie group on that domain, among the rows of all settings: a row"
        " stands below a group's best only where a paired test, corrected for all pairs of the domain, says"
        " so.",
    )
    return Table("every row, by domain", header, rows, notes, (3, None))


def _mean(found: Decision, key: Key) -> float:
    scores = [one.score.f1 for rows in found.domains.values() for one in rows if one.key == key]
    return sum(scores) / len(scores)


def lines(found: Decision, heading: Heading) -> Lines:
    """Return a line for each row and domain."""
    return Lines(_COLUMNS, tuple(_tidy(found, heading)))


def _tidy(found: Decision, heading: Heading) -> Iterator[Mapping[str, object]]:
    for domain, rows in found.domains.items():
        for one in rows:
            yield {"suite": heading.suite, "domain": domain, **_values(one)}


def _values(one: Placed) -> dict[str, object]:
    setting, label, backbone = one.key
    score = estimate_values("f1", one.score.f1, one.score.interval)
    about = {"setting": setting, "label": label, "backbone": backbone}
    return {**about, **score, "seeds": one.score.seeds, "tie": one.tie}


def document(found: Decision, heading: Heading) -> dict[str, Any]:
    """Return the best rows, and every row, by domain, as JSON values; fractions."""
    made = [
        {
            "domain": domain,
            "best": [_best_values(one) for one in found.best if one.domain == domain],
            "rows": [_values(one) for one in rows],
        }
        for domain, rows in found.domains.items()
    ]
    facts = interval_facts(found.resamples)
    return document_of(heading, units="F1 as fractions", interval=facts, tables=made)


def _best_values(one: Best) -> dict[str, object]:
    tied = [dict(zip(("setting", "label", "backbone"), key, strict=True)) for key in one.tied]
    gain = None if one.gain is None else difference_values(one.gain)
    return {**_values(one.placed), "tied": tied, "over_zero_shot": gain}


DECISION = Analysis(
    "decision",
    "Which method on which domain",
    compute,
    tables,
    lines=lines,
    document=document,
    intro="Rows of all settings on the same test sentences, one domain at a time.",
    pointer=("Which method on which domain", "[all settings, with ties by domain](decision.md)"),
)
