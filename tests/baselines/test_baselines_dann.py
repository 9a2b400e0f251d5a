"""DANN, joint and direct: equal to what they extend where they add nothing; what each of them sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from toys import SOURCE, TARGET, MemoryStore

import larbench.tagger.joint_training
from baselines.dann.method import SEARCH, Dann
from baselines.direct import SEARCH as DIRECT_SEARCH
from baselines.direct import Direct
from baselines.fine_tune import FineTune
from baselines.joint import SEARCH as JOINT_SEARCH
from baselines.joint import Joint
from baselines.source_only import SourceOnly
from benchmark.domains.corpus import Domain, Mention
from benchmark.errors import UsageError
from benchmark.method import Method
from benchmark.task import SUPERVISED, ZERO_SHOT, Task, Workspace
from larbench.tagger.method import TaggerMethod
from larbench.tagger.train import Recipe

TEXT = [sentence.unlabelled() for sentence in TARGET.test + SOURCE.test]
QUICK = Recipe(epochs=4, learning_rate=8e-3, batch_tokens=96, freeze_embeddings=True)


@pytest.fixture(scope="module", autouse=True)
def learnable_mixture() -> Iterator[None]:
    """Train on mixtures as fast as the toy world can be learned."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(larbench.tagger.joint_training, "RECIPE", QUICK)
        yield


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return Workspace(artefacts=MemoryStore())


def _bytes(method: TaggerMethod) -> tuple[bytes, list[list[Mention]]]:
    return method.tagger_.to_files()["weights.safetensors"], method.predict(TEXT)


def _swapped(target: Domain) -> Domain:
    """Return the domain with the same tokens and other labels: every mention's type is moved on by one."""
    names = target.type_names
    after = dict(zip(names, names[1:] + names[:1], strict=True))

    def moved(split: tuple) -> tuple:  # type: ignore[type-arg]
        return tuple(
            replace(s, mentions=tuple(Mention(m.start, m.end, after[m.type]) for m in s.mentions))
            for s in split
        )

    return replace(target, train=moved(target.train), dev=moved(target.dev))


# --- dann, zero-shot


@pytest.fixture(scope="module")
def source_only(tiny_backbone: str, workspace: Workspace) -> SourceOnly:
    return SourceOnly(backbone=tiny_backbone).fit(Task.of(SOURCE, TARGET, ZERO_SHOT, workspace=workspace), 1)


@pytest.fixture(scope="module")
def adapted(tiny_backbone: str, workspace: Workspace) -> Dann:
    return Dann(backbone=tiny_backbone).fit(Task.of(SOURCE, TARGET, ZERO_SHOT, workspace=workspace), 1)


@pytest.mark.parametrize("features", SEARCH["features"])
def test_without_lambda_the_bytes_of_source_only(
    features: str, tiny_backbone: str, source_only: SourceOnly
) -> None:
    task = Task.of(SOURCE, TARGET, ZERO_SHOT)  # with a store of its own: trained here, from the backbone
    method = Dann(backbone=tiny_backbone, start="scratch", strength=0.0, features=features).fit(task, 1)
    assert method.notes()["domain"]["first_loss"] > 0  # the terms were computed
    assert _bytes(method) == _bytes(source_only)


def test_from_scratch_lambda_changes_the_training(tiny_backbone: str, source_only: SourceOnly) -> None:
    method = Dann(backbone=tiny_backbone, start="scratch", strength=1.0).fit(
        Task.of(SOURCE, TARGET, ZERO_SHOT), 1
    )
    assert _bytes(method)[0] != _bytes(source_only)[0]
    assert method.notes()["domain"]["last_lambda"] > 0.99


def test_without_words_the_source_tagger_stays(
    tiny_backbone: str, workspace: Workspace, source_only: SourceOnly, adapted: Dann
) -> None:
    task = Task.of(SOURCE, TARGET, ZERO_SHOT, workspace=workspace)
    still = Dann(backbone=tiny_backbone, words=0).fit(task, 1)
    assert still.notes()["training"]["steps"] == 0
    assert _bytes(still) == _bytes(source_only)
    assert _bytes(adapted)[0] != _bytes(source_only)[0]


def test_it_keeps_the_sources_types_by_name(adapted: Dann) -> None:
    assert adapted.tagger_.types == SOURCE.type_names  # what LAR can reassign
    assert {m.type for mentions in adapted.predict(TEXT) for m in mentions} == {"person"}
    assert adapted.notes()["ceiling"] == "coarse"


def test_the_targets_labels_do_not_matter(tiny_backbone: str, workspace: Workspace, adapted: Dann) -> None:
    other = Task.of(SOURCE, _swapped(TARGET), ZERO_SHOT, workspace=workspace)
    assert _bytes(Dann(backbone=tiny_backbone).fit(other, 1)) == _bytes(adapted)


def test_the_targets_text_does(tiny_backbone: str, workspace: Workspace, adapted: Dann) -> None:
    other = Task.of(SOURCE, replace(TARGET, dev=TARGET.dev[:2]), ZERO_SHOT, workspace=workspace)
    assert _bytes(Dann(backbone=tiny_backbone).fit(other, 1))[0] != _bytes(adapted)[0]


def test_words_bound_what_passes_by(tiny_backbone: str, workspace: Workspace) -> None:
    task = Task.of(SOURCE, TARGET, ZERO_SHOT, workspace=workspace)
    words = sum(len(sentence.tokens) for sentence in SOURCE.train)
    method = Dann(backbone=tiny_backbone, words=2 * words).fit(task, 1)
    assert method.notes()["training"]["epochs"] == 2


# --- joint, and dann with labels


@pytest.fixture(scope="module")
def joint(tiny_backbone: str, workspace: Workspace) -> Joint:
    return Joint(backbone=tiny_backbone, epochs=10).fit(
        Task.of(SOURCE, TARGET, SUPERVISED, workspace=workspace), 1
    )


def test_joint_learns_both_domains(joint: Joint) -> None:
    assert joint.tagger_.types == ("person", "river", "bridge", "city")
    assert joint.tagger_.f1(TARGET.train) > 0.9
    assert joint.tagger_.f1(SOURCE.train) > 0.9
    found = joint.predict([sentence.unlabelled() for sentence in SOURCE.train])
    assert {m.type for mentions in found for m in mentions} == {"person"}  # waters has no cities
    assert joint.notes()["mixture"] == {
        "source_sentences": 30,
        "target_sentences": 20,
        "target_repeats": 3,  # as near as whole repeats come to seven tenths
    }


def test_joint_from_scratch_needs_no_source_tagger(tiny_backbone: str) -> None:
    store = MemoryStore()
    task = Task.of(SOURCE, TARGET, SUPERVISED, workspace=Workspace(artefacts=store))
    method = Joint(backbone=tiny_backbone, start="scratch", source_words=0, epochs=1).fit(task, 1)
    assert store.made == 0
    assert method.notes()["training"]["epochs"] == 1


def test_supervised_dann_without_lambda_has_the_bytes_of_joint(
    tiny_backbone: str, workspace: Workspace, joint: Joint
) -> None:
    task = Task.of(SOURCE, TARGET, SUPERVISED, workspace=workspace)
    weak = Dann(backbone=tiny_backbone, strength=0.0, epochs=10).fit(task, 1)
    assert _bytes(weak) == _bytes(joint)
    assert "ceiling" not in weak.notes()  # it has seen the target's labels
    strong = Dann(backbone=tiny_backbone, strength=1.0, epochs=10).fit(task, 1)
    assert _bytes(strong)[0] != _bytes(joint)[0]
    assert strong.notes()["domain"]["last_lambda"] > 0.9


# --- direct


def test_direct_sees_no_source(tiny_backbone: str) -> None:
    store = MemoryStore()
    workspace = Workspace(artefacts=store)
    bare = replace(SOURCE, types=SOURCE.types[:1], train=(), dev=())
    found = [
        _bytes(
            Direct(backbone=tiny_backbone).fit(Task.of(source, TARGET, SUPERVISED, workspace=workspace), 1)
        )
        for source in (SOURCE, bare)
    ]
    assert found[0] == found[1]
    assert store.made == 0


def test_direct_is_fine_tuning_of_the_backbone(
    tiny_backbone: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = Task.of(SOURCE, TARGET, SUPERVISED, workspace=workspace)
    direct = Direct(backbone=tiny_backbone, epochs=10).fit(task, 1)
    assert direct.tagger_.types == TARGET.type_names
    assert direct.tagger_.f1(TARGET.train) > 0.9
    fine_tune = FineTune(backbone=tiny_backbone, epochs=direct.epochs)
    assert _bytes(fine_tune.fit(task, 1))[0] != _bytes(direct)[0]

    def untrained(task: Task, backbone: str, seed: int) -> larbench.tagger.tagger.Tagger:
        return larbench.tagger.tagger.Tagger.fresh(SOURCE.type_names, backbone, seed=seed)

    monkeypatch.setattr(larbench.tagger.pretrained, "source_tagger", untrained)
    bare = replace(task, workspace=Workspace())  # where the tagger that was fine-tuned above is not kept
    assert _bytes(fine_tune.fit(bare, 1)) == _bytes(direct)


# --- all


@pytest.mark.parametrize(("kind", "search"), [(Dann, SEARCH), (Joint, JOINT_SEARCH), (Direct, DIRECT_SEARCH)])
def test_a_search_holds_the_defaults(kind: type[Method], search: dict[str, tuple[object, ...]]) -> None:
    defaults = kind.parameter_defaults()
    assert all(defaults[name] in values for name, values in search.items())


def test_settings_that_do_not_fit_are_declined_with_a_reason() -> None:
    for method in (Joint(), Direct()):
        assert method.skip(ZERO_SHOT) == "made for supervised only"
        assert method.skip(SUPERVISED) is None
    assert Dann().skip(ZERO_SHOT) is Dann().skip(SUPERVISED) is None


@pytest.mark.parametrize("setting", [ZERO_SHOT, SUPERVISED])
def test_an_unknown_start_is_refused(setting: str, tiny_backbone: str) -> None:
    with pytest.raises(UsageError, match="unknown start 'nowhere'"):
        Dann(backbone=tiny_backbone, start="nowhere").fit(Task.of(SOURCE, TARGET, setting), 1)
