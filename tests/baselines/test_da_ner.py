"""DA-NER: what it comes down to without its steps, what it shares, that labels never reach its text."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from toys import SOURCE, TARGET, MemoryStore

import larbench.tagger.pretrained
from baselines.da_ner.adapted import adapted_recipe, adapted_source_tagger
from baselines.da_ner.masked_lm import MaskedRecipe
from baselines.da_ner.method import DaNer, read_text
from baselines.fine_tune import FineTune
from baselines.source_only import SourceOnly
from benchmark import registry
from benchmark.domains.corpus import Domain, Mention, Sentence
from benchmark.errors import InputError, UsageError
from benchmark.plan.resolve_method import resolve_method
from benchmark.plan.suite import MethodSpec
from benchmark.store.atomic_io import sha256
from benchmark.task import SUPERVISED, ZERO_SHOT, Task, Workspace
from larbench.tagger.pretrained import source_recipe, source_tagger

STORE = MemoryStore()
TEXT = tuple(s.unlabelled() for s in TARGET.test)


def _task(setting: str = ZERO_SHOT, store: MemoryStore = STORE, target: Domain = TARGET) -> Task:
    return Task.of(SOURCE, target, setting, workspace=Workspace(artefacts=store))


def _few(backbone: str, **params: object) -> DaNer:
    return DaNer(**{"backbone": backbone, "steps": 4, "source_epochs": 1.0, "epochs": 1, **params})


# --- without its steps


@pytest.mark.parametrize(("setting", "kind"), [(ZERO_SHOT, SourceOnly), (SUPERVISED, FineTune)])
def test_no_step_gives_the_bytes_of_what_is_left(
    tiny_backbone: str, setting: str, kind: type[SourceOnly | FineTune]
) -> None:
    plain = kind(backbone=tiny_backbone).fit(_task(setting), 1)
    # however long it would read the source after an adaptation
    still = DaNer(backbone=tiny_backbone, steps=0, source_epochs=0.5).fit(_task(setting), 1)
    assert still.tagger_.to_files() == plain.tagger_.to_files()
    assert json.dumps(still.predict(TEXT)) == json.dumps(plain.predict(TEXT))


def test_an_adaptation_of_no_step_goes_the_whole_way_to_the_source_tagger(tiny_backbone: str) -> None:
    task = _task(store=MemoryStore())  # so that nothing is taken from the store
    found, noted = adapted_source_tagger(
        task, tiny_backbone, 1, text=task.target.unlabelled, recipe=MaskedRecipe(0)
    )
    assert found.to_files() == source_tagger(_task(), tiny_backbone, 1).to_files()
    assert noted["masked_lm"]["held_out_loss"] == noted["masked_lm"]["held_out_loss_before"]


# --- with them


def test_it_learns_the_targets_types(tiny_backbone: str) -> None:
    method = DaNer(backbone=tiny_backbone, steps=20).fit(_task(SUPERVISED), 1)
    assert method.tagger_.types == TARGET.type_names
    assert method.tagger_.f1(TARGET.train) > 0.9
    notes = method.notes()
    assert notes["masked_lm"]["held_out_loss"] < notes["masked_lm"]["held_out_loss_before"]
    assert notes["source"]["epochs"] == 10
    assert "best_dev_f1" in notes["training"]


def test_zero_shot_keeps_the_types_of_the_same_name(tiny_backbone: str) -> None:
    method = _few(tiny_backbone, steps=20, source_epochs=None).fit(_task(), 1)
    assert method.tagger_.types == SOURCE.type_names
    assert method.notes()["ceiling"] == "coarse"
    found = method.predict([s.unlabelled() for s in SOURCE.train])
    assert {m.type for mentions in found for m in mentions} == {"person"}


def test_seeds_and_settings_share_what_they_can(tiny_backbone: str) -> None:
    store = MemoryStore()
    for setting in (ZERO_SHOT, SUPERVISED):
        for seed in (1, 2):
            _few(tiny_backbone).fit(_task(setting, store), seed)
    kinds = [json.loads(name)[0] for name in store.files]
    assert sorted(kinds) == ["adapted-encoder", "adapted-source-tagger", "adapted-source-tagger"]
    _few(tiny_backbone, source_epochs=2.0).fit(_task(ZERO_SHOT, store), 1)
    assert store.made == 4  # the encoder again serves


def test_a_source_that_is_large_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(larbench.tagger.pretrained, "source_recipe", source_recipe)
    for words, epochs in ((200_000, 1), (75_000, 1), (30_000, 3), (1_000, 12)):
        assert adapted_recipe(words, None).epochs == epochs
        assert adapted_recipe(words, None).epochs <= source_recipe(words).epochs
    assert adapted_recipe(200_000, 2.5) == replace(source_recipe(200_000), epochs=2.5)


# --- labels never reach its text


def _disguised(target: Domain) -> Domain:
    """The same words with every label moved to another word, or taken away."""
    first = target.type_names[0]

    def other(sentences: tuple) -> tuple:  # type: ignore[type-arg]
        return tuple(replace(s, mentions=() if s.mentions else (Mention(0, 1, first),)) for s in sentences)

    return replace(target, train=other(target.train), dev=other(target.dev))


def _check_blind(backbone: str, task_of: Callable[[Domain], Task]) -> None:
    """Hold what is learned without target labels to what is learned where they are others."""
    one, other = (_few(backbone).fit(task_of(target), 1) for target in (TARGET, _disguised(TARGET)))
    same = (
        one.tagger_.to_files() == other.tagger_.to_files()
    )  # by itself: pytest would print the weights' diff
    assert same, "labels changed what was learned: a leak"


def _leaking(target: Domain) -> Task:
    """The bug: a mention's words come into the unlabelled text with their type."""
    task = _task(store=MemoryStore(), target=target)
    labelled = target.train + target.dev
    text = tuple(
        Sentence(
            s.id, (*s.tokens, *(word for m in s.mentions for word in (*s.tokens[m.start : m.end], m.type)))
        )
        for s in labelled
    )
    return replace(task, target=replace(task.target, unlabelled=text))


def test_labels_do_not_change_what_it_learns(tiny_backbone: str) -> None:
    _check_blind(tiny_backbone, lambda target: _task(store=MemoryStore(), target=target))


def test_labels_leaked_into_the_unlabelled_text_are_caught(tiny_backbone: str) -> None:
    with pytest.raises(AssertionError, match="a leak"):
        _check_blind(tiny_backbone, _leaking)


# --- further text


def test_further_text_is_learned_from_and_part_of_the_identity(tiny_backbone: str, tmp_path: Path) -> None:
    path = tmp_path / "rivers.txt"
    path.write_text("\ufeffthe Elbe was cold .\n\n  nobody   crosses the bridge\r\n", encoding="utf-8")
    assert [s.tokens for s in read_text(str(path))] == [
        ("the", "Elbe", "was", "cold", "."),
        ("nobody", "crosses", "the", "bridge"),
    ]
    method = _few(tiny_backbone, unlabelled=str(path))
    assert method.variant() == "rivers.txt" and DaNer().variant() is None
    before = dict(method.components())
    assert before.keys() == {"backbone", "unlabelled"}
    assert method.fit(_task(), 1).notes()["masked_lm"]["sentences"] == len(TARGET.train + TARGET.dev) + 2
    path.write_text("the Elbe was warm .\n", encoding="utf-8")
    assert method.components()["unlabelled"] != before["unlabelled"]


def test_identity_and_record_hold_the_texts_hash_and_no_path(
    tiny_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "registered", lambda: {"da-ner": "baselines.da_ner.method:DaNer"})
    path = tmp_path / "rivers.txt"
    path.write_text("the Elbe was cold .\n", encoding="utf-8")
    row = resolve_method(
        MethodSpec("da-ner", "da-ner", {}), {"unlabelled": str(path), "backbone": tiny_backbone}, None
    )
    assert row.problem is None
    assert row.label == "da-ner (rivers.txt)"
    assert row.params["unlabelled"] == "rivers.txt"
    assert row.components["unlabelled"] == "sha256:" + sha256(path.read_bytes())
    assert str(tmp_path) not in json.dumps([row.params, row.components])
    assert row.given["unlabelled"] == str(path)  # what the worker opens


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "cannot be read"), (b" \n\n", "no word"), (b"fine\n\xff\n", ":2: found bytes")],
)
def test_a_text_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None, says: str) -> None:
    path = tmp_path / "text.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=says) as error:
        read_text(str(path))
    assert str(path) in str(error.value)


@pytest.mark.parametrize("params", [{"steps": -1}, {"rate": 0.0}, {"rate": 1.5}])
def test_numbers_that_make_no_sense_are_refused(tiny_backbone: str, params: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        _few(tiny_backbone, **params).fit(_task(), 1)
