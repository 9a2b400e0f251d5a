"""Embeddings against a plain reference: one text at a time, all tokens, their mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from larbench.tagger import precision
from larbench.tagger.arrays import unit_rows
from larbench.tagger.embedding import Embedder
from larbench.tagger.encoding import encode

TEXTS = (
    "Anna lives in Rome .",
    "river",
    "Bob Marsh walked over Long Arch and swam in the Elbe",
    "  spaces   between ,words ",
    "東京 is-not in the vocabulary",
    "the river was cold . " * 6,
)


@pytest.fixture(autouse=True)
def _single_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "gains_by_bf16", lambda device: False)


@pytest.fixture(scope="module")
def embedder(tiny_backbone: str) -> Embedder:
    return Embedder(tiny_backbone)


@pytest.fixture(scope="module")
def reference(tiny_backbone: str) -> tuple[Any, Any]:
    from transformers import AutoModel, AutoTokenizer

    folder = Path(tiny_backbone)
    return AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)


def _states(reference: tuple[Any, Any], words: Sequence[str]) -> tuple[npt.NDArray[np.float32], list[Any]]:
    """Return (tokens, hidden) of one sentence, and the word that each token belongs to."""
    model, tokenizer = reference
    encoded = tokenizer(list(words), is_split_into_words=True, return_tensors="pt")
    with torch.no_grad():
        states = model(**encoded).last_hidden_state[0].numpy()
    return states, encoded.word_ids()


def _unit(vector: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return vector / np.linalg.norm(vector)


def test_texts_are_the_mean_over_all_their_tokens(embedder: Embedder, reference: tuple[Any, Any]) -> None:
    model, tokenizer = reference
    rows = embedder.texts(TEXTS)
    assert rows.shape == (len(TEXTS), 32)
    for text, row in zip(TEXTS, rows, strict=True):
        with torch.no_grad():
            states = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].numpy()
        np.testing.assert_allclose(row, _unit(states.mean(axis=0)), atol=2e-6)


def test_spans_are_the_mean_over_their_tokens(embedder: Embedder, reference: tuple[Any, Any]) -> None:
    sentences = [text.split() for text in TEXTS]
    spans = [[(0, 1), (3, 4), (0, 5)], [(0, 1)], [(0, 2), (4, 6), (10, 11)], [], [(0, 1)], [(5, 30)]]
    rows = iter(embedder.spans(sentences, spans))
    for sentence, wanted in zip(sentences, spans, strict=True):
        states, words = _states(reference, sentence)
        for start, end in wanted:
            inside = [n for n, word in enumerate(words) if word is not None and start <= word < end]
            np.testing.assert_allclose(next(rows), _unit(states[inside].mean(axis=0)), atol=2e-6)
    assert next(rows, None) is None


def test_of_a_long_text_the_beginning_counts(tiny_backbone: str) -> None:
    short = Embedder(tiny_backbone, window=16)
    words = ["Anna", "swam", "in", "the", "river"] * 4
    first, *rest = encode([words], short.tokenizer, 16)
    assert rest
    beginning = " ".join(words[: len(first.firsts)])
    rows = short.texts([" ".join(words), beginning, "the river"])
    np.testing.assert_allclose(rows[0], rows[1], atol=2e-6)


def test_a_span_in_a_cut_sentence_counts_up_to_the_cut(tiny_backbone: str) -> None:
    short = Embedder(tiny_backbone, window=16)
    words = ["the", "river"] * 10
    cut = len(encode([words], short.tokenizer, 16)[0].firsts)
    rows = short.spans([words], [[(cut - 2, cut + 2), (cut - 2, cut), (cut, cut + 1), (cut - 1, cut + 1)]])
    np.testing.assert_allclose(rows[0], rows[1], atol=2e-6)
    # the second piece stands by itself
    np.testing.assert_allclose(rows[2], short.spans([words[cut:]], [[(0, 1)]])[0], atol=2e-6)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)


def test_equal_texts_have_equal_rows_among_any_others(embedder: Embedder) -> None:
    rows = embedder.texts([*TEXTS, *reversed(TEXTS)])
    np.testing.assert_allclose(rows[: len(TEXTS)], rows[len(TEXTS) :][::-1], atol=2e-6)
    np.testing.assert_allclose(embedder.texts([TEXTS[1]])[0], rows[1], atol=2e-6)


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "\u0301 \u200b"])
def test_a_text_of_nothing_still_has_a_direction(embedder: Embedder, text: str) -> None:
    (row,) = embedder.texts([text])
    assert np.linalg.norm(row) == pytest.approx(1, abs=1e-6)


def test_no_texts_no_rows(embedder: Embedder) -> None:
    assert embedder.texts([]).shape == (0, 32)
    assert embedder.spans([], []).shape == (0, 32)
    assert embedder.spans([["Anna"], []], [[], []]).shape == (0, 32)


def test_rows_of_zeros_stay() -> None:
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]], dtype=np.float32))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0.0, 0.0]])
    assert rows.dtype == np.float32
