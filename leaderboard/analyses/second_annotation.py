"""How good can it get: CrossNER's test sentences as CrossRE's annotators tagged them, beside the first gold.

CrossRE (Bassignana and Plank, Findings of EMNLP 2022) revised the entities of CrossNER's sentences. It is a
revision and no independent annotation, so what the two differ in bounds the noise of the labels from below. A
row that comes near to the F1 of the second annotation against the first has little left to gain there.

CrossRE is read from the corpus ``open`` where it is at hand. The board itself says nothing of it, so that
it is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from benchmark.domains.corpus import Domain, Mention
from benchmark.domains.open_corpora.load import ANNOTATED_AGAIN, load_open
from benchmark.errors import MissingDataError
from benchmark.scoring.counts import count_mentions
from benchmark.scoring.spans import Ints
from benchmark.scoring.statistics import f1_of
from benchmark.store.atomic_io import sha256
from leaderboard.analyses.analysis import Analysis, Where, document_of
from leaderboard.output.numbers import NONE, points
from leaderboard.output.table import Lines, Table
from leaderboard.results.gold import Gold
from leaderboard.results.heading import Heading
from leaderboard.results.measure import ScoredCell
from leaderboard.results.results import Results, clean

Key = tuple[str, str, str]  # setting, label and backbone
_Lists = Sequence[Sequence[Mention]]
_ANY = "mention"  # the one type of spans alone

_COLUMNS = ("suite", "domain", "setting", "label", "backbone", "first", "second", "agreed", "differing")


@dataclass(frozen=True)
class Agreement:
    """What the two annotations of a domain have in common.

    ``sentences`` are test sentences that both have, ``differing`` those of them where the two are not equal.
    ``typed`` and ``spans`` are the F1 (fractions) of the second against the first, with types and without.
    """

    domain: str
    sentences: int
    differing: int
    typed: float
    spans: float


@dataclass(frozen=True)
class Figures:
    """A row on one domain: F1 (fractions, means over seeds) on the sentences that both annotations have.

    ``first`` and ``second`` are against the first and the second annotation; ``agreed`` and ``differing``
    against the first, on sentences where the two are equal and where they are not.
    """

    first: float
    second: float
    agreed: float
    differing: float


@dataclass(frozen=True)
class SecondAnnotation:
    """The agreement of each domain, and row → domain → figures, in the order of the main tables."""

    domains: tuple[Agreement, ...]
    rows: Mapping[Key, Mapping[str, Figures]]


@dataclass(frozen=True)
class BothAnnotations:
    """A domain's sentences that both annotations have: their ids, and the mentions of either."""

    types: tuple[str, ...]
    ids: tuple[str, ...]
    first: _Lists
    second: _Lists

    @cached_property
    def equal(self) -> npt.NDArray[np.bool_]:
        """Whether both annotate a sentence alike."""
        pairs = zip(self.first, self.second, strict=True)
        return np.array([set(one) == set(other) for one, other in pairs], dtype=bool)

    @cached_property
    def digest(self) -> str:
        """A hash of both."""
        return sha256(repr((self.types, self.ids, self.first, self.second)))

    def sums(self, predicted: _Lists) -> Ints:
        """Return (4, 3) true positives, predicted and gold mentions, in the order of ``Figures``."""
        first, second = (
            count_mentions(gold, predicted, self.types).by_sentence() for gold in (self.first, self.second)
        )
        parts = (first, second, first[self.equal], first[~self.equal])
        return np.stack([part.sum(axis=0) for part in parts])


def compute(results: Results) -> SecondAnnotation | None:
    """Hold rows against both annotations; None where views were not asked for, or CrossRE is not at hand."""
    if results.training is None or results.store is None:
        return None
    cells = [cell for cell in clean(results.main) if cell.whole and cell.record.spec.corpus == "crossner"]
    domains = {}
    for name in (name for name in results.domains if name in ANNOTATED_AGAIN):
        gold = next((results.gold(c) for c in cells if c.record.spec.domain == name), None)
        second = _second(name)
        if gold is not None and second is not None:
            domains[name] = both_annotations(gold, second)
    if not domains:
        return None
    of_row: dict[Key, dict[str, list[ScoredCell]]] = {}
    for cell in cells:
        spec = cell.record.spec
        by_domain = of_row.setdefault((spec.setting, spec.label, spec.backbone), {})
        by_domain.setdefault(spec.domain, []).append(cell)
    rows: dict[Key, dict[str, Figures]] = {}
    for setting, found in results.tables.items():
        for row in (row for row in found if row.scores and not row.oracle and not row.incomplete):
            own = of_row.get((setting, row.label, row.backbone), {})
            rows[setting, row.label, row.backbone] = {
                name: figures_on(results, both, own[name]) for name, both in domains.items() if name in own
            }
    return SecondAnnotation(tuple(agreement_of(name, both) for name, both in domains.items()), rows)


def _second(name: str) -> Domain | None:
    try:
        return load_open(f"{name}-en")
    except MissingDataError:
        return None


def both_annotations(gold: Gold, second: Domain) -> BothAnnotations:
    """Pair the test sentences of two annotations by their tokens, each of the first once, in its order."""
    waiting: dict[tuple[str, ...], list[Sequence[Mention]]] = {}
    for sentence in reversed(second.test):
        waiting.setdefault(sentence.tokens, []).append(sentence.mentions)
    pairs = [
        (sentence.id, sentence.mentions, waiting[sentence.tokens].pop())
        for sentence in gold.test
        if waiting.get(sentence.tokens)
    ]
    ids, first, other = zip(*pairs, strict=True) if pairs else ((), (), ())
    return BothAnnotations(gold.types, ids, first, other)


def agreement_of(name: str, both: BothAnnotations) -> Agreement:
    """Return how far the two annotations of a domain agree."""
    typed = count_mentions(both.first, both.second, both.types).micro().f1
    first, second = ([_untyped(one) for one in some] for some in (both.first, both.second))
    spans = count_mentions(first, second, (_ANY,)).micro().f1
    return Agreement(name, len(both.ids), int((~both.equal).sum()), typed, spans)


def _untyped(mentions: Sequence[Mention]) -> list[Mention]:
    return [mention._replace(type=_ANY) for mention in mentions]


def figures_on(results: Results, both: BothAnnotations, cells: Sequence[ScoredCell]) -> Figures:
    """Return the figures of a row on a domain: the means over its ``cells``, one a seed."""
    f1 = np.mean([f1_of(_sums(results, both, cell)) for cell in cells], axis=0)
    return Figures(*map(float, f1))


def _sums(results: Results, both: BothAnnotations, cell: ScoredCell) -> Ints:
    """Return a cell's ``BothAnnotations.sums``; its predictions are read where no earlier build did."""

    def make() -> Ints:
        answers = results.predictions(cell)
        return both.sums([answers[name] for name in both.ids])

    if results.kept is None:
        return make()
    parts = ["second annotation", both.digest, cell.record.predictions_sha256]
    return cast(Ints, results.kept.array(parts, make))


def tables(found: SecondAnnotation, where: Where) -> Iterator[Table]:
    """Yield how far the annotations agree, and every row against both, in the file and on the page."""
    if where in ("file", "page"):
        yield _agreements_table(found)
        yield _rows_table(found)


def _agreements_table(found: SecondAnnotation) -> Table:
    header = ("domain", "sentences in both", "annotated otherwise", "F1 with types", "F1 of spans")
    rows = tuple(
        (one.domain, str(one.sentences), str(one.differing), points(one.typed), points(one.spans))
        for one in found.domains
    )
    notes = ("F1: the second annotation as if it were predicted, against the first.",)
    return Table("the second annotation against the first", header, rows, notes, (1, None))


def _rows_table(found: SecondAnnotation) -> Table:
    names = [one.domain for one in found.domains]
    parts = ("first", "second", "where they agree", "where they differ")
    rows = tuple(_line(key, figures, names) for key, figures in found.rows.items())
    notes = (
        "By domain: F1 against the first annotation / against the second, on the test sentences that both"
        " have. Then the means over domains: against the first, against the second, and against the first on"
        " sentences that both annotate alike, and on those that they annotate otherwise.",
    )
    return Table(
        "every row against both", ("method", "backbone", "setting", *names, *parts), rows, notes, (3, None)
    )


def _line(key: Key, figures: Mapping[str, Figures], names: Sequence[str]) -> tuple[str, ...]:
    setting, label, backbone = key
    pairs = (figures.get(name) for name in names)
    cells = [NONE if one is None else f"{points(one.first)} / {points(one.second)}" for one in pairs]
    means = [points(mean) for mean in _means(figures)] if len(figures) == len(names) else [NONE] * 4
    return (label, backbone, setting, *cells, *means)


def _means(figures: Mapping[str, Figures]) -> list[float]:
    columns = zip(
        *((one.first, one.second, one.agreed, one.differing) for one in figures.values()), strict=True
    )
    return [sum(column) / len(figures) for column in columns]


def lines(found: SecondAnnotation, heading: Heading) -> Lines:
    """Return a line for each row and domain; fractions."""
    return Lines(_COLUMNS, tuple(_tidy(found, heading)))


def _tidy(found: SecondAnnotation, heading: Heading) -> Iterator[Mapping[str, object]]:
    for (setting, label, backbone), figures in found.rows.items():
        for domain, one in figures.items():
            about = {"setting": setting, "label": label, "backbone": backbone}
            yield {"suite": heading.suite, "domain": domain, **about, **vars(one)}


def document(found: SecondAnnotation, heading: Heading) -> dict[str, Any]:
    """Return the agreements and the rows by domain as JSON values; fractions."""
    made = [
        {
            **vars(agreement),
            "rows": [
                {"setting": key[0], "label": key[1], "backbone": key[2], **vars(figures[agreement.domain])}
                for key, figures in found.rows.items()
                if agreement.domain in figures
            ],
        }
        for agreement in found.domains
    ]
    return document_of(heading, units="F1 as fractions", interval=None, tables=made)


SECOND_ANNOTATION = Analysis(
    "second_annotation",
    "How good can it get",
    compute,
    tables,
    lines=lines,
    document=document,
    intro=(
        "CrossRE's annotators revised the entities of CrossNER's sentences. What the second annotation scores"
        " against the first is as good as these labels can tell a system to be; it is a revision, so the true"
        " bound lies lower."
    ),
)
