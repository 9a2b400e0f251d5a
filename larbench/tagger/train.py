"""Training a tagger: batches of like length, warm-up and linear decay, the best weights on dev."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from larbench.tagger.arrays import Floats, Ints
from larbench.tagger.encoding import Piece, batches_by_length, padded_width
from larbench.tagger.frozen import FrozenLayers
from larbench.tagger.memory import MemoryBudget, in_batches, out_of_memory
from larbench.tagger.model import TokenTagger, layers_of
from larbench.tagger.precision import autocast

_WIDTH = 384
_TOLD_EVERY = 5.0  # seconds


@dataclass(frozen=True)
class Recipe:
    """How long and how hard to train.

    ``learning_rate`` is for an encoder of ``mini``'s width; wider ones learn more slowly (``rate_factor``).
    ``batch_tokens`` bounds the padded sub-tokens of a step; ``warmup`` is the share of steps in which
    the learning rate rises, after which it falls linearly to zero; ``patience`` counts evaluations
    without a new best; ``evaluate_every`` counts epochs. ``frozen_share`` is the share of the encoder's
    layers, counted from the input, that stay as they are, without dropout, and the embeddings below them
    with them: what they cost is a forward pass.
    """

    epochs: float
    learning_rate: float = 2e-4
    head_factor: float = 5.0
    batch_tokens: int = 1024
    warmup: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0
    freeze_embeddings: bool = False
    frozen_share: float = 0.0
    evaluate_every: int = 1
    patience: int = 0

    def quicker(self) -> Recipe:
        """Return this recipe in larger steps, in the upper third of the encoder alone."""
        return replace(self, batch_tokens=512, learning_rate=1.2e-3, frozen_share=2 / 3)


@dataclass(frozen=True)
class TrainingSet:
    """Encoded pieces with a target for each word.

    ``targets[i]`` is (words of piece i,): a label each, −1 where a word is not to be learned from; or
    (words of piece i, labels): a distribution each, whose sum weighs the word (zeros leave it out).
    """

    pieces: Sequence[Piece]
    targets: Sequence[Ints] | Sequence[Floats]


@dataclass(frozen=True)
class History:
    """What training did: mean loss of each epoch, dev score of each evaluation, the best one's epoch.

    ``memory_budget`` is how many padded tokens a step could hold at once where the memory ran out, else None.
    """

    losses: tuple[float, ...]
    dev: tuple[tuple[int, float], ...]
    best_epoch: int | None
    steps: int
    tokens: int
    memory_budget: int | None = None

    def summary(self) -> dict[str, Any]:
        """Return what a record notes of a training: its length, last loss, best evaluation on dev."""
        noted: dict[str, Any] = {
            "epochs": len(self.losses),
            "steps": self.steps,
            "tokens": self.tokens,
            "last_loss": round(self.losses[-1], 4) if self.losses else None,
        }
        if self.memory_budget is not None:
            noted["memory_held_tokens"] = self.memory_budget  # steps that did not fit were taken in parts
        if self.best_epoch is not None:
            noted["best_epoch"] = self.best_epoch
            noted["best_dev_f1"] = round(max(score for _, score in self.dev), 6)
        return noted


@dataclass(frozen=True)
class Batch:
    """A padded batch: ``ids``, ``shapes``, ``mask`` (batch, tokens); ``rows``, ``firsts`` (words,)."""

    ids: Tensor
    shapes: Tensor
    mask: Tensor
    rows: Tensor
    firsts: Tensor

    def arguments(self) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Return the tensors in the order in which ``TokenTagger.forward`` takes them."""
        return self.ids, self.shapes, self.mask, self.rows, self.firsts


def collate(pieces: Sequence[Piece], device: str) -> Batch:
    """Pad pieces into one batch."""
    width = padded_width(max(len(piece) for piece in pieces))
    ids = np.zeros((len(pieces), width), dtype=np.int64)
    shapes = np.zeros_like(ids)
    mask = np.zeros_like(ids)
    for row, piece in enumerate(pieces):
        ids[row, : len(piece)] = piece.ids
        shapes[row, : len(piece)] = piece.shapes
        mask[row, : len(piece)] = 1
    rows = np.repeat(np.arange(len(pieces)), [len(piece.firsts) for piece in pieces])
    firsts = np.concatenate([piece.firsts for piece in pieces])
    return Batch(*(torch.from_numpy(part).to(device) for part in (ids, shapes, mask, rows, firsts)))


def train(
    model: TokenTagger,
    data: TrainingSet,
    recipe: Recipe,
    *,
    seed: int,
    device: str = "cpu",
    evaluate: Callable[[], float] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> History:
    """Train ``model`` in place and return what happened; ``tell`` hears now and then how far it is.

    With ``evaluate`` (a dev score, higher is better) the weights of the best evaluation are put back at
    the end, and training stops after ``recipe.patience`` evaluations without a new best (0: never). A step
    that the memory cannot hold is taken in parts whose gradients add up to that of the whole batch.
    """
    torch.manual_seed(seed)
    plan = _planned(data.pieces, recipe, np.random.default_rng(seed))
    trainer = _Trainer(model, data, recipe, steps=sum(map(len, plan)), device=device)
    progress = _Progress(tell, data, plan)
    losses: list[float] = []
    tokens = 0
    dev: list[tuple[int, float]] = []
    best: dict[str, Tensor] | None = None
    best_epoch: int | None = None
    for epoch, batches in enumerate(plan, 1):
        trainer.set_training()
        pieces = sum(map(len, batches))
        summed = 0.0
        for batch in batches:
            summed += trainer.step(batch) * len(batch)
            progress.step(epoch)
        losses.append(summed / max(1, pieces))
        tokens += sum(len(data.pieces[i]) for batch in batches for i in batch)
        if evaluate is None or (epoch % recipe.evaluate_every and epoch != len(plan)):
            continue
        dev.append((epoch, evaluate()))
        progress.f1 = dev[-1][1]
        if best_epoch is None or dev[-1][1] > max(score for _, score in dev[:-1]):
            best_epoch = epoch
            best = trainer.weights()
        elif recipe.patience and sum(number > best_epoch for number, _ in dev) >= recipe.patience:
            break
    if best is not None:
        model.load_state_dict(best, strict=False)
    if model.frozen is not None:
        model.frozen.keeping = False
    model.eval()
    return History(tuple(losses), tuple(dev), best_epoch, trainer.steps, tokens, trainer.budget.tokens)


class _Progress:
    """Tells every few seconds how far a training is: its epoch, the last F1 on dev, the time left."""

    def __init__(self, tell: Callable[[str], None], data: TrainingSet, plan: Sequence[Sized]) -> None:
        words = sum(len(piece.firsts) for piece in data.pieces)
        self._head, self._epochs = f"training on {words:,} words", len(plan)
        self._tell = tell
        self._done, self._steps = 0, sum(map(len, plan))
        self._start = self._told = time.monotonic()
        self.f1: float | None = None

    def step(self, epoch: int) -> None:
        """Count a step, and tell if nothing was told for a while."""
        self._done += 1
        now = time.monotonic()
        if now - self._told < _TOLD_EVERY:
            return
        self._told = now
        left = (now - self._start) * (self._steps - self._done) / self._done
        f1 = "" if self.f1 is None else f", F1 on dev {100 * self.f1:.1f}"
        self._tell(f"{self._head}: epoch {epoch} of {self._epochs}{f1}, {left:.0f} s left")


def _planned(pieces: Sequence[Piece], recipe: Recipe, rng: np.random.Generator) -> list[list[list[int]]]:
    """Draw the batches of every epoch, the last of which may be a part of one.

    They are drawn beforehand because their number varies with the draw, and the learning rate is to reach
    zero at the last of them, neither before nor after.
    """
    plan = [batches_by_length(pieces, recipe.batch_tokens, rng) for _ in range(math.ceil(recipe.epochs))]
    part = recipe.epochs % 1
    if part:
        plan[-1] = plan[-1][: math.ceil(part * len(plan[-1]))]
    return plan


def rate_factor(hidden: int) -> float:
    """Return what an encoder's width does to the learning rate: (384 / hidden)², at most 1.

    So the 2e-4 that suits 384 becomes 5e-5 at 768 and 2.8e-5 at 1024, which are the rates that BERT's base
    and large sizes are commonly fine-tuned with (Devlin et al., NAACL 2019, appendix A.3: 2e-5 to 5e-5).
    """
    return float(min(1.0, (_WIDTH / hidden) ** 2))


def warmup_and_decay(steps: int, warmup: int) -> Callable[[int], float]:
    """Return steps done → share of the learning rate: it rises over ``warmup`` steps, then falls to zero."""
    return lambda done: max(0.0, min((done + 1) / warmup, (steps - done) / max(1, steps - warmup), 1.0))


class _Trainer:
    """Steps of AdamW with warm-up and linear decay; the head learns faster than the encoder."""

    def __init__(
        self, model: TokenTagger, data: TrainingSet, recipe: Recipe, *, steps: int, device: str
    ) -> None:
        self.model, self.data, self.device, self.clip = model, data, device, recipe.clip
        self.budget = MemoryBudget(device)
        self.steps = 0
        encoder: list[nn.Parameter] = []
        fresh: list[nn.Parameter] = []
        self.frozen = model.lower_part(recipe.frozen_share)
        count = model.frozen_count(recipe.frozen_share)
        model.frozen = FrozenLayers(layers_of(model.encoder), count) if count else None
        still = [*self.frozen, *([model.encoder.get_input_embeddings()] if recipe.freeze_embeddings else [])]
        frozen = {id(parameter) for module in still for parameter in module.parameters()}
        for name, parameter in model.named_parameters():
            learns = id(parameter) not in frozen
            parameter.requires_grad_(learns)
            if learns:
                (fresh if name.startswith(("head", "shape")) else encoder).append(parameter)
        self.parameters = encoder + fresh
        rate = recipe.learning_rate * rate_factor(model.hidden)
        self.optimizer = torch.optim.AdamW(
            [{"params": encoder, "lr": rate}, {"params": fresh, "lr": rate * recipe.head_factor}],
            weight_decay=recipe.weight_decay,
            fused=True,
        )
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, warmup_and_decay(steps, max(1, round(steps * recipe.warmup)))
        )

    def set_training(self) -> None:
        """Switch dropout on, but in what is frozen."""
        self.model.train()
        for module in self.frozen:
            module.eval()

    def weights(self) -> dict[str, Tensor]:
        """Return a copy of what training changes: the weights that learn, and what modules count."""
        still = {name for name, parameter in self.model.named_parameters() if not parameter.requires_grad}
        found = self.model.state_dict().items()
        return {name: value.detach().clone() for name, value in found if name not in still}

    def step(self, numbers: Sequence[int]) -> float:
        """Learn from the batch of these pieces, and return its mean loss."""
        loss = self.gradients(numbers)
        nn.utils.clip_grad_norm_(self.parameters, self.clip)
        self.optimizer.step()
        self.schedule.step()
        self.steps += 1
        return loss

    def gradients(self, numbers: Sequence[int]) -> float:
        """Leave the gradients of the batch's mean loss in the parameters, and return that loss."""
        while True:
            parts = self.budget.parts(self.data.pieces, numbers)
            self.optimizer.zero_grad(set_to_none=True)
            try:
                return self.back_propagate(parts)
            except RuntimeError as error:
                if not out_of_memory(error) or all(len(part) == 1 for part in parts):
                    raise
            # outside of the handler: the error's traceback would hold the tensors that have to go
            self.optimizer.zero_grad(set_to_none=True)
            self.budget.shrink(self.data.pieces, parts)

    def back_propagate(self, parts: Sequence[Sequence[int]]) -> float:
        """Add the gradients of all parts of one batch, and return the batch's mean loss."""
        targets = [torch.from_numpy(np.concatenate([self.data.targets[i] for i in part])) for part in parts]
        whole = word_weight(torch.cat(targets))
        total = 0.0
        for part, wanted in zip(parts, targets, strict=True):
            batch = collate([self.data.pieces[i] for i in part], self.device)
            with autocast(self.device):
                scores = self.model(*batch.arguments())
            # a part's mean counts by its share of the words; of one part alone the share is 1
            loss = word_loss(scores, wanted.to(self.device)) * float(word_weight(wanted) / whole)
            loss.backward()
            total += float(loss.detach())
        return total


def word_loss(scores: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy over the words that count: scores (words, labels); targets as in ``TrainingSet``.

    It is zero where no word counts.
    """
    if targets.dim() == 1:
        summed = torch.nn.functional.cross_entropy(scores.float(), targets, ignore_index=-1, reduction="sum")
        return summed / word_weight(targets)
    losses = -(targets * torch.log_softmax(scores.float(), dim=-1)).sum(dim=-1)
    return losses.sum() / word_weight(targets)


def word_weight(targets: Tensor) -> Tensor:
    """Return how much the words count together, which the loss is divided by; never zero."""
    return (targets >= 0).sum().clamp_min(1) if targets.dim() == 1 else targets.sum().clamp_min(1e-6)


def predict_log_probs(
    model: TokenTagger, pieces: Sequence[Piece], *, device: str = "cpu", batch_tokens: int | None = None
) -> list[Floats]:
    """Return each piece's label log-probabilities (words, labels), in the pieces' order.

    ``batch_tokens`` bounds the padded tokens of a batch; without it, the device's usual bound holds.
    """

    def log_probs(batch: Batch) -> Tensor:
        with autocast(device):
            scores = model(*batch.arguments())
        return torch.log_softmax(scores.float(), dim=-1)

    model.eval()
    return word_rows(pieces, device, log_probs, batch_tokens=batch_tokens)


def word_rows(
    pieces: Sequence[Piece],
    device: str,
    compute: Callable[[Batch], Tensor],
    *,
    batch_tokens: int | None = None,
) -> list[Floats]:
    """Return for each piece the rows (words, width) that ``compute`` gives for the words of batches."""

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def computed(numbers: Sequence[int]) -> Floats:
        rows: Floats = compute(collate([pieces[i] for i in numbers], device)).float().cpu().numpy()
        return rows

    found: dict[int, Floats] = {}
    for numbers, rows in in_batches(pieces, device, computed, budget=batch_tokens):
        ends = np.cumsum([len(pieces[i].firsts) for i in numbers])
        found.update(zip(numbers, np.split(rows, ends[:-1]), strict=True))
    return [found[number] for number in range(len(pieces))]


def by_sentence(pieces: Sequence[Piece], rows: Sequence[Floats], sentences: int, width: int) -> list[Floats]:
    """Join the rows (words, width) of pieces to one array a sentence; without words it is empty."""
    parts: list[list[Floats]] = [[np.zeros((0, width), dtype=np.float32)] for _ in range(sentences)]
    for piece, found in zip(pieces, rows, strict=True):
        parts[piece.sentence].append(found)
    return [np.concatenate(found) for found in parts]
