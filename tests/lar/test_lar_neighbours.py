"""Neighbours' shares, by hand: three mentions on a line, two of them near."""

from __future__ import annotations

import numpy as np

from lar.inference import neighbours
from lar.inference.direct import MentionEmbeddings
from lar.inference.neighbours import Neighbours
from larbench.tagger.arrays import unit_rows

PLACES = unit_rows(np.array([[1, 0], [1, 0.1], [0, 1]], np.float32))
EMBEDDINGS = MentionEmbeddings(PLACES, np.zeros_like(PLACES), np.zeros_like(PLACES))
ROWS = np.array([[1, 0], [0, 1], [0.5, 0.5]], np.float32)
KNOWN = Neighbours.of(EMBEDDINGS, ROWS)


def test_each_takes_a_share_of_its_nearest_other() -> None:
    smoothed = KNOWN.smoothed(EMBEDDINGS, ROWS, count=1, share=0.5, own=True)
    np.testing.assert_allclose(smoothed, [[0.5, 0.5], [0.5, 0.5], [0.25, 0.75]])


def test_of_several_the_mean_counts() -> None:
    smoothed = KNOWN.smoothed(EMBEDDINGS, ROWS, count=9, share=1.0, own=True)
    np.testing.assert_allclose(smoothed, [[0.25, 0.75], [0.75, 0.25], [0.5, 0.5]])


def test_a_mention_of_another_text_can_have_its_like_for_a_neighbour() -> None:
    one = MentionEmbeddings(*(rows[:1] for rows in EMBEDDINGS))
    np.testing.assert_allclose(
        KNOWN.smoothed(one, np.array([[0, 1]], np.float32), count=1, share=1.0, own=False), [[1, 0]]
    )


def test_without_neighbours_or_share_nothing_changes() -> None:
    one = MentionEmbeddings(*(rows[:1] for rows in EMBEDDINGS))
    alone = Neighbours.of(one, ROWS[:1])
    assert alone.smoothed(one, ROWS[:1], count=3, share=0.5, own=True) is not None
    np.testing.assert_array_equal(alone.smoothed(one, ROWS[:1], count=3, share=0.5, own=True), ROWS[:1])
    np.testing.assert_array_equal(KNOWN.smoothed(EMBEDDINGS, ROWS, count=1, share=0.0, own=True), ROWS)


def test_parts_of_a_long_text_are_taken_as_the_whole(monkeypatch) -> None:
    whole = KNOWN.smoothed(EMBEDDINGS, ROWS, count=1, share=0.5, own=True)
    monkeypatch.setattr(neighbours, "_ROWS", 2)
    np.testing.assert_array_equal(KNOWN.smoothed(EMBEDDINGS, ROWS, count=1, share=0.5, own=True), whole)
