"""Rows held against one row of their suite: paired differences of the primary metric. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmark.scoring.counts import Counts
from benchmark.scoring.intervals import BootstrapSample, FloatArray
from benchmark.scoring.statistics import Paired, Runs, summarise
from benchmark.store.comparison import Comparison
from benchmark.store.record import Record
from leaderboard.results.measure import ScoredCell
from leaderboard.results.rows import has_oracle, sampled


@dataclass(frozen=True)
class Ablation:
    """A row held against the base on the cells that both have; scores are fractions.

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
        return sum(self.f1.values()) / len(self.f1) if self.f1 else None


@dataclass(frozen=True)
class Ablations:
    """The rows of one setting and backbone, in the suite's order, held against the base.

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
        return sum(self.f1.values()) / len(self.f1)


_Place = tuple[str, str, int | None]  # setting, backbone, source limit: rows are compared inside one


def hold_against(
    comparison: Comparison,
    cells: Sequence[ScoredCell],
    domains: tuple[str, ...],
    settings: Iterable[str],
    samples: Mapping[str, FloatArray],
) -> Iterator[Ablations]:
    """Yield the differences to the base, one table for each setting, backbone and limit where the base is.

    ``samples`` are the cells' resampled F1 by cell name. Rows come in the suite's order, those that it does
    not name after them. A limited source makes rows of its own, ``label@N``: those are held against the base
    with the same limit.
    """
    groups: dict[_Place, dict[str, list[ScoredCell]]] = defaultdict(lambda: defaultdict(list))
    for cell in cells:
        record = cell.record
        groups[record.spec.setting, record.spec.backbone, record.spec.source_limit][record.spec.label].append(
            cell
        )
    order = {setting: place for place, setting in enumerate(settings)}
    for (setting, backbone, limit), rows in sorted(
        groups.items(), key=lambda item: (order[item[0][0]], item[0][1], item[0][2] or 0)
    ):
        marked = [
            name if limit is None else f"{name}@{limit}" for name in (comparison.base, *comparison.rows)
        ]
        base, named = marked[0], marked[1:]
        runs = {label: runs_of(group, domains) for label, group in rows.items()}
        if runs.get(base):
            others = [label for label in named if label != base]
            others += sorted(rows.keys() - set(marked))
            gaps = _gaps(rows, base, domains, samples)
            yield _ablations(setting, backbone, base, others, rows, runs, gaps, domains)


def _gaps(
    rows: Mapping[str, Sequence[ScoredCell]],
    base: str,
    domains: Iterable[str],
    samples: Mapping[str, FloatArray],
) -> dict[str, dict[str, BootstrapSample]]:
    """Return label → domain → how far a row is above the base, on the seeds that both have there."""
    figures: dict[str, dict[str, BootstrapSample]] = {}
    for label, cells in rows.items():
        finished = sorted(
            (cell for cell in cells if cell.counts is not None), key=lambda one: one.record.spec.seed
        )
        its = {domain: [cell for cell in finished if cell.record.spec.domain == domain] for domain in domains}
        figures[label] = {domain: sampled(some, samples) for domain, some in its.items() if some}
    return {
        label: {
            domain: its[domain].minus(figure)
            for domain, figure in figures[base].items()
            if domain in its and set(its[domain].seeds) & set(figure.seeds)
        }
        for label, its in figures.items()
    }


def runs_of(cells: Iterable[ScoredCell], domains: Iterable[str]) -> Runs:
    """Return the counts of one row's finished cells: domain → seed → counts, domains in their order."""
    found: dict[str, dict[int, Counts]] = {domain: {} for domain in domains}
    for cell in cells:
        if cell.counts is not None and cell.record.spec.domain in found:
            found[cell.record.spec.domain][cell.record.spec.seed] = cell.counts
    return {domain: dict(sorted(runs.items())) for domain, runs in found.items() if runs}


def mean_f1(runs: Runs, seeds: Mapping[str, Iterable[int]]) -> dict[str, float]:
    """Return domain → F1, the mean over the seeds given for it."""
    means = {}
    for domain, some in seeds.items():
        scores = [runs[domain][seed].micro().f1 for seed in some]
        means[domain] = sum(scores) / len(scores)
    return means


def _ablations(
    setting: str,
    backbone: str,
    base: str,
    labels: Sequence[str],
    rows: Mapping[str, Sequence[ScoredCell]],
    runs: Mapping[str, Runs],
    gaps: Mapping[str, Mapping[str, BootstrapSample]],
    domains: tuple[str, ...],
) -> Ablations:
    of_base = runs[base]
    paired = {label: summarise(gaps.get(label, {})) for label in labels}
    cells = tuple((domain, seed) for domain, some in of_base.items() for seed in some)
    found = []
    for label in labels:
        has = runs.get(label, {})
        records = [cell.record for cell in rows.get(label, ())]
        found.append(
            Ablation(
                label=label,
                record=records[0] if records else None,
                paired=paired[label],
                f1=mean_f1(has, paired[label].seeds),
                missing=tuple((domain, seed) for domain, seed in cells if seed not in has.get(domain, {})),
                oracle=any(map(has_oracle, records)),
            )
        )
    drawn = next(gap.drawn.shape[1] for gap in gaps[base].values())
    return Ablations(setting, backbone, base, domains, mean_f1(of_base, of_base), cells, tuple(found), drawn)
