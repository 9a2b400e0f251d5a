"""From a store, its submissions and the gold on this machine to results: every cell is measured once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmark.errors import InputError, MissingDataError
from benchmark.plan.suite import load_suite, suite_names
from benchmark.scoring.frequency import Surfaces
from benchmark.scoring.statistics import RESAMPLES
from benchmark.store.comparison import read_comparison
from benchmark.store.ledger import PLANNED
from benchmark.store.record import Record
from benchmark.store.store import Store
from benchmark.task import ZERO_SHOT
from leaderboard.results.gold import Ceiling, GoldCache, Training, ceiling
from leaderboard.results.kept import Kept
from leaderboard.results.measure import ScoredCell, is_measured, measure, unfinished
from leaderboard.results.parallel import on_all_cores
from leaderboard.results.results import OWN, Results, results_of
from leaderboard.results.selection import EVERYTHING, Selection
from leaderboard.results.submissions import SubmittedCell, submitted_cells

FIGURES = 10_000_000  # F1 of cells in resamples that results hold at once, in each view of them: 80 MB
LEAST_RESAMPLES = 1_000


def load(
    store_root: Path | str,
    suite: str,
    *,
    data_dir: Path | str | None = None,
    own: Iterable[Path | str] = (),
    resamples: int | None = None,
    views: bool = False,
    selection: Selection = EVERYTHING,
) -> Results:
    """Measure every stored cell of a suite and of its submissions, against the gold on this machine.

    Parameters
    ----------
    store_root : Path or str
        The folder of a store, such as ``runs`` or ``results``.
    suite : str
        The name of a suite in it.
    data_dir : Path or str, optional
        Where the fetched corpora lie, if not in their usual place.
    own : iterable of Path or str
        The folders of corpora of your own: a record names such a domain, not its place.
    resamples : int, optional
        How many an interval is of; without it, as many as ``usual_resamples`` says.
    views : bool
        Whether to measure what views need besides, which takes the targets' train and dev sets. What an
        earlier build kept of the same predictions and gold is then used again.
    selection : Selection
        Which domains and rows to take; averages and ties are among these.

    Returns
    -------
    Results
        All cells, measured once.

    Raises
    ------
    InputError
        Where the suite has no record, a file is damaged, or predictions are of other sentences than the test
        set's.
    MissingDataError
        Where a gold corpus is not on this machine.
    UsageError
        Where the selection names what is not there.
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
    selection.check_domains(records)
    records = [record for record in records if selection.within(record)]
    gold = GoldCache(data_dir, own)
    known = [record for record in records if gold.has(record.spec.corpus, record.spec.domain)]
    if not known:
        gold.gold(records[0])  # raises, saying what to do
    training = _training(known, gold) if views else None
    kept = Kept(Path(store.root) / suite) if views else None
    cells = _all_scored(known, gold, store, kept, views=views)
    submitted = submitted_cells(store, suite, gold, records, views=views)
    selection.check_methods((*records, *(one.record for one in submitted)))
    results = _put_together(
        store,
        suite,
        gold,
        [record for record in records if selection.has(record)],
        {name: cell for name, cell in cells.items() if selection.has(cell.record)},
        [one for one in submitted if selection.has(one.record)],
        resamples,
        training,
        selection,
    )
    return replace(results, kept=kept)


def _all_scored(
    records: Sequence[Record], gold: GoldCache, store: Store, kept: Kept | None, *, views: bool
) -> dict[str, ScoredCell]:
    """Return name → scored cell, in the order of the records; what is kept is not measured again."""
    found: dict[str, ScoredCell] = {}
    keys: dict[str, str] = {}
    for record in records:
        if kept is not None and is_measured(record):
            store.predictions_bytes(record)  # raises where they are not what the record vouches for
            key = kept.key(record, gold.gold(record), _known(record, gold, views=views))
            keys[record.cell] = key
            if (cell := kept.cell(key, record)) is not None:
                found[record.cell] = cell
    left = [record for record in records if record.cell not in found]
    work = partial(scored, store=store, views=views)
    for record, cell in zip(left, on_all_cores(work, left, gold, cells=len(left)), strict=True):
        # one record each: what came from another process is a copy
        found[record.cell] = replace(cell, record=record)
        if kept is not None and record.cell in keys:
            kept.keep(keys[record.cell], cell)
    return {record.cell: found[record.cell] for record in records}


def _put_together(
    store: Store,
    suite: str,
    gold: GoldCache,
    records: Sequence[Record],
    cells: Mapping[str, ScoredCell],
    submitted: Sequence[SubmittedCell],
    resamples: int | None,
    training: Mapping[tuple[str, str], Training] | None,
    selection: Selection,
) -> Results:
    """Return scored cells, by name, and submitted ones with all that has to be known to read them."""
    known = [record for record in records if record.cell in cells]
    everything = [*cells.values(), *(one.cell for one in submitted if one.at_hand)]
    shipped = load_suite(suite) if suite in suite_names() else None
    domains = () if shipped is None else shipped.domains
    if selection.domains:
        domains = tuple(name for name in domains if name in selection.domains)
    corpora = {} if shipped is None else {name: shipped.corpus_of(name) for name in domains}
    return results_of(
        everything,
        suite=suite,
        domains=domains,
        resamples=resamples or usual_resamples(len(everything)),
        shown=[
            *(cells.get(record.cell, ScoredCell(record)) for record in records),
            *(one.cell for one in submitted if not one.missing),
        ],
        ceilings=_ceilings(known, corpora, gold),
        equal_types=_matches(known, gold),
        languages={
            r.spec.domain: gold.test(r.spec.corpus, r.spec.domain).language
            for r in known
            if r.has_predictions
        },
        pending=tuple(
            slot
            for slot, entry in store.ledger(suite).items()
            if entry.state == PLANNED and selection.has_slot(slot)
        ),
        selection=selection,
        unscored=tuple(sorted({r.spec.domain for r in records} - {r.spec.domain for r in known})),
        comparison=read_comparison(store, suite),
        training=training,
        submitted={one.record.cell: one for one in submitted if not one.missing},
        store=store,
        gold_cache=gold,
    )


def usual_resamples(cells: int) -> int:
    """Return how often so many cells are resampled: less often where that would fill the memory."""
    return max(LEAST_RESAMPLES, min(RESAMPLES, FIGURES // max(1, cells) // 100 * 100))


def scored(record: Record, gold: GoldCache, *, store: Store, views: bool = False) -> ScoredCell:
    """Return the cell of a record, its stored predictions measured against the gold on this machine.

    ``views`` asks what views need besides.
    """
    if not is_measured(record):
        return unfinished(record)
    known = _known(record, gold, views=views)
    path = store.predictions_path(record)
    return measure(record, gold.gold(record), store.predicted_spans(record), path, known)


def _known(record: Record, gold: GoldCache, *, views: bool) -> Surfaces | None:
    """Return the mentions of a target's train set where views need them: they show clean targets."""
    seen = views and not record.spec.in_domain and record.spec.noise is None
    return gold.training(record.spec.corpus, record.spec.domain).known if seen else None


def _training(records: Sequence[Record], gold: GoldCache) -> dict[tuple[str, str], Training]:
    targets = sorted({(r.spec.corpus, r.spec.domain) for r in records if not r.spec.in_domain})
    return {target: gold.training(*target) for target in targets}


def _ceilings(records: Sequence[Record], corpora: Mapping[str, str], gold: GoldCache) -> dict[str, Ceiling]:
    """Return domain → ceiling of the source's types, of every domain in a zero-shot table.

    ``corpora``: domain → corpus of those that the suite names, where it ships with the project. One that no
    record is of has no ceiling where its corpus is not on this machine.
    """
    found: dict[str, Ceiling] = {}
    for record in records:
        if record.spec.setting != ZERO_SHOT or record.spec.in_domain:
            continue
        others = corpora.items() if record.spec.corpus != OWN else ()
        if record.spec.domain not in found:
            found[record.spec.domain] = _ceiling(record, record.spec.corpus, record.spec.domain, gold)
        for domain, corpus in others:
            with suppress(MissingDataError):
                if domain not in found:
                    found[domain] = _ceiling(record, corpus, domain, gold)
    return found


def _ceiling(record: Record, corpus: str, domain: str, gold: GoldCache) -> Ceiling:
    equal = gold.equal_types(_source(record), (corpus, domain))
    return ceiling(gold.test(corpus, domain).mentions, equal.source_of)


def _matches(records: Sequence[Record], gold: GoldCache) -> dict[str, str]:
    """Return domain → which of its types are the source's, where that is no mere matter of equal names."""
    places = {(_source(r), (r.spec.corpus, r.spec.domain)) for r in records if not r.spec.in_domain}
    found = {target[1]: gold.equal_types(source, target).remark for source, target in sorted(places)}
    return {domain: text for domain, text in found.items() if text}


def _source(record: Record) -> tuple[str, str]:
    return record.spec.source_corpus or record.spec.corpus, record.spec.source
