from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.domains.corpus import LabelledSentence, Mention
from benchmark.domains.noise.annotation import corrupt_annotation, corrupt_sentence_annotation
from benchmark.domains.noise.condition import KINDS, Noise
from benchmark.domains.noise.random_draws import is_hit, pick_weighted
from benchmark.domains.sample import Sizes, sample_domain

TYPES = ("a", "b", "c")


@st.composite
def labelled(draw: st.DrawFn) -> LabelledSentence:
    tokens = draw(st.lists(st.sampled_from(("Ann", "met", ",", "東京", "’")), min_size=1, max_size=12))
    cuts = sorted(draw(st.sets(st.integers(0, len(tokens)), max_size=8)))
    spans = [pair for pair in pairwise(cuts) if draw(st.booleans())]
    mentions = tuple(Mention(start, end, draw(st.sampled_from(TYPES))) for start, end in spans)
    return LabelledSentence(f"any/train/{draw(st.integers(0, 99))}", tuple(tokens), mentions)


@st.composite
def noises(draw: st.DrawFn) -> Noise:
    kinds = draw(st.lists(st.sampled_from(KINDS["source"]), min_size=1, max_size=4, unique=True))
    return Noise("source", draw(st.floats(0, 1)), tuple(kinds), draw(st.integers(0, 9)))


@settings(max_examples=40)
@given(labelled(), noises())
def test_the_annotation_stays_legal_and_its_errors_are_counted(
    sentence: LabelledSentence, noise: Noise
) -> None:
    noisy, report = corrupt_sentence_annotation(sentence, TYPES, noise)
    assert (noisy.id, noisy.tokens) == (sentence.id, sentence.tokens)
    end = 0
    for mention in noisy.mentions:
        assert end <= mention.start < mention.end <= len(noisy.tokens) and mention.type in TYPES
        end = mention.end
    gold, kinds = sentence.mentions, report.kinds
    assert len(noisy.mentions) == len(gold) - kinds["missed"] + kinds["spurious"]
    untouched = len(set(noisy.mentions) & set(gold))
    assert untouched == len(gold) - report.changed + kinds["spurious"]
    spans = {(m.start, m.end) for m in gold}
    assert sum((m.start, m.end) in spans and m not in gold for m in noisy.mentions) == kinds["types"]
    assert report.changed == sum(kinds.values()) <= report.eligible <= report.total == len(gold)
    assert report.lost == kinds["missed"]


@settings(max_examples=40)
@given(labelled(), noises(), st.floats(0, 1))
def test_noise_is_nested_over_rates(sentence: LabelledSentence, noise: Noise, rate: float) -> None:
    low, high = sorted((noise.rate, rate))
    small, large = (
        corrupt_sentence_annotation(sentence, TYPES, replace(noise, rate=r))[0] for r in (low, high)
    )
    full = corrupt_sentence_annotation(sentence, TYPES, replace(noise, rate=1.0))[0]
    wrong = set(small.mentions) - set(sentence.mentions)
    assert wrong <= set(large.mentions) <= set(full.mentions) | set(sentence.mentions)
    gone = set(sentence.mentions) - set(small.mentions)
    assert not gone & set(large.mentions)


@settings(max_examples=40)
@given(labelled(), noises())
def test_without_a_rate_nothing_changes(sentence: LabelledSentence, noise: Noise) -> None:
    assert corrupt_sentence_annotation(sentence, TYPES, replace(noise, rate=0.0))[0] == sentence


def test_the_order_of_kinds_does_not_count() -> None:
    sentence = LabelledSentence(
        "x/train/0", ("Ann", "saw", "New", "York"), (Mention(0, 1, "a"), Mention(2, 4, "b"))
    )
    one = Noise("source", 0.7, ("types", "missed", "boundaries"))
    assert one == Noise("source", 0.7, ("boundaries", "types", "missed"))
    for seed in range(20):
        seeded = [
            corrupt_sentence_annotation(sentence, TYPES, replace(n, seed=seed)) for n in (one, replace(one))
        ]
        assert seeded[0] == seeded[1]


def test_types_follow_a_confusion_matrix() -> None:
    confusion = {"a": {"a": 90, "b": 3, "c": 1}, "b": {"c": 1}, "c": {"a": 0}}
    noise = Noise("source", 1.0, ("types",), confusion=confusion)
    taken: dict[str, Counter[str]] = {name: Counter() for name in TYPES}
    for number in range(800):
        gold = tuple(Mention(place, place + 1, name) for place, name in enumerate(TYPES))
        noisy, report = corrupt_sentence_annotation(
            LabelledSentence(f"x/train/{number}", ("t",) * 3, gold), TYPES, noise
        )
        assert report.eligible == 2  # nothing is ever taken for another in the last row
        for old, new in zip(gold, noisy.mentions, strict=True):
            taken[old.type][new.type] += 1
    assert set(taken["b"]) == {"c"} and set(taken["c"]) == {"c"} and set(taken["a"]) == {"b", "c"}
    assert 0.70 < taken["a"]["b"] / 800 < 0.80


def test_without_a_matrix_every_other_type_is_as_likely() -> None:
    noise = Noise("source", 1.0, ("types",))
    taken: Counter[str] = Counter()
    for number in range(600):
        sentence = LabelledSentence(f"x/train/{number}", ("t",), (Mention(0, 1, "a"),))
        taken[corrupt_sentence_annotation(sentence, TYPES, noise)[0].mentions[0].type] += 1
    assert set(taken) == {"b", "c"} and 250 < taken["b"] < 350


def test_a_confusion_of_undeclared_types_is_refused() -> None:
    noise = Noise("source", 0.1, confusion={"a": {"dragon": 1.0}})
    with pytest.raises(ValueError, match="the confusion names dragon"):
        corrupt_sentence_annotation(LabelledSentence("x", ("t",), ()), TYPES, noise)


def test_what_cannot_go_wrong_is_not_eligible() -> None:
    alone = LabelledSentence("x/train/0", ("Ann",), (Mention(0, 1, "a"),))
    for kind in ("boundaries", "spurious"):
        noisy, report = corrupt_sentence_annotation(alone, TYPES, Noise("source", 1.0, (kind,)))
        assert noisy == alone and (report.total, report.eligible, report.realised) == (1, 0, 0.0)
    assert corrupt_sentence_annotation(alone, ("a",), Noise("source", 1.0, ("types",)))[1].eligible == 0


def test_the_source_keeps_its_test_split_and_the_realised_rate_is_told() -> None:
    news = sample_domain("news", size=Sizes(train=300, dev=60, test=20))
    noisy, report = corrupt_annotation(news, Noise("source", 0.2))
    assert noisy.test == news.test and noisy.content_hash != news.content_hash
    assert [s.tokens for s in noisy.train] == [s.tokens for s in news.train]
    assert report.total == sum(len(s.mentions) for s in news.train + news.dev)
    assert 0.15 < report.realised < 0.25 and report.eligible > 0.95 * report.total
    assert set(report.kinds) == set(KINDS["source"]) and min(report.kinds.values()) > 0


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"on": "both"}, "expected source or target"),
        ({"rate": 1.1}, "a number from 0 to 1"),
        ({"rate": True}, "a number from 0 to 1"),
        ({"rate": float("nan")}, "a number from 0 to 1"),
        ({"kinds": ("typos",)}, "expected some of types"),
        ({"kinds": ("types", "types")}, "none twice"),
        ({"seed": -1}, "a whole number"),
        ({"where": "inside"}, "a place is for noise on the target"),
        ({"on": "target", "where": "there"}, "everywhere, inside, outside"),
        ({"on": "target", "confusion": {}}, "a confusion is for noise on the source"),
        ({"confusion": {"a": {"b": -1}}}, "none negative"),
        ({"confusion": {"a": 3}}, "none negative"),
    ],
)
def test_what_is_no_condition_is_refused(values: dict, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Noise(**{"on": "source", "rate": 0.1, **values})


@settings(max_examples=40)
@given(noises())
def test_a_condition_goes_through_json_and_back(noise: Noise) -> None:
    assert Noise.from_json({**noise.to_json(), "content": "of no interest"}) == noise
    with pytest.raises(ValueError, match="no noise condition"):
        Noise.from_json({"on": "source"})


def test_draws_are_what_they_claim() -> None:
    hits = [is_hit(0, "s", place, 0.3) for place in range(2000)]
    assert 500 < sum(hits) < 700
    assert all(is_hit(0, "s", place, 1.0) for place in range(50))
    assert not any(is_hit(0, "s", place, 0.0) for place in range(50))
    found = Counter(pick_weighted(0, "s", place, "p", [("x", 1.0), ("y", 3.0)]) for place in range(1000))
    assert 190 < found["x"] < 310


def test_two_mentions_never_move_over_one_token() -> None:
    sentence = LabelledSentence("x/train/0", ("Ann", "and", "Bob"), (Mention(0, 1, "a"), Mention(2, 3, "a")))
    noisy, report = corrupt_sentence_annotation(sentence, TYPES, Noise("source", 1.0, ("boundaries",)))
    assert noisy.mentions == (Mention(0, 2, "a"), Mention(2, 3, "a")) and report.eligible == 1
