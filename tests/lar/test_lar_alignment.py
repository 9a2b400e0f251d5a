"""Label alignment: the matching is the best one, equal names are partners, weights are shares."""

from __future__ import annotations

import json
from itertools import permutations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from benchmark.domains.corpus import EntityType
from lar.alignment.align import align, realign
from lar.alignment.type_texts import type_vectors


def _cosines(*rows: list[float]) -> npt.NDArray[np.float32]:
    return np.array(rows, dtype=np.float32)


def test_the_greatest_sum_wins_over_the_greatest_pair() -> None:
    similarity = _cosines([0.9, 0.8], [0.7, 0.1], [0.2, 0.3])
    found = align(("place", "group"), ("river", "bridge", "band"), similarity, temperature=0.1)
    assert dict(found.core) == {"river": "group", "bridge": "place"}
    assert found.weights[:2].tolist() == [[0, 1], [1, 0]]
    expected = np.exp([2.0, 3.0]) / np.exp([2.0, 3.0]).sum()
    np.testing.assert_allclose(found.weights[2], expected, rtol=1e-5)
    assert [found.nearest(name) for name in found.target_types] == ["group", "place", "group"]


def test_equal_names_are_partners_though_the_texts_say_the_opposite() -> None:
    similarity = _cosines([-1, 1], [1, -1])
    found = align(("person", "place"), ("person", "river"), similarity, temperature=0.1)
    assert dict(found.core) == {"person": "person", "river": "place"}


def test_equal_types_are_partners_whatever_they_are_called() -> None:
    similarity = _cosines([-1, 1], [1, -1])
    for solver in ("hungarian", "argmax", "transport"):
        found = align(
            ("person", "place"),
            ("PER", "river"),
            similarity,
            temperature=0.1,
            solver=solver,
            equal={"PER": "person"},
        )
        assert found.core["PER"] == "person" and found.nearest("PER") == "person"
        assert realign(found, "argmax").pairs["PER"] == "person"


grids = st.tuples(st.integers(1, 5), st.integers(1, 4)).flatmap(
    lambda shape: hnp.arrays(np.float32, shape, elements=st.floats(-1, 1, width=32))
)


@given(similarity=grids, same=st.integers(0, 4))
def test_core_and_weights(similarity: npt.NDArray[np.float32], same: int) -> None:
    targets, sources = similarity.shape
    source_types = [f"s{n}" for n in range(sources)]
    target_types = [f"s{n}" if n < same and n < sources else f"t{n}" for n in range(targets)]
    before = similarity.copy()
    found = align(source_types, target_types, similarity, temperature=0.07)
    np.testing.assert_array_equal(similarity, before)

    assert len(found.core) == min(targets, sources)
    assert len(set(found.core.values())) == len(found.core)
    for name in set(source_types) & set(target_types):
        assert found.core[name] == name
    assert found.weights.shape == similarity.shape
    np.testing.assert_allclose(found.weights.sum(axis=1), 1, rtol=1e-5)
    for name, row in zip(target_types, found.weights, strict=True):
        assert (sorted(row)[-1] == 1 and (row == 0).sum() == sources - 1) or name not in found.core
        if name in found.core:
            assert found.nearest(name) == found.core[name]


@given(similarity=grids)
def test_no_matching_sums_to_more(similarity: npt.NDArray[np.float32]) -> None:
    targets, sources = similarity.shape
    source_types, target_types = [f"s{n}" for n in range(sources)], [f"t{n}" for n in range(targets)]
    found = align(source_types, target_types, similarity, temperature=0.07)
    total = sum(
        float(similarity[target_types.index(t), source_types.index(s)]) for t, s in found.core.items()
    )
    wide = similarity if targets >= sources else similarity.T
    best = max(
        sum(float(wide[row, column]) for column, row in enumerate(rows))
        for rows in permutations(range(wide.shape[0]), wide.shape[1])
    )
    assert total == pytest.approx(best, abs=1e-5)


def test_it_can_be_written_as_json() -> None:
    found = align(("place",), ("river", "bridge"), _cosines([0.123456], [0.9]), temperature=0.1)
    assert json.loads(json.dumps(found.to_json())) == {
        "core": {"bridge": "place"},
        "nearest": {"river": "place", "bridge": "place"},
        "similarity": [[0.1235], [0.9]],
    }


class Letters:
    """Embeds a text as the counts of its first letters: what went in can be read off."""

    def texts(self, texts: list[str]) -> npt.NDArray[np.float32]:
        rows = np.zeros((len(texts), 26), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[ord(text[0]) - ord("a")] = 1
        return rows


def test_a_type_is_the_mean_of_name_and_description() -> None:
    kinds = [EntityType("xx", "a name", "b text"), EntityType("yy", "c name", "")]
    rows = type_vectors(kinds, Letters(), "both")  # type: ignore[arg-type]
    np.testing.assert_allclose(rows[0, :3], [0.5**0.5, 0.5**0.5, 0], rtol=1e-6)
    np.testing.assert_allclose(rows[1, :3], [0, 0, 1])
