from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from benchmark.scoring import intervals
from benchmark.scoring.counts import Counts
from benchmark.scoring.intervals import (
    BootstrapSample,
    Interval,
    as_fraction,
    excludes_zero,
    minimum_detectable,
    percentile_interval,
    sampling_distribution,
)
from benchmark.scoring.statistics import paired_difference

NORMAL = np.random.default_rng(0).standard_normal(20_000)


def sample(*observed: float, error: float = 0.0) -> BootstrapSample:
    """Return a figure of so many seeds, resampled with one error that all seeds share."""
    seen = np.array(observed)
    return BootstrapSample(tuple(range(len(observed))), seen, seen[:, None] + error * NORMAL)


def between(sentences: float, seeds: float, freedom: int) -> float:
    """Return the margin by hand: between adding margins and adding variances, given two standard errors."""
    z, t = 1.96, stats.t(freedom).ppf(0.975)
    whole = sentences**2 + seeds**2
    pooled = stats.t(whole**2 * freedom / seeds**4).ppf(0.975) * whole**0.5
    return float((np.hypot(z * sentences, t * seeds) + freedom * pooled) / (1 + freedom))


def test_margins_lie_between_two_ways_to_add_them() -> None:
    """Sentences ±1.96 · 0.01, seeds t(2) · sd / √3 with sd 0.02: 0.0534 and 0.0372."""
    found = sampling_distribution([sample(0.48, 0.5, 0.52, error=0.01)]).interval()
    margin = between(0.01, 0.02 / 3**0.5, 2)
    assert 0.038 < margin < 0.053
    assert found.low == pytest.approx(0.5 - margin, abs=0.0005)
    assert found.high == pytest.approx(0.5 + margin, abs=0.0005)


def test_what_each_model_errs_by_for_itself_is_counted_once() -> None:
    """All that sentences do here is a model's own: so the margin is Student's t of the seeds, and no more."""
    noise = np.random.default_rng(1).normal(0, 0.02, size=(3, 5000))
    seen = np.array([0.48, 0.5, 0.52])
    found = sampling_distribution([BootstrapSample((1, 2, 3), seen, seen[:, None] + noise)]).interval()
    assert (found.high - found.low) / 2 == pytest.approx(4.3027 * 0.02 / 3**0.5, rel=0.03)


def test_half_of_what_sentences_do_is_common_to_all_models() -> None:
    """Variance of the mean: 0.01² that all share, and 0.02² / 4 of their own, which is as much."""
    generator = np.random.default_rng(2)
    own, common = generator.normal(0, 0.02, size=(4, 20_000)), generator.normal(0, 0.01, size=20_000)
    seen = np.array([0.4, 0.5, 0.5, 0.6])
    found = sampling_distribution([BootstrapSample((1, 2, 3, 4), seen, seen[:, None] + own + common)])
    assert found.own == pytest.approx(0.5, abs=0.02)
    margin = between(0.01, (0.02 / 3 / 4) ** 0.5, 3)
    interval = found.interval()
    assert (interval.high - interval.low) / 2 == pytest.approx(margin, rel=0.01)


def test_seeds_that_agree_by_chance_do_not_narrow_what_sentences_leave_open() -> None:
    noise = np.random.default_rng(1).normal(0, 0.02, size=(3, 20_000))
    same = np.array([0.5, 0.5, 0.5])
    found = sampling_distribution([BootstrapSample((1, 2, 3), same, same[:, None] + noise)]).interval()
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * 0.02 / 3**0.5, rel=0.03)


def test_the_p_value_is_that_of_the_interval_that_just_holds_nothing() -> None:
    assert sampling_distribution([sample(0.0196, error=0.01)]).p_value() == pytest.approx(0.05, abs=0.006)
    found = sampling_distribution([sample(0.02, 0.03, 0.04, error=0.01)])
    level = 1 - found.p_value()
    assert not excludes_zero(found.interval(level + 0.002))
    assert excludes_zero(found.interval(level - 0.002))
    assert sampling_distribution([sample(0.0, error=0.01)]).p_value() > 0.9
    assert sampling_distribution([sample(1.0)]).p_value() == 1e-6


def test_beyond_the_resamples_tails_are_normal() -> None:
    """500 resamples end near three standard errors; 4.4 of them are a p-value of 1.1e-5."""
    few = np.random.default_rng(3).standard_normal(500)
    found = sampling_distribution([BootstrapSample((1,), np.array([0.044]), (0.044 + 0.01 * few)[None, :])])
    assert -6.5 < np.log10(found.p_value()) < -3.6
    levels = [0.9, 0.99, 0.995, 0.999, 0.9999]
    lows = [found.interval(level).low for level in levels]
    assert lows == sorted(lows, reverse=True) and len(set(lows)) == len(lows)


def test_a_difference_is_on_the_seeds_that_both_have() -> None:
    one = BootstrapSample((1, 2), np.array([0.5, 0.6]), np.array([[0.5, 0.4], [0.6, 0.7]]))
    other = BootstrapSample((2, 3), np.array([0.1, 0.2]), np.array([[0.1, 0.2], [0.3, 0.3]]))
    gap = one.minus(other)
    assert gap.seeds == (2,)
    assert gap.mean == pytest.approx(0.5)
    assert gap.drawn == pytest.approx(np.array([[0.5, 0.5]]))
    with pytest.raises(ValueError, match="share no seed"):
        one.minus(BootstrapSample((9,), np.array([0.1]), np.array([[0.1, 0.1]])))


def test_the_minimum_detectable_difference_is_2_8_standard_errors() -> None:
    assert minimum_detectable(Interval(-0.0196, 0.0196)) == pytest.approx(0.028, abs=2e-5)


def one_mention_each(right: np.ndarray) -> Counts:
    ones = np.ones((len(right), 1), dtype=np.int64)
    return Counts(("a",), right.astype(np.int64)[:, None], ones, ones)


def gap_on(generator: np.random.Generator, lead: float, resamples: int) -> Interval:
    """Draw 120 sentences and two systems, right in 50 % and 50 % + ``lead`` of them; return the interval."""
    luck = generator.random((2, 120))
    one, other = (one_mention_each(luck[at] < share) for at, share in ((0, 0.5 + lead), (1, 0.5)))
    found = paired_difference({"a": {1: one}}, {"a": {1: other}}, resamples=resamples).average
    assert found is not None
    return found.interval


def test_a_true_difference_of_that_size_is_found_four_times_in_five() -> None:
    """The standard error is √(2 · 0.25 / 120) = 0.0645, so 2.8 of them are 18 points."""
    generator = np.random.default_rng(5)
    size = float(np.median([minimum_detectable(gap_on(generator, 0.0, 2000)) for _ in range(20)]))
    assert size == pytest.approx(2.8 * (0.5 / 120) ** 0.5, rel=0.07)
    found = [excludes_zero(gap_on(generator, size, 400)) for _ in range(300)]
    assert np.mean(found) == pytest.approx(0.8, abs=0.07)


def test_an_interval_of_a_fraction_ends_where_fractions_do() -> None:
    assert as_fraction(Interval(-0.2, 1.3)) == Interval(0.0, 1.0)


def test_no_domain_is_no_average() -> None:
    with pytest.raises(ValueError, match="at least one domain"):
        sampling_distribution([])


@given(
    st.lists(st.floats(-1, 1, allow_subnormal=False), min_size=1, max_size=50),
    st.floats(0.001, 0.999),
)
@example([0.25], 0.95)
@example([0.1, 0.7], 0.5)
@example([0.1, 0.2, 0.3], 0.95)
def test_the_central_share_of_what_is_in_order_is_numpys_to_the_last_bit(drawn, level):
    ordered = np.sort(np.array(drawn))
    wanted = percentile_interval(ordered, level)
    assert intervals._central(ordered, level) == wanted
