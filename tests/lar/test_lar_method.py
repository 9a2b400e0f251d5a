"""LAR with direct inference from end to end, on the toy world."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from toys import SOURCE, TARGET, MemoryStore

import larbench.tagger.embedding
import larbench.tagger.encoding
import larbench.tagger.tagger
from benchmark.domains.corpus import Domain, Mention, Sentence
from benchmark.task import SUPERVISED, ZERO_SHOT, Task, Workspace
from lar.method import LarDirect
from lar.training.base import SOURCE_ONLY, base_key, base_tagger
from lar.training.teacher import Choices, Teacher
from larbench.tagger.tagger import Tagger

SETTINGS = (ZERO_SHOT, SUPERVISED)
TEST = [sentence.unlabelled() for sentence in TARGET.test]


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    return MemoryStore()


def _task(store: MemoryStore, setting: str, target: Domain = TARGET) -> Task:
    return Task.of(SOURCE, target, setting, workspace=Workspace(artefacts=store))


def _tagger(method: LarDirect, setting: str) -> Tagger:
    """The tagger that was trained on the target: in the zero-shot setting, the student of a pair."""
    tagger = method.tagger_ if setting == SUPERVISED else method.teacher_and_student_.student
    assert tagger is not None
    return tagger


def _fitted(
    store: MemoryStore, backbone: str, setting: str, *, seed: int = 1, target: Domain = TARGET
) -> LarDirect:
    return LarDirect(backbone=backbone).fit(_task(store, setting, target), seed)


@pytest.fixture(scope="module")
def fitted(store: MemoryStore, tiny_backbone: str) -> dict[str, LarDirect]:
    return {setting: _fitted(store, tiny_backbone, setting) for setting in SETTINGS}


@pytest.mark.parametrize("setting", SETTINGS)
def test_mentions_are_legal_and_of_declared_types(fitted: dict[str, LarDirect], setting: str) -> None:
    predicted = fitted[setting].predict(TEST)
    assert len(predicted) == len(TEST)
    for sentence, mentions in zip(TEST, predicted, strict=True):
        end = 0
        for mention in mentions:
            assert end <= mention.start < mention.end <= len(sentence.tokens)
            assert mention.type in TARGET.type_names
            end = mention.end


def test_target_labels_are_learned(fitted: dict[str, LarDirect]) -> None:
    assert fitted[SUPERVISED].tagger_.f1(TARGET.train) > 0.9


def test_without_target_labels_names_of_the_source_are_still_found(fitted: dict[str, LarDirect]) -> None:
    predicted = fitted[ZERO_SHOT].predict([s.unlabelled() for s in TARGET.train])
    gold = {(n, m.start, m.end) for n, s in enumerate(TARGET.train) for m in s.mentions if m.type == "person"}
    found = {(n, m.start, m.end) for n, mentions in enumerate(predicted) for m in mentions}
    assert len(gold & found) > len(gold) / 2


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_seed_fixes_the_output_whether_the_source_tagger_was_kept_or_not(
    fitted: dict[str, LarDirect], tiny_backbone: str, setting: str
) -> None:
    anew = _fitted(MemoryStore(), tiny_backbone, setting)
    assert anew.predict(TEST) == fitted[setting].predict(TEST)
    assert anew.notes() == fitted[setting].notes()
    assert _tagger(anew, setting).to_files() == _tagger(fitted[setting], setting).to_files()


def test_zero_shot_does_not_hang_on_target_labels(
    store: MemoryStore, fitted: dict[str, LarDirect], tiny_backbone: str
) -> None:
    wrong, none = (Mention(0, 1, "bridge"),), ()
    other = replace(
        TARGET,
        train=tuple(replace(s, mentions=wrong) for s in TARGET.train),
        dev=tuple(replace(s, mentions=none) for s in TARGET.dev),
    )
    again = _fitted(store, tiny_backbone, ZERO_SHOT, target=other)
    assert _tagger(again, ZERO_SHOT).to_files() == _tagger(fitted[ZERO_SHOT], ZERO_SHOT).to_files()
    assert again.predict(TEST) == fitted[ZERO_SHOT].predict(TEST)
    assert again.notes() == fitted[ZERO_SHOT].notes()


def test_settings_of_a_target_share_what_was_found_in_its_text(tiny_backbone: str) -> None:
    store = MemoryStore()
    for setting in SETTINGS:
        _fitted(store, tiny_backbone, setting)
    assert store.made == 3  # the source tagger, the means of the source's mentions, what was found
    renamed = replace(TARGET, types=(replace(TARGET.types[0], description="x"), *TARGET.types[1:]))
    _fitted(store, tiny_backbone, ZERO_SHOT, target=renamed)
    assert store.made == 3  # the tagger finds what it found
    _fitted(store, tiny_backbone, ZERO_SHOT, target=replace(TARGET, dev=TARGET.dev[:-1]))
    assert store.made == 4


@pytest.mark.parametrize("setting", SETTINGS)
def test_fit_reads_no_word_of_the_test_split(
    store: MemoryStore, tiny_backbone: str, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    read: set[str] = set()

    def spy(sentences: Sequence[Sequence[str]], tokenizer: Any, window: int) -> Any:
        read.update(word for sentence in sentences for word in sentence)
        return larbench.tagger.encoding.encode(sentences, tokenizer, window)

    monkeypatch.setattr(larbench.tagger.tagger, "encode", spy)
    monkeypatch.setattr(larbench.tagger.embedding, "encode", spy)
    task = _task(store, setting)
    LarDirect(backbone=tiny_backbone).fit(task, 1)
    assert "Anna" in read
    assert not read & {"Zoe", "Oder", "Quito"}
    assert "Zoe" not in repr(task)


@pytest.mark.parametrize("setting", SETTINGS)
def test_notes_are_json(fitted: dict[str, LarDirect], setting: str) -> None:
    notes = json.loads(json.dumps(fitted[setting].notes(), allow_nan=False))
    assert notes["reading"] == LarDirect.reading
    assert notes["alignment"]["core"]["person"] == "person"
    rounds = notes["rounds"]
    assert rounds
    assert all(training["steps"] > 0 for training in rounds)
    assert ("joint" in notes) == ("conflicts" in notes) == (setting == SUPERVISED)
    assert not any("best_dev_f1" in training for training in rounds)  # no pass is chosen on dev
    assert all(0 <= training["agreement"] <= 1 for training in rounds if setting == ZERO_SHOT)


def test_the_teacher_gives_each_unlabelled_sentence_its_targets(
    store: MemoryStore, tiny_backbone: str
) -> None:
    task = _task(store, ZERO_SHOT)
    tagger = base_tagger(task, SOURCE_ONLY, tiny_backbone, 1)
    teacher = Teacher.fit(task, tagger, Choices(), key=base_key(task, SOURCE_ONLY, tiny_backbone, 1))
    targets = teacher.reassigned_target()
    assert [len(rows) for rows in targets] == [len(s.tokens) for s in task.target.unlabelled]
    assert all(
        rows.shape[1] == 7 and (rows >= 0).all() and (rows.sum(axis=1) <= 1.0001).all() for rows in targets
    )
    retyped, conflicts = teacher.reassigned_source(SOURCE.train[:4], ())
    assert conflicts.found == 0
    for sentence, rows in zip(SOURCE.train[:4], retyped, strict=True):
        inside = {word for m in sentence.mentions for word in range(m.start, m.end)}
        assert {word for word, row in enumerate(rows) if row[0] == 0} == inside


def test_a_target_in_which_nothing_is_found_can_be_fitted(store: MemoryStore, tiny_backbone: str) -> None:
    dull = tuple(
        replace(s, tokens=("it", "rained", "all", "day", "."), mentions=()) for s in TARGET.train[:4]
    )
    method = _fitted(store, tiny_backbone, ZERO_SHOT, target=replace(TARGET, train=dull, dev=()))
    assert method.predict([Sentence("waters/test/0", ("it", "rained"))]) == [[]]


def test_where_each_target_type_is_a_source_type_mentions_keep_theirs(
    store: MemoryStore, tiny_backbone: str
) -> None:
    same = replace(SOURCE, name="same")
    method = _fitted(store, tiny_backbone, ZERO_SHOT, target=same)
    assert method.teacher_and_student_.student is None
    assert method.notes()["rounds"] == []
    sentences = [sentence.unlabelled() for sentence in same.dev]
    tagger = base_tagger(_task(store, ZERO_SHOT, same), SOURCE_ONLY, tiny_backbone, 1)
    by_source = tagger.predict(sentences)
    assert any(by_source)
    assert method.predict(sentences) == by_source
