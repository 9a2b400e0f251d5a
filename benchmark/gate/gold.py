"""Counts of a record: its stored predictions against the gold on this machine, never a stored score."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from benchmark.errors import InputError
from benchmark.gate.inputs import StoredSuite
from benchmark.scoring.clusters import clustered, duplicate_clusters
from benchmark.scoring.counts import Counts, count_mentions
from benchmark.store.record import Record
from benchmark.store.record_gold import DomainCache, measured_on


class Counter:
    """Counts predictions of both sides; each corpus is loaded once, each record counted once.

    ``own`` are the folders of corpora of your own: a record names such a domain, not where it lies.
    """

    def __init__(self, data_dir: Path | str | None = None, own: Iterable[Path | str] = ()) -> None:
        self._domains = DomainCache(data_dir, own)
        self._counts: dict[tuple[Path, str, str], Counts] = {}

    def count(self, side: StoredSuite, record: Record) -> Counts:
        """Return the counts of a record by group of equal test sentences (most groups are one sentence).

        Raises ``MissingDataError`` where its corpus is not here, ``InputError`` where the corpus here has
        other content than the record was made for, its noisy test set cannot be made here, or predictions and
        test set do not fit together.
        """
        key = (side.store.root, record.spec.suite, record.cell)
        if key not in self._counts:
            self._counts[key] = self._count(side, record)
        return self._counts[key]

    def _count(self, side: StoredSuite, record: Record) -> Counts:
        clean = self._domains.domain(record.spec.corpus, record.spec.domain)
        domain = measured_on(record, clean)
        predicted = side.store.predictions(record)
        path = side.store.predictions_path(record)
        ids = [sentence.id for sentence in domain.test]
        if set(ids) != set(predicted):
            odd = sorted(set(ids) ^ set(predicted))
            found = f"{len(odd)} sentences that only one of predictions and test set has, as {odd[0]}"
            raise InputError(found, path=path, expected=f"the {len(ids)} test sentences of {domain.name}")
        gold = [sentence.mentions for sentence in domain.test]
        try:
            counts = count_mentions(gold, [predicted[name] for name in ids], domain.type_names)
        except InputError as error:
            raise InputError(error.found, path=path, expected=error.expected, todo=error.todo) from error
        # of the clean sentences: noise makes copies differ, and all runs of a domain are resampled together
        return clustered(counts, duplicate_clusters([sentence.tokens for sentence in clean.test]))
