"""Masked-language-model pre-training of an encoder on the target's text, whole words in spans.

Which words are masked, after SpanBERT (Joshi et al., TACL 2020, section 3.1): spans of whole words whose
lengths are geometric (p = 0.2, at most 10 words, but no longer than what is left to mask) and whose places
are uniform, until ``rate`` of a sentence's words are masked. Of the spans 80 % become mask tokens, 10 %
random tokens and 10 % stay; each span is treated as a whole. The loss is the cross-entropy of the masked
words' sub-tokens.

The head is BERT's (Devlin et al., NAACL 2019): dense layer, GELU, LayerNorm, then the word embeddings
themselves with a bias. Where the backbone's files hold such a head it is taken from there; ``mini``'s hold
none, so its dense layer starts as the identity and its bias as zero. The head is thrown away in the end. Word
embeddings stay as they are, as in all recipes here: a few hundred sentences would move few of them, and
leave those of the other words behind.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load, save
from torch import Tensor, nn

from benchmark.code import code_digests
from benchmark.domains.corpus import Sentence
from benchmark.errors import InputError
from benchmark.task import ArtefactStore
from larbench.tagger.arrays import Ints
from larbench.tagger.backbones import find_backbone, fingerprint
from larbench.tagger.encoding import Piece, batches_by_length, encode
from larbench.tagger.model import load_encoder, window_of
from larbench.tagger.precision import autocast
from larbench.tagger.train import collate, rate_factor, warmup_and_decay

SEED = 0  # of the adaptation: one encoder for a target, whatever the seeds of the taggers that start from it
HELD_OUT = 20  # one sentence in so many is kept to measure the loss on
SPAN_END = 0.2  # the probability that a span ends after a word
LONGEST = 10
MASKED, RANDOM = 0.8, 0.1  # of the spans; the others stay
_IGNORED = -100
_WINDOW = 256
# where common encoders keep the head: parameter of ``Head`` → names in the weights' files
_STORED = {
    "dense.weight": ("cls.predictions.transform.dense.weight", "lm_head.dense.weight"),
    "dense.bias": ("cls.predictions.transform.dense.bias", "lm_head.dense.bias"),
    "norm.weight": (
        *("cls.predictions.transform.LayerNorm.weight", "cls.predictions.transform.LayerNorm.gamma"),
        "lm_head.layer_norm.weight",
    ),
    "norm.bias": (
        *("cls.predictions.transform.LayerNorm.bias", "cls.predictions.transform.LayerNorm.beta"),
        "lm_head.layer_norm.bias",
    ),
    "bias": ("cls.predictions.bias", "lm_head.bias"),
}


@dataclass(frozen=True)
class MaskedRecipe:
    """How long and how hard to adapt; ``rate`` is the share of words that are masked.

    ``learning_rate`` is for an encoder of ``mini``'s width; a head that starts anew learns ``head_factor``
    times faster; both as in ``larbench.tagger.train.Recipe``. The rate rises over the
    first tenth of the steps and falls linearly to zero. ``batch_tokens`` bounds a step's padded sub-tokens.
    """

    steps: int
    rate: float = 0.15
    learning_rate: float = 2e-4
    head_factor: float = 5.0
    batch_tokens: int = 1024
    weight_decay: float = 0.01
    clip: float = 1.0


@dataclass(frozen=True)
class Masked:
    """A piece with some words masked: ``ids`` (tokens,), and the ``targets`` there, −100 where none."""

    ids: Ints
    targets: Ints


class Head(nn.Module):  # type: ignore[misc]
    """Scores over the vocabulary from hidden states, tied to the word embeddings."""

    def __init__(self, hidden: int, embeddings: nn.Embedding, *, eps: float) -> None:
        super().__init__()
        vocabulary, width = embeddings.weight.shape
        self.dense = nn.Linear(hidden, width)
        self.norm = nn.LayerNorm(width, eps=eps)
        self.bias = nn.Parameter(torch.zeros(vocabulary))
        nn.init.eye_(self.dense.weight)
        nn.init.zeros_(self.dense.bias)

    def forward(self, hidden: Tensor, words: Tensor) -> Tensor:
        """Return the scores (masked, vocabulary) of hidden states (masked, hidden); ``words`` are tied."""
        changed = self.norm(nn.functional.gelu(self.dense(hidden)))
        return nn.functional.linear(changed, words, self.bias.to(changed.dtype))


class MaskedLM(nn.Module):  # type: ignore[misc]
    """An encoder under a masked-language-model head."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        config = encoder.config
        eps = float(getattr(config, "layer_norm_eps", None) or getattr(config, "norm_eps", None) or 1e-5)
        self.head = Head(int(config.hidden_size), encoder.get_input_embeddings(), eps=eps)

    def forward(self, ids: Tensor, mask: Tensor, chosen: Tensor) -> Tensor:
        """Return the scores (chosen, vocabulary); ``ids``, ``mask`` and ``chosen`` are (batch, tokens)."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return self.head(hidden[chosen], self.encoder.get_input_embeddings().weight)


def masked_spans(words: int, rate: float, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Return disjoint spans (start, end) of words to mask, sorted.

    Together they have ``rate · words`` words, rounded up or down at random so that the mean is exact.
    """
    left = min(words, math.floor(rate * words + rng.random()))
    free = np.ones(words, dtype=bool)
    spans: list[tuple[int, int]] = []
    while left:
        length = min(int(rng.geometric(SPAN_END)), LONGEST, left)
        starts = np.flatnonzero(np.lib.stride_tricks.sliding_window_view(free, length).all(axis=1))
        while not len(starts):  # what is free lies in shorter runs
            length -= 1
            starts = np.flatnonzero(np.lib.stride_tricks.sliding_window_view(free, length).all(axis=1))
        start = int(rng.choice(starts))
        free[start : start + length] = False
        spans.append((start, start + length))
        left -= length
    return sorted(spans)


def mask(piece: Piece, rate: float, mask_token: int, ordinary: Ints, rng: np.random.Generator) -> Masked:
    """Mask spans of a piece's words; ``ordinary`` are the tokens that random ones are drawn from."""
    ids, targets = piece.ids.copy(), np.full(len(piece), _IGNORED, dtype=np.int64)
    bounds = [*piece.firsts.tolist(), len(piece) - piece.tail]
    for start, end in masked_spans(len(piece.firsts), rate, rng):
        tokens = slice(bounds[start], bounds[end])
        targets[tokens] = piece.ids[tokens]
        fate = rng.random()
        if fate < MASKED:
            ids[tokens] = mask_token
        elif fate < MASKED + RANDOM:
            ids[tokens] = rng.choice(ordinary, size=bounds[end] - bounds[start])
    return Masked(ids, targets)


class Pretraining:
    """A backbone's encoder with its tokenizer and a masked-language-model head, on a device."""

    def __init__(self, backbone: str, *, device: str = "cpu") -> None:
        folder = find_backbone(backbone).path
        encoder, self.tokenizer = load_encoder(folder)
        if self.tokenizer.mask_token_id is None:
            raise InputError(
                "a tokenizer without a mask token",
                path=folder,
                expected="an encoder that was pre-trained as a masked language model",
            )
        self.device = device
        self.model = MaskedLM(encoder)
        stored = stored_head(folder)
        self.fresh_head = stored.keys() != _STORED.keys() or not _fits(self.model.head, stored)
        if not self.fresh_head:
            self.model.head.load_state_dict(stored)
        self.model.to(device)
        encoder.get_input_embeddings().weight.requires_grad_(False)
        self.window = window_of(encoder, _WINDOW)
        special = set(self.tokenizer.all_special_ids)
        size = min(len(self.tokenizer), len(encoder.get_input_embeddings().weight))
        self.ordinary = np.array([i for i in range(size) if i not in special], dtype=np.int64)

    def pieces(self, sentences: Sequence[Sentence]) -> list[Piece]:
        """Encode sentences."""
        return encode([sentence.tokens for sentence in sentences], self.tokenizer, self.window)

    def loss(self, pieces: Sequence[Piece], rate: float, rng: np.random.Generator) -> tuple[Tensor, int]:
        """Return the summed loss over freshly masked sub-tokens of a batch, and how many these are."""
        batch = collate(pieces, self.device)
        masked = [mask(piece, rate, self.tokenizer.mask_token_id, self.ordinary, rng) for piece in pieces]
        ids, targets = batch.ids.clone(), torch.full_like(batch.ids, _IGNORED)
        for row, one in enumerate(masked):
            ids[row, : len(one.ids)] = torch.from_numpy(one.ids)
            targets[row, : len(one.ids)] = torch.from_numpy(one.targets)
        chosen = targets != _IGNORED
        with autocast(self.device):
            scores = self.model(ids, batch.mask, chosen)
        return nn.functional.cross_entropy(scores.float(), targets[chosen], reduction="sum"), int(
            chosen.sum()
        )

    def held_out_loss(self, pieces: Sequence[Piece], rate: float) -> float:
        """Return the mean loss on masked sub-tokens of pieces, dropout off; the same masks in every call."""
        self.model.eval()
        rng = np.random.default_rng(SEED)
        total, count = 0.0, 0
        with torch.no_grad():
            for numbers in batches_by_length(pieces, 2048):
                loss, tokens = self.loss([pieces[i] for i in numbers], rate, rng)
                total, count = total + float(loss), count + tokens
        return total / max(1, count)

    def train(self, pieces: Sequence[Piece], recipe: MaskedRecipe, *, seed: int) -> int:
        """Take the recipe's steps, masking anew in each, and return how many tokens were read."""
        torch.manual_seed(seed)
        rng = np.random.default_rng(seed)
        encoder = [parameter for parameter in self.model.encoder.parameters() if parameter.requires_grad]
        head = list(self.model.head.parameters())
        rate = recipe.learning_rate * rate_factor(int(self.model.encoder.config.hidden_size))
        factor = recipe.head_factor if self.fresh_head else 1.0
        optimizer = torch.optim.AdamW(
            [{"params": encoder, "lr": rate}, {"params": head, "lr": rate * factor}],
            weight_decay=recipe.weight_decay,
            fused=True,
        )
        share = warmup_and_decay(recipe.steps, max(1, round(recipe.steps / 10)))
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, share)
        self.model.train()
        tokens = 0
        batches: list[list[int]] = []
        for _ in range(recipe.steps if pieces else 0):
            batches = batches or batches_by_length(pieces, recipe.batch_tokens, rng)
            chosen = [pieces[i] for i in batches.pop()]
            loss, count = self.loss(chosen, recipe.rate, rng)
            optimizer.zero_grad(set_to_none=True)
            if count:
                (loss / count).backward()
                nn.utils.clip_grad_norm_(encoder + head, recipe.clip)
            optimizer.step()
            schedule.step()
            tokens += sum(map(len, chosen))
        self.model.eval()
        return tokens


def stored_head(folder: Path) -> dict[str, Tensor]:
    """Return what a backbone's files hold of a masked-language-model head, by the names in ``Head``."""
    found: dict[str, Tensor] = {}
    for path in sorted(folder.glob("model*.safetensors")):
        with safe_open(path, framework="pt") as file:
            names = set(file.keys())
            for name, aliases in _STORED.items():
                for alias in names.intersection(aliases):
                    found[name] = file.get_tensor(alias)
    return found


def _fits(head: Head, stored: dict[str, Tensor]) -> bool:
    return all(value.shape == stored[name].shape for name, value in head.state_dict().items())


def adapt_encoder(
    sentences: Sequence[Sentence],
    backbone: str,
    recipe: MaskedRecipe,
    *,
    artefacts: ArtefactStore,
    device: str = "cpu",
) -> dict[str, bytes]:
    """Return an adapted encoder, from the store where it is there: its weights, and what happened.

    It depends on backbone, recipe and the words of the sentences, and on no seed of a cell: all seeds and
    settings of a target share it. ``weights.safetensors`` holds the weights that learned, by their names in
    the encoder; ``history.json`` what is to be noted.
    """

    def make() -> dict[str, bytes]:
        pretraining = Pretraining(backbone, device=device)
        return adapted(pretraining, sentences, recipe)

    return artefacts.get_or_make("adapted-encoder", adaptation_key(sentences, backbone, recipe), make)


def adaptation_key(sentences: Sequence[Sentence], backbone: str, recipe: MaskedRecipe) -> dict[str, object]:
    """Return what tells adapted encoders apart."""
    return {
        "backbone": fingerprint(backbone),
        "code": code_digests(__name__),
        "recipe": asdict(recipe),
        "seed": SEED,
        "text": text_hash(sentences),
    }


def adapted(
    pretraining: Pretraining, sentences: Sequence[Sentence], recipe: MaskedRecipe
) -> dict[str, bytes]:
    """Adapt to all but every twentieth sentence, on which the loss before and after is measured."""
    held_out = pretraining.pieces(sentences[HELD_OUT - 1 :: HELD_OUT])
    training = pretraining.pieces([s for n, s in enumerate(sentences, 1) if n % HELD_OUT])
    before = pretraining.held_out_loss(held_out, recipe.rate)
    tokens = pretraining.train(training, recipe, seed=SEED)
    after = pretraining.held_out_loss(held_out, recipe.rate)
    learned = {
        name: parameter.detach().cpu().contiguous()
        for name, parameter in pretraining.model.encoder.named_parameters()
        if parameter.requires_grad
    }
    history = {
        "steps": recipe.steps,
        "tokens": tokens,
        "sentences": len(sentences),
        "held_out_loss_before": round(before, 4),
        "held_out_loss": round(after, 4),
    }
    return {"weights.safetensors": save(learned), "history.json": json.dumps(history).encode()}


def load_adapted(encoder: nn.Module, files: dict[str, bytes]) -> None:
    """Put the weights of an adapted encoder into one of the same backbone."""
    unknown = encoder.load_state_dict(load(files["weights.safetensors"]), strict=False).unexpected_keys
    if unknown:
        raise ValueError(f"no place in this encoder for {', '.join(unknown)}")


def text_hash(sentences: Sequence[Sentence]) -> str:
    """SHA-256 (hex) of the sentences' words, in order."""
    digest = hashlib.sha256()
    for sentence in sentences:
        digest.update(json.dumps(sentence.tokens, ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()
