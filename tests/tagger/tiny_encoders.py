"""Tiny encoders of several architectures, random but always the same, saved in the model hub's format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from toys import SOURCE, TARGET, write_backbone
from transformers import PreTrainedTokenizerFast

SPECIALS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
_NAMED = dict(zip(("cls_token", "pad_token", "sep_token", "unk_token", "mask_token"), SPECIALS, strict=True))
_TEXTS = [" ".join(sentence.tokens) for sentence in SOURCE.train + TARGET.train] * 3
_SIZE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


def byte_level(*, adds_space: bool = False) -> Tokenizer:
    """Byte-level BPE as RoBERTa's and ModernBERT's: a space is part of the token that follows it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=adds_space)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=SPECIALS, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(_TEXTS, trainer)
    return frame(tokenizer, ["<s>"], ["</s>"])


def unigram() -> Tokenizer:
    """Unigram over words marked by SentencePiece's sign, as XLM-R's and DeBERTa-v3's."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=150, special_tokens=SPECIALS, unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(_TEXTS, trainer)
    return frame(tokenizer, ["<s>"], ["</s>"])


def frame(tokenizer: Tokenizer, begin: Sequence[str], end: Sequence[str]) -> Tokenizer:
    """Make the tokenizer put these specials around a text."""
    ids = [(name, tokenizer.token_to_id(name)) for name in {*begin, *end}]
    template = " ".join([*begin, "$A", *end])
    tokenizer.post_processor = processors.TemplateProcessing(single=template, special_tokens=ids)
    return tokenizer


def fast(tokenizer: Tokenizer) -> Any:
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **_NAMED)


def _roberta(vocabulary: int) -> torch.nn.Module:
    from transformers import XLMRobertaConfig, XLMRobertaModel

    # two positions more than there are: they are counted from behind the padding's
    config = XLMRobertaConfig(vocab_size=vocabulary, max_position_embeddings=66, pad_token_id=1, **_SIZE)
    return XLMRobertaModel(config)


def _deberta(vocabulary: int) -> torch.nn.Module:
    from transformers import DebertaV2Config, DebertaV2Model

    config = DebertaV2Config(
        vocab_size=vocabulary,
        max_position_embeddings=64,
        pad_token_id=1,
        relative_attention=True,
        position_buckets=8,
        pos_att_type=["p2c", "c2p"],
        norm_rel_ebd="layer_norm",
        share_att_key=True,
        position_biased_input=False,
        **_SIZE,
    )
    return DebertaV2Model(config)


def _modern(vocabulary: int) -> torch.nn.Module:
    from transformers import ModernBertConfig, ModernBertModel

    ends = {"bos_token_id": 0, "cls_token_id": 0, "eos_token_id": 2, "sep_token_id": 2, "pad_token_id": 1}
    return ModernBertModel(
        ModernBertConfig(vocab_size=vocabulary, max_position_embeddings=64, **ends, **_SIZE)
    )


def _save(folder: Path, tokenizer: Callable[[], Tokenizer], model: Callable[[int], torch.nn.Module]) -> Path:
    made = tokenizer()
    fast(made).save_pretrained(folder)
    torch.manual_seed(0)
    model(made.get_vocab_size()).save_pretrained(folder)  # type: ignore[operator]
    return folder


ENCODERS: dict[str, Callable[[Path], Path]] = {
    "bert-cased": lambda folder: write_backbone(folder, cased=True, positions=64),
    "deberta-v2": lambda folder: _save(folder, unigram, _deberta),
    "modernbert": lambda folder: _save(folder, byte_level, _modern),
    "xlm-r": lambda folder: _save(folder, unigram, _roberta),
    "roberta": lambda folder: _save(folder, byte_level, _roberta),
}
