"""Where the target's labels contradict what the source was reassigned to: the alignment decides, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from found_mentions import found_mentions

from benchmark.domains.corpus import LabelledSentence, Mention
from lar.alignment.align import align
from lar.training.conflicts import Conflicts, gold_types, resolve_conflicts

TYPES = ("singer", "town", "river")
# a singer is a person; a town is a place; a river is surely no person, and a place
ALIGNMENT = align(
    ("person", "place"), TYPES, np.array([[0.9, 0.1], [0.2, 0.8], [-0.5, 0.5]], np.float32), temperature=0.1
)
PERSON, PLACE = [1, 0], [0, 1]
SINGER, TOWN, RIVER = np.array([[0.6, 0.3, 0.1], [0.1, 0.6, 0.3], [0.1, 0.3, 0.6]], dtype=np.float32)


def _said(text: str, *mentions: Mention) -> LabelledSentence:
    return LabelledSentence("s/0", tuple(text.split()), mentions)


def test_labels_tell_the_most_frequent_type_of_each_surface() -> None:
    sentences = [
        _said("New Lima and Ems", Mention(0, 2, "town"), Mention(3, 4, "town")),
        _said("Ems New Lima Ems", Mention(0, 1, "river"), Mention(1, 3, "singer"), Mention(3, 4, "river")),
    ]
    # of equals, the type that is declared first
    assert gold_types(sentences, TYPES) == {"New Lima": 0, "Ems": 2}
    assert gold_types(sentences, TYPES[::-1]) == {"New Lima": 1, "Ems": 0}
    assert gold_types([_said("nothing")], TYPES) == {}


@pytest.mark.parametrize(
    ("source", "inferred", "gold", "expected", "conflicts"),
    [
        (PLACE, TOWN, {}, TOWN, (0, 0)),  # the labels do not know it
        (PLACE, TOWN, {"Ems": 1}, TOWN, (0, 0)),  # they say the same
        (PLACE, SINGER, {"Ems": 1}, [0, 1, 0], (1, 1)),  # a place is a town more than a singer
        (PERSON, SINGER, {"Ems": 1}, SINGER, (1, 0)),  # and a person a singer
        (PERSON, TOWN, {"Ems": 2}, [0, 0, 1], (1, 1)),  # a person is a town never, a river hardly
        (PLACE, TOWN, {"Ems": 2}, [0, 0, 1], (1, 1)),  # the labels know a finer type with the same partner
    ],
)
def test_the_alignment_decides(
    source: list[int],
    inferred: list[float],
    gold: dict[str, int],
    expected: list[float],
    conflicts: tuple[int, int],
) -> None:
    found = found_mentions(np.array([0]), [(0, 1)], np.array([source], dtype=np.float32), np.ones(1))
    rows = np.array([inferred], dtype=np.float32)
    before = rows.copy()
    agreed, counted = resolve_conflicts(found, rows, ["Ems"], gold, ALIGNMENT)
    np.testing.assert_array_equal(rows, before)
    np.testing.assert_array_equal(agreed, np.array([expected], dtype=np.float32))
    assert counted == Conflicts(*conflicts)


def test_where_the_alignment_says_the_same_of_both_the_labels_win() -> None:
    none = align(("person", "place"), TYPES, ALIGNMENT.similarity, solver="none")
    found = found_mentions(
        np.array([0, 1]), [(0, 1)] * 2, np.array([PERSON, PLACE], dtype=np.float32), np.ones(2)
    )
    agreed, counted = resolve_conflicts(found, np.stack([SINGER, TOWN]), ["Ems", "Ems"], {"Ems": 2}, none)
    assert agreed.tolist() == [[0, 0, 1]] * 2
    assert counted == Conflicts(2, 2)


def test_no_mention_no_conflict() -> None:
    found = found_mentions(np.zeros(0, np.int64), [], np.zeros((0, 2), np.float32), np.zeros(0))
    agreed, counted = resolve_conflicts(found, np.zeros((0, 3), np.float32), [], {"Ems": 2}, ALIGNMENT)
    assert agreed.shape == (0, 3)
    assert counted == Conflicts(0, 0)
