"""A tagger scores every word, predicts legal mentions, saves and loads to the bit, and changes heads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toys import ODD_WORDS, SOURCE, TARGET, write_backbone

from benchmark.domains.corpus import Sentence
from larbench.tagger.model import load_encoder, lower_cases, window_of
from larbench.tagger.tagger import Tagger
from larbench.tagger.train import Recipe


@pytest.fixture(scope="module")
def trained(tiny_backbone: str) -> Tagger:
    tagger = Tagger.fresh(SOURCE.type_names, tiny_backbone, seed=1)
    tagger.fit(SOURCE.train, Recipe(epochs=1, learning_rate=3e-3, batch_tokens=64), seed=1)
    return tagger


def _sentence(*tokens: str) -> Sentence:
    return Sentence("toy/test/0", tokens)


words = st.sampled_from(ODD_WORDS) | st.sampled_from(("Anna", "Rome", "in", ".")) | st.text(max_size=5)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])  # each example runs the network
@given(texts=st.lists(st.lists(words, max_size=10), max_size=4))
def test_each_word_has_a_distribution(trained: Tagger, texts: list[list[str]]) -> None:
    sentences = [_sentence(*text) for text in texts]
    scores = trained.log_probs(sentences)
    assert [row.shape for row in scores] == [(len(text), 5) for text in texts]
    for row in scores:
        assert row.dtype == np.float32
        np.testing.assert_allclose(np.exp(row).sum(axis=1), 1, rtol=1e-4)
    for text, mentions in zip(texts, trained.predict(sentences), strict=True):
        ends = [0]
        for start, end, kind in mentions:
            assert ends[-1] <= start < end <= len(text)
            assert kind in SOURCE.type_names
            ends.append(end)


def test_a_sentence_beyond_the_window_keeps_its_words_in_order(trained: Tagger) -> None:
    text = ("Anna", "lives", "in", "Rome", ".") * 120
    (scores,) = trained.log_probs([_sentence(*text)])
    assert len(scores) == len(text)
    # the first piece sees the first words alone
    first = (trained.window - 2) // 5 * 5
    (alone,) = trained.log_probs([_sentence(*text[: trained.window - 2])])
    np.testing.assert_allclose(scores[:first], alone[:first], atol=0.02)  # bfloat16 where the CPU has it


def test_targets_follow_the_words_of_a_cut_sentence(trained: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[Any] = []
    monkeypatch.setattr(
        "larbench.tagger.tagger.train", lambda model, data, *rest, **named: taken.append(data)
    )
    labels = np.arange(600, dtype=np.int64)
    trained.fit_targets([_sentence(*["Anna"] * 600)], [labels], Recipe(epochs=1), seed=1)
    (data,) = taken
    assert len(data.pieces) > 1
    assert [len(target) for target in data.targets] == [len(piece.firsts) for piece in data.pieces]
    assert np.concatenate(data.targets).tolist() == labels.tolist()


def test_no_sentences_and_no_words(trained: Tagger) -> None:
    assert trained.predict([]) == []
    assert trained.predict([_sentence(), _sentence("Anna"), _sentence()])[::2] == [[], []]


def test_files_give_the_same_tagger(trained: Tagger) -> None:
    again = Tagger.from_files(trained.to_files())
    assert again.types == trained.types
    for one, other in zip(trained.log_probs(SOURCE.dev), again.log_probs(SOURCE.dev), strict=True):
        # equal weights at another place of memory may round otherwise, by a step of bf16
        np.testing.assert_allclose(one, other, atol=0.01)
    assert trained.to_files() == again.to_files()


def test_files_are_safetensors_and_json(trained: Tagger) -> None:
    files = trained.to_files()
    assert set(files) == {"weights.safetensors", "tagger.json"}
    assert json.loads(files["tagger.json"])["types"] == list(SOURCE.type_names)


def test_files_can_be_read_with_the_backbone_elsewhere(trained: Tagger, tmp_path: Path) -> None:
    files = trained.to_files()
    settings = json.loads(files["tagger.json"])
    files["tagger.json"] = json.dumps({**settings, "backbone": "/gone"}).encode()
    moved = str(write_backbone(tmp_path / "moved"))
    again = Tagger.from_files(files, backbone=moved)
    assert again.backbone == moved
    np.testing.assert_allclose(again.log_probs(SOURCE.dev)[0], trained.log_probs(SOURCE.dev)[0], atol=0.01)


def test_other_types_keep_the_encoder_under_a_fresh_head(trained: Tagger) -> None:
    before = {name: value.clone() for name, value in trained.model.state_dict().items()}
    other = trained.with_types(TARGET.type_names, seed=4)
    assert other.types == TARGET.type_names
    for name, value in other.model.state_dict().items():
        if name.startswith("head."):
            assert value.shape[0] == 7
        else:
            assert torch.equal(value, before[name]), name
    same, different = (trained.with_types(TARGET.type_names, seed=seed).model.head for seed in (4, 5))
    assert torch.equal(same.weight, other.model.head.weight)
    assert not torch.equal(different.weight, other.model.head.weight)
    # a copy: training it leaves the first as it was
    other.fit(TARGET.train, Recipe(epochs=1, learning_rate=1e-2), seed=1)
    assert all(torch.equal(value, before[name]) for name, value in trained.model.state_dict().items())


def test_the_shape_is_embedded_for_uncased_encoders_alone(trained: Tagger, tmp_path: Path) -> None:
    cased = Tagger.fresh(("person",), str(write_backbone(tmp_path / "cased", cased=True)), seed=1)
    assert trained.model.shape_input is not None
    assert trained.model.shape_head is not None
    assert cased.model.shape_input is None
    assert cased.model.shape_head is None
    assert len(cased.log_probs([_sentence("Anna", "lives")])[0]) == 2


def test_lower_casing_is_seen_without_the_tokenizers_settings(tmp_path: Path) -> None:
    folder = write_backbone(tmp_path / "plain")
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    settings = {name: value for name, value in settings.items() if name != "do_lower_case"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    assert lower_cases(load_encoder(folder)[1])


def test_an_untrained_tagger_sees_what_its_encoder_saw(tiny_backbone: str) -> None:
    model = Tagger.fresh(("person",), tiny_backbone, seed=1).model
    assert model.shape_input is not None
    assert not model.shape_input.weight.any()


def test_an_encoder_of_few_positions_gets_shorter_pieces(tmp_path: Path) -> None:
    tagger = Tagger.fresh(("person",), str(write_backbone(tmp_path / "short", positions=42)), seed=1)
    assert tagger.window == 40
    assert window_of(tagger.model.encoder, 16) == 16
    (scores,) = tagger.log_probs([_sentence(*["Anna"] * 100)])
    assert scores.shape == (100, 3)


def test_f1_counts_exact_mentions(trained: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trained, "predict", lambda sentences: [list(s.mentions[:1]) for s in sentences])
    gold = sum(len(s.mentions) for s in SOURCE.dev)
    right = sum(1 for s in SOURCE.dev if s.mentions)
    assert trained.f1(SOURCE.dev) == pytest.approx(2 * right / (gold + right))
