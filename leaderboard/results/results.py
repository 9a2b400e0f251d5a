"""The scored cells of a suite: measured once, the one table that everything shown comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, TypeVar

from benchmark.domains.corpus import Mention
from benchmark.domains.language import UNKNOWN, is_english
from benchmark.errors import InputError
from benchmark.scoring.intervals import FloatArray
from benchmark.scoring.permutation import Permutations, permute
from benchmark.scoring.spans import Ints
from benchmark.scoring.statistics import RESAMPLES
from benchmark.settings import by_labels
from benchmark.store.comparison import Comparison
from benchmark.store.record import OK
from benchmark.store.store import Store
from benchmark.task import ZERO_SHOT
from leaderboard.results.columns import COLUMNS
from leaderboard.results.gold import Ceiling, Gold, GoldCache, Training
from leaderboard.results.heading import Heading, warning_of
from leaderboard.results.kept import Kept
from leaderboard.results.measure import ScoredCell
from leaderboard.results.rows import Row, make_rows, resample
from leaderboard.results.selection import EVERYTHING, Selection
from leaderboard.results.submissions import SubmittedCell, is_submitted

if TYPE_CHECKING:
    import pandas as pd

OWN = "own"  # the corpus of a user's own domains
TARGETS = ("politics", "science", "music", "literature", "ai")  # CrossNER's, in the order of its paper

Predictions = Mapping[str, Sequence[Mention]]
_Found = TypeVar("_Found")


@dataclass(frozen=True, eq=False, repr=False)
class Results:
    """The scored cells of a suite, and what has to be known to read them.

    Attributes
    ----------
    heading : Heading
        What every page and document begins with.
    cells : tuple of ScoredCell
        Every cell of the suite and of its submissions, those that gave no number included, in the order of
        the ledger. Domains whose gold is not on this machine have none.
    shown : tuple of ScoredCell
        The cells that have a page: those of ``cells`` but what a submission lacks, and those without gold.
    domains : tuple of str
        What an average is over, in the order shown.
    own_domains : tuple of str
        Corpora of the user's own beside those, which no average of the suite holds.
    ceilings : mapping of str to Ceiling
        Domain to what a tagger of source types cannot exceed there.
    equal_types : mapping of str to str
        Domain to which of its types are the source's, where that is no mere matter of equal names.
    languages : mapping of str to str
        Domain to the tag of its text's language (BCP 47), as far as gold says it.
    pending : tuple of str
        Planned cells that were not computed yet.
    unscored : tuple of str
        Own domains without gold here.
    comparison : Comparison or None
        What the suite says of its rows: which of them the others are compared to.
    selection : Selection
        The part of the suite that these results are of.
    training : mapping of (str, str) to Training, or None
        (corpus, domain) to what its train and dev sets tell of its test set; None where it was not asked.
    submitted : mapping of str to SubmittedCell
        Name of a cell that was sent in to where it lies.
    store, gold_cache
        Where predictions and gold are read from; None for results that were put together in memory.
    kept : Kept or None
        What an earlier build measured and drew, and this one.
    found : dict
        Function to what it found in these results; ``once`` fills it.
    """

    heading: Heading
    cells: tuple[ScoredCell, ...]
    shown: tuple[ScoredCell, ...]
    domains: tuple[str, ...]
    own_domains: tuple[str, ...] = ()
    ceilings: Mapping[str, Ceiling] = field(default_factory=dict)
    equal_types: Mapping[str, str] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)
    pending: tuple[str, ...] = ()
    unscored: tuple[str, ...] = ()
    comparison: Comparison | None = None
    selection: Selection = EVERYTHING
    training: Mapping[tuple[str, str], Training] | None = None
    submitted: Mapping[str, SubmittedCell] = field(default_factory=dict)
    store: Store | None = None
    gold_cache: GoldCache | None = None
    kept: Kept | None = field(default=None, repr=False)
    found: dict[Any, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def main(self) -> tuple[ScoredCell, ...]:
        """The cells of the main tables, under noise too; of the user's own domains if there are no others."""
        return _parted(self.cells)[0]

    @cached_property
    def own(self) -> tuple[ScoredCell, ...]:
        """The cells of the user's own domains that stand beside those of the main tables."""
        return _parted(self.cells)[1]

    @cached_property
    def samples(self) -> Mapping[str, FloatArray]:
        """Name of a finished cell to its F1 in every resample; cells of one test set share their draws."""
        return resample(self.cells, self.heading.resamples, self.kept)

    def permuted(self, totals: Sequence[Ints], domain: str) -> Permutations:
        """Return what swaps of a domain's sentences do to runs: ``Counts.by_sentence()`` of each."""
        swaps = self.heading.resamples
        if self.kept is None:
            return permute(totals, swaps=swaps, stream=domain)
        return self.kept.permute(totals, swaps, domain)

    @cached_property
    def tables(self) -> Mapping[str, tuple[Row, ...]]:
        """Setting to the rows over ``domains``, best first; no cell under noise is in them."""
        return self._rows(self.main, self.domains)

    @cached_property
    def own_tables(self) -> Mapping[str, tuple[Row, ...]]:
        """The same over ``own_domains``."""
        return self._rows(self.own, self.own_domains)

    @cached_property
    def in_domain(self) -> tuple[Row, ...]:
        """The source tagger on its source."""
        cells = [cell for cell in self.cells if cell.record.spec.in_domain]
        return make_rows(cells, (self.heading.source,), self.samples)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of all settings, over ``domains`` and then over ``own_domains``."""
        both = (self.tables, self.own_tables)
        return tuple(row for tables in both for rows in tables.values() for row in rows)

    def __repr__(self) -> str:
        done = sum(cell.record.state == OK for cell in self.cells)
        rows = sum(map(len, self.tables.values()))
        return f"<Results of {self.heading.suite}: {done} of {len(self.cells)} cells finished, {rows} rows>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the main tables."""
        shown = self.board().to_html(index=False, na_rep="", float_format="{:.1f}".format, border=0)
        warning = f"<p>{escape(self.heading.warning)}</p>" if self.heading.warning else ""
        return f"<p>{escape(repr(self)[1:-1])}</p>{warning}{shown}"

    def board(self) -> pd.DataFrame:
        """Return the main tables as one data frame, a line for each row of each setting, best first.

        Returns
        -------
        pandas.DataFrame
            ``setting``, ``method`` and ``backbone``; F1 in points for each domain, their ``average`` and the
            ``low`` and ``high`` end of its 95% interval, NaN where a row has none; ``seeds``, their number;
            ``status``, ``ranked`` or why the row has no rank. Rows without any score are left out.
        """
        import pandas as pd

        lines = []
        for setting, rows in self.tables.items():
            for row in (row for row in rows if row.scores):
                points = {name: 100 * score.f1 for name, score in row.scores.items()}
                average = row.average
                ends = None if average is None else average.interval
                lines.append(
                    {
                        "setting": setting,
                        "method": row.label,
                        "backbone": row.backbone,
                        **{name: points.get(name) for name in self.domains},
                        "average": None if average is None else 100 * average.f1,
                        "low": None if ends is None else 100 * ends.low,
                        "high": None if ends is None else 100 * ends.high,
                        "seeds": row.runs,
                        "status": row.status,
                    }
                )
        columns = [
            "setting",
            "method",
            "backbone",
            *self.domains,
            "average",
            "low",
            "high",
            "seeds",
            "status",
        ]
        frame = pd.DataFrame(lines, columns=columns)
        scores = [*self.domains, "average", "low", "high"]
        return frame.astype(dict.fromkeys(scores, "float64"))

    def once(self, compute: Callable[[Results], _Found]) -> _Found:
        """Return what a function finds in these results, computed when it is asked for the first time."""
        if compute not in self.found:
            self.found[compute] = compute(self)
        found: _Found = self.found[compute]
        return found

    def gold(self, cell: ScoredCell) -> Gold | None:
        """Return the test set that a cell is measured on; None where it is not at hand."""
        place = (cell.record.spec.corpus, cell.record.spec.domain)
        if self.gold_cache is None or not self.gold_cache.has(*place):
            return None
        if cell.record.cell in self.submitted:
            return self.gold_cache.test(*place)
        return self.gold_cache.gold(cell.record)

    def predictions(self, cell: ScoredCell) -> Predictions:
        """Read what a cell predicted: sentence id to mentions; nothing for one without predictions.

        Raises ``InputError`` where the bytes are not those that the record or the submission vouches for.
        """
        if cell.record.cell in self.submitted:
            return self.submitted[cell.record.cell].predictions()
        if self.store is None or not cell.record.has_predictions:
            return {}
        return self.store.predictions(cell.record)

    def named(self, domain: str) -> str:
        """Return a domain's name, with the tag of its language where that is another than English."""
        tag = self.languages.get(domain, UNKNOWN)
        return domain if tag == UNKNOWN or is_english(tag) else f"{domain} ({tag})"

    def frame(self) -> pd.DataFrame:
        """Return the results as a tidy table, one line a cell in the order of ``cells``.

        Returns
        -------
        pandas.DataFrame
            With these columns, all but the last two groups as texts:

            suite, corpus, setting, source, domain
                Where the cell belongs. ``setting`` is "zero-shot", "supervised" or "few-shot-k";
                ``in_domain`` is True for the source tagger on its own source.
            label, method, backbone
                The row that it is a part of, the method, and its pre-trained encoder.
            seed : int
                The seed that it was trained with.
            noise : dict or None
                The noise that it was computed under; None for a clean one.
            submitted, in_domain : bool
                Whether it was sent in, and whether its target is its source.
            cell, state, reason
                Its name; "ok", or how it ended otherwise, and why (None where it is "ok"). One that
                lost answers of a language model is "incomplete": it has scores, and no rank.
            f1, precision, recall, ... : float
                Every column of ``leaderboard.results.columns``, by its key. Scores are fractions;
                ``train_seconds`` is in seconds and ``sentences_per_second`` in 1/s, on the machine of the
                cell. NaN where a cell has none.
            tp, fp, fn : int
                Mentions of exact span and type that were found, that were predicted wrongly, and that were
                missed, all types together; missing (``<NA>``) where there is no score.
        """
        import pandas as pd  # half a second: only for those who ask

        about = ["suite", "corpus", "setting", "source", "domain", "label", "method", "backbone", "seed"]
        about += ["noise", "submitted", "in_domain", "cell", "state", "reason"]
        counted = ["tp", "fp", "fn"]
        keys = [column.key for column in COLUMNS]
        frame = pd.DataFrame([_line(cell) for cell in self.cells], columns=[*about, *keys, *counted])
        return frame.astype({**dict.fromkeys(keys, "float64"), **dict.fromkeys(counted, "Int64")})

    def _rows(self, cells: Sequence[ScoredCell], domains: tuple[str, ...]) -> dict[str, tuple[Row, ...]]:
        found = clean(cells)
        limits = {ZERO_SHOT: self.ceilings}
        return {
            setting: make_rows(
                [cell for cell in found if cell.record.spec.setting == setting],
                domains,
                self.samples,
                limits.get(setting),
            )
            for setting in settings_of(found)
        }


def results_of(
    cells: Sequence[ScoredCell],
    *,
    suite: str,
    domains: Sequence[str] = (),
    resamples: int = RESAMPLES,
    shown: Sequence[ScoredCell] | None = None,
    **about: Any,
) -> Results:
    """Put measured cells together. Pure: the same cells give the same results.

    Parameters
    ----------
    cells : sequence of ScoredCell
        The measured cells, and those that gave no number.
    suite : str
        Its name.
    domains : sequence of str
        Those that an average is over; without them, all that the cells name.
    resamples : int
        How many an interval is of.
    shown : sequence of ScoredCell, optional
        The cells that have a page, where they are others than ``cells``.
    **about
        The other fields of ``Results``.

    Returns
    -------
    Results
        Rows above their ceiling are marked in it.

    Raises
    ------
    InputError
        Where the cells have more than one source.
    """
    source = _one_source(cells, suite)
    main, mine = _parted(cells)
    over = domains if any(c.record.spec.corpus != OWN for c in main) or not main else ()
    corpora = {cell.record.spec.source_corpus or cell.record.spec.corpus for cell in cells}
    corpora |= {cell.record.spec.corpus for cell in main}
    corpus = " + ".join(sorted(corpora))
    own_alone = {cell.record.spec.corpus for cell in clean(main)} == {OWN}
    heading = Heading(
        suite=suite,
        corpus=corpus,
        source=source,
        seeds=tuple(sorted({cell.record.spec.seed for cell in cells})),
        warning=warning_of(corpus, source, own_alone=own_alone),
        resamples=resamples,
    )
    return Results(
        heading=heading,
        cells=tuple(cells),
        shown=tuple(cells if shown is None else shown),
        domains=in_order({*over, *(cell.record.spec.domain for cell in main)}, over or TARGETS),
        own_domains=in_order({cell.record.spec.domain for cell in mine}, ()),
        **about,
    )


def clean(cells: Iterable[ScoredCell]) -> list[ScoredCell]:
    """Return the cells that no noise was added to."""
    return [cell for cell in cells if cell.record.spec.noise is None]


def settings_of(cells: Iterable[ScoredCell]) -> tuple[str, ...]:
    """Return the settings of cells, in the order shown."""
    return tuple(sorted({cell.record.spec.setting for cell in cells}, key=by_labels))


def in_order(names: Iterable[str], first: Sequence[str]) -> tuple[str, ...]:
    """Return the names, those of ``first`` before the others."""
    found = set(names)
    return (*(name for name in first if name in found), *sorted(found - set(first)))


def _one_source(cells: Sequence[ScoredCell], suite: str) -> str:
    sources = {cell.record.spec.source for cell in cells}
    if len(sources) != 1:
        found = f"cells from the sources {', '.join(sorted(sources)) or '(none)'} in the suite {suite!r}"
        raise InputError(found, expected="one source")
    return sources.pop()


def _parted(cells: Sequence[ScoredCell]) -> tuple[tuple[ScoredCell, ...], tuple[ScoredCell, ...]]:
    """Return the cells of the main tables, and those of own domains beside them."""
    targets = [cell for cell in cells if not cell.record.spec.in_domain]
    mine = tuple(cell for cell in targets if cell.record.spec.corpus == OWN)
    main = tuple(cell for cell in targets if cell.record.spec.corpus != OWN)
    return (main, mine) if main or not mine else (mine, ())  # nothing to stand apart from


def _line(cell: ScoredCell) -> dict[str, Any]:
    record, spec = cell.record, cell.record.spec
    line: dict[str, Any] = {
        "suite": spec.suite,
        "corpus": spec.corpus,
        "setting": spec.setting,
        "source": spec.source,
        "domain": spec.domain,
        "label": spec.label,
        "method": spec.method,
        "backbone": spec.backbone,
        "seed": spec.seed,
        "noise": None if spec.noise is None else dict(spec.noise),
        "submitted": is_submitted(record),
        "in_domain": spec.in_domain,
        "cell": record.cell,
        "state": record.state,
        "reason": record.reason,
        **cell.values,
    }
    if cell.counts is not None:
        tp, predicted, gold = (int(number) for number in cell.counts.by_sentence().sum(axis=0))
        line |= {"tp": tp, "fp": predicted - tp, "fn": gold - tp}
    return line
