from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.scoring import permutation
from benchmark.scoring.counts import Counts
from benchmark.scoring.multiple_testing import holm, tie_groups
from benchmark.scoring.permutation import p_of_average, p_value, permute


def some_counts(generator: np.random.Generator, gold: np.ndarray, skill: float) -> Counts:
    tp = generator.binomial(gold, skill)
    return Counts(("a",), tp, tp + generator.binomial(gold, 1 - skill), gold)


def sentences(*right: int) -> np.ndarray:
    """Return totals of one gold and one predicted mention a sentence, right where it says 1."""
    return np.array([[one, 1, 1] for one in right], dtype=np.int64)


def test_five_sentences_by_hand() -> None:
    """One is right in all five, the other in none: only no swap and all swaps are as far apart, 2 of 32."""
    table = permute([sentences(1, 1, 1, 1, 1), sentences(0, 0, 0, 0, 0)], swaps=40_000)
    found = p_of_average([table.difference([0], [1])])
    assert found == p_value(*table.difference([0], [1])) == pytest.approx(2 / 32, abs=0.005)


def exact(first: list[tuple[int, int]], second: list[tuple[int, int]], gold: int) -> float:
    """Return the p-value over all swaps, of (right, predicted) mentions by sentence."""

    def f1(side: list[tuple[int, int]]) -> float:
        return 2 * sum(right for right, _ in side) / (sum(predicted for _, predicted in side) + gold)

    gaps = []
    for swaps in itertools.product((False, True), repeat=len(first)):
        pairs = [(b, a) if one else (a, b) for one, a, b in zip(swaps, first, second, strict=True)]
        gaps.append(f1([a for a, _ in pairs]) - f1([b for _, b in pairs]))
    return sum(abs(gap) >= abs(gaps[0]) - 1e-12 for gap in gaps) / len(gaps)


@pytest.mark.parametrize("trial", range(5))
def test_it_agrees_with_all_swaps_of_eight_sentences(trial: int) -> None:
    generator = np.random.default_rng(trial)
    gold = generator.poisson(2, size=(8, 1)) + 1
    runs = [some_counts(generator, gold, skill) for skill in (0.75, 0.4)]
    sides = [list(zip(run.tp[:, 0].tolist(), run.predicted[:, 0].tolist(), strict=True)) for run in runs]
    table = permute([run.by_sentence() for run in runs], swaps=20_000)
    found = p_of_average([table.difference([0], [1])])
    assert found == pytest.approx(exact(sides[0], sides[1], int(gold.sum())), abs=0.015)


def test_swaps_are_those_written_out() -> None:
    generator = np.random.default_rng(3)
    gold = generator.poisson(2, size=(15, 1))
    runs = [some_counts(generator, gold, skill) for skill in (0.7, 0.5, 0.6, 0.4)]
    table = permute([run.by_sentence() for run in runs], swaps=50, seed=4, stream="ai")
    observed, swapped = table.difference([0, 1], [2, 3])
    f1 = [run.micro().f1 for run in runs]
    assert observed == pytest.approx((f1[0] - f1[2] + f1[1] - f1[3]) / 2)
    taken = np.concatenate(list(permutation._swap_blocks(15, 50, 4, "ai"))).astype(bool)
    for number, swaps in enumerate(taken):
        by_hand = []
        for one, other in ((0, 2), (1, 3)):
            sides = []
            for mine, its in ((one, other), (other, one)):
                mixed = [
                    np.where(swaps, getattr(runs[its], name)[:, 0], getattr(runs[mine], name)[:, 0]).sum()
                    for name in ("tp", "predicted")
                ]
                sides.append(2 * mixed[0] / (mixed[1] + gold.sum()))
            by_hand.append(sides[0] - sides[1])
        assert swapped[number] == pytest.approx(np.mean(by_hand), abs=1e-12)


def test_equal_systems_are_never_apart() -> None:
    table = permute([sentences(1, 0, 1), sentences(1, 0, 1)], swaps=100)
    assert p_of_average([table.difference([0], [1])]) == 1.0
    assert p_value(0.0, np.zeros(99)) == 1.0


def test_the_least_p_value_is_that_of_the_observed_one_alone() -> None:
    assert p_value(1.0, np.zeros(99)) == 0.01


def test_domains_are_averaged_with_equal_weight() -> None:
    """Gains in one domain that the other loses: no difference on average, a clear one in each."""
    right, wrong = sentences(*[1] * 30), sentences(*[0] * 30)
    first = permute([right, wrong], swaps=500, stream="ai").difference([0], [1])
    second = permute([wrong, right], swaps=500, stream="music").difference([0], [1])
    assert p_of_average([first, second]) == 1.0
    assert max(p_value(*first), p_value(*second)) < 1 / 501


def test_true_hypotheses_are_rejected_about_as_often_as_alpha_says() -> None:
    generator = np.random.default_rng(5)
    rejected = 0
    for trial in range(300):
        gold = generator.poisson(2, size=(60, 1))
        pair = [some_counts(generator, gold, 0.6).by_sentence() for _ in range(2)]
        table = permute(pair, swaps=200, seed=trial)
        rejected += p_of_average([table.difference([0], [1])]) < 0.05
    assert 0.02 <= rejected / 300 <= 0.09


def test_blocks_do_not_change_the_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [sentences(1, 0, 1, 1), sentences(0, 1, 0, 1)]
    whole = permute(runs, swaps=50).part
    monkeypatch.setattr(permutation, "_BLOCK", 12)
    assert np.array_equal(permute(runs, swaps=50).part, whole)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="same sentences"):
        permute([sentences(1), sentences(1, 0)])
    with pytest.raises(ValueError, match="at least one domain"):
        p_of_average([])


def test_holm_by_hand() -> None:
    """Four hypotheses: 0.01 · 4, 0.015 · 3, 0.03 · 2, and 0.04 · 1 raised to the 0.06 before it."""
    found = holm({"a": 0.04, "b": 0.01, "c": 0.03, "d": 0.015})
    assert found == pytest.approx({"a": 0.06, "b": 0.04, "c": 0.06, "d": 0.045})
    assert list(found) == ["a", "b", "c", "d"]
    assert holm({"a": 0.7, "b": 0.9}) == {"a": 1.0, "b": 1.0}
    assert holm({}) == {}


def test_holm_of_comparisons_that_could_not_be_made() -> None:
    """Four were planned: 0.01 · 4, 0.03 · 3."""
    assert holm({"a": 0.03, "b": 0.01}, 4) == pytest.approx({"a": 0.09, "b": 0.04})
    assert holm({}, 3) == {}
    with pytest.raises(ValueError, match="2 p-values of 1"):
        holm({"a": 0.1, "b": 0.2}, 1)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.integers(0, 10))
def test_holm_lowers_nothing_and_keeps_the_order(values: list[float], more: int) -> None:
    adjusted = list(holm(dict(enumerate(values)), len(values) + more).values())
    assert all(new >= old for new, old in zip(adjusted, values, strict=True)) and max(adjusted) <= 1
    ranked = np.argsort(values, kind="stable")
    assert all(np.diff(np.array(adjusted)[ranked]) >= 0)


def test_tie_groups_follow_the_best_of_each() -> None:
    apart = {("a", "c"), ("a", "d"), ("c", "e"), ("a", "e")}
    groups = tie_groups("abcde", lambda best, row: (best, row) in apart)
    assert groups == {"a": 1, "b": 1, "c": 2, "d": 2, "e": 3}


def test_a_lower_row_may_be_tied_where_an_upper_one_is_not() -> None:
    """One that varies much is not told apart from the best, though one above it is."""
    assert tie_groups("abc", lambda best, row: row == "b") == {"a": 1, "c": 1, "b": 2}
    assert tie_groups("", lambda best, row: True) == {}


@pytest.mark.parametrize("one_way", [12, 16, 20, 24])
def test_beyond_what_swaps_can_show_p_is_bounded_from_above(one_way: int) -> None:
    """So many sentences that only one of two has right: the exact p is 2 / 2 ** one_way."""
    right, wrong = sentences(*[1] * 40), sentences(*[0] * one_way, *[1] * (40 - one_way))
    found = p_of_average([permute([right, wrong], swaps=500).difference([0], [1])])
    assert 2 / 2**one_way < found < 1 / 400
    far = p_of_average([permute([right, sentences(*[0] * 40)], swaps=500).difference([0], [1])])
    assert far <= found
