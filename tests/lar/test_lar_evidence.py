"""None of these: a mention goes where too little speaks for its best type."""

from __future__ import annotations

import numpy as np
import pytest
from found_mentions import found_mentions

from lar.inference.evidence import with_evidence


@pytest.mark.parametrize(
    ("row", "certainty", "stays"),
    [
        ([0.5, 0.3], 0.9, True),  # 0.45 for the first type, 0.2 for none
        ([0.5, 0.5], 0.5, False),  # 0.25: the tagger doubts that it is a mention
        ([0.4, 0.0], 1.0, False),  # none of these has 0.6
        ([0.2, 0.2], 1.0, False),  # no type has enough
        ([0.5, 0.0], 1.0, True),  # a tie goes to the type
    ],
)
def test_what_stays(row, certainty, stays) -> None:
    found = found_mentions(
        np.array([3]), [(1, 2)], np.ones((1, 1), np.float32), np.array([certainty], np.float32)
    )
    typed = with_evidence(found, np.array([row], np.float32), found.certainty, 0.4)
    assert typed.spans == ([(1, 2)] if stays else [])
    assert typed.sentence.tolist() == ([3] if stays else [])
    assert typed.distribution.shape == (int(stays), 2)


@pytest.mark.parametrize(
    ("source", "certainty", "equal", "stays"),
    [
        ([0.1, 0.9], 0.95, (None, 1), True),  # 0.855 of words and type together, and it is a target type
        ([0.1, 0.9], 0.95, (0, None), False),  # sure of a type that the target does not have
        ([0.1, 0.9], 0.95, (), False),
        ([0.4, 0.6], 0.95, (None, 1), False),  # not sure of the type
        ([0.1, 0.9], 0.7, (None, 1), False),  # nor of the words
    ],
)
def test_what_keeps_its_source_type(source, certainty, equal, stays) -> None:
    one = np.array([certainty], np.float32)
    found = found_mentions(np.array([3]), [(1, 2)], np.array([source], np.float32), one)
    typed = with_evidence(found, np.array([[0.3, 0.2, 0.3]], np.float32), one, 0.4, equal)
    assert typed.spans == ([(1, 2)] if stays else [])
    expected = [[0, certainty * source[1], 0]] if stays else np.zeros((0, 3))
    np.testing.assert_allclose(typed.distribution, expected, rtol=1e-6)


def test_enough_evidence_needs_no_source_type() -> None:
    one = np.ones(1, np.float32)
    found = found_mentions(np.array([3]), [(1, 2)], np.array([[0.0, 1.0]], np.float32), one)
    said = np.array([[0.8, 0.1, 0.1]], np.float32)
    assert with_evidence(found, said, one, 0.4, (None, 1)).distribution.tolist() == said.tolist()


def test_no_mentions() -> None:
    none = np.zeros((0, 2), np.float32)
    found = found_mentions(np.zeros(0, np.int64), [], none, np.zeros(0, np.float32))
    assert with_evidence(found, none, found.certainty, 0.4, (0, None)).spans == []
