"""A target that names the source's types otherwise scores what it scores with the source's own names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from toys import SOURCE, TARGET, MemoryStore

from baselines.da_ner.method import DaNer
from baselines.dann.method import Dann
from baselines.joint import Joint
from baselines.source_only import SourceOnly
from baselines.tent.method import Tent
from benchmark.domains.corpus import Domain, EntityType, Mention
from benchmark.domains.type_names import readable_name
from benchmark.method import Method
from benchmark.task import SUPERVISED, ZERO_SHOT, Task, Workspace
from larbench.tagger.joint_training import joined_names, joined_types, mix

NAMES = {"person": "PER", "river": "river", "bridge": "bridge"}


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return Workspace(artefacts=MemoryStore())


def renamed(domain: Domain, names: Mapping[str, str], same_as: Mapping[str, str] | None = None) -> Domain:
    """Return a domain whose types have other names, and the readable names of those."""
    splits = {
        split: tuple(
            replace(s, mentions=tuple(Mention(m.start, m.end, names[m.type]) for m in s.mentions))
            for s in domain.split(split)
        )
        for split in ("train", "dev", "test")
    }
    types = tuple(
        EntityType(new := names[k.name], readable_name(new), k.description, (same_as or {}).get(k.name, ""))
        for k in domain.types
    )
    return replace(domain, types=types, **splits)


def predicted(kind: type[Method], target: Domain, setting: str, workspace: Workspace, **params: Any) -> Any:
    method = kind(**params).fit(Task.of(SOURCE, target, setting, workspace=workspace), 1)
    return method.predict([sentence.unlabelled() for sentence in (*TARGET.test, *TARGET.dev)])


@pytest.mark.parametrize(
    ("kind", "setting", "params"),
    [
        (SourceOnly, ZERO_SHOT, {}),
        (Dann, ZERO_SHOT, {"words": 60}),
        (Tent, ZERO_SHOT, {}),
        (DaNer, ZERO_SHOT, {"steps": 2}),
        (Joint, SUPERVISED, {"epochs": 2}),
        (Dann, SUPERVISED, {"epochs": 2}),
        (Tent, SUPERVISED, {}),
        (DaNer, SUPERVISED, {"steps": 2}),
    ],
)
def test_a_method_finds_the_same_under_other_names(
    kind: type[Method], setting: str, params: Any, tiny_backbone: str, workspace: Workspace
) -> None:
    usual, other = (
        predicted(kind, target, setting, workspace, backbone=tiny_backbone, **params)
        for target in (TARGET, renamed(TARGET, NAMES))
    )
    assert any(usual)
    assert other == [[Mention(m.start, m.end, NAMES[m.type]) for m in some] for some in usual]


def test_same_as_makes_types_equal_too(tiny_backbone: str, workspace: Workspace) -> None:
    names = {"person": "captain", "river": "river", "bridge": "bridge"}
    stated = renamed(TARGET, names, same_as={"person": "person"})
    found = predicted(SourceOnly, stated, ZERO_SHOT, workspace, backbone=tiny_backbone)
    assert {m.type for some in found for m in some} == {"captain"}
    assert not any(
        predicted(SourceOnly, renamed(TARGET, names), ZERO_SHOT, workspace, backbone=tiny_backbone)
    )


def test_one_head_has_each_type_once() -> None:
    task = Task.of(SOURCE, renamed(TARGET, NAMES), SUPERVISED)
    assert joined_types(task) == ("PER", "river", "bridge", "city")
    mixed = mix(task, 1, source_words=0, target_share=0.5)
    assert {m.type for s in mixed.source for m in s.mentions} == {"PER", "city"}


def test_a_name_that_means_something_else_is_no_type_of_the_sources() -> None:
    swapped = {"person": "city", "river": "person", "bridge": "bridge"}
    stated = renamed(TARGET, swapped, same_as={"person": "person", "river": "city"})
    task = Task.of(SOURCE, stated, SUPERVISED)
    assert joined_names(task) == {"person": "city", "city": "person"}
    only = replace(stated, types=(stated.types[0], replace(stated.types[1], same_as="person")))
    task = Task.of(SOURCE, only, SUPERVISED)
    assert joined_names(task) == {"person": "city", "city": "source city"}
    assert joined_types(task) == ("city", "person", "source city")
