"""The test of one line, the spread of seeds and the correction over lines, by hand and by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from benchmark.gate.decide import CountedCells, decide
from benchmark.gate.line_test import LineTest, compare, draw
from benchmark.gate.spread import Spread, of_averages, of_domains, pooled
from benchmark.scoring.counts import Counts
from benchmark.scoring.statistics import paired_difference


def counts(right: list[int], predicted: list[int], gold: list[int]) -> Counts:
    columns = (np.array([column], dtype=np.int64).T for column in (right, predicted, gold))
    return Counts(("all",), *columns)


def test_the_pooled_spread_by_hand() -> None:
    found = pooled([[0.1, 0.3], [0.5, 0.5, 0.8], [0.9]])
    assert found is not None and found.freedom == 3
    # squares about the means: 0.02 and 0.06
    assert found.deviation == pytest.approx((0.08 / 3) ** 0.5)
    assert pooled([[0.9], []]) is None


def test_a_row_counts_once_and_a_noisy_one_has_its_own_spread() -> None:
    calm = {"a": {1: 0.5, 2: 0.52}, "b": {1: 0.5, 2: 0.52}}
    noisy = {"a": {1: 0.4, 2: 0.6}, "b": {1: 0.6, 2: 0.4}}
    found = of_domains({"calm": calm, "noisy": noisy})
    assert {one.freedom for one in found.values()} == {2}
    usual = (2 * 0.0002 + 2 * 0.02) / 4
    assert found["calm"].deviation == pytest.approx(usual**0.5)
    assert found["noisy"].deviation == pytest.approx(0.02**0.5)
    averaged = of_averages({"calm": calm, "noisy": noisy})
    assert averaged["calm"].deviation == pytest.approx(0.0002**0.5)
    assert averaged["noisy"].deviation == pytest.approx(0.0001**0.5)  # its domains cancel out
    assert of_domains({"one": {"a": {1: 0.5}}}) == {}


def test_the_larger_p_value_counts() -> None:
    """Loss 0.1; standard error over sentences 0.02, of seeds 0.05 · √(1/2 + 1/2)."""
    gaps = np.array([-0.12, -0.08] * 50)
    line = LineTest(0.6, 0.5, gaps, sentences=41, base_seeds=2, run_seeds=2, spread=Spread(0.05, 4))
    assert line.p == pytest.approx(stats.t.sf(2, 4))
    alone = LineTest(0.6, 0.5, gaps, sentences=41, base_seeds=2, run_seeds=2)
    assert alone.p == pytest.approx(stats.t.sf(5, 40))
    assert line.threshold(0.05) == pytest.approx(0.05 * stats.t.isf(0.05, 4))
    # the threshold is the loss at which the p-value is the level
    there = LineTest(0.6, 0.6 - line.threshold(0.05), gaps, 41, 2, 2, Spread(0.05, 4))
    assert there.p == pytest.approx(0.05)


def test_no_difference_has_no_evidence() -> None:
    one = counts([1, 0, 1], [1, 1, 2], [1, 1, 1])
    drawn = draw([one, one], 200, "here")
    found = compare({1: one}, {1: one}, drawn, None)
    assert found is not None and found.difference == 0 and found.p == 1.0


def test_fewer_than_two_telling_sentences_tell_nothing() -> None:
    one, other = counts([1, 0], [1, 0], [1, 0]), counts([0, 0], [1, 0], [1, 0])
    assert compare({1: one}, {1: other}, draw([one, other], 200, "here"), None) is None


def test_the_interval_is_the_wider_of_sentences_and_stored_seeds() -> None:
    """Sentences: ±1.96 · 0.02. Seeds: t(4) · 0.05 · √(1/2 + 1/2)."""
    gaps = -0.1 + 0.02 * np.random.default_rng(0).standard_normal(20_000)
    seeds = LineTest(0.6, 0.5, gaps, 41, 2, 2, Spread(0.05, 4)).interval
    assert (seeds.low, seeds.high) == pytest.approx((-0.1 - 2.7764 * 0.05, -0.1 + 2.7764 * 0.05), abs=1e-5)
    for spread in (None, Spread(0.005, 4)):
        found = LineTest(0.6, 0.5, gaps, 41, 2, 2, spread).interval
        assert (found.low, found.high) == pytest.approx((-0.1392, -0.0608), abs=0.001)


def test_both_sides_are_averaged_over_their_seeds_in_each_resample() -> None:
    generator = np.random.default_rng(0)
    runs = [counts(generator.integers(0, 4, 60).tolist(), [3] * 60, [3] * 60) for _ in range(5)]
    drawn = draw(runs, 300, "here")
    found = compare({1: runs[0], 2: runs[1]}, {s: runs[s] for s in (2, 3, 4)}, drawn, None)
    assert found is not None
    f1 = [run.micro().f1 for run in runs]
    assert found.difference == pytest.approx(np.mean(f1[2:]) - np.mean(f1[:2]))
    assert found.gaps == pytest.approx(drawn[2:].mean(axis=0) - drawn[:2].mean(axis=0))
    again = paired_difference({"here": {1: runs[2]}}, {"here": {1: runs[0]}}, resamples=300).average
    alone = compare({1: runs[0]}, {1: runs[2]}, draw([runs[0], runs[2]], 300, "here"), None)
    assert again is not None and alone is not None
    assert (alone.difference, alone.interval) == (pytest.approx(again.observed), again.interval)  # a board's


def places(equal: bool) -> list[CountedCells]:
    good, bad = counts([1] * 50, [1] * 50, [1] * 50), counts([1, 0] * 25, [1] * 50, [1] * 50)
    rows = [(("calm", "", "z"), good), (("worse", "", "z"), good if equal else bad)]
    return [
        CountedCells(f"{row[0]}-{domain}", row, domain, {1: good}, {1: run}, {1: 1.0}, equal=run is good)
        for row, run in rows
        for domain in ("a", "b", "c")
    ]


def test_equal_places_are_no_comparisons() -> None:
    none = decide(places(equal=True), alpha=0.05, resamples=200)
    assert (none.comparisons, dict(none.places), dict(none.averages)) == (0, {}, {})
    found = decide(places(equal=False), alpha=0.05, resamples=200)
    assert found.comparisons == 4 and set(found.places) == {"worse-a", "worse-b", "worse-c"}
    assert list(found.averages) == [("worse", "", "z")]
