"""Training: the loss by hand, learning a toy task, best weights, patience, seeds, how many steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from toys import SOURCE

import larbench.tagger.train
from benchmark.domains.corpus import LabelledSentence
from larbench.tagger.encoding import Piece, encode
from larbench.tagger.model import layers_of
from larbench.tagger.tagger import Tagger
from larbench.tagger.train import Recipe, TrainingSet, collate, train, word_loss

QUICK = Recipe(epochs=2, learning_rate=1e-3, batch_tokens=128)
LEARN = Recipe(epochs=12, learning_rate=3e-3, batch_tokens=64)
TYPES = SOURCE.type_names


def _fresh(backbone: str, seed: int = 1) -> Tagger:
    return Tagger.fresh(TYPES, backbone, seed=seed)


def _data(tagger: Tagger, sentences: Sequence[LabelledSentence] = SOURCE.train) -> TrainingSet:
    pieces = encode([s.tokens for s in sentences], tagger.tokenizer, tagger.window)
    return TrainingSet(pieces, tagger.targets(sentences))


def _weights(tagger: Tagger) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in tagger.model.state_dict().items()}


def _equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def _pieces(lengths: Sequence[int]) -> list[Piece]:
    return [
        Piece(n, 0, np.ones(k, np.int64), np.ones(k, np.int64), np.ones(1, np.int64))
        for n, k in enumerate(lengths)
    ]


# --- the loss


def test_loss_by_hand() -> None:
    scores = torch.log(torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]]))
    expected = -(np.log(0.25) + np.log(0.8)) / 2
    assert word_loss(scores, torch.tensor([2, 1])).item() == pytest.approx(expected)


def test_a_word_marked_minus_one_is_not_learned_from() -> None:
    scores = torch.log(torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]])).requires_grad_()
    loss = word_loss(scores, torch.tensor([-1, 1]))
    loss.backward()
    assert loss.item() == pytest.approx(-np.log(0.8))
    assert scores.grad is not None
    assert not scores.grad[0].any()


@pytest.mark.parametrize("targets", [torch.tensor([-1, -1]), torch.zeros((2, 3))])
def test_a_batch_in_which_no_word_counts_teaches_nothing(targets: torch.Tensor) -> None:
    scores = torch.randn((2, 3)).requires_grad_()
    loss = word_loss(scores, targets)
    loss.backward()
    assert loss.item() == 0
    assert scores.grad is not None
    assert not scores.grad.any()


@given(seed=st.integers(0, 1000), words=st.integers(1, 6), labels=st.integers(2, 6))
def test_soft_equals_hard_for_one_hot(seed: int, words: int, labels: int) -> None:
    rng = np.random.default_rng(seed)
    scores = torch.from_numpy(rng.normal(scale=3, size=(words, labels)).astype(np.float32))
    hard = rng.integers(-1, labels, size=words)
    soft = np.where(hard[:, None] < 0, 0, np.eye(labels)[hard]).astype(np.float32)  # −1: a row of zeros
    one, other = word_loss(scores, torch.from_numpy(hard)), word_loss(scores, torch.from_numpy(soft))
    assert one.item() == pytest.approx(other.item(), rel=1e-5, abs=1e-6)


def test_a_soft_row_weighs_what_it_sums_to() -> None:
    scores = torch.log(torch.tensor([[0.5, 0.5], [0.2, 0.8], [0.9, 0.1]]))
    targets = torch.tensor([[0.5, 0.0], [0.5, 1.0], [0.0, 0.0]])
    losses = [-0.5 * np.log(0.5), -(0.5 * np.log(0.2) + np.log(0.8))]
    assert word_loss(scores, targets).item() == pytest.approx(sum(losses) / 2.0)


# --- batches


def test_collate_pads_and_says_where_each_word_begins() -> None:
    first = Piece(0, 0, np.array([2, 7, 8, 3]), np.array([0, 1, 1, 0]), np.array([1]))
    second = Piece(1, 0, np.array([2, 5, 6, 9, 3]), np.array([0, 2, 3, 3, 0]), np.array([1, 2]))
    batch = collate([first, second], "cpu")
    assert batch.ids.shape[0] == 2
    assert batch.ids[:, :5].tolist() == [[2, 7, 8, 3, 0], [2, 5, 6, 9, 3]]
    assert batch.shapes[:, :5].tolist() == [[0, 1, 1, 0, 0], [0, 2, 3, 3, 0]]
    assert batch.mask.sum(dim=1).tolist() == [4, 5]
    assert batch.rows.tolist() == [0, 1, 1]
    assert batch.firsts.tolist() == [1, 1, 2]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Record which pieces each training batch holds, by their sentence."""
    batches: list[list[int]] = []

    def spy(pieces: Sequence[Piece], device: str) -> Any:
        batches.append([piece.sentence for piece in pieces])
        return collate(pieces, device)

    monkeypatch.setattr(larbench.tagger.train, "collate", spy)
    return batches


def test_every_epoch_sees_every_piece_once(tiny_backbone: str, seen: list[list[int]]) -> None:
    # lengths at which the number of batches hangs on the draw
    lengths = np.random.default_rng(0).integers(5, 40, size=60).tolist()
    data = TrainingSet(_pieces(lengths), [np.zeros(1, np.int64)] * 60)
    history = train(_fresh(tiny_backbone).model, data, replace(QUICK, epochs=6, batch_tokens=96), seed=3)
    assert sorted(number for batch in seen for number in batch) == sorted(list(range(60)) * 6)
    assert history.steps == len(seen)
    assert history.tokens == 6 * sum(lengths)
    assert len(history.losses) == 6


def test_a_part_of_an_epoch_sees_a_part_of_the_batches(tiny_backbone: str, seen: list[list[int]]) -> None:
    data = TrainingSet(_pieces([16] * 8), [np.zeros(1, np.int64)] * 8)
    history = train(_fresh(tiny_backbone).model, data, replace(QUICK, epochs=1.5, batch_tokens=32), seed=3)
    assert [len(batch) for batch in seen] == [2] * 6
    assert history.steps == 6
    assert history.tokens == 12 * 16


def test_the_rate_rises_then_falls_and_the_head_learns_faster(
    tiny_backbone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates: list[tuple[float, float]] = []
    step = torch.optim.AdamW.step

    def spy(self: torch.optim.AdamW, *rest: Any) -> Any:
        rates.append((self.param_groups[0]["lr"], self.param_groups[1]["lr"]))
        return step(self, *rest)

    monkeypatch.setattr(torch.optim.AdamW, "step", spy)
    data = TrainingSet(_pieces([16] * 10), [np.zeros(1, np.int64)] * 10)
    recipe = Recipe(epochs=2, learning_rate=1e-3, head_factor=5, batch_tokens=16, warmup=0.2)
    train(_fresh(tiny_backbone).model, data, recipe, seed=3)
    encoder = [rate for rate, _ in rates]
    assert encoder[:4] == pytest.approx([0.25e-3, 0.5e-3, 0.75e-3, 1e-3])
    assert encoder[4:] == sorted(encoder[4:], reverse=True)
    assert encoder[-1] == pytest.approx(1e-3 / 16)
    assert [head for _, head in rates] == pytest.approx([5 * rate for rate in encoder])


# --- learning


@pytest.fixture(scope="module")
def learned(tiny_backbone: str) -> tuple[Tagger, Any]:
    model = _fresh(tiny_backbone)
    return model, model.fit(SOURCE.train, LEARN, seed=1, dev=SOURCE.dev)


def test_a_toy_task_is_learned_whole(learned: tuple[Tagger, Any]) -> None:
    model, history = learned
    assert model.f1(SOURCE.dev) == 1
    assert model.f1(SOURCE.train) == 1
    assert history.losses[-1] < history.losses[0] / 10
    assert history.best_epoch is not None
    assert dict(history.dev)[history.best_epoch] == 1


def test_the_same_task_is_learned_from_distributions(tiny_backbone: str) -> None:
    model = _fresh(tiny_backbone)
    soft = [np.eye(5, dtype=np.float32)[labels] for labels in model.targets(SOURCE.train)]
    model.fit_targets(SOURCE.train, soft, LEARN, seed=1)
    assert model.f1(SOURCE.dev) == 1


def _scripted(
    model: Tagger, scores: Sequence[float]
) -> tuple[Callable[[], float], list[dict[str, torch.Tensor]]]:
    """Return an evaluation that gives these scores in turn, and the weights it was asked about."""
    found: list[dict[str, torch.Tensor]] = []
    given: Iterator[float] = iter(scores)

    def evaluate() -> float:
        found.append(_weights(model))
        return next(given)

    return evaluate, found


def test_the_best_weights_are_put_back(tiny_backbone: str) -> None:
    model = _fresh(tiny_backbone)
    evaluate, found = _scripted(model, [0.2, 0.9, 0.9, 0.5])
    history = train(model.model, _data(model), replace(QUICK, epochs=4), seed=1, evaluate=evaluate)
    assert history.best_epoch == 2  # the first of equals
    assert history.dev == ((1, 0.2), (2, 0.9), (3, 0.9), (4, 0.5))
    assert _equal(_weights(model), found[1])
    assert not _equal(found[1], found[3])
    assert not model.model.training


def test_a_score_of_zero_is_a_score(tiny_backbone: str) -> None:
    model = _fresh(tiny_backbone)
    evaluate, found = _scripted(model, [0.0, 0.0])
    history = train(model.model, _data(model), QUICK, seed=1, evaluate=evaluate)
    assert history.best_epoch == 1
    assert _equal(_weights(model), found[0])


@pytest.mark.parametrize(
    ("patience", "scores", "epochs"),
    [(2, [0.5, 0.4, 0.3, 0.2, 0.1], 3), (2, [0.1, 0.5, 0.4, 0.6, 0.5, 0.4], 6), (0, [0.5, 0.4, 0.3, 0.2], 4)],
)
def test_patience_stops(tiny_backbone: str, patience: int, scores: list[float], epochs: int) -> None:
    model = _fresh(tiny_backbone)
    evaluate, _ = _scripted(model, scores)
    recipe = replace(QUICK, epochs=len(scores), patience=patience)
    history = train(model.model, _data(model, SOURCE.train[:4]), recipe, seed=1, evaluate=evaluate)
    assert len(history.losses) == epochs
    assert history.best_epoch == 1 + int(np.argmax(scores))


def test_evaluations_come_each_so_many_epochs_and_at_the_end(tiny_backbone: str) -> None:
    model = _fresh(tiny_backbone)
    evaluate, _ = _scripted(model, [0.1, 0.2, 0.3])
    recipe = replace(QUICK, epochs=5, evaluate_every=2)
    history = train(model.model, _data(model, SOURCE.train[:4]), recipe, seed=1, evaluate=evaluate)
    assert [epoch for epoch, _ in history.dev] == [2, 4, 5]


def test_a_seed_fixes_the_weights(tiny_backbone: str) -> None:
    found = []
    for seed, noise in ((1, 0), (1, 99), (2, 0)):
        torch.manual_seed(noise)  # what was drawn before must not matter
        model = _fresh(tiny_backbone, seed)
        model.fit(SOURCE.train, QUICK, seed=seed)
        found.append(_weights(model))
    assert _equal(found[0], found[1])
    assert not _equal(found[0], found[2])


def test_frozen_embeddings_stay_and_thaw(tiny_backbone: str) -> None:
    model = _fresh(tiny_backbone)
    name = next(name for name in model.model.state_dict() if "word_embeddings" in name)
    before = _weights(model)
    model.fit(SOURCE.train, replace(QUICK, freeze_embeddings=True), seed=1)
    frozen = _weights(model)
    assert torch.equal(before[name], frozen[name])
    assert not torch.equal(before["head.weight"], frozen["head.weight"])
    model.fit(SOURCE.train, QUICK, seed=1)
    assert not torch.equal(frozen[name], _weights(model)[name])


def test_the_frozen_share_of_the_layers_stays_and_the_rest_learns(tiny_backbone: str) -> None:
    model = _fresh(tiny_backbone)  # two layers
    before = _weights(model)
    model.fit(SOURCE.train, replace(QUICK, frozen_share=0.5), seed=1)
    after = _weights(model)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed and all(".layer.1." in name or name.startswith(("head", "shape_head")) for name in changed)
    assert any(".layer.1." in name for name in changed)
    model.fit(SOURCE.train, QUICK, seed=1)
    assert any(".layer.0." in name for name, value in _weights(model).items() if not value.equal(after[name]))


def test_what_is_frozen_has_no_dropout(tiny_backbone: str) -> None:
    tagger = _fresh(tiny_backbone)
    trainer = larbench.tagger.train._Trainer(
        tagger.model, _data(tagger), replace(QUICK, frozen_share=0.5), steps=1, device="cpu"
    )
    trainer.set_training()
    lower, upper = layers_of(tagger.model.encoder)
    assert not any(part.training for part in lower.modules())
    assert all(part.training for part in upper.modules())
    assert not tagger.model.encoder.embeddings.dropout.training


def test_words_that_do_not_count_leave_the_weights_finite(tiny_backbone: str) -> None:
    model = _fresh(tiny_backbone)
    nothing = [np.full(len(s.tokens), -1, dtype=np.int64) for s in SOURCE.train]
    history = model.fit_targets(SOURCE.train, nothing, QUICK, seed=1)
    assert history.losses == (0.0, 0.0)
    assert all(torch.isfinite(value).all() for value in _weights(model).values())


def test_no_sentences_no_steps(tiny_backbone: str) -> None:
    model = _fresh(tiny_backbone)
    before = _weights(model)
    history = model.fit((), QUICK, seed=1)
    assert history.steps == 0
    assert _equal(before, _weights(model))


def test_a_training_tells_how_far_it_is(tiny_backbone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(larbench.tagger.train, "_TOLD_EVERY", 0.0)
    told: list[str] = []
    tagger = _fresh(tiny_backbone)
    tagger.tell = told.append
    other = tagger.with_types(TYPES, seed=2)
    other.fit(SOURCE.train, QUICK, seed=1, dev=SOURCE.dev)
    words = sum(len(sentence.tokens) for sentence in SOURCE.train)
    assert all(line.startswith(f"training on {words} words: epoch ") for line in told)
    assert "epoch 1 of 2" in told[0] and "F1" not in told[0]
    assert "epoch 2 of 2, F1 on dev " in told[-1] and told[-1].endswith(", 0 s left")
