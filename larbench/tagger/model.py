"""The network: a pre-trained encoder, the word's shape beside its tokens, a linear head over words."""

from __future__ import annotations

import inspect
from itertools import takewhile
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase
from typing import Any

import torch
from torch import Tensor, nn

from benchmark.errors import InputError
from larbench.tagger.encoding import SHAPES
from larbench.tagger.frozen import FrozenLayers
from larbench.tagger.hub import VOCABULARIES

HEAD_SHAPE_SIZE = 16


class TokenTagger(nn.Module):  # type: ignore[misc]
    """Encoder + head. The shape is embedded at the encoder's input and again at the head (uncased encoders).

    The input embedding of shapes starts at zero: an untrained tagger sees exactly what its encoder saw. An
    encoder that takes no embeddings in place of ids gets the shape at the head alone.
    """

    def __init__(self, encoder: nn.Module, hidden: int, labels: int, *, shapes: bool, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.hidden = hidden
        self.frozen: FrozenLayers | None = None
        self.shape_input: nn.Embedding | None = None
        self.shape_head: nn.Embedding | None = None
        width = hidden
        if shapes:
            if _takes(encoder, "inputs_embeds"):
                width_in = int(encoder.get_input_embeddings().weight.shape[1])  # may differ from hidden
                self.shape_input = nn.Embedding(len(SHAPES), width_in, padding_idx=0)
                nn.init.zeros_(self.shape_input.weight)
            self.shape_head = nn.Embedding(len(SHAPES), HEAD_SHAPE_SIZE)
            width += HEAD_SHAPE_SIZE
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, labels)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def frozen_count(self, share: float) -> int:
        """Return how many layers this share of them is."""
        return round(share * len(layers_of(self.encoder)))

    def lower_part(self, share: float) -> list[nn.Module]:
        """Return the embeddings and this share of the layers above them, as modules; none for 0."""
        layers = layers_of(self.encoder)
        count = self.frozen_count(share)
        if not count:
            return []
        before = takewhile(lambda module: module is not layers[0], self.encoder.modules())
        below = [module for module in before if not list(module.children())]  # embeddings, their norm
        return [*below, *layers[:count], *([] if self.shape_input is None else [self.shape_input])]

    def words(self, ids: Tensor, shapes: Tensor, mask: Tensor, rows: Tensor, firsts: Tensor) -> Tensor:
        """Return the word vectors (words, width): hidden states of first sub-tokens, with shapes beside them.

        ``ids``, ``shapes`` and ``mask`` are (batch, tokens); ``rows`` and ``firsts`` are (words,): which
        sentence of the batch, and which position in it, each word's first sub-token has.
        """
        if self.frozen is None:
            hidden = self._hidden(ids, shapes, mask)
        else:
            with self.frozen.given(ids, shapes, mask, self._hidden):
                hidden = self._hidden(ids, shapes, mask)
        found = hidden[rows, firsts]
        if self.shape_head is not None:
            found = torch.cat([found, self.shape_head(shapes[rows, firsts]).to(found.dtype)], dim=-1)
        return found

    def _hidden(self, ids: Tensor, shapes: Tensor, mask: Tensor) -> Tensor:
        """Return the encoder's hidden states (batch, tokens, hidden)."""
        if self.shape_input is None:
            given = {"input_ids": ids}
        else:
            given = {"inputs_embeds": self.encoder.get_input_embeddings()(ids) + self.shape_input(shapes)}
        states: Tensor = self.encoder(**given, attention_mask=mask).last_hidden_state
        return states

    def forward(self, ids: Tensor, shapes: Tensor, mask: Tensor, rows: Tensor, firsts: Tensor) -> Tensor:
        """Return the label scores (words, labels); arguments as in ``words``."""
        return self.head(self.dropout(self.words(ids, shapes, mask, rows, firsts)))


def layers_of(encoder: nn.Module) -> nn.ModuleList:
    """Return an encoder's layers in the order in which they are passed: its longest list of modules."""
    lists = [module for module in encoder.modules() if isinstance(module, nn.ModuleList)]
    return max(lists, key=len, default=nn.ModuleList())


def _takes(encoder: nn.Module, argument: str) -> bool:
    return argument in inspect.signature(encoder.forward).parameters


def load_encoder(folder: Path) -> tuple[nn.Module, Any]:
    """Load an encoder and its fast tokenizer from a folder in the model hub's format, without the network.

    Raises ``InputError`` where they cannot be loaded, where weights of the encoder are missing (those of a
    pooler, which is unused here, may be), and for models that are no encoders.
    """
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    if not any((folder / name).is_file() for name in VOCABULARIES):
        # transformers may make a tokenizer of nothing, to which every word is unknown
        raise InputError(
            "no vocabulary of a tokenizer",
            path=folder,
            expected=f"one of {', '.join(sorted(VOCABULARIES))}",
            todo="save the tokenizer beside the encoder with save_pretrained",
        )
    logging.disable_progress_bar()  # one bar for each of a suite's many loads tells a user nothing
    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()  # missing weights are reported below; a head may be left over
    try:
        # weights in fp32: autocast chooses the precision of each product; safetensors: nothing is unpickled
        encoder, loaded = AutoModel.from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            dtype=torch.float32,
            output_loading_info=True,
        )
        tokenizer = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, use_fast=True, trust_remote_code=False
        )
    except (OSError, ValueError, ImportError, RuntimeError) as error:
        raise InputError(
            f"what transformers cannot load: {str(error).strip().splitlines()[0] if str(error) else error!r}",
            path=folder,
            expected="an encoder and a fast tokenizer, as saved by save_pretrained",
            todo="see the documentation's page on backbones",
        ) from error
    finally:
        logging.set_verbosity(verbosity)
    _check(encoder, tokenizer, loaded["missing_keys"], folder)
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None  # unused here: its weights would only be saved and decayed
    return encoder, tokenizer


def _check(encoder: nn.Module, tokenizer: Any, missing: Any, folder: Path) -> None:
    lost = sorted(name for name in missing if "pooler" not in name.split("."))
    if lost:
        more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
        raise InputError(
            f"no weights for {', '.join(lost[:3])}{more}",
            path=folder,
            expected="all weights of the encoder: left out, they would be drawn at random",
            todo="save the whole encoder with save_pretrained",
        )
    if getattr(encoder.config, "is_encoder_decoder", False) or not _takes(encoder, "attention_mask"):
        raise InputError(
            f"a {type(encoder).__name__}",
            path=folder,
            expected="an encoder, called with attention_mask: BERT, RoBERTa, DeBERTa, ModernBERT and others",
        )
    if not getattr(tokenizer, "is_fast", False):
        raise InputError(
            f"a {type(tokenizer).__name__}, which is not a fast tokenizer",
            path=folder,
            expected="a tokenizer.json, or files that transformers can make one of",
        )


def lower_cases(tokenizer: Any) -> bool:
    """Whether a tokenizer makes the same of every capital and its small letter."""
    small = tokenizer(list(ascii_lowercase))["input_ids"]
    return bool(tokenizer(list(ascii_uppercase))["input_ids"] == small)


def window_of(encoder: nn.Module, wanted: int) -> int:
    """Return how many tokens to give the encoder at once: ``wanted``, or what it has positions for.

    A multiple of 8, because batches are padded to one. Encoders of RoBERTa's family count positions from
    behind the padding index, so that 514 of them are enough for 512 tokens only.
    """
    positions = int(getattr(encoder.config, "max_position_embeddings", wanted) or wanted)
    if positions <= 0:  # how encoders with relative positions say that there is no bound
        return wanted
    for name, module in encoder.named_modules():
        if name.rpartition(".")[2] == "position_embeddings":
            padding = getattr(module, "padding_idx", None)
            positions -= 0 if padding is None else int(padding) + 1
            break
    return min(wanted, positions) // 8 * 8
