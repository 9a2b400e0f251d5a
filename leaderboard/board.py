"""The board of a suite: from a store's records and the gold on this machine to all that a page shows."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from benchmark.domains.corpus import Mention
from benchmark.domains.language import UNKNOWN, is_english
from benchmark.errors import InputError, MissingDataError
from benchmark.plan.suite import load_suite, suite_names
from benchmark.scoring import SCORER_VERSION
from benchmark.scoring.intervals import FloatArray
from benchmark.scoring.statistics import RESAMPLES
from benchmark.settings import by_labels
from benchmark.store.comparison import Comparison, read_comparison
from benchmark.store.ledger import PLANNED
from benchmark.store.record import OK, Record
from benchmark.store.row_label import split_label
from benchmark.store.store import Store
from benchmark.task import ZERO_SHOT
from leaderboard.analyses.ablations import Ablations, hold_against
from leaderboard.analyses.ceilings import check_ceilings
from leaderboard.analyses.learning_curves import LearningTable, learning_tables
from leaderboard.analyses.noise_curves import CurveTable, curve_tables
from leaderboard.analyses.noise_impact import Damage, damage_of
from leaderboard.analyses.pairwise import Contrasts, contrast, with_ties
from leaderboard.analyses.published import TARGETS, PublishedRow, read_published
from leaderboard.analyses.views import Views, make_views, view_cells
from leaderboard.results.gold import Ceiling, Gold, GoldShelf, Training, ceiling
from leaderboard.results.measure import Cell, measure, unfinished
from leaderboard.results.parallel import on_all_cores
from leaderboard.results.rows import Row, make_rows, resample
from leaderboard.results.submissions import is_submitted, submitted_cells

OWN = "own"

FIGURES = 10_000_000  # F1 of cells in resamples that a board holds at once, in each of its views: 80 MB
LEAST_RESAMPLES = 1_000


@dataclass(frozen=True)
class Board:
    """All that a page shows of a suite. Scores are fractions; settings and rows are in the order shown.

    ``tables`` are by setting, over ``domains``, which an average is over; ``own`` are the same over
    ``own_domains``, corpora of the user's own, which no average of the suite's holds. A board of such domains
    alone has them in ``tables``. No table holds a cell under noise: ``noise`` has those, each beside its
    clean twin. ``learning`` has the rows with few-shot cells, over how many labels they saw. ``ablations``
    hold rows against the base that the suite names. ``in_domain`` is the source tagger on its source.
    ``contrasts`` and ``own_contrasts`` hold, by setting, what a test of all pairs of rows says. ``pending``
    names planned places without a cell, ``unscored`` own domains without gold here.
    ``languages`` are the tags of domains, as far as gold says them.
    """

    suite: str
    corpus: str
    source: str
    domains: tuple[str, ...]
    seeds: tuple[int, ...]
    tables: Mapping[str, tuple[Row, ...]]
    own_domains: tuple[str, ...] = ()
    own: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    contrasts: Mapping[str, Contrasts] = field(default_factory=dict)
    own_contrasts: Mapping[str, Contrasts] = field(default_factory=dict)
    in_domain: tuple[Row, ...] = ()
    ceilings: Mapping[str, Ceiling] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)
    pending: tuple[str, ...] = ()
    unscored: tuple[str, ...] = ()
    published: tuple[PublishedRow, ...] = ()
    code: tuple[str, ...] = ()
    scorer: str = SCORER_VERSION
    resamples: int = RESAMPLES
    ablations: tuple[Ablations, ...] = ()
    views: Views | None = None
    noise: tuple[CurveTable, ...] = ()
    learning: tuple[LearningTable, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of all settings; neither own domains nor the source in its own domain."""
        return tuple(row for rows in self.tables.values() for row in rows)

    @property
    def own_rows(self) -> tuple[Row, ...]:
        """The same rows over domains of the user's own."""
        return tuple(row for rows in self.own.values() for row in rows)

    def named(self, domain: str) -> str:
        """Return a domain's name, with the tag of its language where that is another than English."""
        tag = self.languages.get(domain, UNKNOWN)
        return domain if tag == UNKNOWN or is_english(tag) else f"{domain} ({tag})"


def build(
    store_root: Path | str,
    suite: str,
    *,
    data_dir: Path | str | None = None,
    own: Iterable[Path | str] = (),
    resamples: int | None = None,
    views: bool = False,
) -> Board:
    """Compute the board of a suite from a store's records and predictions, and the gold on this machine.

    ``own`` are the folders of corpora of your own: a record names such a domain, not its place. ``resamples``
    are as many as ``usual_resamples`` says where they are not given. ``views`` asks for those besides, which
    need the targets' train and dev sets. Raises ``InputError`` where the suite has no record, a file is
    damaged, or predictions are of other sentences than the test set's; ``MissingDataError`` where a gold
    corpus is not on this machine; ``AboveCeilingError`` where a tagger of source types scores more than one
    can.
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
    known = [record for record in records if shelf.has(record.spec.corpus, record.spec.domain)]
    unscored = {record.spec.domain for record in records} - {record.spec.domain for record in known}
    if not known:
        shelf.gold(records[0])  # raises, saying what to do
    shipped = load_suite(suite) if suite in suite_names() else None
    domains = () if shipped is None else shipped.domains
    corpora = {} if shipped is None else {name: shipped.corpus_of(name) for name in domains}
    targets = sorted({(r.spec.corpus, r.spec.domain) for r in known if not r.spec.in_domain}) if views else []
    training = {target: shelf.training(*target) for target in targets}
    found = on_all_cores(partial(measured, store=store, views=views), known, shelf, cells=len(known))
    # one record each: what came from another process is a copy
    cells = [replace(cell, record=record) for record, cell in zip(known, found, strict=True)]
    submitted = submitted_cells(store, suite, shelf, records, views=views)
    cells += [one.cell for one in submitted if one.cell is not None]
    board = assemble(
        cells,
        suite=suite,
        domains=domains,
        ceilings=_ceilings(known, corpora, shelf),
        languages={
            r.spec.domain: shelf.test(r.spec.corpus, r.spec.domain).language for r in known if r.state == OK
        },
        pending=[slot for slot, entry in store.ledger(suite).items() if entry.state == PLANNED],
        unscored=sorted(unscored),
        resamples=resamples or usual_resamples(len(cells)),
        comparison=read_comparison(store, suite),
        training=training if views else None,
        damages=_damages(known, store, shelf),
    )
    check_ceilings((*board.rows, *board.own_rows), Path(store_root) / suite)
    return board


def usual_resamples(cells: int) -> int:
    """Return how often a board of so many cells resamples: less often where that would fill the memory."""
    return max(LEAST_RESAMPLES, min(RESAMPLES, FIGURES // max(1, cells) // 100 * 100))


def print_board(
    store_root: Path | str, suite: str, *, data_dir: Path | str | None = None, own: Iterable[Path | str] = ()
) -> None:
    """Print a suite's board for a terminal; what ``python -m benchmark run`` calls at its end."""
    from leaderboard.output.terminal import terminal  # it reads this module

    folders = [str(folder) for folder in own]
    print(terminal(build(store_root, suite, data_dir=data_dir, own=folders)), end="")
    arguments = [str(Path(store_root) / suite)]
    arguments += [] if data_dir is None else ["--data-dir", str(data_dir)]
    arguments += [part for folder in folders for part in ("--domain", folder)]
    print(f"More: `python -m leaderboard build {shlex.join(arguments)}` writes Markdown, CSV, JSON, LaTeX:")
    print("  the interval of every domain, other dialects, where F1 is lost, what training cost")


def measured(record: Record, shelf: GoldShelf, *, store: Store, views: bool = False) -> Cell:
    """Return the cell of a record, its stored predictions measured against the gold on this machine.

    ``views`` asks what views need besides.
    """
    if record.state != OK:
        return unfinished(record)
    seen = views and not record.spec.in_domain and record.spec.noise is None  # views show clean targets
    known = shelf.training(record.spec.corpus, record.spec.domain).known if seen else None
    path = store.predictions_path(record)
    return measure(record, shelf.gold(record), store.predicted_spans(record), path, known)


def _damages(records: Sequence[Record], store: Store, shelf: GoldShelf) -> dict[str, Damage]:
    """Return cell → what noise did there, for each noisy cell whose clean twin ended well too."""

    def place(record: Record) -> tuple[str, ...]:
        label, _ = split_label(record.spec.label, record.spec.noise)
        return (
            label,
            record.spec.backbone,
            record.spec.setting,
            record.spec.corpus,
            record.spec.domain,
            str(record.spec.seed),
        )

    done = [record for record in records if record.state == OK]
    clean = {place(record): record for record in done if record.spec.noise is None}
    found = {}
    for record in done:
        twin = clean.get(place(record))
        if record.spec.noise is not None and twin is not None:
            (gold, said), (noisy, then) = (_gold_and_said(one, store, shelf) for one in (twin, record))
            found[record.cell] = damage_of(gold, said, noisy, then)
    return found


def _gold_and_said(record: Record, store: Store, shelf: GoldShelf) -> tuple[Gold, list[list[Mention]]]:
    gold = shelf.gold(record)
    return gold, gold.align(store.predictions(record), store.predictions_path(record))


def _ceilings(records: Sequence[Record], corpora: Mapping[str, str], shelf: GoldShelf) -> dict[str, Ceiling]:
    """Return domain → ceiling of the source's types, of every domain in a zero-shot table.

    ``corpora``: domain → corpus of those that the suite names, where it ships with the project. One that no
    record is of has no ceiling where its corpus is not on this machine.
    """
    found: dict[str, Ceiling] = {}
    for record in records:
        if record.spec.setting != ZERO_SHOT or record.spec.in_domain:
            continue
        types = shelf.types(record.spec.source_corpus or record.spec.corpus, record.spec.source)
        if record.spec.domain not in found:
            found[record.spec.domain] = ceiling(
                shelf.test(record.spec.corpus, record.spec.domain).mentions, types
            )
        for domain, corpus in corpora.items() if record.spec.corpus != OWN else ():
            with suppress(MissingDataError):
                if domain not in found:
                    found[domain] = ceiling(shelf.test(corpus, domain).mentions, types)
    return found


def assemble(
    cells: Sequence[Cell],
    *,
    suite: str,
    domains: Sequence[str] = (),
    ceilings: Mapping[str, Ceiling] | None = None,
    languages: Mapping[str, str] | None = None,
    pending: Sequence[str] = (),
    unscored: Sequence[str] = (),
    resamples: int = RESAMPLES,
    comparison: Comparison | None = None,
    training: Mapping[tuple[str, str], Training] | None = None,
    damages: Mapping[str, Damage] | None = None,
) -> Board:
    """Group measured cells into a board. Pure: the same cells give the same board.

    ``domains`` are those that an average is over; without them, all that the cells name. ``comparison`` is
    what the suite says of its rows, ``languages`` by domain the tag of its text, ``training`` what train and
    dev of each (corpus, domain) tell, for views, ``damages`` by cell what noise did there. Rows above their
    ceiling are marked; ``build`` refuses them. Raises ``InputError`` where two cells claim one place, or the
    cells have more than one source.
    """
    source = _one_source(cells, suite)
    main, mine, domains = _parted(cells, domains)
    corpora = {cell.record.spec.source_corpus or cell.record.spec.corpus for cell in cells}
    corpora |= {cell.record.spec.corpus for cell in main}
    names = in_order({*domains, *(cell.record.spec.domain for cell in main)}, domains or TARGETS)
    own_names = in_order({cell.record.spec.domain for cell in mine}, ())
    kept = {place: found.kept for place, found in (training or {}).items()}
    clean = _clean(main)
    computed = [cell for cell in clean if not is_submitted(cell.record)]
    viewed = view_cells(clean, kept) if training is not None else {}
    samples = resample([*cells, *(cell for some in viewed.values() for cell in some)], resamples)
    table, contrasts = _tables(clean, names, samples, resamples, ceilings)
    own_table, own_contrasts = _tables(_clean(mine), own_names, samples, resamples, ceilings)
    held = hold_against(comparison, computed, names, table, samples) if comparison is not None else ()
    curves = curve_tables(main, names, _settings(main), samples, damages or {})
    own_curves = curve_tables(mine, own_names, _settings(mine), samples, damages or {}, own=True)
    return Board(
        suite=suite,
        corpus=" + ".join(sorted(corpora)),
        source=source,
        domains=names,
        seeds=tuple(sorted({cell.record.spec.seed for cell in cells})),
        tables=table,
        own_domains=own_names,
        own=own_table,
        contrasts=contrasts,
        own_contrasts=own_contrasts,
        in_domain=make_rows([cell for cell in cells if cell.record.spec.in_domain], (source,), samples),
        ceilings=ceilings or {},
        languages=languages or {},
        pending=tuple(pending),
        unscored=tuple(unscored),
        published=read_published() if corpora == {"crossner"} else (),
        code=tuple(sorted({_code(cell.record) for cell in cells if not is_submitted(cell.record)})),
        resamples=resamples,
        ablations=tuple(held),
        views=make_views(table, clean, viewed, kept, samples) if training is not None else None,
        noise=(*curves, *own_curves),
        learning=(
            *learning_tables(table, clean, names),
            *learning_tables(own_table, _clean(mine), own_names, own=True),
        ),
    )


def _one_source(cells: Sequence[Cell], suite: str) -> str:
    sources = {cell.record.spec.source for cell in cells}
    if len(sources) != 1:
        found = f"cells from the sources {', '.join(sorted(sources)) or '(none)'} in the suite {suite!r}"
        raise InputError(found, expected="one source")
    return sources.pop()


def _parted(cells: Sequence[Cell], domains: Sequence[str]) -> tuple[list[Cell], list[Cell], Sequence[str]]:
    """Return the cells of the main tables, those of own domains, and the domains that an average is over."""
    targets = [cell for cell in cells if not cell.record.spec.in_domain]
    mine = [cell for cell in targets if cell.record.spec.corpus == OWN]
    main = [cell for cell in targets if cell.record.spec.corpus != OWN]
    return (main, mine, domains) if main or not mine else (mine, [], ())  # nothing to stand apart from


def _clean(cells: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.record.spec.noise is None]


def _settings(cells: Iterable[Cell]) -> tuple[str, ...]:
    return tuple(sorted({cell.record.spec.setting for cell in cells}, key=by_labels))


def _tables(
    clean: Sequence[Cell],
    domains: tuple[str, ...],
    samples: Mapping[str, FloatArray],
    resamples: int,
    ceilings: Mapping[str, Ceiling] | None,
) -> tuple[dict[str, tuple[Row, ...]], dict[str, Contrasts]]:
    """Return, by setting, the rows with their ties, and what the test of all their pairs says."""
    by_setting = {s: [cell for cell in clean if cell.record.spec.setting == s] for s in _settings(clean)}
    limits = {ZERO_SHOT: ceilings}
    rows = {s: make_rows(group, domains, samples, limits.get(s)) for s, group in by_setting.items()}
    held = {s: contrast(rows[s], group, samples, resamples) for s, group in by_setting.items()}
    return {s: with_ties(rows[s], held[s]) for s in rows}, held


def in_order(names: Iterable[str], first: Sequence[str]) -> tuple[str, ...]:
    """Return the names, those of ``first`` before the others."""
    found = set(names)
    return (*(name for name in first if name in found), *sorted(found - set(first)))


def _code(record: Record) -> str:
    """Return which code made a record: a commit, and whether it was changed after."""
    commit = record.versions.get("commit")
    if not isinstance(commit, str) or not commit:
        return "no commit recorded"
    return commit[:10] + (" with changes" if record.versions.get("dirty") else "")
