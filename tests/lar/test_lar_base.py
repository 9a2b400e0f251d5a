"""Any tagger with source types can be reassigned: what a base gets, must leave, and is kept by."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
from toys import SOURCE, TARGET, MemoryStore

from baselines.dann.method import Dann
from baselines.fine_tune import FineTune
from benchmark import registry
from benchmark.domains.corpus import EntityType, Mention, Sentence
from benchmark.errors import UsageError
from benchmark.method import Method
from benchmark.plan.resolve_method import resolve_method
from benchmark.plan.suite import MethodSpec
from benchmark.task import SUPERVISED, ZERO_SHOT, Task, Workspace
from lar.enhanced import LarEnhanced
from lar.method import LarDirect
from lar.training.base import SOURCE_ONLY, base_code, base_key, base_tagger
from larbench.tagger.method import TaggerMethod

TEXT = [sentence.unlabelled() for sentence in TARGET.test]


class Adapted(TaggerMethod):
    """Stands for domain adaptation: it leaves the source tagger, and remembers what it was shown."""

    seen: ClassVar[list[tuple[Task, int, str]]] = []

    def fit(self, task: Task, seed: int) -> Self:
        from larbench.tagger.pretrained import source_tagger

        self.seen.append((task, seed, self.backbone))
        self.tagger_ = source_tagger(task, self.backbone, seed)
        return self


class Empty(Method):
    """Leaves no tagger, and knows no backbone."""

    def fit(self, task: Task, seed: int) -> Self:
        return self

    def predict(self, sentences: Any) -> list[list[Mention]]:
        return [[] for _ in sentences]


class Wrong(TaggerMethod):
    """Leaves a tagger with other types."""

    types: ClassVar[tuple[str, ...]] = TARGET.type_names

    def fit(self, task: Task, seed: int) -> Self:
        from larbench.tagger.tagger import Tagger

        self.tagger_ = Tagger.fresh(self.types, self.backbone, seed=seed)
        return self


class Turned(Wrong):
    """Leaves a tagger with the source's types in another order, which probabilities would be read by."""

    types: ClassVar[tuple[str, ...]] = SOURCE.type_names[::-1]


METHODS: dict[str, type[Method]] = {
    "adapted": Adapted,
    "empty": Empty,
    "wrong": Wrong,
    "turned": Turned,
    "fine-tune": FineTune,
    "dann": Dann,
}


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {name: f"{kind.__module__}:{kind.__name__}" for name, kind in METHODS.items()}
    known = {**registry.registered(), **names}
    monkeypatch.setattr(registry, "registered", lambda: known)
    monkeypatch.setattr(Adapted, "seen", [])


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    return MemoryStore()


def _task(store: MemoryStore, setting: str = ZERO_SHOT) -> Task:
    return Task.of(SOURCE, TARGET, setting, workspace=Workspace(artefacts=store))


def test_a_base_is_fitted_once_without_target_labels(tiny_backbone: str) -> None:
    store = MemoryStore()
    taggers = [
        base_tagger(_task(store, setting), "adapted", tiny_backbone, 3) for setting in (SUPERVISED, ZERO_SHOT)
    ]
    ((task, seed, backbone),) = Adapted.seen
    assert (task.setting, task.target.train, task.target.dev) == (ZERO_SHOT, (), ())
    assert task.target.unlabelled == _task(store).target.unlabelled
    assert (seed, backbone) == (3, tiny_backbone)
    assert [tagger.types for tagger in taggers] == [SOURCE.type_names] * 2
    assert taggers[0].to_files() == taggers[1].to_files()


def test_what_a_base_finds_is_reassigned(tiny_backbone: str, store: MemoryStore) -> None:
    made = {
        base: LarDirect(backbone=tiny_backbone, base=base, rounds=0).fit(_task(store), 1)
        for base in (SOURCE_ONLY, "adapted")
    }
    assert len(Adapted.seen) == 1
    answers = {base: method.predict(TEXT) for base, method in made.items()}
    assert any(answers["adapted"])
    assert answers["adapted"] == answers[SOURCE_ONLY]  # their taggers are the same
    assert {mention.type for mentions in answers["adapted"] for mention in mentions} <= set(TARGET.type_names)


def test_what_dann_finds_is_reassigned_in_a_row_of_its_own(tiny_backbone: str, store: MemoryStore) -> None:
    row = resolve_method(
        MethodSpec("lar-direct", "lar-direct", {"base": "dann"}), {"backbone": tiny_backbone}, None
    )
    assert row.problem is None
    assert row.label == "lar-direct (dann)"
    assert {"base.baselines.dann.method", "base.baselines.dann.adversarial"} <= set(row.components)
    method = LarDirect(backbone=tiny_backbone, base="dann", rounds=0).fit(_task(store), 1)
    found = {mention.type for mentions in method.predict(TEXT) for mention in mentions}
    assert found and found <= set(TARGET.type_names)
    assert "ceiling" not in method.notes()  # it can say more than the source's types
    taggers = [base_tagger(_task(store), base, tiny_backbone, 1) for base in ("dann", SOURCE_ONLY)]
    assert taggers[0].to_files() != taggers[1].to_files()


@pytest.mark.parametrize("base", ["empty", "wrong", "turned", "lar-direct"])
def test_a_method_that_leaves_no_tagger_with_source_types_is_no_base(
    base: str, tiny_backbone: str, store: MemoryStore
) -> None:
    with pytest.raises(UsageError, match=f"{base}.*leaves no tagger with the source's types"):
        LarDirect(backbone=tiny_backbone, base=base, rounds=0).fit(_task(store), 1)


def test_a_method_that_needs_target_labels_is_no_base(tiny_backbone: str, store: MemoryStore) -> None:
    with pytest.raises(UsageError, match=r"fine-tune.*no target labels: made for supervised only"):
        LarDirect(backbone=tiny_backbone, base="fine-tune").fit(_task(store, SUPERVISED), 1)


@pytest.mark.parametrize("kind", [LarDirect, LarEnhanced])
def test_an_unknown_base_is_told_before_anything_is_fitted(kind: type[LarDirect]) -> None:
    with pytest.raises(UsageError, match=r"no method is called 'adaptd'.*adapted"):
        kind(base="adaptd").components()


def test_the_row_names_its_base(tiny_backbone: str) -> None:
    assert LarDirect(backbone=tiny_backbone).variant() is None
    assert LarDirect(backbone=tiny_backbone, base="adapted").variant() == "adapted"


# --- what a base is kept by


def test_a_key_tells_apart_what_a_base_may_learn_from(tiny_backbone: str) -> None:
    task = _task(MemoryStore())
    unlabelled = task.target.unlabelled
    longer = (Sentence(unlabelled[0].id, (*unlabelled[0].tokens, "!")), *unlabelled[1:])
    kinds = (EntityType("person", "person", "someone"), *task.target.types[1:])
    tasks = (
        task,
        replace(task, target=replace(task.target, unlabelled=longer)),  # the same ids, other words
        replace(task, target=replace(task.target, types=kinds)),
        replace(task, target=replace(task.target, name="seas")),
        replace(task, source=replace(task.source, train=task.source.train[:-1])),
    )
    keys = [base_key(each, "adapted", tiny_backbone, 1) for each in tasks]
    keys.append(base_key(task, "adapted", tiny_backbone, 2))
    keys.append(base_key(task, "wrong", tiny_backbone, 1))
    assert len({json.dumps(key, sort_keys=True) for key in keys}) == len(keys)
    labelled = base_key(_task(MemoryStore(), SUPERVISED), "adapted", tiny_backbone, 1)
    assert labelled == keys[0]


def test_the_source_tagger_is_the_same_for_every_target(tiny_backbone: str) -> None:
    task = _task(MemoryStore())
    other = replace(task, target=replace(task.target, name="seas", unlabelled=()))
    assert base_key(task, SOURCE_ONLY, tiny_backbone, 1) == base_key(other, SOURCE_ONLY, tiny_backbone, 1)


FOREIGN = '''
from larbench.tagger.method import TaggerMethod

class Foreign(TaggerMethod):
    """Somebody else's."""

    def fit(self, task, seed):
        self.rate = {rate}
        return self
'''


@pytest.fixture
def foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A registered method whose source lies in a folder of its own."""
    path = tmp_path / "lar_foreign_base.py"
    path.write_text(FOREIGN.format(rate=1), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    known = {**registry.registered(), "foreign": "lar_foreign_base:Foreign"}
    monkeypatch.setattr(registry, "registered", lambda: known)
    importlib.invalidate_caches()
    yield path
    sys.modules.pop("lar_foreign_base", None)


@pytest.mark.parametrize("kind", [LarDirect, LarEnhanced])
def test_the_code_of_a_base_is_part_of_the_methods(
    kind: type[LarDirect], foreign: Path, tiny_backbone: str
) -> None:
    method = kind(backbone=tiny_backbone, base="foreign")
    before = dict(method.components())
    assert {"backbone", "base.lar_foreign_base", "base.larbench.tagger.method"} <= set(before)
    assert all(isinstance(value, str) for value in before.values())
    foreign.write_text("# a remark\n" + FOREIGN.format(rate=1), encoding="utf-8")
    assert method.components() == before
    foreign.write_text(FOREIGN.format(rate=25), encoding="utf-8")
    after = dict(method.components())
    assert {name for name in after if after[name] != before[name]} == {"base.lar_foreign_base"}
    assert base_code("foreign")["lar_foreign_base"] == after["base.lar_foreign_base"]


def test_without_a_base_of_its_own_no_other_code_counts(foreign: Path, tiny_backbone: str) -> None:
    assert set(LarDirect(backbone=tiny_backbone).components()) == {"backbone"}
