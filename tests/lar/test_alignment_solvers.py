"""Solvers: each target type has at most one partner, cores are one to one and best, capacities hold."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lar.alignment.solvers import Solution, argmax, hungarian, source_votes, transport

Matrix = npt.NDArray[np.float32]


@st.composite
def problems(draw: st.DrawFn) -> tuple[Matrix, npt.NDArray[np.bool_]]:
    targets, sources = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    similarity = draw(hnp.arrays(np.float32, (targets, sources), elements=st.floats(-1, 1, width=32)))
    same = np.zeros((targets, sources), dtype=np.bool_)
    named = draw(st.integers(0, min(targets, sources)))
    rows = draw(st.permutations(range(targets)))[:named]
    columns = draw(st.permutations(range(sources)))[:named]
    same[list(rows), list(columns)] = True
    return similarity, same


thresholds = st.one_of(st.just(-np.inf), st.floats(-1, 1))


def _check(found: Solution, same: npt.NDArray[np.bool_]) -> None:
    targets, sources = same.shape
    assert len(found.pairs) == targets
    assert all(pair is None or 0 <= pair < sources for pair in found.pairs)
    assert all(found.pairs[row] == column for row, column in found.core.items())
    assert len(set(found.core.values())) == len(found.core)
    for row, column in np.argwhere(same).tolist():
        assert found.pairs[row] == column == found.core[row]


@given(problems(), thresholds)
def test_hungarian_has_a_best_core_and_attaches_the_rest(problem, threshold) -> None:
    similarity, same = problem
    found = hungarian(similarity, same, threshold)
    _check(found, same)
    targets, sources = similarity.shape
    for row, column in found.core.items():
        assert same[row, column] or similarity[row, column] >= threshold
    unbound = hungarian(similarity, same)
    assert found.core.items() <= unbound.core.items()
    assert len(unbound.core) == min(targets, sources)
    wide = (similarity + 5.0 * same) if targets >= sources else (similarity + 5.0 * same).T
    best = max(
        sum(float(wide[row, column]) for column, row in enumerate(rows))
        for rows in permutations(range(wide.shape[0]), wide.shape[1])
    )
    total = sum(
        float(similarity[row, column]) + 5.0 * same[row, column] for row, column in unbound.core.items()
    )
    assert total == pytest.approx(best, abs=1e-5)
    for row in set(range(targets)) - set(found.core):
        if similarity[row].max() >= threshold:
            assert similarity[row, found.pairs[row]] == similarity[row].max()
        else:
            assert found.pairs[row] is None


@given(problems(), thresholds)
def test_argmax_takes_the_nearest(problem, threshold) -> None:
    similarity, same = problem
    found = argmax(similarity, same, threshold)
    _check(found, same)
    for row, pair in enumerate(found.pairs):
        if row not in found.core:
            assert (pair is None) == (similarity[row].max() < threshold)
            assert pair is None or similarity[row, pair] == similarity[row].max()


@st.composite
def loads(draw: st.DrawFn):
    similarity, same = draw(problems())
    targets, sources = similarity.shape
    least = 1  # room for a pair of one name
    capacities = draw(st.lists(st.integers(least, targets), min_size=sources, max_size=sources))
    return similarity, same, draw(st.one_of(st.none(), st.just(capacities)))


@given(loads(), thresholds)
def test_transport_respects_capacities_and_is_the_best(problem, threshold) -> None:
    similarity, same, capacities = problem
    found = transport(similarity, same, threshold, capacities=capacities)
    _check(found, same)
    targets, sources = similarity.shape
    allowed = capacities or [-(-targets // sources)] * sources
    assert all(found.pairs.count(column) <= allowed[column] for column in range(sources))

    def total(pairs: tuple[int | None, ...]) -> float:
        cost = threshold if np.isfinite(threshold) else -1000.0
        return sum(cost if pair is None else float(similarity[row, pair]) for row, pair in enumerate(pairs))

    named = dict(np.argwhere(same).tolist())
    possible = [
        pairs
        for pairs in product([None, *range(sources)], repeat=targets)
        if all(pairs.count(column) <= allowed[column] for column in range(sources))
        and all(pairs[row] == column for row, column in named.items())
    ]
    assert total(found.pairs) == pytest.approx(max(map(total, possible)), abs=1e-4)


def test_transport_without_any_room_leaves_types_without_partner() -> None:
    similarity = np.array([[0.9], [0.8]], dtype=np.float32)
    nobody = np.zeros((2, 1), dtype=np.bool_)
    assert transport(similarity, nobody, capacities=[1]).pairs == (0, None)
    assert transport(similarity, nobody, capacities=[0]).pairs == (None, None)
    named = np.array([[False], [True]])
    assert transport(similarity, named, capacities=[0]) == Solution((None, None), {})


def test_votes_follow_the_majority_of_mentions() -> None:
    same = np.array([[True, False], [False, False], [False, False], [False, False], [False, False]])
    votes = np.array([[1, 9, 0], [2, 3, 4], [2, 1, 4], [0, 0, 3], [0, 0, 0]])
    found = source_votes(votes, same)
    assert found.pairs == (0, 1, None, None, None)
    assert found.core == {0: 0}
    assert source_votes(votes[:, :2], same).pairs == (0, 1, 0, None, None)
