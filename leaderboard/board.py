"""The board: measured cells grouped into rows, averaged where nothing is missing, with their intervals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmark.cells.ledger import PLANNED
from benchmark.cells.record import Record
from benchmark.cells.store import Store
from benchmark.cells.suite import load_suite, suite_names
from benchmark.errors import InputError
from benchmark.scoring import SCORER_VERSION
from benchmark.scoring.statistics import (
    LEVEL,
    RESAMPLES,
    FloatArray,
    Interval,
    percentile_interval,
    resampled_f1,
)
from benchmark.task import SUPERVISED, ZERO_SHOT
from leaderboard.columns import COLUMNS, PRIMARY
from leaderboard.gold import Ceiling, GoldShelf, ceiling
from leaderboard.measure import Cell, measure, unfinished
from leaderboard.published import TARGETS, PublishedRow, read_published

NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Hole:
    """A cell that gives no number: where it belongs, how it ended (or ``not run``), and why."""

    domain: str
    seed: int
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Score:
    """F1 as a fraction with its interval, averaged over ``seeds`` runs; ``values`` are all the columns."""

    f1: float
    interval: Interval
    seeds: int
    values: Mapping[str, float | None]


@dataclass(frozen=True)
class Row:
    """A method's configuration in a setting.

    ``scores`` holds the domains of which at least one seed finished. ``average`` is over all ``planned``
    domains, and None where any of their cells is a hole.
    """

    label: str
    method: str
    backbone: str
    setting: str
    planned: tuple[str, ...]
    planned_seeds: tuple[int, ...]
    scores: Mapping[str, Score]
    average: Score | None
    holes: tuple[Hole, ...] = ()
    reading: str = ""
    above_ceiling: tuple[str, ...] = ()

    @property
    def covered(self) -> int:
        """How many of the planned domains have every seed."""
        return len(set(self.planned) - {hole.domain for hole in self.holes})

    @property
    def skipped(self) -> bool:
        """Whether the method declined every cell, so that there is nothing to show."""
        return not self.scores and {hole.state for hole in self.holes} == {"skipped"}


@dataclass(frozen=True)
class Board:
    """All that a page shows of a suite. Scores are fractions; settings and rows are in the order shown."""

    suite: str
    corpus: str
    source: str
    domains: tuple[str, ...]
    seeds: tuple[int, ...]
    tables: Mapping[str, tuple[Row, ...]]
    in_domain: tuple[Row, ...] = ()
    ceilings: Mapping[str, Ceiling] = field(default_factory=dict)
    pending: tuple[str, ...] = ()
    published: tuple[PublishedRow, ...] = ()
    scorer: str = SCORER_VERSION
    resamples: int = RESAMPLES

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of all settings; not those of the source in its own domain."""
        return tuple(row for rows in self.tables.values() for row in rows)


def build(
    store_root: Path | str,
    suite: str,
    *,
    data_dir: Path | str | None = None,
    own: Iterable[Path | str] = (),
    resamples: int = RESAMPLES,
) -> Board:
    """Compute the board of a suite from a store's records and predictions, and the gold on this machine.

    ``own`` are folders of the corpora of your own that cells were run on. Raises ``InputError`` where the
    suite has no record, a file is damaged, or predictions are of other sentences than the test set's;
    ``MissingDataError`` where a gold corpus is not on this machine.
    """
    store = Store(store_root)
    records = store.records(suite)
    if not records:
        raise InputError(
            f"no finished cell of the suite {suite!r}",
            path=Path(store_root) / suite,
            expected="a folder with ledger.json and records",
            todo=f"compute some: `python -m benchmark run --all --suite {suite}`",
        )
    shelf = GoldShelf(data_dir, own)
    cells = [_cell(record, store, shelf) for record in records]
    targets = [record for record in records if not record.in_domain]
    source_types = shelf.types(records[0].source_corpus or records[0].corpus, records[0].source)
    ceilings = {r.domain: ceiling(shelf.gold(r).mentions, source_types) for r in targets}
    return assemble(
        cells,
        suite=suite,
        domains=load_suite(suite).domains if suite in suite_names() else (),
        ceilings=ceilings,
        pending=[slot for slot, entry in store.ledger(suite).items() if entry.state == PLANNED],
        resamples=resamples,
    )


def print_board(
    store_root: Path | str, suite: str, *, data_dir: Path | str | None = None, own: Iterable[Path | str] = ()
) -> None:
    """Print a suite's board for a terminal; what ``python -m benchmark run`` calls at its end."""
    from leaderboard.render import terminal

    print(terminal(build(store_root, suite, data_dir=data_dir, own=own)), end="")


def _cell(record: Record, store: Store, shelf: GoldShelf) -> Cell:
    if record.state != "ok":
        return unfinished(record)
    path = store.predictions_path(record)
    return measure(record, shelf.gold(record), store.predictions(record), path)


def assemble(
    cells: Sequence[Cell],
    *,
    suite: str,
    domains: Sequence[str] = (),
    ceilings: Mapping[str, Ceiling] | None = None,
    pending: Sequence[str] = (),
    resamples: int = RESAMPLES,
) -> Board:
    """Group measured cells into a board. Pure: the same cells give the same board.

    ``domains`` are those that an average is over; without them, all that the cells name. Raises
    ``InputError`` where two cells claim one place, or the cells have more than one source.
    """
    ceilings = ceilings or {}
    targets = [cell for cell in cells if not cell.record.in_domain]
    corpora = sorted({cell.record.corpus for cell in targets or cells})
    sources = sorted({cell.record.source for cell in cells})
    if len(sources) != 1:
        raise InputError(
            f"cells from the sources {', '.join(sources)} in the suite {suite}", expected="one source a suite"
        )
    planned = _in_order({*domains, *(cell.record.domain for cell in targets)}, domains or TARGETS)
    samples = _resample(cells, resamples)
    tables: dict[str, tuple[Row, ...]] = {}
    for setting in _in_order({c.record.setting for c in targets}, (ZERO_SHOT, SUPERVISED)):
        here = [cell for cell in targets if cell.record.setting == setting]
        tables[setting] = _rows(here, planned, samples, ceilings if setting == ZERO_SHOT else {})
    apart = [cell for cell in cells if cell.record.in_domain]
    return Board(
        suite=suite,
        corpus=" + ".join(corpora),
        source=sources[0],
        domains=planned,
        seeds=tuple(sorted({cell.record.seed for cell in cells})),
        tables=tables,
        in_domain=_rows(apart, (sources[0],), samples, {}),
        ceilings=ceilings,
        pending=tuple(pending),
        published=read_published() if corpora == ["crossner"] else (),
        resamples=resamples,
    )


def _in_order(names: Iterable[str], first: Sequence[str]) -> tuple[str, ...]:
    """Return the names, those of ``first`` before the others."""
    found = set(names)
    return (*(name for name in first if name in found), *sorted(found - set(first)))


def _resample(cells: Sequence[Cell], resamples: int) -> dict[str, FloatArray]:
    """Return cell name → F1 in every resample; cells of one test set share their draws."""
    by_test: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell.counts is not None:
            by_test[cell.record.corpus, cell.record.domain].append(cell)
    samples: dict[str, FloatArray] = {}
    for (_, domain), group in by_test.items():
        totals = [cell.counts.by_sentence() for cell in group if cell.counts is not None]
        drawn = resampled_f1(totals, resamples=resamples, stream=domain)
        samples |= {cell.record.cell: one for cell, one in zip(group, drawn, strict=True)}
    return samples


def _rows(
    cells: Sequence[Cell],
    planned: tuple[str, ...],
    samples: Mapping[str, FloatArray],
    ceilings: Mapping[str, Ceiling],
) -> tuple[Row, ...]:
    """Return the rows of one table: the complete ones first, by falling average, then by label."""
    seeds = tuple(sorted({cell.record.seed for cell in cells}))
    groups: dict[tuple[str, str], dict[tuple[str, int], Cell]] = defaultdict(dict)
    for cell in cells:
        record = cell.record
        places = groups[record.label, record.backbone]
        place = (record.domain, record.seed)
        if place in places:
            raise InputError(
                f"two cells for one place of the board: {places[place].record.cell} and {record.cell}",
                expected="one cell for each label, backbone, setting, domain and seed",
            )
        places[place] = cell
    rows = [_row(places, planned, seeds, samples, ceilings) for places in groups.values()]
    return tuple(sorted(rows, key=_order))


def _order(row: Row) -> tuple[bool, float, int, str, str]:
    return (
        row.average is None,
        -(row.average.f1 if row.average else 0),
        -row.covered,
        row.label,
        row.backbone,
    )


def _row(
    places: Mapping[tuple[str, int], Cell],
    planned: tuple[str, ...],
    seeds: tuple[int, ...],
    samples: Mapping[str, FloatArray],
    ceilings: Mapping[str, Ceiling],
) -> Row:
    scores: dict[str, Score] = {}
    drawn: dict[str, FloatArray] = {}
    holes: list[Hole] = []
    for domain in planned:
        finished = []
        for seed in seeds:
            cell = places.get((domain, seed))
            if cell is None:
                holes.append(Hole(domain, seed, NOT_RUN, ""))
            elif cell.counts is None:
                holes.append(Hole(domain, seed, cell.record.state, cell.record.reason or ""))
            else:
                finished.append(cell)
        if finished:
            drawn[domain] = np.mean([samples[cell.record.cell] for cell in finished], axis=0)
            scores[domain] = _score([cell.values for cell in finished], drawn[domain], len(finished))
    average = None
    if scores and not holes:
        means = np.mean([drawn[domain] for domain in planned], axis=0)
        average = _score([scores[domain].values for domain in planned], means, len(seeds))
    record = next(iter(places.values())).record
    return Row(
        label=record.label,
        method=record.method,
        backbone=record.backbone,
        setting=record.setting,
        planned=planned,
        planned_seeds=seeds,
        scores=scores,
        average=average,
        holes=tuple(holes),
        reading=_note(places, "reading"),
        above_ceiling=_above(scores, ceilings) if _note(places, "ceiling") == "coarse" else (),
    )


def _score(values: Sequence[Mapping[str, float | None]], drawn: FloatArray, seeds: int) -> Score:
    """Average every column over runs or domains; one that any of them lacks stays empty."""
    means: dict[str, float | None] = {}
    for column in COLUMNS:
        found = [one.get(column.key) for one in values]
        present = [value for value in found if value is not None]
        means[column.key] = sum(present) / len(present) if len(present) == len(found) else None
    f1 = means[PRIMARY.key]
    if f1 is None:
        raise ValueError("a measured cell without the primary metric")
    return Score(f1, percentile_interval(drawn, LEVEL), seeds, means)


def _note(places: Mapping[tuple[str, int], Cell], key: str) -> str:
    """Return a note that is a text, from the first of the row's records that has it."""
    notes = (cell.record.notes.get(key) for cell in places.values())
    return next((note for note in notes if isinstance(note, str) and note), "")


def _above(scores: Mapping[str, Score], ceilings: Mapping[str, Ceiling]) -> tuple[str, ...]:
    """Return the domains in which a tagger of source types scores more than one can."""
    return tuple(
        domain
        for domain, score in scores.items()
        if domain in ceilings and score.f1 > ceilings[domain].source_spans + 1e-9
    )
