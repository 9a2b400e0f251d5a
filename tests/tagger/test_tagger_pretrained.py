"""Source taggers are trained once for a key, and the key covers what changes them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toys import SOURCE, TARGET, MemoryStore

import larbench.tagger.pretrained
import larbench.tagger.train
from benchmark.domains.corpus import Domain, EntityType
from benchmark.task import SUPERVISED, ZERO_SHOT, Task, Workspace
from larbench.tagger.pretrained import fine_tune, source_recipe, source_tagger
from larbench.tagger.tagger import Tagger

SMALL = replace(SOURCE, train=SOURCE.train[:6], dev=SOURCE.dev[:2])


def _task(
    store: MemoryStore, source: Domain = SMALL, target: Domain = TARGET, setting: str = ZERO_SHOT
) -> Task:
    return Task.of(source, target, setting, workspace=Workspace(artefacts=store))


@pytest.fixture(scope="module")
def filled(tiny_backbone: str) -> MemoryStore:
    store = MemoryStore()
    source_tagger(_task(store), tiny_backbone, 1)
    return store


def test_it_is_trained_once_and_loads_the_same_weights(filled: MemoryStore, tiny_backbone: str) -> None:
    one = source_tagger(_task(filled), tiny_backbone, 1)
    other = source_tagger(_task(filled, target=SOURCE, setting=SUPERVISED), tiny_backbone, 1)
    anew = source_tagger(_task(MemoryStore()), tiny_backbone, 1)
    assert filled.made == 1
    assert one.to_files() == other.to_files()
    for rows in zip(*(found.log_probs(SOURCE.dev) for found in (one, other, anew)), strict=True):
        # equal computations at other places of memory may round otherwise, by a step of bf16
        np.testing.assert_allclose(rows[0], rows[1], atol=0.01)
        np.testing.assert_allclose(rows[0], rows[2], atol=0.01)


def test_quick_fine_tuning_leaves_the_lower_half_as_the_source_tagger_has_it(
    filled: MemoryStore, tiny_backbone: str
) -> None:
    task = _task(filled, setting=SUPERVISED)
    start = source_tagger(task, tiny_backbone, 1)
    careful, _ = fine_tune(start, task, 1, epochs=2)
    quick, history = fine_tune(start, task, 1, epochs=2, quick=True)
    lower, upper = (
        [key for key in start.model.state_dict() if f".layer.{number}." in key] for number in (0, 1)
    )
    before, after, other = (one.model.state_dict() for one in (start, quick, careful))
    assert history.steps > 0
    assert all(before[key].equal(after[key]) for key in lower)
    assert not all(before[key].equal(after[key]) for key in upper)
    assert not all(before[key].equal(other[key]) for key in lower)


def test_it_may_be_found_after_its_backbone_moved(
    filled: MemoryStore, tiny_backbone: str, tmp_path: Path
) -> None:
    there = str(shutil.copytree(tiny_backbone, tmp_path / "there"))
    found = source_tagger(_task(filled), there, 1)
    assert filled.made == 1
    assert found.backbone == there


class KeyStore(MemoryStore):
    """Gives one artefact whatever is asked for, so that keys can be looked at without training."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__()
        self.answer = files

    def get_or_make(self, kind: str, key: dict[str, object], make: object) -> dict[str, bytes]:
        assert kind == "source-tagger"
        self.keys.append(key)
        return self.answer


def test_the_key_covers_what_changes_the_tagger(
    filled: MemoryStore, tiny_backbone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = KeyStore(next(iter(filled.files.values())))
    described = (EntityType("person", "person", "somebody else"), *SMALL.types[1:])
    source_tagger(_task(store), tiny_backbone, 1)
    source_tagger(_task(store, target=SOURCE), tiny_backbone, 1)  # the target does not matter
    source_tagger(_task(store), tiny_backbone, 2)
    source_tagger(_task(store, replace(SMALL, train=SMALL.train[:5])), tiny_backbone, 1)
    source_tagger(_task(store, replace(SMALL, dev=SMALL.dev[:1])), tiny_backbone, 1)
    source_tagger(_task(store, replace(SMALL, types=described)), tiny_backbone, 1)
    monkeypatch.setattr(larbench.tagger.pretrained, "EPOCHS", (1, 2))
    source_tagger(_task(store), tiny_backbone, 1)
    first, same, *others = store.keys
    assert first == same
    distinct = [first, *others]
    assert all(one != other for n, one in enumerate(distinct) for other in distinct[:n])
    assert [name for name in first if others[0][name] != first[name]] == ["seed"]
    assert [name for name in first if others[1][name] != first[name]] == ["source"]
    assert [name for name in first if others[4][name] != first[name]] == ["recipe"]


def test_the_key_knows_the_code_that_trains(filled: MemoryStore) -> None:
    code = filled.keys[0]["code"]
    assert isinstance(code, dict)
    assert {
        "larbench.tagger.train",
        "larbench.tagger.model",
        "larbench.tagger.encoding",
        "larbench.tagger.labels",
    } <= set(code)
    assert not any(name.startswith(("lar.", "baselines")) for name in code)


@pytest.mark.parametrize("words", [0, 1, 1_000, 30_000, 200_000, 10**7])
def test_a_small_source_is_read_more_often(words: int) -> None:
    fewest, most = larbench.tagger.pretrained.EPOCHS
    epochs = source_recipe(words).epochs
    assert fewest <= epochs <= most
    assert epochs == most or epochs * words >= larbench.tagger.pretrained.WORDS_WANTED
    assert epochs == fewest or (epochs - 1) * words < larbench.tagger.pretrained.WORDS_WANTED


def test_it_holds_the_sources_types(filled: MemoryStore, tiny_backbone: str) -> None:
    found = source_tagger(_task(filled), tiny_backbone, 1)
    assert isinstance(found, Tagger)
    assert found.types == SOURCE.type_names


def test_the_tasks_user_hears_how_the_training_goes(
    filled: MemoryStore, tiny_backbone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(larbench.tagger.train, "_TOLD_EVERY", 0.0)
    told: list[str] = []
    task = Task.of(SOURCE, TARGET, SUPERVISED, workspace=Workspace(artefacts=filled, tell=told.append))
    fine_tune(source_tagger(task, tiny_backbone, seed=1), task, 1, epochs=1)
    words = sum(len(sentence.tokens) for sentence in TARGET.train)
    assert told[-1] == f"training on {words} words: epoch 1 of 1, 0 s left"
