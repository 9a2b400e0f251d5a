from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.scoring.clusters import clustered, duplicate_clusters
from benchmark.scoring.counts import Counts
from benchmark.scoring.statistics import bootstrap_f1


def mixed(sentences: int) -> Counts:
    """Return counts of one mention a sentence, right in the first half of them."""
    ones = np.ones((sentences, 1), dtype=np.int64)
    right = (np.arange(sentences) < sentences / 2).astype(np.int64)[:, None]
    return Counts(("a",), right, ones, ones)


def test_groups_are_numbered_by_first_appearance() -> None:
    tokens = [("a", "b"), ("c",), ("a", "b"), ("A", "b"), ("c",)]
    assert duplicate_clusters(tokens).tolist() == [0, 1, 0, 2, 1]
    assert duplicate_clusters([]).tolist() == []


def test_counts_of_a_group_are_the_sums_over_its_sentences() -> None:
    table = np.array([[1, 0], [2, 1], [3, 0]], dtype=np.int64)
    found = clustered(Counts(("a", "b"), table, table + 1, table + 2), np.array([0, 1, 0]))
    assert found.tp.tolist() == [[4, 0], [2, 1]]
    assert found.predicted.tolist() == [[6, 2], [3, 2]]
    assert found.gold.tolist() == [[8, 4], [4, 3]]


@given(st.lists(st.integers(0, 3), max_size=12))
def test_grouping_changes_no_total(words: list[int]) -> None:
    counts = mixed(len(words))
    found = clustered(counts, duplicate_clusters([(str(word),) for word in words]))
    assert len(found.gold) == len(set(words))
    assert found.micro() == counts.micro()


def test_copies_are_no_further_evidence() -> None:
    """Ten copies of each of 20 sentences tell what 20 sentences tell, not what 200 do."""
    few = mixed(20)
    many = Counts(few.types, *(np.repeat(table, 10, axis=0) for table in (few.tp, few.predicted, few.gold)))
    groups = np.repeat(np.arange(20), 10)
    assert bootstrap_f1(clustered(many, groups)) == bootstrap_f1(few)
    naive = bootstrap_f1(many)
    assert naive.high - naive.low < 0.5 * (bootstrap_f1(few).high - bootstrap_f1(few).low)


def test_groups_of_other_sentences_are_refused() -> None:
    with pytest.raises(ValueError, match="groups of 2 sentences for counts of 3"):
        clustered(mixed(3), np.array([0, 1]))
