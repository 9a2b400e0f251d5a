"""What a suite asks of a submission: its domains, seeds and corpora, and the names that are taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmark.errors import InputError
from benchmark.plan.suite import load_suite, suite_names
from benchmark.store.record import Record
from benchmark.store.store import Store

OWN = "own"


@dataclass(frozen=True)
class SuiteCells:
    """What the cells of a suite's rows have in common.

    ``corpora`` is corpus by domain. A row is ranked with a cell for each of ``domains`` and ``seeds``.
    ``labels`` are those of the rows that were computed here. ``digests`` holds for each setting and domain
    the SHA-256 of every computed cell's predictions, with its row's name.
    """

    suite: str
    source: str
    source_corpus: str
    corpora: Mapping[str, str]
    domains: tuple[str, ...]
    seeds: tuple[int, ...]
    labels: frozenset[str] = frozenset()
    digests: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


def suite_cells(store: Store, suite: str, records: Sequence[Record] | None = None) -> SuiteCells:
    """Return what the cells of a suite in a store have in common; ``InputError`` where it has none there."""
    found = store.records(suite) if records is None else list(records)
    targets = [record for record in found if not record.spec.in_domain and record.spec.noise is None]
    if not targets:
        raise InputError(
            f"no finished cell of the suite {suite!r}",
            path=store.root / suite,
            expected="a suite that rows were computed of",
            todo="say where it is with --store, as `--store results`",
        )
    corpora = {record.spec.domain: record.spec.corpus for record in targets}
    if suite in suite_names():
        shipped = load_suite(suite)
        domains, seeds = shipped.domains, shipped.seeds
        corpora = {**{domain: shipped.corpus_of(domain) for domain in domains}, **corpora}
    else:
        main = sorted({record.spec.domain for record in targets if record.spec.corpus != OWN})
        domains = tuple(main or sorted(corpora))
        seeds = tuple(sorted({record.spec.seed for record in targets}))
    first = targets[0]
    return SuiteCells(
        suite=suite,
        source=first.spec.source,
        source_corpus=first.spec.source_corpus or first.spec.corpus,
        corpora=corpora,
        domains=tuple(domains),
        seeds=tuple(seeds),
        labels=frozenset(record.spec.label.casefold() for record in found),
        digests=_digests(targets),
    )


def _digests(records: Sequence[Record]) -> dict[tuple[str, str], dict[str, tuple[str, ...]]]:
    found: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {}
    for record in records:
        if record.has_predictions and record.predictions_sha256 is not None:
            same = found.setdefault((record.spec.setting, record.spec.domain), {})
            name = f"{record.spec.label} ({record.spec.backbone})"
            same[record.predictions_sha256] = (*same.get(record.predictions_sha256, ()), name)
    return found
