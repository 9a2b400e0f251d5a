"""Labels go there and back; the best legal path is legal, and none is better."""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.domains.corpus import Mention
from larbench.tagger.labels import best_legal_path, decode_labels, encode_labels, label_count

TYPES = ("person", "city", "river")


@st.composite
def tagged(draw: st.DrawFn) -> tuple[list[Mention], int]:
    """Draw mentions free of overlap, and the length of their sentence."""
    mentions, position = [], 0
    for gap, length, kind in draw(
        st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4), st.sampled_from(TYPES)), max_size=6)
    ):
        mentions.append(Mention(position + gap, position + gap + length, kind))
        position += gap + length
    return mentions, position + draw(st.integers(0, 3))


def _legal(labels: npt.NDArray[np.int64] | tuple[int, ...]) -> bool:
    before = 0
    for label in labels:
        if label and label % 2 == 0 and before not in (label, label - 1):
            return False
        before = int(label)
    return True


def _scores(words: int, types: int, seed: int) -> npt.NDArray[np.float32]:
    raw = np.random.default_rng(seed).normal(scale=2, size=(words, label_count(types)))
    scores: npt.NDArray[np.float32] = (raw - np.log(np.exp(raw).sum(axis=1, keepdims=True))).astype(
        np.float32
    )
    return scores


@given(tagged())
def test_there_and_back(drawn: tuple[list[Mention], int]) -> None:
    mentions, length = drawn
    labels = encode_labels(mentions, length, TYPES)
    assert labels.shape == (length,)
    assert _legal(labels)
    assert decode_labels(labels.tolist(), TYPES) == mentions


def test_labels_by_hand() -> None:
    mentions = [Mention(0, 2, "city"), Mention(2, 3, "city"), Mention(4, 5, "person")]
    assert encode_labels(mentions, 6, TYPES).tolist() == [3, 4, 3, 0, 1, 0]
    assert label_count(3) == 7


@given(words=st.integers(0, 4), types=st.integers(1, 2), seed=st.integers(0, 10**6))
def test_no_legal_path_is_better(words: int, types: int, seed: int) -> None:
    scores = _scores(words, types, seed)
    path = best_legal_path(scores)
    assert _legal(path)

    def total(labels: tuple[int, ...]) -> float:
        return sum(float(scores[word, label]) for word, label in enumerate(labels))

    best = max((p for p in product(range(label_count(types)), repeat=words) if _legal(p)), key=total)
    assert tuple(path.tolist()) == best


@given(words=st.integers(1, 60), types=st.integers(1, 6), seed=st.integers(0, 10**6))
def test_where_argmax_is_legal_it_is_the_path(words: int, types: int, seed: int) -> None:
    scores = _scores(words, types, seed)
    scores[:, 2::2] -= 4  # so that the argmax is often legal
    argmax = scores.argmax(axis=1)
    if _legal(argmax):
        assert best_legal_path(scores).tolist() == argmax.tolist()


def test_small_differences_count_at_the_end_of_a_long_sentence() -> None:
    scores = np.full((300, 3), -1.1, dtype=np.float32)
    scores[:, 1] = np.nextafter(np.float32(-1.1), np.float32(0))
    scores[:, 2] = -3
    assert best_legal_path(scores).tolist() == [1] * 300


@pytest.mark.parametrize("words", [0, 1, 3])
def test_no_types_leave_only_outside(words: int) -> None:
    assert best_legal_path(np.zeros((words, 1), dtype=np.float32)).tolist() == [0] * words
