"""The vectors that a tagger's head sees: one for each word, for methods that compare words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from benchmark.domains.corpus import LabelledSentence, Sentence
from larbench.tagger.arrays import Floats
from larbench.tagger.encoding import encode
from larbench.tagger.memory import in_batches
from larbench.tagger.precision import autocast
from larbench.tagger.tagger import Tagger
from larbench.tagger.train import collate


def word_vectors(tagger: Tagger, sentences: Sequence[Sentence | LabelledSentence]) -> list[Floats]:
    """Return each sentence's word vectors, (words, width): what ``tagger``'s head is given, without dropout.

    They are the hidden states of first sub-tokens, with the embedded shape beside them where the encoder
    is uncased.
    """
    tagger.model.eval()
    pieces = encode([sentence.tokens for sentence in sentences], tagger.tokenizer, tagger.window)
    found: list[Floats | None] = [None] * len(pieces)

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def vectors(numbers: Sequence[int]) -> Floats:
        batch = collate([pieces[i] for i in numbers], tagger.device)
        with autocast(tagger.device):
            words = tagger.model.words(*batch.arguments())
        made: Floats = words.float().cpu().numpy()
        return made

    for numbers, made in in_batches(pieces, tagger.device, vectors):
        ends = np.cumsum([len(pieces[i].firsts) for i in numbers])
        for number, rows in zip(numbers, np.split(made, ends[:-1]), strict=True):
            found[number] = rows
    rows_of: list[list[Floats]] = [[] for _ in sentences]
    for piece, part in zip(pieces, found, strict=True):
        if part is not None:
            rows_of[piece.sentence].append(part)
    empty = np.zeros((0, tagger.model.head.in_features), dtype=np.float32)
    return [np.concatenate(parts) if parts else empty for parts in rows_of]
