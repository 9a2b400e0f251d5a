"""Domain-adversarial training (DANN): terms that are added to a training as it runs, from outside of it.

Ganin et al., "Domain-Adversarial Training of Neural Networks", JMLR 17(59), 2016, section 4. With task loss
L_y, a domain discriminator d on the encoder's features f, and n labelled source and n' target examples,

    E = 1/n Σ L_y  −  λ_p ( 1/n Σ_source L_d(d(f), 0)  +  1/n' Σ_target L_d(d(f), 1) ),

which the encoder lowers and the discriminator raises. Gradient reversal does both in one pass: it is the
identity forwards and −λ_p backwards, so the discriminator learns at full strength whatever λ_p is.

``DomainTerms.beside`` hooks these terms to a model. ``larbench.tagger.train.train`` then runs as it always
does: the same batches, the same draws of dropout, schedule and clipping; what it steps along has the terms'
gradients in it. With λ = 0 it therefore leaves the very bytes that it leaves without them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmark.domains.corpus import LabelledSentence, Sentence
from benchmark.errors import UsageError
from larbench.tagger.encoding import Piece, batches_by_length, encode
from larbench.tagger.labels import OUTSIDE
from larbench.tagger.memory import cut
from larbench.tagger.model import TokenTagger
from larbench.tagger.precision import gains_by_bf16
from larbench.tagger.tagger import Tagger
from larbench.tagger.train import Recipe, collate, rate_factor

CLS, WORDS, ENTITIES = "cls", "words", "entities"
FEATURES = (CLS, WORDS, ENTITIES)
SLOPE = 10.0  # the paper's γ, "set to 10 in all experiments"
_SOURCE, _TARGET = 0.0, 1.0
_TINY = 1e-6


def lambda_at(progress: float) -> float:
    """Return λ_p = 2 / (1 + e^(−10p)) − 1 at ``progress`` p in [0, 1] (section 5.2.2 of the paper)."""
    return 2.0 / (1.0 + math.exp(-SLOPE * progress)) - 1.0


class Reversal(torch.autograd.Function):  # type: ignore[misc]
    """Gradient reversal: the identity forwards, −λ times the gradient backwards."""

    @staticmethod
    def forward(ctx: Any, vectors: Tensor, strength: float) -> Tensor:
        """Return ``vectors`` as they are."""
        ctx.strength = strength
        return vectors.view_as(vectors)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        """Return −λ times what comes back."""
        return -ctx.strength * gradient, None


def reverse(vectors: Tensor, strength: float) -> Tensor:
    """Return ``vectors`` behind a gradient reversal of this strength, λ."""
    reversed_: Tensor = Reversal.apply(vectors, strength)
    return reversed_


class Discriminator(nn.Module):  # type: ignore[misc]
    """Says of encoder features (n, hidden) how likely the target domain is, as a logit (n,).

    One hidden layer, as wide as the encoder.
    """

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, vectors: Tensor) -> Tensor:
        """Return the logits (n,)."""
        logits: Tensor = self.layers(vectors).squeeze(-1)
        return logits


def domain_loss(logits: Tensor, domain: float, weights: Tensor) -> Tensor:
    """Return the weighted mean of the discriminator's cross-entropy; ``logits`` and ``weights`` are (n,).

    ``domain`` is 0 for the source, 1 for the target. It is zero where all weights are.
    """
    losses = nn.functional.binary_cross_entropy_with_logits(
        logits, torch.full_like(logits, domain), reduction="none"
    )
    return (losses * weights).sum() / weights.sum().clamp_min(_TINY)


class TargetText:
    """Batches of unlabelled target text, without end, each of its pieces once in every round."""

    def __init__(self, pieces: Sequence[Piece], batch_tokens: int, rng: np.random.Generator) -> None:
        self.pieces, self.batch_tokens, self.rng = pieces, batch_tokens, rng
        self.waiting: list[list[int]] = []

    def take(self, room: int) -> list[Piece]:
        """Return the next batch, of at most ``room`` padded tokens (one piece at least)."""
        if not self.waiting:
            self.waiting = batches_by_length(self.pieces, self.batch_tokens, self.rng)
        now, *later = cut(self.pieces, self.waiting.pop(), room)
        self.waiting += later
        return [self.pieces[i] for i in now]


class DomainTerms:
    """The two domain terms beside one training of ``tagger``, and what is known of them afterwards.

    All that is drawn here comes from a generator of its own. A training step that the memory cannot hold at
    once has its domain terms in the first of its parts.

    Parameters
    ----------
    tagger : Tagger
        What is trained.
    training : sequence of LabelledSentence
        The sentences of that training, which measure its progress p: the share of its tokens seen.
    target : sequence of Sentence
        Unlabelled target text. A step takes a batch of it that is no larger than the training's own.
    recipe : Recipe
        That training's; the discriminator learns at the rate at which it has the head begin to fall.
    features : str
        What the discriminator sees of the encoder's last layer: ``cls`` the first token of each piece,
        ``words`` the first sub-token of each word, ``entities`` these too, each weighing 1 − P(O), the
        tagger's own probability that it is part of a mention (no gradient flows through the weight).
    strength : float
        Λ is this times λ_p.
    labelled_target : sequence of LabelledSentence
        Those of ``training`` that are the target's; the source term leaves them out.
    """

    def __init__(
        self,
        tagger: Tagger,
        training: Sequence[LabelledSentence],
        target: Sequence[Sentence],
        recipe: Recipe,
        *,
        features: str,
        strength: float,
        seed: int,
        labelled_target: Sequence[LabelledSentence] = (),
    ) -> None:
        if features not in FEATURES:
            raise UsageError(f"unknown features {features!r} of a domain: use {', '.join(FEATURES)}")
        if not any(sentence.tokens for sentence in target):
            raise UsageError("there is no unlabelled target text to adapt to")
        self.features, self.strength, self.device = features, strength, tagger.device
        self.draws = np.random.default_rng([seed, 1])
        self.text = TargetText(_encoded(tagger, target), recipe.batch_tokens, self.draws)
        self.total = recipe.epochs * sum(len(piece) for piece in _encoded(tagger, training))
        self.marked = {piece.ids.tobytes() for piece in _encoded(tagger, labelled_target)}
        with self._own_randomness():
            self.discriminator = Discriminator(tagger.model.hidden).to(self.device)
        rate = recipe.learning_rate * rate_factor(tagger.model.hidden) * recipe.head_factor
        self.optimizer = torch.optim.AdamW(self.discriminator.parameters(), lr=rate)
        self.seen = 0
        self.target_tokens = 0
        self.lambdas: list[float] = []
        self.losses: list[float] = []
        self.right: list[float] = []
        self._hidden: Tensor | None = None
        self._busy = False

    @contextmanager
    def beside(self, model: TokenTagger) -> Iterator[None]:
        """Add the terms to each training step of ``model`` while the context lasts."""
        hooks = (
            model.encoder.register_forward_hook(self._keep),
            model.register_forward_hook(self._add_terms),
        )
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()
            self._hidden = None

    def summary(self) -> dict[str, Any]:
        """Return what is worth noting: the last λ, the domain losses of the first and last tenth of steps.

        Losses, and the accuracy of the last tenth, are means over both domains; chance is ln 2, and 0.5.
        """
        tenth = math.ceil(len(self.losses) / 10)
        noted: dict[str, Any] = {"features": self.features, "target_tokens": self.target_tokens}
        if tenth:
            noted["last_lambda"] = round(self.lambdas[-1], 4)
            noted["first_loss"] = round(float(np.mean(self.losses[:tenth])), 4)
            noted["last_loss"] = round(float(np.mean(self.losses[-tenth:])), 4)
            noted["last_accuracy"] = round(float(np.mean(self.right[-tenth:])), 4)
        return noted

    def _keep(self, encoder: nn.Module, given: Any, output: Any) -> None:
        del given
        self._hidden = output.last_hidden_state if encoder.training else None

    def _add_terms(self, model: TokenTagger, given: tuple[Tensor, ...], scores: Tensor) -> None:
        """Leave the target term's gradients in the parameters, and hang the source's on the hidden states."""
        if self._busy or not model.training or self._hidden is None:
            return
        hidden, self._hidden = self._hidden, None
        ids, _, mask, rows, firsts = given
        progress = min(1.0, self.seen / max(1.0, self.total))
        self.seen += int(mask.sum())
        if model.head.weight.grad is not None:  # gradients are cleared before a step: this is a further part
            return
        strength = self.strength * lambda_at(progress)
        self.optimizer.zero_grad(set_to_none=True)
        leaf = hidden.detach().requires_grad_()
        ours = self._from_source(ids, mask)
        source = self._back_propagated(leaf, scores, rows, firsts, _SOURCE, strength, ours)
        term = leaf.grad
        hidden.register_hook(lambda gradient: gradient + term.to(gradient.dtype))
        self._busy = True
        try:
            target = self._target_term(model, strength, room=ids.numel())
        finally:
            self._busy = False
        self.optimizer.step()
        self.lambdas.append(strength)
        self.losses.append((source[0] + target[0]) / 2)
        self.right.append((source[1] + target[1]) / 2)

    def _target_term(self, model: TokenTagger, strength: float, *, room: int) -> tuple[float, float]:
        pieces = self.text.take(room)
        self.target_tokens += sum(len(piece) for piece in pieces)
        batch = collate(pieces, self.device)
        with self._own_randomness(), self._own_precision():
            scores = model(*batch.arguments())
            hidden, self._hidden = self._hidden, None
        assert hidden is not None
        everything = torch.ones(len(pieces), device=self.device)
        return self._back_propagated(hidden, scores, batch.rows, batch.firsts, _TARGET, strength, everything)

    def _back_propagated(
        self,
        hidden: Tensor,
        scores: Tensor,
        rows: Tensor,
        firsts: Tensor,
        domain: float,
        strength: float,
        counted: Tensor,
    ) -> tuple[float, float]:
        """Go back from a term to its hidden states (batch, tokens, hidden); return its loss and accuracy.

        ``counted`` (batch,) is 1 for the pieces that count, 0 for the others.
        """
        if self.features == CLS:
            vectors, weights = hidden[:, 0], counted
        else:
            vectors, weights = hidden[rows, firsts], counted[rows]
        if self.features == ENTITIES:
            weights = weights * (1.0 - torch.softmax(scores.detach().float(), dim=-1)[:, OUTSIDE])
        with torch.autocast(torch.device(self.device).type, enabled=False):
            logits = self.discriminator(reverse(vectors.float(), strength))
            loss = domain_loss(logits, domain, weights)
        loss.backward()
        right = ((logits.detach() > 0) == bool(domain)).float()
        return float(loss.detach()), float((right * weights).sum() / weights.sum().clamp_min(_TINY))

    def _from_source(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return 1 for each piece of the batch (batch,) that is not of the labelled target, else 0."""
        if not self.marked:
            return torch.ones(len(ids), device=ids.device)
        lengths = mask.sum(dim=1).tolist()
        found = [
            row[:length].tobytes() not in self.marked
            for row, length in zip(ids.cpu().numpy(), lengths, strict=True)
        ]
        return torch.tensor(found, dtype=torch.float32, device=ids.device)

    @contextmanager
    def _own_randomness(self) -> Iterator[None]:
        """Draw from a seed of our own inside, and leave torch's generators as they were."""
        place = torch.device(self.device)
        kind = "cuda" if place.type == "cpu" else place.type
        devices = [] if place.type == "cpu" else [place.index or 0]
        with torch.random.fork_rng(devices, device_type=kind):
            torch.manual_seed(int(self.draws.integers(2**63)))
            yield

    @contextmanager
    def _own_precision(self) -> Iterator[None]:
        """Compute as training does, but share no converted weights with the pass that is under way."""
        if not gains_by_bf16(self.device):
            yield
            return
        with torch.autocast(torch.device(self.device).type, dtype=torch.bfloat16, cache_enabled=False):
            yield


def _encoded(tagger: Tagger, sentences: Sequence[Sentence | LabelledSentence]) -> list[Piece]:
    return encode([sentence.tokens for sentence in sentences], tagger.tokenizer, tagger.window)
