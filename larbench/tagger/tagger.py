"""A tagger for a set of entity types: fits on labelled sentences, finds mentions, saves as safetensors."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import torch
from safetensors.torch import load, save

from benchmark.domains.corpus import LabelledSentence, Mention, Sentence
from benchmark.scoring.counts import count_mentions
from larbench.tagger.arrays import Floats, Ints
from larbench.tagger.backbones import find_backbone
from larbench.tagger.encoding import Piece, encode
from larbench.tagger.labels import best_mentions, encode_labels, label_count
from larbench.tagger.model import TokenTagger, load_encoder, lower_cases, window_of
from larbench.tagger.precision import autocast
from larbench.tagger.train import (
    Batch,
    History,
    Recipe,
    TrainingSet,
    by_sentence,
    predict_log_probs,
    train,
    word_rows,
)

WINDOW = 256
DROPOUT = 0.1
FILES = ("weights.safetensors", "tagger.json")


class Tagger:
    """An encoder with a head for ``types``. Make one with ``fresh``, ``with_types`` or ``from_files``.

    ``tell`` hears how far its training is, and that of the taggers made with its ``with_types``.
    """

    def __init__(
        self, types: Sequence[str], backbone: str, model: TokenTagger, tokenizer: Any, device: str
    ) -> None:
        self.types = tuple(types)
        self.backbone = backbone
        self.model = model.to(device)
        self.tokenizer = tokenizer
        self.device = device
        self.window = window_of(self.model.encoder, WINDOW)
        self.tell: Callable[[str], None] = lambda _: None

    @classmethod
    def fresh(cls, types: Sequence[str], backbone: str, *, seed: int, device: str = "cpu") -> Self:
        """Return a tagger on the pre-trained backbone with a head drawn from ``seed``."""
        encoder, tokenizer = load_encoder(find_backbone(backbone).path)
        torch.manual_seed(seed)
        hidden = int(encoder.config.hidden_size)
        model = TokenTagger(
            encoder, hidden, label_count(len(types)), shapes=lower_cases(tokenizer), dropout=DROPOUT
        )
        return cls(types, backbone, model, tokenizer, device)

    def with_types(self, types: Sequence[str], *, seed: int) -> Self:
        """Return a tagger for other types: a copy of this one's encoder and shapes under a fresh head."""
        other = type(self).fresh(types, self.backbone, seed=seed, device=self.device)
        carried = {
            name: value for name, value in self.model.state_dict().items() if not name.startswith("head.")
        }
        other.model.load_state_dict(carried, strict=False)
        other.tell = self.tell
        return other

    def fit(
        self,
        sentences: Sequence[LabelledSentence],
        recipe: Recipe,
        *,
        seed: int,
        dev: Sequence[LabelledSentence] = (),
    ) -> History:
        """Train on labelled sentences; with ``dev``, keep the weights of the best micro-F1 on it."""
        return self.fit_targets(sentences, self.targets(sentences), recipe, seed=seed, dev=dev)

    def targets(self, sentences: Sequence[LabelledSentence]) -> list[Ints]:
        """Return each sentence's labels (words,) for its gold mentions."""
        return [encode_labels(s.mentions, len(s.tokens), self.types) for s in sentences]

    def fit_targets(
        self,
        sentences: Sequence[Sentence | LabelledSentence],
        targets: Sequence[Ints] | Sequence[Floats],
        recipe: Recipe,
        *,
        seed: int,
        dev: Sequence[LabelledSentence] = (),
    ) -> History:
        """Train on one target array a sentence: labels or distributions, as in ``TrainingSet``."""
        pieces = self._encode(sentences)
        data = TrainingSet(pieces, _cut(targets, pieces))
        evaluate = (lambda: self.f1(dev)) if dev else None
        return train(
            self.model, data, recipe, seed=seed, device=self.device, evaluate=evaluate, tell=self.tell
        )

    def log_probs(self, sentences: Sequence[Sentence | LabelledSentence]) -> list[Floats]:
        """Return each sentence's label log-probabilities, (words, labels), in the order of ``labels``."""
        pieces = self._encode(sentences)
        rows = predict_log_probs(self.model, pieces, device=self.device)
        return by_sentence(pieces, rows, len(sentences), label_count(len(self.types)))

    def word_vectors(self, sentences: Sequence[Sentence | LabelledSentence]) -> list[Floats]:
        """Return each sentence's word vectors, (words, width): what the head is given, without dropout.

        They are the hidden states of first sub-tokens, with the embedded shape beside them where the encoder
        is uncased.
        """

        def vectors(batch: Batch) -> torch.Tensor:
            with autocast(self.device):
                return self.model.words(*batch.arguments())

        self.model.eval()
        pieces = self._encode(sentences)
        rows = word_rows(pieces, self.device, vectors)
        return by_sentence(pieces, rows, len(sentences), self.model.head.in_features)

    def predict(self, sentences: Sequence[Sentence | LabelledSentence]) -> list[list[Mention]]:
        """Return each sentence's mentions: the most probable legal tag sequence."""
        return [best_mentions(scores, self.types) for scores in self.log_probs(sentences)]

    def f1(self, sentences: Sequence[LabelledSentence]) -> float:
        """Return the exact micro-F1 (a fraction) on labelled sentences."""
        gold = [sentence.mentions for sentence in sentences]
        return count_mentions(gold, self.predict(sentences), self.types).micro().f1

    def to_files(self) -> dict[str, bytes]:
        """Return the tagger as files: ``weights.safetensors`` and ``tagger.json``."""
        weights = {name: value.detach().cpu().contiguous() for name, value in self.model.state_dict().items()}
        settings = {"types": self.types, "backbone": self.backbone}
        return dict(zip(FILES, (save(weights), json.dumps(settings).encode()), strict=True))

    @classmethod
    def from_files(cls, files: dict[str, bytes], *, backbone: str | None = None, device: str = "cpu") -> Self:
        """Return the tagger that ``to_files`` wrote.

        ``backbone`` says where the backbone lies now, for files from elsewhere; without it, it is looked
        for where it lay when they were written.
        """
        settings = json.loads(files["tagger.json"])
        tagger = cls.fresh(settings["types"], backbone or settings["backbone"], seed=0, device=device)
        tagger.model.load_state_dict(load(files["weights.safetensors"]))
        tagger.model.eval()
        return tagger

    def _encode(self, sentences: Sequence[Sentence | LabelledSentence]) -> list[Piece]:
        return encode([sentence.tokens for sentence in sentences], self.tokenizer, self.window)


def write_tagger(tagger: Tagger, folder: Path) -> None:
    """Write a tagger's files (``Tagger.to_files``) into a folder."""
    for name, content in tagger.to_files().items():
        (folder / name).write_bytes(content)


def read_tagger(folder: Path, backbone: str, device: str) -> Tagger:
    """Return the tagger whose files (``Tagger.to_files``) lie in a folder, on a backbone that is given."""
    return Tagger.from_files(
        {name: (folder / name).read_bytes() for name in FILES}, backbone=backbone, device=device
    )


def _cut(rows: Sequence[Any], pieces: Sequence[Piece]) -> list[Any]:
    """Cut one array a sentence into one array a piece, in the pieces' order."""
    return [rows[piece.sentence][piece.begin : piece.begin + len(piece.firsts)] for piece in pieces]
