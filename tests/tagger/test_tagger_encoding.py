"""Pieces hold every word once and in order; batches hold every piece once and within the budget."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from toys import ODD_WORDS

from larbench.tagger.encoding import Piece, batches_by_length, encode, padded_width, shape_id
from larbench.tagger.model import load_encoder


@pytest.fixture(scope="module")
def tokenizer(tiny_backbone: str) -> Any:
    return load_encoder(Path(tiny_backbone))[1]


words = st.text(max_size=8) | st.sampled_from(ODD_WORDS) | st.sampled_from(("Anna", "lives", "in", "Rome"))
texts = st.lists(st.lists(words, max_size=12), max_size=5)


@given(sentences=texts, window=st.integers(4, 24))
@example(sentences=[["Anna"] * 50], window=4)
@example(sentences=[[], ["\u200b"], []], window=8)
@example(sentences=[["a", "x" * 400, "b"]], window=8)
def test_every_word_stands_in_one_piece_in_order(
    tokenizer: Any, sentences: list[list[str]], window: int
) -> None:
    taken = [0] * len(sentences)
    previous = 0
    for piece in encode(sentences, tokenizer, window):
        assert piece.sentence >= previous
        previous = piece.sentence
        assert piece.begin == taken[piece.sentence]
        assert len(piece.firsts) > 0
        assert len(piece) <= window
        here = sentences[piece.sentence][piece.begin : piece.begin + len(piece.firsts)]
        assert len(here) == len(piece.firsts)
        taken[piece.sentence] += len(here)
        ids, shapes = [tokenizer.cls_token_id], [0]
        for word, first in zip(here, piece.firsts, strict=True):
            assert first == len(ids)
            parts = tokenizer(word, add_special_tokens=False)["input_ids"][: window - 2]
            ids += parts or [tokenizer.unk_token_id]
            shapes += [shape_id(word)] * max(1, len(parts))
        assert piece.ids.tolist() == [*ids, tokenizer.sep_token_id]
        assert piece.shapes.tolist() == [*shapes, 0]
    assert taken == [len(sentence) for sentence in sentences]


@given(sentences=texts, window=st.integers(4, 24))
def test_a_piece_ends_only_where_the_next_word_does_not_fit(
    tokenizer: Any, sentences: list[list[str]], window: int
) -> None:
    pieces = encode(sentences, tokenizer, window)
    for piece, following in pairwise(pieces):
        if piece.sentence == following.sentence:
            word = following.firsts[1] if len(following.firsts) > 1 else len(following) - 1
            assert len(piece) + word - following.firsts[0] > window


def test_a_word_that_leaves_nothing_is_the_unknown_token(tokenizer: Any) -> None:
    (piece,) = encode([["\u200b", "Anna", "\u0301"]], tokenizer, 16)
    assert piece.ids[piece.firsts[0]] == tokenizer.unk_token_id
    assert piece.ids[piece.firsts[2]] == tokenizer.unk_token_id
    assert len(piece.firsts) == 3


def test_a_word_longer_than_the_window_is_cut_at_its_end_and_stands_alone(tokenizer: Any) -> None:
    before, long, after = encode([["Anna", "abcdefghijklmnop", "Rome"]], tokenizer, 8)
    whole = tokenizer("abcdefghijklmnop", add_special_tokens=False)["input_ids"]
    assert long.ids.tolist() == [tokenizer.cls_token_id, *whole[:6], tokenizer.sep_token_id]
    assert (before.begin, long.begin, after.begin) == (0, 1, 2)


def test_no_sentence_no_piece(tokenizer: Any) -> None:
    assert encode([], tokenizer, 16) == []
    assert encode([[], []], tokenizer, 16) == []


def _pieces(lengths: list[int]) -> list[Piece]:
    return [
        Piece(n, 0, np.zeros(length, np.int64), np.zeros(length, np.int64), np.zeros(1, np.int64))
        for n, length in enumerate(lengths)
    ]


@given(
    lengths=st.lists(st.integers(3, 256), max_size=60),
    budget=st.integers(16, 1024),
    seed=st.none() | st.integers(0, 9),
)
def test_each_piece_is_in_one_batch_within_the_budget(
    lengths: list[int], budget: int, seed: int | None
) -> None:
    rng = None if seed is None else np.random.default_rng(seed)
    batches = batches_by_length(_pieces(lengths), budget, rng)
    assert sorted(number for batch in batches for number in batch) == list(range(len(lengths)))
    for batch in batches:
        padded = padded_width(max(lengths[number] for number in batch)) * len(batch)
        assert len(batch) == 1 or padded <= budget


@given(lengths=st.lists(st.integers(3, 256), max_size=60))
def test_without_a_generator_batches_run_from_long_to_short(lengths: list[int]) -> None:
    flat = [number for batch in batches_by_length(_pieces(lengths), 512) for number in batch]
    assert flat == sorted(range(len(lengths)), key=lambda number: (-lengths[number], number))


def test_batches_are_drawn_from_the_generator_alone() -> None:
    pieces = _pieces([5, 9, 9, 9, 12, 30, 31, 33] * 6)
    one, same, other = (batches_by_length(pieces, 64, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one == same
    assert one != other


@pytest.mark.parametrize(("length", "width"), [(1, 8), (8, 8), (9, 16), (256, 256)])
def test_widths_are_multiples_of_eight(length: int, width: int) -> None:
    assert padded_width(length) == width
