"""The full oracle on published predictions for CrossNER; the corpora are read, never copied."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from scored import scored

from benchmark.domains.load import load_test
from benchmark.oracle import retype
from benchmark.scoring.counts import count_mentions
from benchmark.store.record import OK
from benchmark.store.store import Store

pytestmark = [
    pytest.mark.crossner,
    pytest.mark.skipif("LARBENCH_DATA" not in os.environ, reason="LARBENCH_DATA is not set: no real corpora"),
]


def test_the_full_oracle_scores_what_the_decomposition_says_on_every_published_cell() -> None:
    store = Store(Path(__file__).parents[2] / "results")
    records = [record for record in store.records("crossner-mini") if record.state == OK]
    assert records
    for record in records:
        domain = load_test(record.spec.corpus, record.spec.domain)
        predicted = store.predictions(record)
        gold = {sentence.id: sentence.mentions for sentence in domain.test}
        retyped = retype(gold, predicted, 1.0, domain.type_names, record.spec.seed).mentions
        sides = [[side[name] for name in gold] for side in (gold, predicted, retyped)]
        parts = scored(sides[0], sides[1], domain.type_names).decomposition
        counts = count_mentions(sides[0], sides[2], domain.type_names)
        assert counts.totals() == parts.if_typed_right.totals(), record.cell
        assert counts.micro().f1 == parts.typed_right_f1, record.cell
