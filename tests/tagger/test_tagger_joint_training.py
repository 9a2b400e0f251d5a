"""Source and target in one training: what is mixed, how often, under which types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import SOURCE, TARGET

from benchmark.domains.corpus import Mention
from benchmark.domains.types.equal_types import rename_types
from benchmark.errors import UsageError
from benchmark.scoring.counts import count_mentions
from benchmark.task import SUPERVISED, Task
from larbench.tagger.joint_training import fit_mixture, joined_types, mix, start_tagger
from larbench.tagger.train import Recipe

TASK = Task.of(SOURCE, TARGET, SUPERVISED)
SOURCE_WORDS = sum(len(sentence.tokens) for sentence in SOURCE.train)
TARGET_WORDS = sum(len(sentence.tokens) for sentence in TARGET.train)


def test_types_of_a_name_are_one_type_and_the_targets_come_first() -> None:
    assert joined_types(TASK) == ("person", "river", "bridge", "city")


def test_all_of_the_source_and_the_target_until_it_has_its_share() -> None:
    mixture = mix(TASK, 1, source_words=0, target_share=0.75)
    assert mixture.source == SOURCE.train
    assert mixture.target == TARGET.train
    assert mixture.repeats == round(3 * SOURCE_WORDS / TARGET_WORDS)
    assert mixture.sentences == SOURCE.train + TARGET.train * mixture.repeats
    assert mixture.summary() == {"source_sentences": 30, "target_sentences": 20, "target_repeats": 4}


@given(words=st.integers(1, 400), share=st.floats(0.01, 0.99), seed=st.integers(0, 99))
def test_a_sample_has_the_words_asked_for_and_the_target_its_share(
    words: int, share: float, seed: int
) -> None:
    mixture = mix(TASK, seed, source_words=words, target_share=share)
    drawn = sum(len(sentence.tokens) for sentence in mixture.source)
    longest = max(len(sentence.tokens) for sentence in SOURCE.train)
    assert min(words, SOURCE_WORDS) <= drawn <= words + longest
    assert len(set(mixture.source)) == len(mixture.source)
    assert set(mixture.source) <= set(SOURCE.train)
    wanted = drawn * share / (1 - share)
    assert mixture.repeats >= 1
    assert abs(mixture.repeats * TARGET_WORDS - wanted) <= TARGET_WORDS
    assert mix(TASK, seed, source_words=words, target_share=share) == mixture


def test_other_seeds_draw_other_sentences() -> None:
    drawn = {mix(TASK, seed, source_words=60, target_share=0.5).source for seed in range(5)}
    assert len(drawn) > 1


def test_mentions_of_undeclared_types_are_dropped() -> None:
    found = [[Mention(0, 1, "person"), Mention(3, 4, "city")], []]
    assert rename_types(found, {"person": "person"}) == [[Mention(0, 1, "person")], []]
    assert rename_types(found, {"person": "PER"}) == [[Mention(0, 1, "PER")], []]


def test_what_cannot_be_meant_is_refused(tiny_backbone: str) -> None:
    for share in (0.0, 1.0, -1.0, 2.0):
        with pytest.raises(UsageError, match="target_share"):
            mix(TASK, 1, source_words=0, target_share=share)
    with pytest.raises(UsageError, match="unknown start 'nowhere': use source-tagger or scratch"):
        start_tagger("nowhere", TASK, tiny_backbone, 1)


def test_the_epoch_is_chosen_by_what_will_be_predicted(tiny_backbone: str) -> None:
    tagger = start_tagger("scratch", TASK, tiny_backbone, 1)
    recipe = Recipe(epochs=4, learning_rate=5e-3, batch_tokens=128)
    history = fit_mixture(tagger, mix(TASK, 1, source_words=0, target_share=0.5), TASK, recipe, 1)
    scores = dict(history.dev)
    assert list(scores) == [1, 2, 3, 4]
    assert history.best_epoch is not None
    assert scores[history.best_epoch] == max(scores.values()) > 0
    gold = [sentence.mentions for sentence in TARGET.dev]
    names = {name: name for name in TARGET.type_names}
    found = rename_types(tagger.predict(TARGET.dev), names)  # without towns' cities
    assert count_mentions(gold, found, TARGET.type_names).micro().f1 == scores[history.best_epoch]
