"""Where memory runs out, batches shrink, the run goes on, and a step's gradient stays that of its batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from toys import SOURCE

from larbench.tagger.embedding import Embedder
from larbench.tagger.encoding import Piece, padded_width
from larbench.tagger.memory import in_batches, out_of_memory, prediction_budget
from larbench.tagger.tagger import Tagger
from larbench.tagger.train import Recipe, TrainingSet, _Trainer

RECIPE = Recipe(epochs=2, learning_rate=5e-3, batch_tokens=256)
ERRORS: tuple[Callable[[], RuntimeError], ...] = (
    lambda: torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    lambda: RuntimeError("MPS backend out of memory"),
    lambda: RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    lambda: RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
)


class Narrow:
    """Make an encoder fail beyond so many padded tokens; count what it was asked and what it refused."""

    def __init__(self, encoder: torch.nn.Module, tokens: int, error: Callable[[], RuntimeError]) -> None:
        self.asked: list[int] = []
        self.refused = 0
        forward = encoder.forward

        def narrow(*args: Any, **named: Any) -> Any:
            size = int(named["attention_mask"].numel())
            self.asked.append(size)
            if size > tokens:
                self.refused += 1
                raise error()
            return forward(*args, **named)

        self.restore = lambda: setattr(encoder, "forward", forward)
        encoder.forward = narrow  # type: ignore[method-assign]


def _pieces(lengths: list[int]) -> list[Piece]:
    return [
        Piece(n, 0, np.zeros(length, np.int64), np.zeros(length, np.int64), np.zeros(1, np.int64))
        for n, length in enumerate(lengths)
    ]


def _without_dropout(tagger: Tagger) -> Tagger:
    for module in tagger.model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return tagger


# --- prediction


@given(
    lengths=st.lists(st.integers(1, 40), max_size=30), budget=st.integers(8, 400), fits=st.integers(40, 400)
)
def test_every_piece_is_answered_once_whatever_fits(lengths: list[int], budget: int, fits: int) -> None:
    pieces = _pieces(lengths)
    refused: list[int] = []

    def run(numbers: Any) -> list[int]:
        size = len(numbers) * padded_width(max(lengths[i] for i in numbers))
        assert all(size <= before // 2 or len(numbers) == 1 for before in refused)
        if size > fits:
            refused.append(size)
            raise torch.cuda.OutOfMemoryError("out of memory")
        return list(numbers)

    answered = [i for numbers, made in in_batches(pieces, "cpu", run, budget=budget) for i in made]
    assert sorted(answered) == list(range(len(lengths)))


def test_one_piece_that_does_not_fit_is_an_error() -> None:
    def run(numbers: Any) -> None:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(torch.cuda.OutOfMemoryError):
        list(in_batches(_pieces([8, 8, 8]), "cpu", run))


def test_other_errors_are_not_taken_for_it() -> None:
    asked = []

    def run(numbers: Any) -> None:
        asked.append(numbers)
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="mat1"):
        list(in_batches(_pieces([8, 8, 8]), "cpu", run))
    assert len(asked) == 1
    assert not out_of_memory(RuntimeError("index out of range"))


def test_a_gpu_is_given_more_at_once() -> None:
    assert prediction_budget("cuda:1") > prediction_budget("cpu") == 4096


@pytest.mark.parametrize("error", ERRORS)
def test_predictions_do_not_hang_on_the_memory(tiny_backbone: str, error: Callable[[], RuntimeError]) -> None:
    tagger = Tagger.fresh(("person", "city"), tiny_backbone, seed=1)
    expected = tagger.log_probs(SOURCE.train)
    narrow = Narrow(tagger.model.encoder, 64, error)
    found = tagger.log_probs(SOURCE.train)
    assert narrow.refused > 0
    for one, other in zip(found, expected, strict=True):
        assert np.allclose(one, other, atol=2e-2)  # another batch's padding; bfloat16 on some machines


def test_embeddings_do_not_hang_on_the_memory(tiny_backbone: str) -> None:
    embedder = Embedder(tiny_backbone)
    texts = [" ".join(sentence.tokens) for sentence in SOURCE.train]
    expected = embedder.texts(texts)
    narrow = Narrow(embedder.encoder, 64, ERRORS[0])
    assert np.allclose(embedder.texts(texts), expected, atol=2e-2)
    assert narrow.refused > 0


# --- training


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Compute in float32, so that sums of parts can be held to the whole."""
    from larbench.tagger import precision

    monkeypatch.setattr(precision, "gains_by_bf16", lambda device: False)
    yield


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("soft", [False, True])
def test_the_gradient_in_parts_is_that_of_the_whole(tiny_backbone: str, soft: bool) -> None:
    tagger = _without_dropout(Tagger.fresh(("person", "city"), tiny_backbone, seed=1))
    hard = tagger.targets(SOURCE.train)
    for row in hard[::3]:
        row[0] = -1  # words that do not count are spread unevenly
    rows: Any = hard
    if soft:
        weights = np.linspace(0.1, 1, len(hard))
        eye = np.eye(5, dtype=np.float32)
        rows = [eye[row] * np.float32(w) * (row >= 0)[:, None] for row, w in zip(hard, weights, strict=True)]
    data = TrainingSet(tagger._encode(SOURCE.train), rows)
    numbers = list(range(len(SOURCE.train)))
    trainer = _Trainer(tagger.model, data, RECIPE, steps=1, device="cpu")

    def gradients(parts: list[list[int]]) -> tuple[float, dict[str, torch.Tensor]]:
        tagger.model.zero_grad(set_to_none=True)
        loss = trainer.back_propagate(parts)
        named = tagger.model.named_parameters()
        return loss, {name: p.grad.clone() for name, p in named if p.grad is not None}

    loss, whole = gradients([numbers])
    for parts in ([numbers[:7], numbers[7:]], [[n] for n in numbers]):
        other, found = gradients(parts)
        assert other == pytest.approx(loss, rel=1e-5)
        assert found.keys() == whole.keys()
        for name, value in whole.items():
            assert torch.allclose(found[name], value, atol=1e-6, rtol=1e-4), name


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("error", ERRORS)
def test_training_goes_on_in_parts_and_comes_to_the_same(
    tiny_backbone: str, error: Callable[[], RuntimeError]
) -> None:
    taggers, histories = [], []
    for tokens in (10_000, 100):
        tagger = _without_dropout(Tagger.fresh(("person", "city"), tiny_backbone, seed=1))
        narrow = Narrow(tagger.model.encoder, tokens, error)
        histories.append(tagger.fit(SOURCE.train, RECIPE, seed=1))
        taggers.append(tagger)
    assert narrow.refused in (1, 2)  # what does not fit is remembered
    assert histories[0].memory_budget is None
    assert histories[1].memory_budget is not None
    assert histories[1].memory_budget <= 128
    assert histories[1].steps == histories[0].steps  # parts of a step are no steps
    assert histories[1].losses == pytest.approx(histories[0].losses, rel=1e-3)
    narrow.restore()
    one, other = (tagger.log_probs(SOURCE.dev) for tagger in taggers)
    for before, after in zip(one, other, strict=True):
        assert np.allclose(before, after, atol=2e-2)


@pytest.mark.usefixtures("exact")
def test_a_failure_in_mid_step_leaves_no_gradient_of_it(tiny_backbone: str) -> None:
    tagger = _without_dropout(Tagger.fresh(("person", "city"), tiny_backbone, seed=1))
    data = TrainingSet(tagger._encode(SOURCE.train), tagger.targets(SOURCE.train))
    numbers = list(range(len(SOURCE.train)))
    trainer = _Trainer(tagger.model, data, RECIPE, steps=1, device="cpu")
    expected = trainer.gradients(numbers)
    head = tagger.model.head.weight.grad
    assert head is not None
    whole = head.clone()
    trainer.budget.tokens = 128
    calls = SimpleNamespace(count=0)
    forward = tagger.model.encoder.forward

    def third_fails(*args: Any, **named: Any) -> Any:
        calls.count += 1
        if calls.count == 3:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return forward(*args, **named)

    tagger.model.encoder.forward = third_fails
    assert trainer.gradients(numbers) == pytest.approx(expected, rel=1e-5)
    assert trainer.budget.tokens <= 64
    assert tagger.model.head.weight.grad is not None
    assert torch.allclose(tagger.model.head.weight.grad, whole, atol=1e-6, rtol=1e-4)


def test_a_single_sentence_that_does_not_fit_ends_the_training(tiny_backbone: str) -> None:
    tagger = Tagger.fresh(("person", "city"), tiny_backbone, seed=1)
    Narrow(tagger.model.encoder, 4, ERRORS[0])
    with pytest.raises(torch.cuda.OutOfMemoryError):
        tagger.fit(SOURCE.train, replace(RECIPE, epochs=1), seed=1)
