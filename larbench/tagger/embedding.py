"""Text embeddings by the backbone as it was pre-trained: of whole texts, and of spans in their sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from larbench.tagger.arrays import Floats, unit_rows
from larbench.tagger.backbones import find_backbone
from larbench.tagger.encoding import Piece, encode
from larbench.tagger.memory import in_batches
from larbench.tagger.model import load_encoder, window_of
from larbench.tagger.precision import autocast
from larbench.tagger.train import collate

Span = tuple[int, int]


class Embedder:
    """Mean-pooled, length-normalised vectors of a pre-trained encoder (no fine-tuning, no dropout)."""

    def __init__(self, backbone: str, *, device: str = "cpu", window: int = 256) -> None:
        encoder, self.tokenizer = load_encoder(find_backbone(backbone).path)
        self.encoder = encoder.to(device).eval()
        self.hidden = int(encoder.config.hidden_size)
        self.device = device
        self.window = window_of(encoder, window)

    def texts(self, texts: Sequence[str]) -> Floats:
        """Return (texts, hidden): the mean over all tokens of each text, unit length.

        Of a text longer than the window, the beginning counts.
        """
        rows = np.zeros((len(texts), self.hidden), dtype=np.float32)
        pieces = encode([text.split() or ["."] for text in texts], self.tokenizer, self.window)
        for piece, vectors in self._token_vectors([piece for piece in pieces if piece.begin == 0]):
            rows[piece.sentence] = vectors.mean(axis=0)
        return unit_rows(rows)

    def spans(self, sentences: Sequence[Sequence[str]], spans: Sequence[Sequence[Span]]) -> Floats:
        """Return (spans, hidden): the mean over the tokens of each span, read in its sentence, unit length.

        ``spans[i]`` are half-open word offsets in ``sentences[i]``; rows run sentence by sentence. Where a
        sentence had to be cut inside a span, the part up to the cut counts.
        """
        pieces = encode(sentences, self.tokenizer, self.window)
        offset = np.concatenate([[0], np.cumsum([len(row) for row in spans])]).astype(int)
        rows = np.zeros((int(offset[-1]), self.hidden), dtype=np.float32)
        for piece, vectors in self._token_vectors(pieces):
            bounds = [*piece.firsts.tolist(), len(piece) - piece.tail]
            for number, (start, end) in enumerate(spans[piece.sentence]):
                first = start - piece.begin
                if 0 <= first < len(piece.firsts):
                    last = min(end - piece.begin, len(piece.firsts))
                    part = vectors[bounds[first] : bounds[last]]
                    rows[offset[piece.sentence] + number] = part.mean(axis=0)
        return unit_rows(rows)

    def _token_vectors(self, pieces: Sequence[Piece]) -> Iterator[tuple[Piece, Floats]]:
        """Yield each piece with the hidden states (tokens, hidden) of its tokens, specials included."""

        @torch.inference_mode()  # type: ignore[untyped-decorator]
        def states(numbers: Sequence[int]) -> Floats:
            batch = collate([pieces[i] for i in numbers], self.device)
            with autocast(self.device):
                hidden = self.encoder(input_ids=batch.ids, attention_mask=batch.mask).last_hidden_state
            found: Floats = hidden.float().cpu().numpy()
            return found

        for numbers, rows in in_batches(pieces, self.device, states):
            for i, row in zip(numbers, rows, strict=True):
                yield pieces[i], row[: len(pieces[i])]
