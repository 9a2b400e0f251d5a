"""Nearest-neighbour tagging: distances, transitions, Viterbi, and the method on the toy world."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from toys import SOURCE, TARGET, MemoryStore

from baselines.prototype.method import NNSHOT, SEARCH, Prototype
from baselines.prototype.nearest import AbstractTransitions, Support, emissions, io_tags, mentions_of, viterbi
from baselines.source_only import SourceOnly
from benchmark.domains.corpus import LabelledSentence, Mention
from benchmark.errors import UsageError
from benchmark.scoring.counts import count_mentions
from benchmark.task import SUPERVISED, ZERO_SHOT, Task, Workspace
from larbench.tagger.arrays import unit_rows

STORE = MemoryStore()
TYPES = ("person", "city")


def task(setting: str = SUPERVISED) -> Task:
    return Task.of(SOURCE, TARGET, setting, workspace=Workspace(artefacts=STORE))


@pytest.fixture(scope="module")
def fitted(tiny_backbone: str, learnable_recipes: None) -> Prototype:
    return Prototype(backbone=tiny_backbone).fit(task(), 1)


def labelled(length: int, *mentions: Mention) -> LabelledSentence:
    return LabelledSentence("s/0", tuple("x" * length), mentions)


def test_tags_are_i_o_and_say_back_what_they_can() -> None:
    mentions = [Mention(0, 2, "city"), Mention(3, 4, "person"), Mention(4, 5, "river")]
    tags = io_tags(mentions, 6, TYPES)
    assert tags.tolist() == [2, 2, 0, 1, 0, 0]  # river is not among the types
    assert mentions_of(tags.tolist(), TYPES) == mentions[:2]
    assert mentions_of([1, 2, 2, 0, 1], TYPES) == [
        Mention(0, 1, "person"),
        Mention(1, 3, "city"),
        Mention(4, 5, "person"),
    ]
    assert mentions_of([], TYPES) == []


@given(st.integers(0, 2**32), st.integers(1, 12), st.integers(1, 5))
def test_distances_are_those_to_the_nearest_word_of_each_tag(seed: int, words: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    support = [rng.normal(size=(count, width)).astype(np.float32) for count in (words, 3)]
    tags = [rng.integers(0, 4, size=len(rows)) for rows in support]
    asked = rng.normal(size=(5, width)).astype(np.float32)
    found = Support.of(support, tags).distances(asked, 4)
    rows, labels = unit_rows(np.concatenate(support)), np.concatenate(tags)
    for word, vector in enumerate(unit_rows(asked)):
        for tag in range(4):
            same = rows[labels == tag]
            wanted = min((float(np.sum((vector - one) ** 2)) for one in same), default=np.inf)
            assert found[word, tag] == pytest.approx(wanted, abs=1e-5)


def test_without_support_every_word_is_outside() -> None:
    distances = Support.of([], []).distances(np.ones((3, 2), dtype=np.float32), 4)
    assert distances.argmin(axis=1).tolist() == [0, 0, 0]
    assert np.exp(emissions(distances)).tolist() == [[1, 0, 0, 0]] * 3


def test_transitions_are_counted_by_hand() -> None:
    sentences = [
        labelled(5, Mention(1, 3, "person"), Mention(3, 4, "city")),  # O I I I' O
        labelled(3, Mention(0, 1, "city")),  # I O O
        labelled(0),
    ]
    found = AbstractTransitions.counted(sentences, TYPES)
    assert found.start == (1 / 2, 1 / 2)
    assert found.outside == (1 / 2, 1 / 2)
    assert found.inside == (2 / 4, 1 / 4, 1 / 4)
    start, steps = (np.exp(logs) for logs in found.projected(2, 1.0))
    assert start == pytest.approx([1 / 2, 1 / 4, 1 / 4])
    assert steps == pytest.approx(
        np.array([[1 / 2, 1 / 4, 1 / 4], [2 / 4, 1 / 4, 1 / 4], [2 / 4, 1 / 4, 1 / 4]])
    )


def test_steps_that_the_source_never_takes_stay_possible() -> None:
    found = AbstractTransitions.counted([labelled(4, Mention(1, 2, "person"))], TYPES)
    assert found.inside == (1.0, 0.0, 0.0)
    assert found.start == (1.0, 0.0)
    assert np.isfinite(found.projected(2, 0.5)[1]).all()
    assert AbstractTransitions.counted([], TYPES).outside == (0.5, 0.5)


@given(st.integers(1, 6), st.floats(0, 2))
def test_projected_rows_are_distributions(types: int, tau: float) -> None:
    found = AbstractTransitions((0.9, 0.1), (0.8, 0.2), (0.5, 0.45, 0.05))
    start, steps = found.projected(types, tau)
    assert np.exp(start).sum() == pytest.approx(1)
    assert np.exp(steps).sum(axis=1) == pytest.approx(np.ones(1 + types))


@given(st.integers(0, 2**32), st.integers(0, 5), st.integers(1, 3))
def test_viterbi_finds_the_best_of_all_paths(seed: int, words: int, tags: int) -> None:
    rng = np.random.default_rng(seed)
    scores, start, steps = (rng.normal(size=shape) for shape in ((words, tags), tags, (tags, tags)))

    def score(path: tuple[int, ...]) -> float:
        first = start[path[0]] if path else 0.0
        moved = sum(steps[a, b] for a, b in pairwise(path))
        return float(first + moved + sum(scores[t, tag] for t, tag in enumerate(path)))

    best = max(product(range(tags), repeat=words), key=score)
    assert viterbi(scores, start, steps).tolist() == list(best)


def test_vectors_are_what_the_head_sees(fitted: Prototype) -> None:
    tagger = fitted.tagger_
    long = replace(TARGET.train[0], tokens=TARGET.train[0].tokens * 60, mentions=())
    sentences = [*TARGET.test, long, labelled(0)]
    for vectors, log_probs in zip(tagger.word_vectors(sentences), tagger.log_probs(sentences), strict=True):
        assert vectors.shape == (len(log_probs), tagger.model.head.in_features)
        with torch.inference_mode():
            scores = torch.log_softmax(tagger.model.head(torch.from_numpy(vectors)), dim=-1)
        assert scores.numpy() == pytest.approx(log_probs, abs=0.05)  # the head may run in bfloat16
    assert tagger.word_vectors([]) == []


def test_the_encoder_is_the_source_taggers(fitted: Prototype, tiny_backbone: str) -> None:
    source = SourceOnly(backbone=tiny_backbone).fit(task(ZERO_SHOT), 1)
    assert fitted.tagger_.to_files() == source.tagger_.to_files()


def test_a_support_sentence_is_its_own_nearest_neighbour(tiny_backbone: str) -> None:
    method = Prototype(backbone=tiny_backbone, decoding=NNSHOT).fit(task(), 1)
    predicted = method.predict([sentence.unlabelled() for sentence in TARGET.train])
    assert predicted == [list(sentence.mentions) for sentence in TARGET.train]


def test_it_learns_from_the_support(fitted: Prototype) -> None:
    counts = count_mentions(
        [s.mentions for s in TARGET.dev], fitted.predict(TARGET.dev), list(TARGET.type_names)
    )
    assert counts.micro().f1 > 0.6
    notes = fitted.notes()
    assert notes["support"]["sentences"] == len(TARGET.train)
    assert notes["support"]["words"] == sum(len(s.tokens) for s in TARGET.train)
    assert notes["support"]["types_without"] == []


def test_with_tau_0_structshot_is_nnshot(tiny_backbone: str) -> None:
    flat = Prototype(backbone=tiny_backbone, tau=0.0).fit(task(), 1)
    plain = Prototype(backbone=tiny_backbone, decoding=NNSHOT).fit(task(), 1)
    sharp = Prototype(backbone=tiny_backbone, tau=3.0).fit(task(), 1)
    text = [sentence.unlabelled() for sentence in TARGET.dev + TARGET.test]
    assert flat.predict(text) == plain.predict(text)
    assert sharp.predict(text) != plain.predict(text)


def test_the_targets_dev_is_not_looked_at(fitted: Prototype, tiny_backbone: str) -> None:
    whole = task()
    blind = replace(whole, target=replace(whole.target, dev=(), unlabelled=()))
    text = [sentence.unlabelled() for sentence in TARGET.test]
    assert Prototype(backbone=tiny_backbone).fit(blind, 1).predict(text) == fitted.predict(text)


def test_settings_and_parameters_that_do_not_fit_are_declined(tiny_backbone: str) -> None:
    assert Prototype().skip(ZERO_SHOT) == "made for supervised only"
    assert Prototype().skip(SUPERVISED) is None
    assert Prototype().skip("few-shot-5") is None
    assert set(SEARCH) <= set(Prototype.parameter_defaults())
    with pytest.raises(UsageError, match="decoding"):
        Prototype(backbone=tiny_backbone, decoding="other").fit(task(), 1)
    with pytest.raises(UsageError, match="tau"):
        Prototype(backbone=tiny_backbone, tau=-1.0).fit(task(), 1)
