from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored import scored

from benchmark.domains.corpus import Mention
from benchmark.oracle import Retyped, check_probability, retype
from benchmark.scoring.counts import count_mentions

TYPES = ("a", "b", "c")
Side = dict[str, list[Mention]]


@st.composite
def mentions(draw: st.DrawFn) -> list[Mention]:
    cuts = sorted(draw(st.sets(st.integers(0, 12), max_size=9)))
    spans = [span for span in pairwise(cuts) if draw(st.booleans())]
    return [Mention(start, end, draw(st.sampled_from(TYPES))) for start, end in spans]


@st.composite
def corpora(draw: st.DrawFn) -> tuple[Side, Side]:
    """Gold and predictions of some sentences; about every second prediction has a gold span."""
    gold: Side = {}
    predicted: Side = {}
    for number in range(draw(st.integers(1, 4))):
        gold[f"d/test/{number}"] = found = draw(mentions())
        if draw(st.booleans()):
            retyped = [m._replace(type=draw(st.sampled_from(TYPES))) for m in found if draw(st.booleans())]
            predicted[f"d/test/{number}"] = retyped
        else:
            predicted[f"d/test/{number}"] = draw(mentions())
    return gold, predicted


def spans(side: Side) -> dict[str, list[tuple[int, int]]]:
    return {name: [(m.start, m.end) for m in found] for name, found in side.items()}


def found_spans(gold: Side, side: Side) -> list[tuple[Mention, str]]:
    """Return each predicted mention with a gold mention's boundaries, and the gold type."""
    true = {(name, m.start, m.end): m.type for name, found in gold.items() for m in found}
    return [
        (m, true[name, m.start, m.end])
        for name, found in side.items()
        for m in found
        if (name, m.start, m.end) in true
    ]


@given(corpora(), st.integers(0, 2**32 - 1))
def test_the_full_oracle_is_the_decompositions_if_every_type_were_right(
    corpus: tuple[Side, Side], seed: int
) -> None:
    gold, predicted = corpus
    retyped = retype(gold, predicted, 1.0, TYPES, seed).mentions
    sides = [[side[name] for name in gold] for side in (gold, predicted, retyped)]
    parts = scored(sides[0], sides[1], TYPES).decomposition
    counts = count_mentions(sides[0], sides[2], TYPES)
    assert counts.totals() == parts.if_typed_right.totals()
    assert counts.micro() == parts.if_typed_right.micro()
    assert counts.micro().f1 == parts.typed_right_f1
    assert counts.macro() == parts.if_typed_right.macro()


@given(corpora(), st.integers(0, 2**32 - 1))
def test_the_null_oracle_is_never_right_and_says_declared_types_only(
    corpus: tuple[Side, Side], seed: int
) -> None:
    gold, predicted = corpus
    retyped = retype(gold, predicted, 0.0, TYPES, seed)
    pairs = found_spans(gold, retyped.mentions)
    assert all(mention.type != kind and mention.type in TYPES for mention, kind in pairs)
    assert (retyped.right, retyped.wrong) == (0, len(pairs))


@given(corpora(), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_boundaries_stay_and_so_do_mentions_elsewhere(corpus: tuple[Side, Side], p: float, seed: int) -> None:
    gold, predicted = corpus
    retyped = retype(gold, predicted, p, TYPES, seed)
    assert spans(retyped.mentions) == spans(predicted)
    found = {(name, m.start, m.end) for name, side in gold.items() for m in side}
    for name, side in predicted.items():
        for before, after in zip(side, retyped.mentions[name], strict=True):
            assert (name, before.start, before.end) in found or before == after
    assert retyped.right + retyped.wrong + retyped.left_alone == sum(map(len, predicted.values()))


@given(corpora(), st.floats(0, 1), st.integers(0, 2**32 - 1), st.randoms(use_true_random=False))
def test_order_and_other_sentences_and_mentions_change_nothing(
    corpus: tuple[Side, Side], p: float, seed: int, luck: random.Random
) -> None:
    gold, predicted = corpus
    whole = retype(gold, predicted, p, TYPES, seed).mentions
    names = list(predicted)
    luck.shuffle(names)
    shuffled = {name: predicted[name] for name in names[: luck.randint(0, len(names))]}
    assert retype(gold, shuffled, p, TYPES, seed).mentions == {name: whole[name] for name in shuffled}
    for name, side in predicted.items():
        alone = {name: side[:1]}
        assert retype({name: gold[name]}, alone, p, TYPES, seed).mentions[name] == whole[name][:1]


@given(corpora(), st.floats(0, 1), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_what_is_right_at_one_probability_is_right_at_a_greater_one(
    corpus: tuple[Side, Side], one: float, other: float, seed: int
) -> None:
    gold, predicted = corpus
    low, high = sorted((one, other))
    less = found_spans(gold, retype(gold, predicted, low, TYPES, seed).mentions)
    more = found_spans(gold, retype(gold, predicted, high, TYPES, seed).mentions)
    assert all(m.type != kind or n.type == kind for (m, kind), (n, _) in zip(less, more, strict=True))


def test_the_realised_rate_is_near_and_wrong_answers_are_spread_evenly() -> None:
    gold = {f"d/test/{n}": [Mention(2 * i, 2 * i + 1, "b") for i in range(10)] for n in range(600)}
    for seed in (555, 666):
        retyped = retype(gold, gold, 0.7, TYPES, seed)
        assert retyped.right / 6000 == pytest.approx(0.7, abs=0.03)  # five standard errors
        said = [mention.type for found in retyped.mentions.values() for mention in found]
        assert said.count("a") / retyped.wrong == pytest.approx(0.5, abs=0.06)
        assert said.count("a") + said.count("c") == retyped.wrong
    first, second = (retype(gold, gold, 0.7, TYPES, seed).mentions for seed in (555, 666))
    assert first != second


def test_draws_stay_the_same_for_ever() -> None:
    gold = {"politics/test/0": [Mention(start, start + 1, "a") for start in range(8)]}
    (found,) = retype(gold, gold, 0.5, TYPES, 555).mentions.values()
    assert "".join(mention.type for mention in found) == "cbbbccaa"


def test_by_hand() -> None:
    gold = {"s": [Mention(0, 1, "a"), Mention(2, 4, "b")]}
    predicted = {"s": [Mention(0, 1, "c"), Mention(2, 3, "b"), Mention(5, 6, "a")], "t": [Mention(0, 1, "a")]}
    right = {"s": [Mention(0, 1, "a"), Mention(2, 3, "b"), Mention(5, 6, "a")], "t": [Mention(0, 1, "a")]}
    assert retype(gold, predicted, 1, TYPES, 0) == Retyped(right, right=1, wrong=0, left_alone=3)
    assert retype(gold, predicted, 1, TYPES, 0).counts() == {"right": 1, "wrong": 0, "left_alone": 3}


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan"), True, "0.7", [0.7], None])
def test_what_is_no_probability_is_refused(p: object) -> None:
    with pytest.raises(ValueError, match="a number from 0 to 1"):
        check_probability(p)


def test_an_only_type_cannot_be_mistaken() -> None:
    one = {"s": [Mention(0, 1, "a")]}
    assert retype(one, one, 1.0, ("a",), 0).right == 1
    with pytest.raises(ValueError, match="second declared type"):
        retype(one, one, 0.0, ("a",), 0)
