"""Submissions to few-shot settings: welcome where the suite has rows in them, and nowhere else."""

from __future__ import annotations

import pytest
from submission_bundles import CARD, all_cells, render

from benchmark.errors import LarbenchError
from benchmark.store.ledger import Entry
from benchmark.store.record import predictions_path
from leaderboard.submit.bundle import open_bundle
from leaderboard.submit.check import check_bundle

FEW = {("few-shot-5", domain, seed): content for (_, domain, seed), content in all_cells(1).items()}


@pytest.fixture
def with_few_shots(store):
    """The store with one computed cell of five shots besides."""
    record = next(one for one in store.records("tiny") if one.spec.domain == "politics")
    slot = "own-few-shot-5-politics-mini-s1"
    cell = f"{slot}-0123456789ab"
    record = record.changed(cell=cell, setting="few-shot-5", predictions=predictions_path(cell))
    store.save(record, render("politics"))
    store.update_ledger("tiny", {slot: Entry(cell, "ok")})
    return store


def test_they_are_taken_where_the_suite_has_such_rows(bundle, with_few_shots, shelf):
    some = {place: content for place, content in FEW.items() if place != ("few-shot-5", "ai", 2)}
    with open_bundle(bundle(some, card=CARD + "[claims.few-shot-5]\npolitics = 80.0\n")) as opened:
        checked = check_bundle(opened, with_few_shots, shelf)
    assert set(checked.digests) == set(some)
    assert checked.missing == (("few-shot-5", "ai", 2),)


@pytest.mark.parametrize(
    ("cells", "card", "told"),
    [
        (FEW, CARD, "the setting few-shot-5"),
        (None, CARD + "[claims.few-shot-5]\naverage = 80.0\n", "a claim for the setting few-shot-5"),
    ],
)
def test_elsewhere_they_are_refused(bundle, store, shelf, cells, card, told):
    with open_bundle(bundle(cells, card=card)) as opened, pytest.raises(LarbenchError) as caught:
        check_bundle(opened, store, shelf)
    assert told in str(caught.value).replace("'", "").replace('"', "")
    assert "zero-shot or supervised" in str(caught.value)


def test_rows_come_in_the_order_of_labels(bundle, with_few_shots, shelf):
    some = dict([next(iter(FEW.items())), next(iter(all_cells(1).items()))])
    with open_bundle(bundle(some)) as opened:
        missing = check_bundle(opened, with_few_shots, shelf).missing
    assert list(dict.fromkeys(setting for setting, _, _ in missing)) == ["zero-shot", "few-shot-5"]
