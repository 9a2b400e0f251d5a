"""Domain-adversarial terms: reversal against differences, λ by hand, gradients whole, nothing disturbed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from toys import SOURCE, TARGET

import baselines.dann.adversarial
import larbench.tagger.train
from baselines.dann.adversarial import FEATURES, DomainTerms, TargetText, domain_loss, lambda_at, reverse
from benchmark.domains.corpus import LabelledSentence
from benchmark.errors import UsageError
from larbench.tagger.encoding import Piece, encode
from larbench.tagger.memory import MemoryBudget
from larbench.tagger.tagger import Tagger
from larbench.tagger.train import Recipe, collate, word_loss

RECIPE = Recipe(epochs=2, learning_rate=1e-3, batch_tokens=128)
UNLABELLED = [sentence.unlabelled() for sentence in TARGET.train + TARGET.dev]
each_features = pytest.mark.parametrize("features", FEATURES)


def _fresh(backbone: str) -> Tagger:
    return Tagger.fresh(SOURCE.type_names, backbone, seed=1)


def _terms(model: Tagger, strength: float = 1.0, features: str = "entities", **more: Any) -> DomainTerms:
    given = {"training": SOURCE.train, "target": UNLABELLED, "recipe": RECIPE, "seed": 1, **more}
    return DomainTerms(model, features=features, strength=strength, **given)


def _pieces(model: Tagger, sentences: Sequence[Any]) -> list[Piece]:
    return encode([s.tokens for s in sentences], model.tokenizer, model.window)


# --- λ, reversal, loss


def test_lambda_by_hand() -> None:
    assert lambda_at(0.0) == 0.0
    assert lambda_at(0.5) == pytest.approx((1 - math.exp(-5)) / (1 + math.exp(-5)))
    assert lambda_at(0.5) == pytest.approx(0.9866142981514303)
    assert lambda_at(1.0) == pytest.approx(0.9999092042625951)


@given(st.floats(0, 1), st.floats(0, 1))
def test_lambda_never_falls(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= lambda_at(low) <= lambda_at(high) < 1


@given(seed=st.integers(0, 1000), strength=st.floats(0, 3))
def test_reversal_against_finite_differences(seed: int, strength: float) -> None:
    rng = np.random.default_rng(seed)
    mixing = torch.from_numpy(rng.normal(size=(3, 4)))

    def behind(vectors: torch.Tensor) -> torch.Tensor:
        return torch.sin(vectors @ mixing).pow(2).sum()

    point = torch.from_numpy(rng.normal(size=(2, 3)))
    reversed_ = reverse(leaf := point.clone().requires_grad_(), strength)
    assert torch.equal(reversed_, point)  # the identity forwards
    behind(reversed_).backward()
    step = 1e-6
    for place in np.ndindex(2, 3):
        ahead, back = point.clone(), point.clone()
        ahead[place] += step
        back[place] -= step
        slope = float(behind(ahead) - behind(back)) / (2 * step)
        assert leaf.grad is not None
        assert float(leaf.grad[place]) == pytest.approx(-strength * slope, rel=1e-5, abs=1e-7)


def test_domain_loss_by_hand() -> None:
    logits = torch.tensor([0.0, math.log(3.0), 5.0])  # of the target: 1/2, 3/4, and one that does not count
    weights = torch.tensor([1.0, 3.0, 0.0])
    source = (-math.log(1 / 2) - 3 * math.log(1 / 4)) / 4
    target = (-math.log(1 / 2) - 3 * math.log(3 / 4)) / 4
    assert domain_loss(logits, 0.0, weights).item() == pytest.approx(source)
    assert domain_loss(logits, 1.0, weights).item() == pytest.approx(target)
    assert domain_loss(logits, 1.0, torch.zeros(3)).item() == 0


# --- the target's batches


@given(
    lengths=st.lists(st.integers(3, 60), min_size=1, max_size=30),
    rooms=st.lists(st.integers(1, 300), min_size=1, max_size=5),
)
def test_each_round_takes_every_piece_once_and_keeps_to_the_room(
    lengths: list[int], rooms: list[int]
) -> None:
    one = np.ones(1, np.int64)
    pieces = [Piece(n, 0, np.ones(k, np.int64), np.ones(k, np.int64), one) for n, k in enumerate(lengths)]
    text = TargetText(pieces, 128, np.random.default_rng(0))
    for _ in range(2):
        taken: list[int] = []
        while len(taken) < len(pieces):
            room = rooms[len(taken) % len(rooms)]
            batch = text.take(room)
            width = max(-(-len(piece) // 8) * 8 for piece in batch)
            assert len(batch) == 1 or width * len(batch) <= room
            taken += [piece.sentence for piece in batch]
        assert sorted(taken) == list(range(len(pieces)))


# --- one step, whole


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute in full precision."""
    monkeypatch.setattr(baselines.dann.adversarial, "gains_by_bf16", lambda device: False)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[list[Piece]]:
    """Record the target batches."""
    batches: list[list[Piece]] = []
    take = TargetText.take

    def spy(self: TargetText, room: int) -> list[Piece]:
        batches.append(take(self, room))
        return batches[-1]

    monkeypatch.setattr(TargetText, "take", spy)
    return batches


def _without_dropout(model: Tagger) -> None:
    for module in model.model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0


def _plain_terms(model: Tagger, judge: torch.nn.Module, features: str, batch: Any) -> list[torch.Tensor]:
    """Return a batch's logits and weights, written out once more."""
    hidden = model.model.encoder(
        inputs_embeds=model.model.encoder.get_input_embeddings()(batch.ids)
        + model.model.shape_input(batch.shapes),
        attention_mask=batch.mask,
    ).last_hidden_state
    if features == "cls":
        return [judge(hidden[:, 0]), torch.ones(len(batch.ids))]
    logits = judge(hidden[batch.rows, batch.firsts])
    if features == "words":
        return [logits, torch.ones(len(logits))]
    with torch.no_grad():
        return [logits, 1 - model.model(*batch.arguments()).softmax(dim=-1)[:, 0]]


@each_features
def test_a_steps_gradient_is_the_tasks_less_lambda_times_the_domains(
    features: str, tiny_backbone: str, exact: None, taken: list[list[Piece]]
) -> None:
    model = _fresh(tiny_backbone)
    _without_dropout(model)
    model.model.train()
    terms = _terms(model, strength=0.7, features=features)
    terms.seen = terms.total / 2
    judge = baselines.dann.adversarial.Discriminator(model.model.hidden)
    judge.load_state_dict(terms.discriminator.state_dict())  # as it was before its own step
    batch = collate(_pieces(model, SOURCE.train[:5]), "cpu")
    wanted = torch.from_numpy(np.concatenate(model.targets(SOURCE.train[:5])))

    with terms.beside(model.model):
        word_loss(model.model(*batch.arguments()), wanted).backward()
    found = {name: p.grad.clone() for name, p in model.model.named_parameters() if p.grad is not None}
    learned = [p.grad.clone() for p in terms.discriminator.parameters()]

    model.model.zero_grad(set_to_none=True)
    other = collate(taken[0], "cpu")
    task = word_loss(model.model(*batch.arguments()), wanted)
    domain = domain_loss(*_arranged(_plain_terms(model, judge, features, batch), 0.0)) + domain_loss(
        *_arranged(_plain_terms(model, judge, features, other), 1.0)
    )
    (task - 0.7 * lambda_at(0.5) * domain).backward(retain_graph=True)
    expected = {name: p.grad for name, p in model.model.named_parameters() if p.grad is not None}
    assert found.keys() == expected.keys()
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-3, atol=1e-6)
    judge.zero_grad()
    domain.backward()  # the discriminator's own: neither reversed nor weakened
    for mine, p in zip(learned, judge.parameters(), strict=True):
        torch.testing.assert_close(mine, p.grad, rtol=1e-3, atol=1e-6)
    assert terms.lambdas == [0.7 * lambda_at(0.5)]
    assert terms.losses == [pytest.approx(domain.item() / 2, rel=1e-5)]


def _arranged(
    logits_and_weights: list[torch.Tensor], domain: float
) -> tuple[torch.Tensor, float, torch.Tensor]:
    return logits_and_weights[0], domain, logits_and_weights[1]


# --- beside a training


def _trained(
    backbone: str, make: Callable[[Tagger], DomainTerms] | None, recipe: Recipe = RECIPE
) -> tuple[Tagger, DomainTerms | None, tuple[bytes, ...]]:
    """Train; return the tagger, its terms, and weights, losses and the generator's state as bytes."""
    model = _fresh(backbone)
    torch.manual_seed(5)
    terms = make(model) if make else None
    if terms is None:
        history = model.fit(SOURCE.train, recipe, seed=3, dev=SOURCE.dev)
    else:
        with terms.beside(model.model):
            history = model.fit(SOURCE.train, recipe, seed=3, dev=SOURCE.dev)
    state = torch.get_rng_state().numpy().tobytes()
    return model, terms, (model.to_files()["weights.safetensors"], repr(history).encode(), state)


@each_features
def test_without_strength_the_training_is_the_same_to_the_byte(features: str, tiny_backbone: str) -> None:
    _, _, plain = _trained(tiny_backbone, None)
    _, terms, beside = _trained(tiny_backbone, lambda model: _terms(model, 0.0, features))
    assert terms is not None
    assert terms.losses  # they were computed
    assert beside == plain
    _, _, strong = _trained(tiny_backbone, lambda model: _terms(model, 1.0, features))
    assert strong[0] != plain[0]


def test_lambda_rises_with_the_tokens_seen(tiny_backbone: str) -> None:
    _, terms, _ = _trained(tiny_backbone, lambda model: _terms(model, 0.5))
    assert terms is not None
    assert terms.lambdas[0] == 0
    assert terms.lambdas == sorted(terms.lambdas)
    assert 0.49 < terms.lambdas[-1] < 0.5
    assert terms.seen == terms.total
    told = terms.summary()
    assert told["last_lambda"] == round(terms.lambdas[-1], 4)
    assert told["target_tokens"] > 0


def test_a_seed_fixes_the_terms_whatever_was_drawn_before(tiny_backbone: str) -> None:
    found = []
    for noise in (0, 99):
        model = _fresh(tiny_backbone)
        torch.manual_seed(noise)
        terms = _terms(model)
        with terms.beside(model.model):
            model.fit(SOURCE.train, RECIPE, seed=3)
        found.append((model.to_files(), terms.losses))
    assert found[0] == found[1]


def test_reversed_the_encoder_hides_the_domain_that_it_would_else_learn_to_show(tiny_backbone: str) -> None:
    recipe = Recipe(epochs=10, learning_rate=5e-3, batch_tokens=128)
    losses = {}
    for strength in (-1.0, 1.0):  # not reversed, the encoder helps the discriminator
        model = _fresh(tiny_backbone)
        terms = _terms(model, strength, "words", recipe=recipe)
        with terms.beside(model.model):
            model.fit(SOURCE.train, recipe, seed=3)
        losses[strength] = np.mean(terms.losses[-10:])
    assert losses[1.0] > losses[-1.0] + 0.1


def test_what_the_training_holds_of_the_target_is_not_the_source(tiny_backbone: str) -> None:
    both: tuple[LabelledSentence, ...] = SOURCE.train[:2] + TARGET.train[:1]
    model = Tagger.fresh([*SOURCE.type_names, *TARGET.type_names], tiny_backbone, seed=1)
    terms = _terms(model, training=both, labelled_target=TARGET.train[:1])
    batch = collate(_pieces(model, both), "cpu")
    assert terms._from_source(batch.ids, batch.mask).tolist() == [1, 1, 0]
    assert _terms(model)._from_source(batch.ids, batch.mask).tolist() == [1, 1, 1]


def test_a_step_taken_in_parts_has_its_terms_once(
    tiny_backbone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Narrow(MemoryBudget):
        def __init__(self, device: str) -> None:
            super().__init__(device)
            self.tokens = 48

    monkeypatch.setattr(larbench.tagger.train, "MemoryBudget", Narrow)
    model = _fresh(tiny_backbone)
    terms = _terms(model)
    with terms.beside(model.model):
        history = model.fit(SOURCE.train, RECIPE, seed=3)
    assert history.memory_budget == 48
    assert len(terms.losses) == history.steps


def test_nothing_stays_hooked_and_prediction_is_let_be(tiny_backbone: str) -> None:
    model = _fresh(tiny_backbone)
    before = model.predict(UNLABELLED)
    terms = _terms(model)
    with terms.beside(model.model):
        assert model.predict(UNLABELLED) == before
    assert terms.losses == []
    assert terms.summary() == {"features": "entities", "target_tokens": 0}
    assert not model.model._forward_hooks
    assert not model.model.encoder._forward_hooks


def test_what_cannot_be_meant_is_refused(tiny_backbone: str) -> None:
    model = _fresh(tiny_backbone)
    with pytest.raises(UsageError, match="unknown features 'sentences'"):
        _terms(model, features="sentences")
    with pytest.raises(UsageError, match="no unlabelled target text"):
        _terms(model, target=())
