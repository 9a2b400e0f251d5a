"""Test-time adaptation of a tagger by entropy minimisation: Tent, and what keeps it from collapsing.

Tent (Wang et al., ICLR 2021, section 3): of the batch's words, the mean entropy of the softmax over labels

    H = −Σ_c p_c ln p_c

is lowered by a gradient step in the affine parameters of the normalisation layers alone. Batches come
online, each once; the prediction of a batch is the forward pass before its update. Dropout stays off.

Guards, after EATA (Niu et al., ICML 2022, equation 3) and SAR (Niu et al., ICLR 2023, equation 2, recovery):
only words with H < margin · ln C are learned from, C the number of labels (both papers: margin 0.4), and what
was adapted is given up where it collapses. SAR takes a moving average of H below 0.2 for a collapse. A
tagger, most of whose words are plainly O, is there from the start; so here a collapse is a share of words
tagged other than O that is below a part of the unadapted tagger's on the same batches.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmark.domains.corpus import Sentence
from benchmark.errors import UsageError
from larbench.tagger.arrays import Floats
from larbench.tagger.encoding import encode
from larbench.tagger.labels import OUTSIDE, label_count
from larbench.tagger.model import TokenTagger
from larbench.tagger.precision import attention_to_learn, autocast, gains_by_bf16
from larbench.tagger.tagger import Tagger
from larbench.tagger.train import Batch, by_sentence, collate, predict_log_probs

COLLAPSED = 0.5  # of the unadapted tagger's share of words other than O: what counts as a collapse
_MEMORY = 0.9  # of the moving averages that a collapse is seen in; SAR's


@dataclass(frozen=True)
class Adaptation:
    """How to adapt.

    ``batch`` counts sentences (parts of those beyond the window). ``steps`` are updates a batch, whose
    prediction is the forward pass before the last of them, as in Tent's published code. ``episodic``: every
    batch starts from the unadapted tagger. ``margin``: words of an entropy from ``margin · ln C`` on are not
    learned from; None learns from all. ``reset``: start anew where the share of words other than O falls
    below ``reset`` times the unadapted tagger's, in moving averages; None never does.
    """

    steps: int = 1
    learning_rate: float = 1e-4
    batch: int = 8
    episodic: bool = False
    margin: float | None = None
    reset: float | None = None


@dataclass(frozen=True)
class BatchRecord:
    """What happened in a batch: how many words it has, and how many of them the last update learned from.

    ``named`` counts the words whose most probable label is not O, ``entropy`` is the mean (nats) over all
    words, of the prediction; with ``_base``, the same of the unadapted tagger's.
    """

    words: int
    learned: int
    named: int
    named_base: int
    entropy: float
    entropy_base: float


@dataclass(frozen=True)
class AdaptationRecord:
    """What an adaptation did, batch by batch, and after which batches it started anew."""

    batches: tuple[BatchRecord, ...]
    resets: tuple[int, ...]

    def summary(self) -> dict[str, Any]:
        """Return what is worth noting: shares of words tagged O (adapted, unadapted), entropies, resets.

        ``collapsed``: fewer than half as many words are tagged other than O as without adaptation.
        """
        words = sum(batch.words for batch in self.batches)

        def share(counted: float) -> float:
            return round(counted / max(1, words), 4)

        named = sum(batch.named for batch in self.batches)
        named_base = sum(batch.named_base for batch in self.batches)
        return {
            "batches": len(self.batches),
            "words": words,
            "learned_from": share(sum(batch.learned for batch in self.batches)),
            "outside": share(words - named),
            "outside_base": share(words - named_base),
            "collapsed": named < COLLAPSED * named_base,
            "entropy": share(sum(batch.entropy * batch.words for batch in self.batches)),
            "entropy_base": share(sum(batch.entropy_base * batch.words for batch in self.batches)),
            "resets": len(self.resets),
        }


def norm_parameters(model: nn.Module) -> dict[str, nn.Parameter]:
    """Return the affine parameters of the model's normalisation layers, by name.

    Raises ``UsageError`` for an encoder without any.
    """
    found = {
        f"{name}.{kind}": parameter
        for name, module in model.named_modules()
        if "norm" in type(module).__name__.lower()  # LayerNorm, and what encoders call their own
        for kind, parameter in module.named_parameters(recurse=False)
    }
    if not found:
        raise UsageError("this backbone has no normalisation layer, which is all that Tent adapts")
    return found


def word_entropy(scores: Tensor) -> Tensor:
    """Return the entropy (words,) in nats of the softmax over labels; scores (words, labels)."""
    log_probs = torch.log_softmax(scores.float(), dim=-1)
    return -(log_probs.exp() * log_probs).sum(dim=-1)


def counted_words(entropy: Tensor, labels: int, margin: float | None) -> Tensor:
    """Return which words (words,) of these entropies count: all, or those below ``margin · ln labels``."""
    if margin is None:
        return torch.ones_like(entropy, dtype=torch.bool)
    return entropy.detach() < margin * math.log(labels)


def predict_and_update(
    model: TokenTagger, batch: Batch, optimizer: torch.optim.Optimizer, how: Adaptation, device: str
) -> tuple[Tensor, int]:
    """Return the scores (words, labels) of the forward pass before the last update, and then update.

    With them comes how many words the last update learned from; where that is none, there is no update.
    """
    count = 0
    for _ in range(how.steps):
        with autocast(device), attention_to_learn(device):
            scores = model(*batch.arguments())
        predicted = scores.detach()
        entropy = word_entropy(scores)
        kept = counted_words(entropy, scores.shape[-1], how.margin)
        count = int(kept.sum())
        if count:
            optimizer.zero_grad(set_to_none=True)
            entropy[kept].mean().backward()
            optimizer.step()
    return predicted, count


class AdaptiveTagger:
    """A copy of a tagger's network whose normalisation layers learn; the tagger stays as it is."""

    def __init__(self, tagger: Tagger, how: Adaptation) -> None:
        self.how, self.device = how, tagger.device
        self.model = copy.deepcopy(tagger.model).eval().requires_grad_(False)
        if gains_by_bf16(self.device):  # products run on bfloat16 copies: made here, not anew for each batch
            for module in self.model.modules():
                if isinstance(module, nn.Linear):
                    module.to(torch.bfloat16)
        self.model.frozen = None  # the normalisation of all layers learns
        self.learning = norm_parameters(self.model)
        for parameter in self.learning.values():
            parameter.requires_grad_(True)
        self.start = {name: parameter.detach().clone() for name, parameter in self.learning.items()}
        self.reset()

    def reset(self) -> None:
        """Go back to the tagger as it was fitted; the optimiser forgets too."""
        with torch.no_grad():
            for name, parameter in self.learning.items():
                parameter.copy_(self.start[name])
        self.optimizer = torch.optim.AdamW(
            self.learning.values(), lr=self.how.learning_rate, weight_decay=0.0
        )

    def predict(self, batch: Batch) -> tuple[Tensor, int]:
        """Predict a batch and learn from it; as ``predict_and_update``."""
        if self.how.episodic:
            self.reset()
        return predict_and_update(self.model, batch, self.optimizer, self.how, self.device)


class _CollapseDetector:
    """Moving averages of the shares of words other than O: adapted, and unadapted."""

    def __init__(self, reset: float | None) -> None:
        self.limit = reset
        self.named: float | None = None
        self.base = 0.0

    def collapsed(self, named: float, base: float) -> bool:
        """Take in a batch's shares, and say whether the adaptation has collapsed; if so, forget them."""
        if self.limit is None:
            return False
        if self.named is None:
            self.named, self.base = named, base
        else:
            self.named = _MEMORY * self.named + (1 - _MEMORY) * named
            self.base = _MEMORY * self.base + (1 - _MEMORY) * base
        if self.named >= self.limit * self.base:
            return False
        self.named = None
        return True


def adapted_log_probs(
    tagger: Tagger, sentences: Sequence[Sentence], how: Adaptation
) -> tuple[list[Floats], AdaptationRecord]:
    """Tag sentences online in the order given, adapting from batch to batch, and record what happened.

    Returns each sentence's label log-probabilities (words, labels), as ``Tagger.log_probs``. Every call
    starts from the tagger as it was fitted, and leaves it so.
    """
    if how.steps < 1 or how.batch < 1:
        raise UsageError(f"cannot adapt with steps = {how.steps}, batch = {how.batch}: use 1 or more of each")
    pieces = encode([sentence.tokens for sentence in sentences], tagger.tokenizer, tagger.window)
    adapting, detector = AdaptiveTagger(tagger, how), _CollapseDetector(how.reset)
    unadapted = predict_log_probs(tagger.model, pieces, device=tagger.device)
    rows: list[Floats] = []
    records: list[BatchRecord] = []
    resets: list[int] = []
    for begin in range(0, len(pieces), how.batch):
        chosen = pieces[begin : begin + how.batch]
        batch = collate(chosen, tagger.device)
        scores, learned = adapting.predict(batch)
        base = torch.from_numpy(np.concatenate(unadapted[begin : begin + how.batch]))
        words, named, named_base = len(scores), _named(scores), _named(base)
        records.append(BatchRecord(words, learned, named, named_base, _mean(scores), _mean(base)))
        if detector.collapsed(named / words, named_base / words):
            adapting.reset()
            resets.append(len(records) - 1)
        log_probs = torch.log_softmax(scores.float(), dim=-1).cpu().numpy()
        rows += np.split(log_probs, np.cumsum([len(piece.firsts) for piece in chosen])[:-1])
    whole = by_sentence(pieces, rows, len(sentences), label_count(len(tagger.types)))
    return whole, AdaptationRecord(tuple(records), tuple(resets))


def _named(scores: Tensor) -> int:
    return int((scores.argmax(dim=-1) != OUTSIDE).sum())


def _mean(scores: Tensor) -> float:
    return float(word_entropy(scores).mean())
