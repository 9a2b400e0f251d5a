"""Tent: what it changes, when it answers, what it leaves behind, how a collapse is seen and undone."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from toys import SOURCE, TARGET, MemoryStore

import baselines.tent.entropy
from baselines.fine_tune import FineTune
from baselines.source_only import SourceOnly
from baselines.tent.entropy import (
    Adaptation,
    AdaptiveTagger,
    adapted_log_probs,
    counted_words,
    norm_parameters,
    predict_and_update,
    word_entropy,
)
from baselines.tent.method import Tent, TentGuarded
from benchmark.domains.corpus import Sentence
from benchmark.errors import UsageError
from benchmark.task import SUPERVISED, ZERO_SHOT, Task, Workspace
from larbench.tagger.encoding import encode
from larbench.tagger.precision import attention_to_learn, autocast
from larbench.tagger.pretrained import source_tagger
from larbench.tagger.tagger import Tagger
from larbench.tagger.train import collate

STORE = MemoryStore()
TEXT = tuple(s.unlabelled() for s in TARGET.train)
STRONG = Adaptation(learning_rate=3e-3, batch=3)
NEAR = 0.05  # a step or two of bf16: where memory lies, and how attention is computed, changes the rounding
TENTS = pytest.mark.parametrize("kind", [Tent, TentGuarded])


def _task(setting: str = ZERO_SHOT) -> Task:
    return Task.of(SOURCE, TARGET, setting, workspace=Workspace(artefacts=STORE))


@pytest.fixture(scope="module")
def base(tiny_backbone: str, learnable_recipes: None) -> Tagger:
    return source_tagger(_task(), tiny_backbone, 1)


def _weights(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def _changed(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> set[str]:
    return {name for name, value in one.items() if not torch.equal(value, other[name])}


def _batches(base: Tagger, how: Adaptation = STRONG) -> list[Any]:
    pieces = encode([s.tokens for s in TEXT], base.tokenizer, base.window)
    return [collate(pieces[n : n + how.batch], "cpu") for n in range(0, len(pieces), how.batch)]


# --- the base


@pytest.mark.parametrize(("setting", "below"), [(ZERO_SHOT, SourceOnly), (SUPERVISED, FineTune)])
@TENTS
def test_no_step_gives_the_bytes_of_its_base(
    tiny_backbone: str, setting: str, below: type[SourceOnly | FineTune], kind: type[Tent]
) -> None:
    under = below(backbone=tiny_backbone).fit(_task(setting), 1)
    # at a rate at which a single step would show in the answers
    still, loud = (
        kind(backbone=tiny_backbone, steps=n, learning_rate=0.3, batch_sentences=3).fit(_task(setting), 1)
        for n in (0, 1)
    )
    assert json.dumps(loud.predict(TEXT)) != json.dumps(under.predict(TEXT))
    assert still.tagger_.to_files() == under.tagger_.to_files()
    assert json.dumps(still.predict(TEXT)) == json.dumps(under.predict(TEXT))
    # and so does going through all batches at a rate of nothing
    idle = kind(backbone=tiny_backbone, learning_rate=0.0, batch_sentences=3).fit(_task(setting), 1)
    assert json.dumps(idle.predict(TEXT)) == json.dumps(under.predict(TEXT))


def test_the_fine_tuned_tagger_is_trained_once_for_all(tiny_backbone: str) -> None:
    store = MemoryStore()
    task = Task.of(SOURCE, TARGET, SUPERVISED, workspace=Workspace(artefacts=store))
    first = Tent(backbone=tiny_backbone).fit(task, 1)
    made = store.made
    second = TentGuarded(backbone=tiny_backbone).fit(task, 1)
    third = FineTune(backbone=tiny_backbone).fit(task, 1)
    assert store.made == made == 2  # the source tagger, and this one
    assert first.notes()["training"] == second.notes()["training"] == third.notes()["training"]
    assert first.notes()["training"]["epochs"] > 0


# --- what is learned


def test_entropy_by_hand() -> None:
    scores = torch.log(torch.tensor([[0.5, 0.25, 0.25], [1.0, 1.0, 1.0]]))
    expected = [0.5 * math.log(2) + 0.5 * math.log(4), math.log(3)]
    assert word_entropy(scores).tolist() == pytest.approx(expected)


def test_only_layer_norms_change(base: Tagger) -> None:
    adapting = AdaptiveTagger(base, STRONG)
    before = _weights(adapting.model)
    adapting.predict(_batches(base)[0])
    changed = _changed(before, _weights(adapting.model))
    assert changed == set(norm_parameters(base.model))
    assert changed and all("LayerNorm" in name for name in changed)
    assert not adapting.model.training  # dropout is off


def test_an_encoder_without_norms_is_refused() -> None:
    with pytest.raises(UsageError, match="no normalisation layer"):
        norm_parameters(torch.nn.Linear(2, 2))


def test_mean_entropy_falls_on_the_first_batches(base: Tagger) -> None:
    _, trace = adapted_log_probs(base, TEXT, STRONG)
    first, *later = trace.batches[:6]
    assert first.entropy == pytest.approx(first.entropy_base, rel=1e-3)  # one by plain products, one by fused
    assert all(line.entropy < line.entropy_base for line in later)


def test_mean_entropy_of_one_batch_falls_step_by_step(base: Tagger) -> None:
    adapting, batch = AdaptiveTagger(base, STRONG), _batches(base)[0]
    entropies = [float(word_entropy(adapting.predict(batch)[0]).mean()) for _ in range(4)]
    assert entropies == sorted(entropies, reverse=True)
    assert entropies[-1] < entropies[0]


# --- answers come before updates


def _forward(model: Any, batch: Any) -> torch.Tensor:
    with torch.no_grad(), autocast("cpu"), attention_to_learn("cpu"):
        scores: torch.Tensor = model(*batch.arguments())
    return scores


Step = Callable[..., tuple[torch.Tensor, int]]


def _check_answers_come_before_updates(base: Tagger, step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold each answer to the network's, as it was when the batch came."""
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []

    def watched(model: Any, batch: Any, optimizer: Any, how: Adaptation, device: str) -> Any:
        frozen = copy.deepcopy(model)
        answer = step(model, batch, optimizer, how, device)
        seen.append((answer[0], _forward(frozen, batch)))
        assert not torch.equal(_forward(model, batch), seen[-1][1]), "nothing was learned"
        return answer

    monkeypatch.setattr(baselines.tent.entropy, "predict_and_update", watched)
    found, _ = adapted_log_probs(base, TEXT, STRONG)
    assert len(seen) == math.ceil(len(TEXT) / STRONG.batch)
    for answer, before in seen:
        assert torch.allclose(answer, before, atol=0.01), (
            "the answer is not the forward pass before the update"
        )
    # so the first batch is answered as by the base, and later ones are not
    plain = base.log_probs(TEXT)
    assert all(np.allclose(found[n], plain[n], atol=NEAR) for n in range(STRONG.batch))
    assert not all(np.allclose(one, other, atol=NEAR) for one, other in zip(found, plain, strict=True))


def _answers_after(*given: Any) -> tuple[torch.Tensor, int]:
    """The bug: learn from the batch, then answer it."""
    model, batch, *_ = given
    _, count = predict_and_update(*given)
    return _forward(model, batch), count


def test_the_answer_is_the_forward_pass_before_the_update(
    base: Tagger, monkeypatch: pytest.MonkeyPatch
) -> None:
    _check_answers_come_before_updates(base, predict_and_update, monkeypatch)


def test_answering_after_the_update_is_caught(base: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match="not the forward pass before the update"):
        _check_answers_come_before_updates(base, _answers_after, monkeypatch)


def test_with_more_steps_the_answer_is_the_pass_before_the_last(base: Tagger) -> None:
    batch = _batches(base)[0]
    twice = AdaptiveTagger(base, replace(STRONG, steps=2)).predict(batch)[0]
    one = AdaptiveTagger(base, STRONG)
    one.predict(batch)
    torch.testing.assert_close(twice, one.predict(batch)[0], atol=NEAR, rtol=0)


# --- episodes, order, splits


def test_episodic_equals_a_fresh_copy_for_each_batch(base: Tagger) -> None:
    how = replace(STRONG, episodic=True, steps=2)
    found, _ = adapted_log_probs(base, TEXT, how)
    fresh = []
    for begin in range(0, len(TEXT), how.batch):
        fresh += adapted_log_probs(base, TEXT[begin : begin + how.batch], replace(how, episodic=False))[0]
    online, _ = adapted_log_probs(base, TEXT, replace(how, episodic=False))
    for one, other in zip(found, fresh, strict=True):
        np.testing.assert_allclose(one, other, atol=NEAR)
    assert any(not np.allclose(one, other, atol=NEAR) for one, other in zip(found, online, strict=True))


@TENTS
def test_nothing_is_carried_from_one_call_to_another(tiny_backbone: str, kind: type[Tent]) -> None:
    dev = tuple(s.unlabelled() for s in TARGET.dev)
    strong = kind(backbone=tiny_backbone, learning_rate=3e-3, batch_sentences=3).fit(_task(), 1)
    before = strong.tagger_.to_files()
    log_probs = [
        adapted_log_probs(strong.tagger_, text, strong._adaptation())[0] for text in (TEXT, dev, TEXT)
    ]
    for one, other in zip(log_probs[0], log_probs[2], strict=True):
        np.testing.assert_allclose(one, other, atol=NEAR)
    forth = strong.predict(TEXT), strong.predict(dev)
    back = strong.predict(dev), strong.predict(TEXT)
    assert forth == back[::-1]
    assert strong.tagger_.to_files() == before


def test_sentences_without_words_and_beyond_the_window_come_back(base: Tagger) -> None:
    text = (
        Sentence("x/test/0", ()),
        Sentence("x/test/1", ("Anna", "swam") * 200),
        TEXT[0],
        Sentence("x/test/3", ()),
    )
    found, trace = adapted_log_probs(base, text, STRONG)
    assert [len(rows) for rows in found] == [0, 400, len(TEXT[0].tokens), 0]
    assert sum(line.words for line in trace.batches) == 400 + len(TEXT[0].tokens)
    assert adapted_log_probs(base, text[:1], STRONG)[1].summary()["words"] == 0


# --- guards


def test_words_of_high_entropy_are_not_learned_from() -> None:
    limit = 0.4 * math.log(9)
    entropy = torch.tensor([0.0, limit - 1e-3, limit + 1e-3, math.log(9)])
    assert counted_words(entropy, 9, 0.4).tolist() == [True, True, False, False]
    assert counted_words(entropy, 9, None).all()


def test_a_batch_of_doubtful_words_teaches_nothing(base: Tagger) -> None:
    adapting = AdaptiveTagger(base, replace(STRONG, margin=0.0))
    before = _weights(adapting.model)
    assert adapting.predict(_batches(base)[0])[1] == 0
    assert not _changed(before, _weights(adapting.model))


def _fooled(model: Any, batch: Any, optimizer: Any, how: Adaptation, device: str) -> tuple[torch.Tensor, int]:
    """Push every word to O, whatever it is."""
    with autocast(device):
        scores = model(*batch.arguments())
    optimizer.zero_grad()
    (-torch.log_softmax(scores.float(), dim=-1)[:, 0]).mean().backward()
    optimizer.step()
    return scores.detach(), len(scores)


def test_a_collapse_is_recorded_and_a_reset_ends_it(base: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines.tent.entropy, "predict_and_update", _fooled)
    how = Adaptation(learning_rate=3e-2, batch=2)
    text = TEXT * 2
    _, left = adapted_log_probs(base, text, how)
    _, guarded = adapted_log_probs(base, text, replace(how, reset=0.5))
    assert left.summary()["collapsed"] and left.summary()["resets"] == 0
    assert left.summary()["outside"] > left.summary()["outside_base"]
    assert guarded.summary()["resets"] == len(guarded.resets) > 0
    assert guarded.summary()["outside"] < left.summary()["outside"]
    # the batch after a reset is answered as by the base
    for number in (n + 1 for n in guarded.resets if n + 1 < len(guarded.batches)):
        batch = guarded.batches[number]
        assert batch.entropy == pytest.approx(
            batch.entropy_base, rel=0.01
        )  # batched otherwise: rounded otherwise


def test_a_reset_forgets_weights_and_optimiser(base: Tagger) -> None:
    adapting, batches = AdaptiveTagger(base, STRONG), _batches(base)
    first = [adapting.predict(batch)[0] for batch in batches]
    adapting.reset()
    assert not _changed(_weights(AdaptiveTagger(base, STRONG).model), _weights(adapting.model))
    again = [adapting.predict(batch)[0] for batch in batches]
    assert all(torch.allclose(one, other, atol=NEAR) for one, other in zip(first, again, strict=True))


# --- what is told


@TENTS
def test_notes_tell_each_split_beside_the_base(tiny_backbone: str, kind: type[Tent]) -> None:
    method = kind(backbone=tiny_backbone).fit(_task(), 1)
    assert kind.transductive is True
    assert method.notes()["transductive"] is True
    assert method.notes()["ceiling"] == "coarse"
    method.predict([s.unlabelled() for s in TARGET.test[:2]])
    method.predict([s.unlabelled() for s in TARGET.dev])
    method.predict([])
    told = method.notes()["adaptation"]
    assert list(told) == ["dev", "test"]
    assert told["dev"]["words"] == sum(len(s.tokens) for s in TARGET.dev)
    assert {"outside", "outside_base", "collapsed", "resets"} <= set(told["test"])
    assert json.loads(json.dumps(method.notes())) == method.notes()


@pytest.mark.parametrize("params", [{"steps": -1}, {"batch_sentences": 0}])
def test_numbers_that_make_no_sense_are_refused(tiny_backbone: str, params: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        Tent(backbone=tiny_backbone, **params).fit(_task(), 1)
