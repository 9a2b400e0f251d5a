"""Support sets: what is drawn, that draws are nested, and what a method is shown of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.domains.corpus import Domain, LabelledSentence, Mention
from benchmark.domains.load import load_domain
from benchmark.errors import LarbenchError, UsageError
from benchmark.few_shot import (
    check_drawn,
    describe_support,
    draw_support,
    few_labels,
    identify,
    make_task,
)
from benchmark.settings import by_labels, check_setting, contract_of, few_shot, shots_of
from benchmark.task import SUPERVISED, ZERO_SHOT
from larbench.testing.toy_corpus import SOURCE, TARGET

TYPES = ("a", "b", "c")


def sentence(number: int, *kinds: str) -> LabelledSentence:
    """A sentence with a mention of one token for each kind."""
    mentions = tuple(Mention(place, place + 1, kind) for place, kind in enumerate(kinds))
    return LabelledSentence(f"d/train/{number}", tuple(f"w{n}" for n in range(len(kinds) + 1)), mentions)


corpora = st.lists(st.lists(st.sampled_from([*TYPES, "undeclared"]), max_size=4), max_size=25).map(
    lambda lists: tuple(sentence(number, *kinds) for number, kinds in enumerate(lists))
)
seeds = st.integers(0, 2**32 - 1)


def mentions_of(sentences: tuple[LabelledSentence, ...]) -> Counter[str]:
    return Counter(mention.type for one in sentences for mention in one.mentions)


@given(corpora, st.integers(1, 8), seeds)
def test_every_type_has_k_mentions_or_all_that_train_has(
    train: tuple[LabelledSentence, ...], shots: int, seed: int
) -> None:
    support = mentions_of(draw_support(train, TYPES, shots, seed))
    whole = mentions_of(train)
    assert all(support[name] >= min(shots, whole[name]) for name in TYPES)


@given(corpora, seeds)
def test_sets_are_nested_in_the_order_of_train(train: tuple[LabelledSentence, ...], seed: int) -> None:
    before: tuple[LabelledSentence, ...] = ()
    for shots in (1, 2, 3, 5, 9):
        support = draw_support(train, TYPES, shots, seed)
        assert set(before) <= set(support)
        assert list(support) == [one for one in train if one in set(support)]
        before = support


@given(corpora, st.integers(1, 6), seeds, st.randoms())
def test_the_order_of_train_does_not_matter(
    train: tuple[LabelledSentence, ...], shots: int, seed: int, luck: object
) -> None:
    shuffled = list(train)
    luck.shuffle(shuffled)  # type: ignore[attr-defined]
    assert set(draw_support(shuffled, TYPES, shots, seed)) == set(draw_support(train, TYPES, shots, seed))


@given(corpora, st.integers(1, 6), seeds)
def test_no_sentence_is_drawn_without_need(
    train: tuple[LabelledSentence, ...], shots: int, seed: int
) -> None:
    """None without a declared mention; and each type that was short called for one sentence at a time."""
    support = draw_support(train, TYPES, shots, seed)
    assert all(any(mention.type in TYPES for mention in one.mentions) for one in support)
    assert len(support) <= shots * len(TYPES)


def test_draws_by_hand() -> None:
    """Rarest first: the only c comes with an a, which then needs no sentence of its own."""
    train = (sentence(0, "a"), sentence(1, "a", "c"), sentence(2, "b"), sentence(3, "b"), sentence(4))
    for seed in range(20):
        one = draw_support(train, TYPES, 1, seed)
        assert train[1] in one and train[0] not in one and len(one) == 2
        assert draw_support(train, TYPES, 2, seed) == train[:4]  # c has no second mention
        assert draw_support(train, TYPES, 9999, seed) == train[:4]
    assert len({draw_support(train, TYPES, 1, seed) for seed in range(20)}) == 2  # seeds draw differently


def test_golden_draw() -> None:
    """Published few-shot results stay comparable: the same seed draws the same sentences for ever."""
    target = load_domain("sample", "politics")
    drawn = {k: draw_support(target.train, target.type_names, k, 555) for k in (1, 5)}
    numbers = {k: [int(one.id.rpartition("/")[2]) for one in support] for k, support in drawn.items()}
    assert numbers[1] == [20, 27, 74, 94, 97]
    assert numbers[5] == [5, 7, 11, 20, 27, 35, 36, 37, 42, 55, 58, 74, 77, 82, 94, 97]


def test_the_task_is_the_supervised_one_with_few_labels_and_no_dev() -> None:
    few = make_task(SOURCE, TARGET, "few-shot-1", 3)
    full = make_task(SOURCE, TARGET, SUPERVISED, 3)
    assert few.setting == SUPERVISED
    assert few.target.train == draw_support(TARGET.train, TARGET.type_names, 1, 3)
    assert 0 < len(few.target.train) < len(TARGET.train)
    assert few.target.dev == ()
    assert few.target.unlabelled == full.target.unlabelled
    assert len(few.target.unlabelled) == len(TARGET.train + TARGET.dev)
    assert (few.source, few.target.types) == (full.source, full.target.types)


@pytest.mark.parametrize("setting", [ZERO_SHOT, SUPERVISED])
def test_other_settings_are_as_ever(setting: str) -> None:
    task = make_task(SOURCE, TARGET, setting, 3, source_limit=4)
    assert task.setting == setting and len(task.source.train) == 4
    labels = (TARGET.train, TARGET.dev) if setting == SUPERVISED else ((), ())
    assert (task.target.train, task.target.dev) == labels
    assert identify(TARGET, setting, 3) is describe_support(TARGET, setting, 3) is None
    assert few_labels(TARGET, setting, 3) is TARGET


def test_identity_and_note_tell_what_was_drawn() -> None:
    support = draw_support(TARGET.train, TARGET.type_names, 2, 3)
    identity, note = identify(TARGET, "few-shot-2", 3), describe_support(TARGET, "few-shot-2", 3)
    assert identity is not None and note is not None
    assert (identity["shots"], identity["sentences"]) == (2, len(support))
    assert note["ids"] == [one.id for one in support] and note["of"] == len(TARGET.train)
    assert note["mentions"] == {name: mentions_of(support)[name] for name in TARGET.type_names}
    assert note["words"] == sum(len(one.tokens) for one in support) and note["short"] == []
    assert few_labels(TARGET, "few-shot-2", 3) == replace(TARGET, train=support)


def test_types_that_train_lacks_are_named() -> None:
    poor = replace(TARGET, train=tuple(s for s in TARGET.train if "bridge" not in s.tokens))
    poor = replace(poor, train=tuple(replace(s, mentions=_without(s, "bridge")) for s in poor.train))
    note = describe_support(poor, "few-shot-3", 1)
    assert note is not None and note["short"] == ["bridge"] and note["mentions"]["bridge"] == 0


def _without(one: LabelledSentence, kind: str) -> tuple[Mention, ...]:
    return tuple(mention for mention in one.mentions if mention.type != kind)


def test_another_draw_than_was_planned_is_refused() -> None:
    stated = {"few_shot": identify(TARGET, "few-shot-2", 3)}
    check_drawn(stated, TARGET, "few-shot-2", 3)
    check_drawn({}, TARGET, SUPERVISED, 3)
    drawn = draw_support(TARGET.train, TARGET.type_names, 2, 3)
    other: Domain = replace(TARGET, train=tuple(one for one in TARGET.train if one not in drawn))
    for identity, target in ((stated, other), ({}, TARGET)):
        with pytest.raises(LarbenchError, match="draws other sentences"):
            check_drawn(identity, target, "few-shot-2", 3)


def test_names_of_settings() -> None:
    assert [shots_of(name) for name in ("few-shot-1", "few-shot-9999", SUPERVISED)] == [1, 9999, None]
    assert shots_of(few_shot(20)) == 20
    assert [contract_of(name) for name in ("few-shot-5", ZERO_SHOT, SUPERVISED)] == [
        SUPERVISED,
        ZERO_SHOT,
        SUPERVISED,
    ]
    names = [SUPERVISED, "few-shot-10", "other", "few-shot-2", ZERO_SHOT]
    assert sorted(names, key=by_labels) == [ZERO_SHOT, "few-shot-2", "few-shot-10", SUPERVISED, "other"]


@pytest.mark.parametrize(
    "name",
    ["few-shot", "few-shot-0", "few-shot-05", "few-shot-10000", "few-shot--1", "few-shot-٥", "one-shot", ""],
)
def test_what_is_no_setting_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="use zero-shot, supervised or few-shot-K, with K from 1 to 9999"):
        check_setting(name)
    assert shots_of(name) is None
