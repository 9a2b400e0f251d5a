"""Masked-language-model adaptation: which words are masked, what the head is tied to, whether loss falls."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load
from tiny_encoders import ENCODERS
from toys import SOURCE, TARGET, TARGET_TEMPLATES, MemoryStore, sentences, write_backbone

from baselines.da_ner.masked_lm import (
    HELD_OUT,
    LONGEST,
    MaskedRecipe,
    Pretraining,
    adapt_encoder,
    adapted,
    load_adapted,
    mask,
    masked_spans,
    text_hash,
)
from benchmark.domains.corpus import Sentence
from benchmark.errors import InputError
from larbench.tagger.encoding import Piece
from larbench.tagger.model import load_encoder

TEXT = tuple(s.unlabelled() for s in TARGET.train + TARGET.dev)
MASK, ORDINARY = 4, np.arange(100, 200)


def _piece(lengths: list[int]) -> Piece:
    """Words of so many sub-tokens each, framed by two specials; every sub-token has an id of its own."""
    firsts = 1 + np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
    ids = np.array([2, *range(1000, 1000 + sum(lengths)), 3], dtype=np.int64)
    return Piece(0, 0, ids, np.zeros_like(ids), firsts)


# --- masking


@given(words=st.integers(0, 300), rate=st.floats(0.01, 1.0), seed=st.integers(0, 2**32 - 1))
def test_spans_are_disjoint_and_have_the_rate(words: int, rate: float, seed: int) -> None:
    spans = masked_spans(words, rate, np.random.default_rng(seed))
    assert spans == sorted(spans)
    assert all(0 <= start < end <= words and end - start <= LONGEST for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert abs(sum(end - start for start, end in spans) - rate * words) < 1


@pytest.mark.parametrize(("words", "rate"), [(7, 0.15), (25, 0.15), (3, 0.3)])
def test_the_mean_rate_is_exact(words: int, rate: float) -> None:
    rng = np.random.default_rng(0)
    draws = [sum(end - start for start, end in masked_spans(words, rate, rng)) for _ in range(4000)]
    # a draw is one of two neighbouring whole numbers: its deviation is at most a half
    assert np.mean(draws) == pytest.approx(rate * words, abs=4 * 0.5 / 4000**0.5)


def test_words_are_masked_in_spans_and_everywhere_alike() -> None:
    rng = np.random.default_rng(0)
    spans = [span for _ in range(3000) for span in masked_spans(40, 0.15, rng)]
    lengths = [end - start for start, end in spans]
    assert np.mean(lengths) > 2
    assert set(lengths) == {1, 2, 3, 4, 5, 6}  # never more than is to be masked
    masked = np.zeros(40)
    for start, end in spans:
        masked[start:end] += 1
    assert masked.min() > 0  # the ends of a sentence too, if more seldom
    assert masked[10:30].max() / masked[10:30].min() < 1.4


@given(
    lengths=st.lists(st.integers(1, 5), min_size=1, max_size=60),
    rate=st.floats(0.05, 1.0),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_word_is_masked_whole_or_not_at_all(lengths: list[int], rate: float, seed: int) -> None:
    piece = _piece(lengths)
    before = piece.ids.copy()
    masked = mask(piece, rate, MASK, ORDINARY, np.random.default_rng(seed))
    assert np.array_equal(piece.ids, before), "the piece itself was masked"
    chosen = masked.targets >= 0
    assert not chosen[[0, -1]].any(), "a special was masked"
    words = np.split(chosen[1:-1], np.cumsum(lengths)[:-1])
    assert all(word.all() or not word.any() for word in words)
    assert abs(sum(word.all() for word in words) - rate * len(lengths)) < 1
    assert np.array_equal(masked.targets[chosen], before[chosen])
    assert np.array_equal(masked.ids[~chosen], before[~chosen])
    for word, ids, old in zip(
        words, *(np.split(row[1:-1], np.cumsum(lengths)[:-1]) for row in (masked.ids, before)), strict=True
    ):
        if word.all():  # one fate for all of a word
            assert (ids == MASK).all() or np.isin(ids, ORDINARY).all() or np.array_equal(ids, old)


def test_spans_are_masked_replaced_or_kept_in_the_stated_shares() -> None:
    rng, piece = np.random.default_rng(0), _piece([1] * 7)
    fates = []
    for _ in range(3000):
        masked = mask(piece, 0.15, MASK, ORDINARY, rng)
        ids = masked.ids[masked.targets >= 0]
        if len(ids) == 1:
            fates.append("mask" if ids[0] == MASK else "random" if ids[0] < 1000 else "same")
    shares = [fates.count(fate) / len(fates) for fate in ("mask", "random", "same")]
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.03)


# --- the head


def test_the_head_is_tied_to_the_word_embeddings(tiny_backbone: str) -> None:
    model = Pretraining(tiny_backbone).model
    embeddings = model.encoder.get_input_embeddings().weight
    assert model.head.bias.shape == (len(embeddings),)
    own = sum(p.numel() for p in model.head.parameters())
    assert own < embeddings.numel()  # no second matrix over the vocabulary
    hidden = torch.randn(3, 32)
    before = model.head(hidden, embeddings)
    with torch.no_grad():
        embeddings[5] += 1
    after = model.head(hidden, embeddings)
    assert (before != after).any(dim=0).nonzero().flatten().tolist() == [5]


def test_a_head_in_the_backbones_files_is_used(tmp_path: Path) -> None:
    from transformers import BertConfig, BertForMaskedLM

    folder = write_backbone(tmp_path / "with-head")
    full = BertForMaskedLM(BertConfig.from_pretrained(folder))
    torch.nn.init.normal_(full.cls.predictions.bias)
    full.save_pretrained(folder)
    pretraining = Pretraining(str(folder))
    ids = torch.tensor([[2, 30, 31, 4, 33, 3]])
    everything = torch.ones_like(ids)
    pretraining.model.eval(), full.eval()
    with torch.no_grad():
        ours = pretraining.model(ids, everything, everything.bool())
        theirs = full(input_ids=ids, attention_mask=everything).logits[0]
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_a_tokenizer_without_a_mask_token_is_refused(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    folder = write_backbone(tmp_path / "maskless")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.mask_token = None
    tokenizer.save_pretrained(folder)
    if AutoTokenizer.from_pretrained(folder).mask_token_id is not None:
        pytest.skip("this transformers gives BERT's tokenizer a mask token of its own")
    with pytest.raises(InputError, match="without a mask token"):
        Pretraining(str(folder))


# --- adapting


def test_loss_on_held_out_text_falls(tiny_backbone: str) -> None:
    text = [s.unlabelled() for s in sentences(TARGET_TEMPLATES, 160, "waters")]
    recipe = MaskedRecipe(60, learning_rate=5e-3, head_factor=20, batch_tokens=256)
    history = json.loads(adapted(Pretraining(tiny_backbone), text, recipe)["history.json"])
    assert history["held_out_loss"] < 0.8 * history["held_out_loss_before"]
    assert history["steps"] == 60 and history["tokens"] > 0


def test_held_out_sentences_are_not_learned_from(tiny_backbone: str) -> None:
    other = [*TEXT]
    other[HELD_OUT - 1] = Sentence("x", ("Anna", "swam"))
    weights = [
        adapted(Pretraining(tiny_backbone), text, MaskedRecipe(3))["weights.safetensors"]
        for text in (TEXT, other)
    ]
    assert weights[0] == weights[1]
    assert len(TEXT) >= HELD_OUT


@pytest.mark.parametrize("make", ENCODERS.values(), ids=ENCODERS)
def test_it_adapts_encoders_of_all_kinds(make: Callable[[Path], Path], tmp_path: Path) -> None:
    folder = str(make(tmp_path / "encoder"))
    files = adapted(Pretraining(folder), TEXT, MaskedRecipe(2))
    encoder, _ = load_encoder(Path(folder))
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    load_adapted(encoder, files)
    changed = {name for name, value in encoder.state_dict().items() if not torch.equal(value, before[name])}
    words = [name for name in before if name.endswith(("word_embeddings.weight", "tok_embeddings.weight"))]
    assert changed and not changed & set(words)
    assert changed <= set(load(files["weights.safetensors"]))


def test_no_step_leaves_the_encoder_as_it_is(tiny_backbone: str) -> None:
    files = adapted(Pretraining(tiny_backbone), TEXT, MaskedRecipe(0))
    encoder, _ = load_encoder(Path(tiny_backbone))
    plain = dict(encoder.named_parameters())
    assert all(torch.equal(value, plain[name]) for name, value in load(files["weights.safetensors"]).items())


def test_weights_of_another_encoder_are_refused(tiny_backbone: str) -> None:
    files = adapted(Pretraining(tiny_backbone), TEXT, MaskedRecipe(0))
    with pytest.raises(ValueError, match="no place in this encoder"):
        load_adapted(torch.nn.Linear(2, 2), files)


def test_it_is_made_once_for_a_text_and_a_recipe(tiny_backbone: str) -> None:
    store = MemoryStore()

    def ask(text: tuple[Sentence, ...] = TEXT, steps: int = 1) -> dict[str, bytes]:
        return adapt_encoder(text, tiny_backbone, MaskedRecipe(steps), artefacts=store)

    first = ask()
    renamed = tuple(Sentence(f"other/{n}", s.tokens) for n, s in enumerate(TEXT))
    assert ask(renamed) == first
    assert store.made == 1
    assert ask(TEXT[:-1]) != first
    assert ask(steps=2) != first
    assert store.made == 3
    assert adapt_encoder(TEXT, tiny_backbone, MaskedRecipe(1), artefacts=MemoryStore()) == first
    code = store.keys[0]["code"]
    assert isinstance(code, dict) and "baselines.da_ner.masked_lm" in code


def test_the_hash_of_a_text_tells_words_apart() -> None:
    one, other = Sentence("a", ("x y",)), Sentence("a", ("x", "y"))
    assert len({text_hash([one]), text_hash([other]), text_hash([one, other]), text_hash([])}) == 4
    assert text_hash(SOURCE.train) == text_hash([s.unlabelled() for s in SOURCE.train])  # type: ignore[arg-type]
