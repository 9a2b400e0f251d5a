from __future__ import annotations

import numpy as np
import pytest

from benchmark.scoring.intervals import (
    Interval,
    Sample,
    as_fraction,
    excludes_zero,
    minimum_detectable,
    spread,
)

NORMAL = np.random.default_rng(0).standard_normal(20_000)


def sample(*observed: float, error: float = 0.0) -> Sample:
    """Return a figure of so many seeds, resampled with one error that all seeds share."""
    seen = np.array(observed)
    return Sample(tuple(range(len(observed))), seen, seen[:, None] + error * NORMAL)


def test_margins_add_in_squares() -> None:
    """Sentences ±1.96 · 0.01, seeds t(2) · sd / √3 with sd 0.02."""
    found = spread([sample(0.48, 0.5, 0.52, error=0.01)]).interval()
    margin = np.hypot(1.96 * 0.01, 4.3027 * 0.02 / 3**0.5)
    assert found.low == pytest.approx(0.5 - margin, abs=0.0005)
    assert found.high == pytest.approx(0.5 + margin, abs=0.0005)


def test_what_seeds_differ_by_for_the_sake_of_sentences_is_not_counted_twice() -> None:
    """Each seed errs on sentences of its own, by as much as seeds are seen to differ."""
    noise = np.random.default_rng(1).normal(0, 0.02, size=(3, 5000))
    seen = np.array([0.48, 0.5, 0.52])
    found = spread([Sample((1, 2, 3), seen, seen[:, None] + noise)]).interval()
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * 0.02 / 3**0.5, rel=0.1)


def test_the_p_value_is_that_of_the_interval_that_just_holds_nothing() -> None:
    assert spread([sample(0.0196, error=0.01)]).p_value() == pytest.approx(0.05, abs=0.006)
    found = spread([sample(0.02, 0.03, 0.04, error=0.01)])
    level = 1 - found.p_value()
    assert not excludes_zero(found.interval(level + 0.002))
    assert excludes_zero(found.interval(level - 0.002))
    assert spread([sample(0.0, error=0.01)]).p_value() > 0.9
    assert spread([sample(1.0)]).p_value() == pytest.approx(2 / 20_001)


def test_a_difference_is_on_the_seeds_that_both_have() -> None:
    one = Sample((1, 2), np.array([0.5, 0.6]), np.array([[0.5, 0.4], [0.6, 0.7]]))
    other = Sample((2, 3), np.array([0.1, 0.2]), np.array([[0.1, 0.2], [0.3, 0.3]]))
    gap = one.minus(other)
    assert gap.seeds == (2,)
    assert gap.mean == pytest.approx(0.5)
    assert gap.drawn == pytest.approx(np.array([[0.5, 0.5]]))
    with pytest.raises(ValueError, match="share no seed"):
        one.minus(Sample((9,), np.array([0.1]), np.array([[0.1, 0.1]])))


def test_the_minimum_detectable_difference_is_2_8_standard_errors() -> None:
    assert minimum_detectable(Interval(-0.0196, 0.0196)) == pytest.approx(0.028, abs=2e-5)


def test_a_true_difference_of_that_size_is_found_four_times_in_five() -> None:
    width = spread([sample(0.0, error=0.01)]).interval()
    size = minimum_detectable(width)
    found = np.abs(size + 0.01 * NORMAL) > 1.96 * 0.01
    assert found.mean() == pytest.approx(0.8, abs=0.02)


def test_an_interval_of_a_fraction_ends_where_fractions_do() -> None:
    assert as_fraction(Interval(-0.2, 1.3)) == Interval(0.0, 1.0)


def test_no_domain_is_no_average() -> None:
    with pytest.raises(ValueError, match="at least one domain"):
        spread([])
