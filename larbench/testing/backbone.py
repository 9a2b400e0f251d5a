"""A tiny backbone, an encoder for the toy corpus: made in a second, without any download."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from larbench.testing.toy_corpus import SOURCE_TEMPLATES, SURFACES, TARGET_TEMPLATES


def write_backbone(folder: Path, *, cased: bool = False, positions: int = 256) -> Path:
    """Save a tiny BERT, randomly initialised but always the same, and its WordPiece tokenizer; its folder.

    ``positions`` is the greatest number of pieces that it takes.
    """
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = _vocabulary(cased)
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    BertTokenizerFast.from_pretrained(folder, do_lower_case=not cased).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=positions,
    )
    BertModel(config).save_pretrained(folder)
    return folder


@cache
def tiny_backbone(folder: Path) -> str:
    """Return the path of a tiny backbone, which is written at the first call.

    Parameters
    ----------
    folder : Path
        What to write its folder into.

    Returns
    -------
    str
        The path, which methods take as the name of a backbone.
    """
    return str(write_backbone(folder / "tiny-backbone"))


def _vocabulary(cased: bool) -> list[str]:
    characters = [chr(code) for code in range(33, 127) if cased or not chr(code).isupper()]
    words = [word for names in SURFACES.values() for name in names for word in name.split()]
    words += [word for text in SOURCE_TEMPLATES + TARGET_TEMPLATES for word in text.split()]
    if not cased:
        words = [word.lower() for word in words]
    pieces = [*characters, *(f"##{character}" for character in characters), *words]
    return list(dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *pieces]))
