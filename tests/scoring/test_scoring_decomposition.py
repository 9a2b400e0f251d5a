from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored import scored

from benchmark.domains.corpus import Mention
from benchmark.scoring.counts import count_mentions

TYPES = ("a", "b")

GOLD = [
    [Mention(0, 2, "a"), Mention(3, 5, "b"), Mention(6, 8, "a"), Mention(9, 10, "b")],
    [Mention(0, 4, "a")],
]
PREDICTED = [
    [Mention(0, 2, "a"), Mention(3, 5, "a"), Mention(6, 7, "b"), Mention(11, 12, "b")],
    [Mention(0, 1, "a"), Mention(3, 6, "a")],
]


def test_each_mention_has_one_cause():
    parts = scored(GOLD, PREDICTED, TYPES).decomposition
    assert parts.correct == 1  # (0, 2, a)
    assert parts.wrong_type == 1  # (3, 5)
    assert (parts.boundary_gold, parts.boundary_predicted) == (2, 3)  # (6, 8) by one, (0, 4) by two
    assert parts.missed == 1  # (9, 10)
    assert parts.spurious == 1  # (11, 12)
    assert (parts.gold, parts.predicted) == (5, 6)
    assert parts.f1 == pytest.approx(2 / 11)
    assert parts.boundary_f1 == parts.typed_right_f1 == pytest.approx(4 / 11)
    assert parts.shares() == pytest.approx(
        {"boundaries": 5 / 11, "types": 2 / 11, "missed": 1 / 11, "spurious": 1 / 11}
    )


def test_the_ceiling_types_found_mentions_again_and_leaves_the_others():
    ceiling = scored(GOLD, PREDICTED, TYPES).decomposition.if_typed_right
    retyped = [[*PREDICTED[0]], PREDICTED[1]]
    retyped[0][1] = Mention(3, 5, "b")
    assert (
        ceiling.totals() == count_mentions(GOLD, retyped, TYPES).totals() == {"a": (1, 3, 3), "b": (1, 3, 2)}
    )


def test_the_ceiling_mends_undeclared_types():
    parts = scored([[Mention(0, 1, "a")]], [[Mention(0, 1, "z")]], TYPES).decomposition
    assert (parts.wrong_type, parts.typed_right_f1) == (1, 1.0)
    assert parts.if_typed_right.types == TYPES


def test_nothing_to_lose():
    parts = scored([[]], [[]], TYPES).decomposition
    assert parts.f1 == 0.0
    assert set(parts.shares().values()) == {0.0}


@st.composite
def sides(draw):
    cuts = sorted(draw(st.sets(st.integers(0, 12), max_size=9)))
    spans = [span for span in pairwise(cuts) if draw(st.booleans())]
    return [Mention(start, end, draw(st.sampled_from(TYPES))) for start, end in spans]


@given(st.lists(st.tuples(sides(), sides()), min_size=1, max_size=4))
def test_shares_add_up_and_an_oracle_reproduces_the_ceiling(corpus):
    gold, predicted = zip(*corpus, strict=True)
    parts = scored(gold, predicted, TYPES).decomposition
    assert (parts.gold, parts.predicted) == (sum(map(len, gold)), sum(map(len, predicted)))
    assert parts.f1 == count_mentions(gold, predicted, TYPES).micro().f1
    if parts.gold + parts.predicted:
        assert sum(parts.shares().values()) == pytest.approx(1 - parts.f1, abs=1e-12)

    right = [{(start, end): kind for start, end, kind in sentence} for sentence in gold]
    oracle = [
        [Mention(start, end, types.get((start, end), kind)) for start, end, kind in sentence]
        for types, sentence in zip(right, predicted, strict=True)
    ]
    counts = count_mentions(gold, oracle, TYPES)
    assert counts.totals() == parts.if_typed_right.totals()
    tokens = [["x"] * 12] * len(gold)
    boundaries = scored(gold, predicted, TYPES, tokens).dialects.tallies["boundaries-only"].prf.f1
    assert counts.micro().f1 == parts.typed_right_f1 == parts.boundary_f1 == boundaries
