from __future__ import annotations

import random
from dataclasses import astuple
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.domains.corpus import Mention
from benchmark.errors import InputError
from benchmark.scoring.counts import PRF, UNDECLARED, Counts, count_mentions
from benchmark.scoring.score import score_spans
from benchmark.scoring.spans import pair_mentions

TYPES = ("a", "b", "c")


@st.composite
def mention_lists(draw, types=TYPES, length=10):
    """One sentence's mentions: sorted, within ``length`` tokens, free of overlap."""
    cuts = sorted(draw(st.sets(st.integers(0, length), max_size=8)))
    spans = list(pairwise(cuts))
    kept = [span for span in spans if draw(st.booleans())]
    return [Mention(start, end, draw(st.sampled_from(types))) for start, end in kept]


corpora = st.lists(st.tuples(mention_lists(), mention_lists((*TYPES, "undeclared"))), min_size=1, max_size=5)


def test_counts_by_hand():
    gold = [[Mention(0, 2, "a"), Mention(3, 4, "b")], [], [Mention(0, 1, "b")]]
    predicted = [[Mention(3, 4, "b"), Mention(0, 2, "b")], [Mention(0, 1, "z")], [Mention(0, 1, "b")]]
    counts = count_mentions(gold, predicted, TYPES)
    assert counts.types == ("a", "b", "c", UNDECLARED)
    assert counts.tp.tolist() == [[0, 1, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0]]
    assert counts.predicted.tolist() == [[0, 2, 0, 0], [0, 0, 0, 1], [0, 1, 0, 0]]
    assert counts.gold.tolist() == [[1, 1, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0]]
    assert counts.by_sentence().tolist() == [[1, 2, 2], [0, 1, 0], [1, 1, 1]]
    assert astuple(counts.micro()) == pytest.approx((2 / 4, 2 / 3, 4 / 7))
    assert counts.per_type() == {
        "a": PRF(0.0, 0.0, 0.0),
        "b": PRF.of(2, 3, 2),
        "c": PRF(0.0, 0.0, 0.0),
        UNDECLARED: PRF(0.0, 0.0, 0.0),
    }
    assert counts.macro() == pytest.approx(0.8 / 3)
    assert counts.support() == {"a": 1, "b": 2, "c": 0}
    assert counts.totals()["b"] == (2, 3, 2)
    assert counts.without("b", UNDECLARED).micro() == PRF(0.0, 0.0, 0.0)


def test_the_undeclared_column_stands_only_where_it_is_needed():
    assert count_mentions([[]], [[Mention(0, 1, "a")]], TYPES).types == TYPES
    assert count_mentions([[]], [[Mention(0, 1, "z")]], ()).types == (UNDECLARED,)


@pytest.mark.parametrize("sentences", [0, 1, 3])
def test_nothing_found_and_nothing_to_find_scores_zero(sentences):
    counts = count_mentions([[]] * sentences, [[]] * sentences, TYPES)
    assert counts.tp.shape == (sentences, 3)
    assert counts.tp.dtype == np.int64
    assert counts.micro() == PRF(0.0, 0.0, 0.0)
    assert counts.macro() == 0.0


@given(corpora)
def test_counts_agree_with_sets(corpus):
    gold, predicted = zip(*corpus, strict=True)
    counts = count_mentions(gold, predicted, TYPES)
    for index, (right, found) in enumerate(corpus):
        for column, name in enumerate(TYPES):
            of_type = [{mention for mention in side if mention.type == name} for side in (right, found)]
            assert counts.tp[index, column] == len(of_type[0] & of_type[1])
            assert counts.gold[index, column] == len(of_type[0])
            assert counts.predicted[index, column] == len(of_type[1])
    assert counts.predicted.sum() == sum(map(len, predicted))
    assert counts.gold.sum() == sum(map(len, gold))
    assert (counts.tp <= np.minimum(counts.gold, counts.predicted)).all()
    assert np.array_equal(counts.by_sentence().sum(axis=0), np.sum(list(counts.totals().values()), axis=0))


@given(corpora, st.randoms(use_true_random=False))
def test_every_figure_is_free_of_order(corpus, generator: random.Random):
    tokens = [[generator.choice("xyz") for _ in range(10)] for _ in corpus]
    rows = [(gold, predicted, words) for (gold, predicted), words in zip(corpus, tokens, strict=True)]
    shuffled = [(generator.sample(g, len(g)), generator.sample(p, len(p)), words) for g, p, words in rows]
    generator.shuffle(shuffled)
    before, after = (
        score_spans(*pair_mentions(gold, predicted, TYPES, list(map(len, words))), TYPES, words)
        for gold, predicted, words in (zip(*rows, strict=True), zip(*shuffled, strict=True))
    )
    assert before.counts.totals() == after.counts.totals()
    assert before.dialects.tallies == after.dialects.tallies
    assert before.decomposition.shares() == after.decomposition.shares()
    assert before.decomposition.if_typed_right.totals() == after.decomposition.if_typed_right.totals()


@pytest.mark.parametrize(
    ("gold", "predicted", "message"),
    [
        ([[]], [[], []], "predictions of 2 sentences; expected 1"),
        ([[], []], [[], [Mention(2, 2, "a")]], "empty .* in sentence 1"),
        ([[], []], [[], [Mention(-1, 2, "a")]], "before the first token, in sentence 1"),
        ([[], []], [[], [Mention(3, 5, "a"), Mention(0, 4, "b")]], "overlap, in sentence 1"),
        ([[Mention(0, 1, "a"), Mention(0, 1, "a")]], [[]], "overlap, in sentence 0"),
        ([[], [Mention(0, 1, "z")]], [[], []], "the type 'z' in gold, in sentence 1"),
    ],
)
def test_bad_mentions_are_refused(gold, predicted, message):
    with pytest.raises(InputError, match=message):
        count_mentions(gold, predicted, TYPES)


def test_mentions_behind_the_last_token_are_refused():
    with pytest.raises(InputError, match="behind the last token, in sentence 1"):
        pair_mentions([[], []], [[], [Mention(0, 3, "a")]], TYPES, [9, 2])


def test_counts_that_contradict_each_other_are_refused():
    one, two = np.ones((1, 1), dtype=np.int64), np.full((1, 1), 2, dtype=np.int64)
    with pytest.raises(ValueError, match="more than the predicted or the gold"):
        Counts(("a",), tp=two, predicted=two, gold=one)
    with pytest.raises(ValueError, match="shapes"):
        Counts(("a", "b"), tp=one, predicted=one, gold=one)
