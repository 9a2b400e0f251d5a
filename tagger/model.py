"""The network: a pre-trained encoder, the word's shape beside its tokens, a linear head over words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from tagger.shapes import SHAPES

HEAD_SHAPE_SIZE = 16


class TokenTagger(nn.Module):  # type: ignore[misc]
    """Encoder + head. The shape is embedded at the encoder's input and again at the head (uncased encoders).

    The input embedding of shapes starts at zero: an untrained tagger sees exactly what its encoder saw.
    """

    def __init__(self, encoder: nn.Module, hidden: int, labels: int, *, shapes: bool, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.shape_input: nn.Embedding | None = None
        self.shape_head: nn.Embedding | None = None
        width = hidden
        if shapes:
            self.shape_input = nn.Embedding(len(SHAPES), hidden, padding_idx=0)
            nn.init.zeros_(self.shape_input.weight)
            self.shape_head = nn.Embedding(len(SHAPES), HEAD_SHAPE_SIZE)
            width += HEAD_SHAPE_SIZE
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, labels)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def words(self, ids: Tensor, shapes: Tensor, mask: Tensor, rows: Tensor, firsts: Tensor) -> Tensor:
        """Return the word vectors (words, width): hidden states of first sub-tokens, with shapes beside them.

        ``ids``, ``shapes`` and ``mask`` are (batch, tokens); ``rows`` and ``firsts`` are (words,): which
        sentence of the batch, and which position in it, each word's first sub-token has.
        """
        embedded = self.encoder.get_input_embeddings()(ids)
        if self.shape_input is not None:
            embedded = embedded + self.shape_input(shapes)
        hidden = self.encoder(inputs_embeds=embedded, attention_mask=mask).last_hidden_state
        found = hidden[rows, firsts]
        if self.shape_head is not None:
            found = torch.cat([found, self.shape_head(shapes[rows, firsts]).to(found.dtype)], dim=-1)
        return found

    def forward(self, ids: Tensor, shapes: Tensor, mask: Tensor, rows: Tensor, firsts: Tensor) -> Tensor:
        """Return the label scores (words, labels); arguments as in ``words``."""
        return self.head(self.dropout(self.words(ids, shapes, mask, rows, firsts)))


def load_encoder(folder: Path) -> tuple[nn.Module, Any]:
    """Load an encoder and its fast tokenizer from a folder in the model hub's format, without the network."""
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # one bar for each of a suite's many loads tells a user nothing
    # weights in fp32: autocast chooses the precision of each product; safetensors: nothing is unpickled
    encoder = AutoModel.from_pretrained(
        folder, local_files_only=True, use_safetensors=True, dtype=torch.float32
    )
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, use_fast=True)
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None  # unused here: its weights would only be saved and decayed
    return encoder, tokenizer


def lower_cases(tokenizer: Any) -> bool:
    """Whether a tokenizer makes the same of a capital and its small letter."""
    return bool(tokenizer("A")["input_ids"] == tokenizer("a")["input_ids"])


def window_of(encoder: nn.Module, wanted: int) -> int:
    """Return how many tokens to give the encoder at once: ``wanted``, or what it has positions for.

    A multiple of 8, because batches are padded to one.
    """
    positions = int(getattr(encoder.config, "max_position_embeddings", wanted))
    return min(wanted, positions) // 8 * 8
