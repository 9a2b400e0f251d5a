"""Measured cells grouped into rows, averaged where nothing is missing, with their intervals. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmark.errors import InputError
from benchmark.scoring.intervals import (
    BootstrapSample,
    FloatArray,
    Interval,
    as_fraction,
    sampling_distribution,
)
from benchmark.scoring.statistics import resampled_f1
from benchmark.store.record import SKIPPED, Lost, Record, Spent
from leaderboard.results import lost
from leaderboard.results.columns import COLUMNS, PRIMARY
from leaderboard.results.gold import Ceiling
from leaderboard.results.kept import Kept
from leaderboard.results.measure import ScoredCell
from leaderboard.results.served import served_by
from leaderboard.results.spending import by_domain
from leaderboard.results.submissions import is_submitted, unranked

NOT_RUN = "not run"
_ROUNDING = 1e-9  # a score that equals its ceiling is not above it


@dataclass(frozen=True, slots=True)
class MissingCell:
    """A cell that gives no number: where it belongs, how it ended (or ``not run``), and why."""

    domain: str
    seed: int
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Score:
    """F1 as a fraction with its interval, the mean of ``seeds`` runs; ``values`` are all the columns.

    Runs of several seeds with equal predictions are one.
    """

    f1: float
    interval: Interval
    seeds: int
    values: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Above:
    """A cell of a tagger of source types that scores more than such a tagger can; F1 as fractions."""

    domain: str
    seed: int
    f1: float
    ceiling: float


@dataclass(frozen=True)
class Row:
    """One configuration of a method in one setting.

    ``record`` is the first of its records, for what they have in common. ``domains`` and ``seeds`` are those
    that it should have a cell for; ``scores`` holds the domains where at least one seed finished. ``average``
    is over all of ``domains``, and None where any of their cells is a hole. ``oracle``: its types were taken
    from the gold annotation, so it is no method, and is shown apart from those that are ranked. ``llm`` has
    an entry for each domain whose cells asked a language model: what they spent, unfinished ones included.
    ``above``: of a row that noted that it can say source types alone, the cells that beat their ceiling.
    ``transductive``: it adapts to the test sentences' words while it answers, as it noted.
    ``tie`` is the number of its tie group among the rows of its table, None without an average.
    ``lost`` has an entry for each domain whose cells tell what became of what they asked a language model.
    ``equal`` has an entry for each domain in which some of its seeds have equal predictions: these seeds.
    ``served``: of a row whose answers come from more than one model behind one name, what the servers said.
    ``unranked``: why a row has no rank: what a submission lacks, or what was lost; empty where it has one.
    """

    record: Record
    domains: tuple[str, ...]
    seeds: tuple[int, ...]
    scores: Mapping[str, Score]
    average: Score | None
    holes: tuple[MissingCell, ...]
    reading: str = ""
    llm: Mapping[str, Spent] = field(default_factory=dict)
    above: tuple[Above, ...] = ()
    oracle: bool = False
    transductive: bool = False
    tie: int | None = None
    lost: Mapping[str, Lost] = field(default_factory=dict)
    equal: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    served: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unranked: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Its name on the board."""
        return self.record.spec.label

    @property
    def backbone(self) -> str:
        """Its pre-trained encoder."""
        return self.record.spec.backbone

    @property
    def above_ceiling(self) -> tuple[str, ...]:
        """The domains in which it scores more than it can."""
        return tuple(dict.fromkeys(one.domain for one in self.above))

    @property
    def ranked(self) -> bool:
        """Whether it is held against others: no oracle, no submission without a rank, not too much lost."""
        return not self.oracle and not self.unranked

    @property
    def incomplete(self) -> bool:
        """Whether it was computed here, and has no rank for what its language model did not answer."""
        return bool(self.unranked) and not is_submitted(self.record)

    @property
    def status(self) -> str:
        """``ranked``, or why it has no rank: an oracle, what was lost or is missing."""
        if self.oracle:
            return "oracle"
        if self.unranked:
            return f"{'incomplete' if self.incomplete else 'not ranked'}: {'; '.join(self.unranked)}"
        return "ranked" if self.average else f"{self.coverage} domains"

    @property
    def runs(self) -> int:
        """How many of its seeds tell something of their own, at most: equal predictions are one seed's."""
        if not self.equal:
            return len(self.seeds)
        return max(score.seeds for score in self.scores.values())

    @property
    def coverage(self) -> str:
        """How many of its domains have every seed, as ``4/5``."""
        return f"{len(set(self.domains) - {hole.domain for hole in self.holes})}/{len(self.domains)}"

    @property
    def skipped(self) -> bool:
        """Whether the method declined whatever was run of it, so that there is nothing to show."""
        return not self.scores and {hole.state for hole in self.holes} <= {SKIPPED, NOT_RUN}


def resample(cells: Sequence[ScoredCell], resamples: int, kept: Kept | None = None) -> dict[str, FloatArray]:
    """Return cell name → F1 in every resample; cells of one test set share their draws.

    ``kept`` is what an earlier build drew: of the same counts nothing is drawn again.
    """
    by_test: dict[tuple[str, str], list[ScoredCell]] = defaultdict(list)
    for cell in cells:
        if cell.counts is not None:
            by_test[cell.record.spec.corpus, cell.record.spec.domain].append(cell)
    samples: dict[str, FloatArray] = {}
    for (_, domain), group in by_test.items():
        totals = [cell.counts.by_sentence() for cell in group if cell.counts is not None]
        drawn = (
            resampled_f1(totals, resamples=resamples, stream=domain)
            if kept is None
            else kept.resampled_f1(totals, resamples, domain)
        )
        samples |= {cell.record.cell: one for cell, one in zip(group, drawn, strict=True)}
    return samples


def make_rows(
    cells: Sequence[ScoredCell],
    domains: tuple[str, ...],
    samples: Mapping[str, FloatArray],
    ceilings: Mapping[str, Ceiling] | None = None,
) -> tuple[Row, ...]:
    """Return the rows of one table: complete ones first, by falling average, then by label; oracles last.

    A row should have a cell for each of ``domains`` with each seed that any of its own cells has. Raises
    ``InputError`` where two cells claim one place.
    """
    groups: dict[tuple[str, str], dict[tuple[str, int], ScoredCell]] = defaultdict(dict)
    for cell in cells:
        record = cell.record
        places = groups[record.spec.label, record.spec.backbone]
        place = (record.spec.domain, record.spec.seed)
        if place in places:
            raise InputError(
                f"two cells for one place of the board: {places[place].record.cell} and {record.cell}",
                expected="one cell for each label, backbone, setting, domain and seed",
            )
        places[place] = cell
    rows = [_row(places, domains, samples, ceilings or {}) for places in groups.values()]
    return tuple(sorted(rows, key=_order))


def _order(row: Row) -> tuple[bool, float, int, str, str]:
    f1 = row.average.f1 if row.average else -1.0
    return (not row.ranked, -f1, len(row.holes), row.label, row.backbone)


def _row(
    places: Mapping[tuple[str, int], ScoredCell],
    domains: tuple[str, ...],
    samples: Mapping[str, FloatArray],
    ceilings: Mapping[str, Ceiling],
) -> Row:
    seeds = tuple(sorted({seed for _, seed in places}))
    oracle = any(has_oracle(cell.record) for cell in places.values())
    records = [cell.record for cell in places.values()]
    coarse = _note(places, "ceiling") == "coarse" and not oracle
    scores: dict[str, Score] = {}
    drawn: dict[str, BootstrapSample] = {}
    holes: list[MissingCell] = []
    equal: dict[str, tuple[int, ...]] = {}
    for domain in domains:
        finished = [places[domain, seed] for seed in seeds if _finished(places.get((domain, seed)))]
        missing = [seed for seed in seeds if not _finished(places.get((domain, seed)))]
        holes += [missing_cell(domain, seed, places.get((domain, seed))) for seed in missing]
        if finished:
            different = _different(finished)
            if len(different) < len(finished):
                equal[domain] = _equal_seeds(finished)
            drawn[domain] = sampled(different, samples)
            scores[domain] = _score([cell.values for cell in different], [drawn[domain]], len(different))
    average = None
    if not holes:
        runs = max(score.seeds for score in scores.values())
        average = _score([scores[domain].values for domain in domains], list(drawn.values()), runs)
    return Row(
        record=records[0],
        domains=domains,
        seeds=seeds,
        scores=scores,
        average=average,
        holes=tuple(holes),
        reading=_note(places, "reading"),
        llm=by_domain(records),
        above=_above(places, domains, ceilings) if coarse else (),
        oracle=oracle,
        transductive=any(record.notes.get("transductive") is True for record in records),
        lost=lost.by_domain(records),
        equal=equal,
        served=served_by(records),
        unranked=(*unranked(records[0]), *lost.incomplete(records)),
    )


def _different(cells: Sequence[ScoredCell]) -> list[ScoredCell]:
    """Return the cells of a row on one domain, of those with equal predictions the first alone."""
    found: dict[str, ScoredCell] = {}
    for cell in cells:
        found.setdefault(cell.record.predictions_sha256 or cell.record.cell, cell)
    return list(found.values())


def _equal_seeds(cells: Sequence[ScoredCell]) -> tuple[int, ...]:
    seen = Counter(cell.record.predictions_sha256 for cell in cells)
    return tuple(cell.record.spec.seed for cell in cells if seen[cell.record.predictions_sha256] > 1)


def has_oracle(record: Record) -> bool:
    """Return whether a record's types were taken from the gold annotation."""
    return any(where.get("oracle") is not None for where in (record.spec.params, record.notes))


def _finished(cell: ScoredCell | None) -> bool:
    return cell is not None and cell.counts is not None


def missing_cell(domain: str, seed: int, cell: ScoredCell | None) -> MissingCell:
    """Return what is to be said of a cell that gives no number; ``cell`` is None where none was run."""
    if cell is None:
        return MissingCell(domain, seed, NOT_RUN, "")
    return MissingCell(domain, seed, cell.record.state, cell.record.reason or "")


def sampled(cells: Sequence[ScoredCell], samples: Mapping[str, FloatArray]) -> BootstrapSample:
    """Return F1 of one row's finished cells on one domain, observed and resampled."""
    observed = [cell.counts.micro().f1 for cell in cells if cell.counts is not None]
    seeds = tuple(cell.record.spec.seed for cell in cells)
    return BootstrapSample(seeds, np.array(observed), np.stack([samples[cell.record.cell] for cell in cells]))


def _score(
    values: Sequence[Mapping[str, float | None]], drawn: Sequence[BootstrapSample], seeds: int
) -> Score:
    """Average every column over runs or domains; one that any of them lacks stays empty."""
    means: dict[str, float | None] = {}
    for column in COLUMNS:
        found = [one[column.key] for one in values]
        present = [value for value in found if value is not None]
        means[column.key] = sum(present) / len(present) if len(present) == len(found) else None
    f1 = means[PRIMARY.key]
    if f1 is None:
        raise ValueError("a measured cell without the primary metric")
    return Score(f1, as_fraction(sampling_distribution(drawn).interval()), seeds, means)


def _note(places: Mapping[tuple[str, int], ScoredCell], key: str) -> str:
    """Return a note that is a text, from the first of the row's records that has it."""
    notes = (cell.record.notes.get(key) for cell in places.values())
    return next((note for note in notes if isinstance(note, str) and note), "")


def _above(
    places: Mapping[tuple[str, int], ScoredCell], domains: Sequence[str], ceilings: Mapping[str, Ceiling]
) -> tuple[Above, ...]:
    """Return the cells in which a tagger of source types scores more than one can.

    Cell by cell: a mean over seeds could hide one that leaked behind others that did not.
    """
    found = []
    for (domain, seed), cell in sorted(places.items(), key=lambda item: item[0][1]):
        f1 = cell.values.get(PRIMARY.key) if domain in ceilings and domain in domains else None
        if f1 is not None and f1 > ceilings[domain].source_spans + _ROUNDING:
            found.append(Above(domain, seed, f1, ceilings[domain].source_spans))
    return tuple(sorted(found, key=lambda one: domains.index(one.domain)))


def ranked(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return the rows that are ranked: no row with an oracle is, nor a submission that lacks something."""
    return tuple(row for row in rows if row.ranked)
