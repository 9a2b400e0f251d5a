"""What each baseline keeps, needs and refuses."""

from __future__ import annotations

import pytest
from toys import SOURCE, TARGET, MemoryStore

from baselines.fine_tune import FineTune
from baselines.source_only import SourceOnly
from benchmark.domains.corpus import Mention, Sentence
from benchmark.task import SUPERVISED, ZERO_SHOT, Task, Workspace


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return Workspace(artefacts=MemoryStore())


def test_source_only_keeps_the_types_of_the_same_name(tiny_backbone: str, workspace: Workspace) -> None:
    at_home = SourceOnly(backbone=tiny_backbone).fit(
        Task.of(SOURCE, SOURCE, ZERO_SHOT, workspace=workspace), 1
    )
    away = SourceOnly(backbone=tiny_backbone).fit(Task.of(SOURCE, TARGET, ZERO_SHOT, workspace=workspace), 1)
    text = [Sentence("toy/test/0", ("Anna", "lives", "in", "Rome", "."))]
    assert at_home.predict(text) == [[Mention(0, 1, "person"), Mention(3, 4, "city")]]
    assert away.predict(text) == [[Mention(0, 1, "person")]]
    assert away.notes()["ceiling"] == "coarse"


def test_source_only_looks_at_no_target_text(tiny_backbone: str, workspace: Workspace) -> None:
    one = SourceOnly(backbone=tiny_backbone).fit(Task.of(SOURCE, TARGET, ZERO_SHOT, workspace=workspace), 1)
    other = SourceOnly(backbone=tiny_backbone).fit(Task.of(SOURCE, SOURCE, ZERO_SHOT, workspace=workspace), 1)
    assert one.tagger_.to_files() == other.tagger_.to_files()


def test_fine_tune_learns_the_targets_types(tiny_backbone: str, workspace: Workspace) -> None:
    task = Task.of(SOURCE, TARGET, SUPERVISED, workspace=workspace)
    method = FineTune(backbone=tiny_backbone).fit(task, 1)
    assert method.tagger_.types == TARGET.type_names
    assert method.tagger_.f1(TARGET.train) > 0.9
    training = method.notes()["training"]
    assert training["best_dev_f1"] == pytest.approx(method.tagger_.f1(TARGET.dev), abs=1e-6)


def test_settings_that_do_not_fit_are_declined_with_a_reason() -> None:
    assert FineTune().skip(ZERO_SHOT) == "made for supervised only"
    assert FineTune().skip(SUPERVISED) is None
    assert SourceOnly().skip(SUPERVISED) == "made for zero-shot only"
    assert SourceOnly().skip(ZERO_SHOT) is None
