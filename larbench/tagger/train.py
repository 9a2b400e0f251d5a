"""Training a tagger: batches of like length, warm-up and linear decay, the best weights on dev."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from larbench.tagger.arrays import Floats, Ints
from larbench.tagger.encoding import Piece, batches_by_length, padded_width
from larbench.tagger.memory import Room, in_batches, out_of_memory
from larbench.tagger.model import TokenTagger
from larbench.tagger.precision import autocast

_WIDTH = 384


@dataclass(frozen=True)
class Recipe:
    """How long and how hard to train.

    ``learning_rate`` is for an encoder of ``mini``'s width; wider ones learn more slowly (``rate_factor``).
    ``batch_tokens`` bounds the padded sub-tokens of a step; ``warmup`` is the share of steps in which
    the learning rate rises, after which it falls linearly to zero; ``patience`` counts evaluations
    without a new best; ``evaluate_every`` counts epochs.
    """

    epochs: float
    learning_rate: float = 2e-4
    head_factor: float = 5.0
    batch_tokens: int = 1024
    warmup: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0
    freeze_embeddings: bool = False
    evaluate_every: int = 1
    patience: int = 0


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

    ``room`` is how many padded tokens a step could hold at once where the memory ran out, else None.
    """

    losses: tuple[float, ...]
    dev: tuple[tuple[int, float], ...]
    best_epoch: int | None
    steps: int
    tokens: int
    room: int | None = None


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
) -> History:
    """Train ``model`` in place and return what happened.

    With ``evaluate`` (a dev score, higher is better) the weights of the best evaluation are put back at
    the end, and training stops after ``recipe.patience`` evaluations without a new best (0: never). A step
    that the memory cannot hold is taken in parts whose gradients add up to that of the whole batch.
    """
    torch.manual_seed(seed)
    plan = _planned(data.pieces, recipe, np.random.default_rng(seed))
    schedule = _Schedule(model, recipe, steps=sum(len(batches) for batches in plan))
    room = Room(device)
    losses: list[float] = []
    tokens = 0
    dev: list[tuple[int, float]] = []
    best: dict[str, Tensor] | None = None
    best_epoch: int | None = None
    for epoch, batches in enumerate(plan, 1):
        model.train()
        losses.append(_one_epoch(model, data, batches, schedule, room))
        tokens += sum(len(data.pieces[i]) for batch in batches for i in batch)
        if evaluate is None or (epoch % recipe.evaluate_every and epoch != len(plan)):
            continue
        dev.append((epoch, evaluate()))
        if best_epoch is None or dev[-1][1] > max(score for _, score in dev[:-1]):
            best_epoch = epoch
            best = {name: value.detach().clone() for name, value in model.state_dict().items()}
        elif recipe.patience and _evaluations_since(dev, best_epoch) >= recipe.patience:
            break
    if best is not None:
        model.load_state_dict(best)
    model.eval()
    return History(tuple(losses), tuple(dev), best_epoch, schedule.step_number, tokens, room.tokens)


def _evaluations_since(dev: Sequence[tuple[int, float]], epoch: int) -> int:
    return sum(1 for number, _ in dev if number > epoch)


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


class _Schedule:
    """AdamW with warm-up and linear decay; the head learns faster than the encoder."""

    def __init__(self, model: TokenTagger, recipe: Recipe, steps: int) -> None:
        encoder: list[nn.Parameter] = []
        fresh: list[nn.Parameter] = []
        embeddings = {id(parameter) for parameter in model.encoder.get_input_embeddings().parameters()}
        for name, parameter in model.named_parameters():
            if recipe.freeze_embeddings and id(parameter) in embeddings:
                parameter.requires_grad_(False)
                continue
            parameter.requires_grad_(True)
            (fresh if name.startswith(("head", "shape")) else encoder).append(parameter)
        self.parameters = encoder + fresh
        rate = recipe.learning_rate * rate_factor(model.hidden)
        self.optimizer = torch.optim.AdamW(
            [
                {"params": encoder, "lr": rate},
                {"params": fresh, "lr": rate * recipe.head_factor},
            ],
            weight_decay=recipe.weight_decay,
            fused=True,
        )
        self.base = [group["lr"] for group in self.optimizer.param_groups]
        self.steps, self.warmup, self.clip = steps, max(1, round(steps * recipe.warmup)), recipe.clip
        self.step_number = 0

    def step(self) -> None:
        """Take one step along the gradients at the scheduled rate."""
        self.step_number += 1
        rise = self.step_number / self.warmup
        fall = (self.steps - self.step_number + 1) / max(1, self.steps - self.warmup)
        factor = max(0.0, min(1.0, rise, fall))
        for group, rate in zip(self.optimizer.param_groups, self.base, strict=True):
            group["lr"] = rate * factor
        torch.nn.utils.clip_grad_norm_(self.parameters, self.clip)
        self.optimizer.step()


def _one_epoch(
    model: TokenTagger,
    data: TrainingSet,
    batches: Sequence[Sequence[int]],
    schedule: _Schedule,
    room: Room,
) -> float:
    total, count = 0.0, 0
    for numbers in batches:
        total += _gradients(model, data, numbers, schedule, room) * len(numbers)
        schedule.step()
        count += len(numbers)
    return total / max(1, count)


def _gradients(
    model: TokenTagger, data: TrainingSet, numbers: Sequence[int], schedule: _Schedule, room: Room
) -> float:
    """Leave the gradients of the batch's mean loss in the parameters, and return that loss."""
    while True:
        parts = room.parts(data.pieces, numbers)
        schedule.optimizer.zero_grad(set_to_none=True)
        try:
            return _back_propagated(model, data, parts, room.device)
        except RuntimeError as error:
            if not out_of_memory(error) or all(len(part) == 1 for part in parts):
                raise
        # outside of the handler: the error's traceback would hold the tensors that have to go
        schedule.optimizer.zero_grad(set_to_none=True)
        room.shrink(data.pieces, parts)


def _back_propagated(
    model: TokenTagger, data: TrainingSet, parts: Sequence[Sequence[int]], device: str
) -> float:
    targets = [torch.from_numpy(np.concatenate([data.targets[i] for i in part])) for part in parts]
    whole = word_weight(torch.cat(targets))
    total = 0.0
    for part, wanted in zip(parts, targets, strict=True):
        batch = collate([data.pieces[i] for i in part], device)
        with autocast(device):
            scores = model(*batch.arguments())
        # a part's mean counts by its share of the words; of one part alone the share is 1
        loss = word_loss(scores, wanted.to(device)) * float(word_weight(wanted) / whole)
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
    model.eval()

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def scored(numbers: Sequence[int]) -> Floats:
        batch = collate([pieces[i] for i in numbers], device)
        with autocast(device):
            scores = model(*batch.arguments())
        log_probs: Floats = torch.log_softmax(scores.float(), dim=-1).cpu().numpy()
        return log_probs

    found: list[Floats | None] = [None] * len(pieces)
    for numbers, log_probs in in_batches(pieces, device, scored, budget=batch_tokens):
        ends = np.cumsum([len(pieces[i].firsts) for i in numbers])
        for number, scores in zip(numbers, np.split(log_probs, ends[:-1]), strict=True):
            found[number] = scores
    return [scores for scores in found if scores is not None]
