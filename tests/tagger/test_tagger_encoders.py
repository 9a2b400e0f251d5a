"""Encoders of several architectures: loaded, given words as they want them, trained, saved, and refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from tiny_encoders import ENCODERS, byte_level, fast, frame, unigram
from toys import ODD_WORDS, SOURCE

from benchmark.domains.corpus import Sentence
from benchmark.errors import InputError
from larbench.tagger.encoding import encode, frame_of
from larbench.tagger.model import TokenTagger, layers_of, load_encoder, lower_cases, window_of
from larbench.tagger.tagger import Tagger
from larbench.tagger.train import Recipe, rate_factor

RECIPE = Recipe(epochs=1, learning_rate=5e-3, batch_tokens=256, freeze_embeddings=True, frozen_share=0.5)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    return cache(lambda name: ENCODERS[name](tmp_path_factory.mktemp(name) / "model"))


# --- from the folder to mentions and back


@pytest.mark.parametrize("name", ENCODERS)
def test_each_architecture_is_trained_used_and_saved(saved: Callable[[str], Path], name: str) -> None:
    tagger = Tagger.fresh(("person", "city"), str(saved(name)), seed=1)
    embeddings = tagger.model.encoder.get_input_embeddings().weight
    before, head = embeddings.detach().clone(), tagger.model.head.weight.detach().clone()
    lower, upper = ([value.clone() for value in layer.parameters()] for layer in _layers(tagger))
    history = tagger.fit(SOURCE.train, RECIPE, seed=1, dev=SOURCE.dev)
    assert all(map(torch.equal, lower, _layers(tagger)[0].parameters()))
    assert not all(map(torch.equal, upper, _layers(tagger)[1].parameters()))
    assert history.steps > 0
    assert np.isfinite(history.losses).all()
    assert torch.equal(embeddings, before)  # frozen, whatever their name
    assert not torch.equal(tagger.model.head.weight, head)

    again = Tagger.from_files(tagger.to_files())
    assert again.to_files() == tagger.to_files()
    assert again.predict(SOURCE.test) == tagger.predict(SOURCE.test)
    for one, other in zip(tagger.log_probs(SOURCE.test), again.log_probs(SOURCE.test), strict=True):
        # equal weights at another place of memory may round otherwise, by a step of bf16
        np.testing.assert_allclose(one, other, atol=0.01)


def _layers(tagger: Tagger) -> list[torch.nn.Module]:
    found = layers_of(tagger.model.encoder)
    assert len(found) == 2
    return found


@pytest.mark.parametrize("name", ENCODERS)
def test_a_sentence_longer_than_the_window_is_answered_whole(saved: Callable[[str], Path], name: str) -> None:
    tagger = Tagger.fresh(("person", "city"), str(saved(name)), seed=1)
    assert tagger.window == 64
    long = Sentence("long", ("Anna", "lives", "in", "Rome") * 60)
    pieces = tagger._encode([long])
    assert len(pieces) > 1
    assert any(len(piece) > 56 for piece in pieces)  # so that the last position is asked for
    (scores,) = tagger.log_probs([long])
    assert scores.shape == (240, 5)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", ENCODERS)
def test_cased_encoders_need_no_shapes(saved: Callable[[str], Path], name: str) -> None:
    tagger = Tagger.fresh(("person",), str(saved(name)), seed=1)
    assert tagger.model.shape_input is None
    assert tagger.model.shape_head is None


# --- words as the tokenizer wants them


@pytest.mark.parametrize("name", ENCODERS)
def test_words_are_encoded_as_they_are_in_running_text(saved: Callable[[str], Path], name: str) -> None:
    tokenizer = load_encoder(saved(name))[1]
    for sentence in SOURCE.train:
        (piece,) = encode([sentence.tokens], tokenizer, 256)
        text = frame_of(tokenizer).lead + " ".join(sentence.tokens)
        assert piece.ids.tolist() == tokenizer(text)["input_ids"]


def test_byte_level_words_are_led_by_a_space_and_others_are_not(saved: Callable[[str], Path]) -> None:
    leads = {name: frame_of(load_encoder(saved(name))[1]).lead for name in ENCODERS}
    assert leads == {"bert-cased": "", "deberta-v2": "", "modernbert": " ", "xlm-r": "", "roberta": " "}
    tokenizer = load_encoder(saved("roberta"))[1]
    (piece,) = encode([("Anna", "lives")], tokenizer, 64)
    assert tokenizer.convert_ids_to_tokens(piece.ids.tolist()) == ["<s>", "ĠAnna", "Ġlives", "</s>"]


def test_a_tokenizer_that_adds_the_space_itself_gets_none() -> None:
    assert frame_of(fast(byte_level())).lead == " "
    assert frame_of(fast(byte_level(adds_space=True))).lead == ""


@pytest.mark.parametrize(
    ("begin", "end"), [([], ["</s>"]), (["<s>"], []), ([], []), (["<s>", "<mask>"], ["</s>", "</s>"])]
)
def test_specials_are_those_of_the_tokenizers_template(begin: list[str], end: list[str]) -> None:
    tokenizer = fast(frame(unigram(), begin, end))
    pieces = encode([("Anna", "lives", "in", "Rome")], tokenizer, 16)
    for piece in pieces:
        tokens = tokenizer.convert_ids_to_tokens(piece.ids.tolist())
        assert tokens[: len(begin)] == begin
        assert tokens[len(tokens) - len(end) :] == end
        assert piece.firsts[0] == len(begin)
        assert piece.tail == len(end)
        assert len(piece) <= 16
        assert not piece.shapes[: len(begin)].any()


def test_a_cased_tokenizer_is_known_though_letters_are_missing_in_it() -> None:
    tokenizer = fast(unigram())
    assert tokenizer("Q")["input_ids"] == tokenizer("q")["input_ids"]
    assert not lower_cases(tokenizer)


@pytest.fixture(scope="module")
def tokenizers(saved: Callable[[str], Path]) -> dict[str, Any]:
    wordpiece = load_encoder(saved("bert-cased"))[1]
    return {"wordpiece": wordpiece, "byte-level": fast(byte_level()), "unigram": fast(unigram())}


words = st.text(max_size=8) | st.sampled_from(ODD_WORDS) | st.sampled_from(("Anna", "lives", "New", "Rome"))


@pytest.mark.parametrize("kind", ["wordpiece", "byte-level", "unigram"])
@given(sentences=st.lists(st.lists(words, max_size=12), max_size=4), window=st.integers(4, 32))
@example(sentences=[["Anna"] * 50, [], ["\u200b"]], window=4)
@example(sentences=[["a", "x" * 400, "b"]], window=8)
def test_no_word_and_no_token_is_lost_at_the_window(
    tokenizers: dict[str, Any], kind: str, sentences: list[list[str]], window: int
) -> None:
    tokenizer = tokenizers[kind]
    shape = frame_of(tokenizer)
    room = window - len(shape.begin) - len(shape.end)

    def alone(word: str) -> list[int]:
        ids = tokenizer(shape.lead + word, add_special_tokens=False)["input_ids"]
        return list(ids[:room]) or [tokenizer.unk_token_id]

    joined: list[list[int]] = [[] for _ in sentences]
    taken = [0] * len(sentences)
    for piece in encode(sentences, tokenizer, window):
        assert len(piece.firsts) > 0
        assert len(piece) <= window
        assert piece.begin == taken[piece.sentence]
        taken[piece.sentence] += len(piece.firsts)
        ids = piece.ids.tolist()
        assert tuple(ids[: len(shape.begin)]) == shape.begin
        assert tuple(ids[len(ids) - piece.tail :]) == shape.end
        joined[piece.sentence] += ids[len(shape.begin) : len(ids) - piece.tail]
    assert taken == [len(sentence) for sentence in sentences]
    assert joined == [[i for word in sentence for i in alone(word)] for sentence in sentences]


# --- the window and the rate


def test_positions_behind_the_padding_index_are_not_counted(saved: Callable[[str], Path]) -> None:
    assert window_of(load_encoder(saved("xlm-r"))[0], 256) == 64  # of 66
    assert window_of(load_encoder(saved("bert-cased"))[0], 256) == 64
    assert window_of(load_encoder(saved("bert-cased"))[0], 20) == 16


def test_relative_positions_set_no_bound(saved: Callable[[str], Path]) -> None:
    encoder = load_encoder(saved("deberta-v2"))[0]
    encoder.config.max_position_embeddings = -1
    assert window_of(encoder, 256) == 256


@pytest.mark.parametrize(("hidden", "rate"), [(32, 2e-4), (384, 2e-4), (768, 5e-5), (1024, 2.8125e-5)])
def test_wider_encoders_learn_more_slowly(hidden: int, rate: float) -> None:
    assert 2e-4 * rate_factor(hidden) == pytest.approx(rate, rel=1e-12)


# --- what is loaded and what is refused


@pytest.fixture
def copied(saved: Callable[[str], Path], tmp_path: Path) -> Path:
    return shutil.copytree(saved("bert-cased"), tmp_path / "copy")


def test_weights_of_a_pretraining_model_with_old_names_are_read(copied: Path) -> None:
    new = load_file(copied / "model.safetensors")
    rng = torch.Generator().manual_seed(1)
    old = {"cls.predictions.bias": torch.zeros(5), "cls.seq_relationship.weight": torch.zeros(2, 32)}
    for name, value in new.items():
        new[name] = torch.rand(value.shape, generator=rng)
        renamed = name.replace("LayerNorm.weight", "LayerNorm.gamma")
        old["bert." + renamed.replace("LayerNorm.bias", "LayerNorm.beta")] = new[name]
    save_file(old, copied / "model.safetensors", metadata={"format": "pt"})
    encoder, _ = load_encoder(copied)
    found = encoder.state_dict()
    assert {name for name in new if not name.startswith("pooler.")} == found.keys()
    assert all(torch.equal(value, new[name]) for name, value in found.items())


def test_a_missing_pooler_is_no_fault(copied: Path) -> None:
    weights = load_file(copied / "model.safetensors")
    kept = {name: value for name, value in weights.items() if not name.startswith("pooler.")}
    assert len(kept) < len(weights)
    save_file(kept, copied / "model.safetensors", metadata={"format": "pt"})
    load_encoder(copied)


def test_missing_weights_of_the_encoder_are_named(copied: Path) -> None:
    weights = load_file(copied / "model.safetensors")
    kept = {name: value for name, value in weights.items() if "encoder.layer.1." not in name}
    save_file(kept, copied / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(
        InputError, match=r"no weights for encoder\.layer\.1\.attention.* and 13 more"
    ) as caught:
        load_encoder(copied)
    assert caught.value.path == str(copied)


def test_what_cannot_be_loaded_is_said_in_one_line(copied: Path) -> None:
    (copied / "config.json").unlink()
    with pytest.raises(InputError, match="what transformers cannot load") as caught:
        load_encoder(copied)
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_tokenizer_is_refused(copied: Path) -> None:
    for name in ("vocab.txt", "tokenizer.json"):
        (copied / name).unlink()
    with pytest.raises(InputError, match=r"no vocabulary of a tokenizer; expected one of .*tokenizer\.json"):
        load_encoder(copied)


def test_weights_of_another_size_are_refused(copied: Path) -> None:
    settings = json.loads((copied / "config.json").read_text())
    (copied / "config.json").write_text(json.dumps({**settings, "hidden_size": 16}))
    with pytest.raises(InputError, match="what transformers cannot load"):
        load_encoder(copied)


def test_code_that_comes_with_a_model_is_not_run(copied: Path) -> None:
    settings = json.loads((copied / "config.json").read_text())
    settings |= {"model_type": "unheard-of", "auto_map": {"AutoConfig": "own.C", "AutoModel": "own.M"}}
    (copied / "config.json").write_text(json.dumps(settings))
    (copied / "own.py").write_text(f"open({str(copied / 'ran')!r}, 'w')")
    with pytest.raises(InputError):
        load_encoder(copied)
    assert not (copied / "ran").exists()


def test_a_model_with_a_decoder_is_refused(tmp_path: Path) -> None:
    from transformers import T5Config, T5Model

    torch.manual_seed(0)
    T5Model(
        T5Config(vocab_size=150, d_model=16, d_ff=16, num_layers=1, num_heads=1, d_kv=16)
    ).save_pretrained(tmp_path)
    fast(unigram()).save_pretrained(tmp_path)
    with pytest.raises(InputError, match="found a T5Model; expected an encoder"):
        load_encoder(tmp_path)


class _IdsOnly(torch.nn.Module):
    """An encoder that takes no embeddings in place of ids."""

    def __init__(self) -> None:
        super().__init__()
        self.table = torch.nn.Embedding(50, 8)

    def get_input_embeddings(self) -> torch.nn.Module:
        return self.table

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
        del attention_mask
        return type("Output", (), {"last_hidden_state": self.table(input_ids)})()


def test_without_input_embeddings_the_shape_stands_at_the_head_alone() -> None:
    model = TokenTagger(_IdsOnly(), 8, 5, shapes=True, dropout=0)
    assert model.shape_input is None
    assert model.shape_head is not None
    ids = torch.tensor([[1, 2, 3]])
    scores = model(ids, torch.tensor([[0, 2, 0]]), torch.ones_like(ids), torch.tensor([0]), torch.tensor([1]))
    assert scores.shape == (1, 5)
