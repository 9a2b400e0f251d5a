from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.scoring.counts import Counts
from benchmark.scoring.intervals import Difference, Interval
from benchmark.scoring.statistics import Paired, paired_difference, weight_blocks


def some_counts(seed: int, sentences: int = 12, skill: float = 0.6) -> Counts:
    """Return counts in which a share ``skill`` of gold and of predicted mentions is right."""
    generator = np.random.default_rng(seed)
    gold = generator.poisson(1.5, size=(sentences, 2))
    tp = generator.binomial(gold, skill)
    return Counts(("a", "b"), tp, tp + generator.binomial(gold, 1 - skill), gold)


def sentences(*right: int) -> Counts:
    """Return counts of one gold and one predicted mention a sentence, right where it says 1."""
    ones = np.ones((len(right), 1), dtype=np.int64)
    return Counts(("a",), np.array(right, dtype=np.int64)[:, None], ones, ones)


def naive(first: dict, second: dict, resamples: int) -> tuple[dict[str, list[float]], list[float]]:
    """Return domain → difference in each resample, and their averages, by one loop inside another."""
    domains: dict[str, list[float]] = {name: [] for name in first}
    averages = []
    for number in range(resamples):
        of_domains = []
        for name, runs in first.items():
            times = sentence_draws(name, len(next(iter(runs.values())).tp), resamples)[number]
            drawn = [sentence for sentence, n in enumerate(times) for _ in range(int(n))]
            gaps = [f1_on(runs[seed], drawn) - f1_on(second[name][seed], drawn) for seed in runs]
            domains[name].append(sum(gaps) / len(gaps))
            of_domains.append(domains[name][-1])
        averages.append(sum(of_domains) / len(of_domains))
    return domains, averages


def f1_on(run: Counts, drawn: list[int]) -> float:
    return Counts(run.types, run.tp[drawn], run.predicted[drawn], run.gold[drawn]).micro().f1


def sentence_draws(domain: str, number: int, resamples: int) -> np.ndarray:
    return np.concatenate(list(weight_blocks(number, resamples, 0, domain)))


def test_products_give_what_loops_over_resamples_and_sentences_give() -> None:
    first = {"politics": {1: some_counts(1)}, "ai": {1: some_counts(4, 9)}}
    second = {"politics": {1: some_counts(11)}, "ai": {1: some_counts(14, 9)}}
    domains, averages = naive(first, second, 120)
    found = paired_difference(first, second, resamples=120)
    assert list(found.domains) == ["politics", "ai"]
    for name, samples in domains.items():
        low, high = np.quantile(samples, [0.025, 0.975])
        assert found.domains[name].interval.low == pytest.approx(low, abs=1e-12)
        assert found.domains[name].interval.high == pytest.approx(high, abs=1e-12)
    assert found.average is not None
    low, high = np.quantile(averages, [0.025, 0.975])
    assert (found.average.interval.low, found.average.interval.high) == pytest.approx((low, high), abs=1e-12)


def test_seeds_are_averaged_and_counted() -> None:
    first = {
        "politics": {1: some_counts(1), 2: some_counts(2), 3: some_counts(3)},
        "ai": {1: some_counts(4, 9), 2: some_counts(5, 9)},
    }
    second = {
        "politics": {1: some_counts(11), 2: some_counts(12), 3: some_counts(13)},
        "ai": {1: some_counts(14, 9), 2: some_counts(15, 9)},
    }
    found = paired_difference(first, second, resamples=120)
    assert found.average is not None
    by_hand = [np.mean([f1(first, d, s) - f1(second, d, s) for s in first[d]]) for d in first]
    assert found.average.observed == pytest.approx(np.mean(by_hand), abs=1e-12)
    assert found.seeds == {"politics": (1, 2, 3), "ai": (1, 2)} and found.cells == 5


def f1(runs: dict, domain: str, seed: int) -> float:
    return runs[domain][seed].micro().f1


def test_two_sentences_by_hand() -> None:
    """The first is right in the second sentence where both are, and alone right in the first one.

    Drawing two of two: the first sentence twice (one time in four) gives 1 − 0, both give 1 − ½, the second
    twice gives nothing. So the middle 95 % and the middle 60 % reach from 0 to 1, and the middle 40 % are ½.
    """
    first, second = {"ai": {7: sentences(1, 1)}}, {"ai": {7: sentences(0, 1)}}
    found = paired_difference(first, second)
    assert found.domains["ai"] == found.average == Difference(0.5, Interval(0.0, 1.0))
    assert paired_difference(first, second, level=0.6).average == Difference(0.5, Interval(0.0, 1.0))
    assert paired_difference(first, second, level=0.4).average == Difference(0.5, Interval(0.5, 0.5))


T_95 = {1: 12.706204736, 2: 4.302652730}  # of Student's t, from a printed table


def graded(*right: int) -> dict[int, Counts]:
    """Return a run a seed: of 10 sentences all alike, each with 10 mentions, so many of them right."""
    ten = np.full((10, 1), 10, dtype=np.int64)
    return {seed: Counts(("a",), np.full((10, 1), n), ten, ten) for seed, n in enumerate(right)}


def test_seeds_move_the_interval_by_students_t() -> None:
    """Sentences are all alike, so all that moves is the seed: mean 0.2, variance 0.01 of three seeds."""
    found = paired_difference({"ai": graded(5, 6, 7)}, {"ai": graded(4, 4, 4)}).average
    assert found is not None and found.observed == pytest.approx(0.2)
    margin = T_95[2] * (0.01 / 3) ** 0.5
    assert (found.interval.low, found.interval.high) == pytest.approx((0.2 - margin, 0.2 + margin), abs=1e-8)
    one_seed = paired_difference({"ai": graded(6)}, {"ai": graded(4)}).average
    assert one_seed is not None
    assert (one_seed.interval.low, one_seed.interval.high) == pytest.approx((0.2, 0.2))


def test_a_seed_is_the_same_luck_in_every_domain() -> None:
    """Seeds that move two domains alike leave the average as unsure as either; moved apart, they cancel."""
    zero = {"ai": graded(0, 0), "music": graded(0, 0)}
    alike = paired_difference({"ai": graded(5, 7), "music": graded(5, 7)}, zero).average
    assert alike is not None
    margin = T_95[1] * 0.1  # of 0.5 and 0.7: variance 0.02, over 2 seeds 0.01
    assert alike.interval.high == pytest.approx(0.6 + margin, abs=1e-7)
    apart = paired_difference({"ai": graded(5, 7), "music": graded(7, 5)}, zero).average
    assert apart is not None
    assert (apart.interval.low, apart.interval.high) == pytest.approx((0.6, 0.6))


def test_only_cells_that_both_have_are_compared() -> None:
    first = {"ai": {1: some_counts(1), 2: some_counts(2)}, "music": {2: some_counts(3)}}
    second = {
        "ai": {2: some_counts(4), 3: some_counts(5)},
        "music": {1: some_counts(6)},
        "science": {1: some_counts(7)},
    }
    found = paired_difference(first, second)
    assert found.seeds == {"ai": (2,)} and set(found.domains) == {"ai"} and found.cells == 1
    assert found == paired_difference({"ai": {2: some_counts(2)}}, {"ai": {2: some_counts(4)}})
    assert paired_difference({"ai": {1: some_counts(1)}}, {"ai": {2: some_counts(1)}}) == Paired(None)


def test_a_system_against_itself_differs_by_nothing() -> None:
    base = {"ai": {1: some_counts(1), 2: some_counts(2)}, "music": {1: some_counts(3, 8)}}
    assert paired_difference(base, base, resamples=300).average == Difference(0.0, Interval(0.0, 0.0))
    assert paired_difference({}, base) == Paired(None) and Paired(None).cells == 0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(0, 1000))
def test_turned_round_it_is_the_negative(one: int, other: int) -> None:
    first = {"ai": {1: some_counts(one), 2: some_counts(one + 1)}}
    second = {"ai": {1: some_counts(other), 2: some_counts(other + 1)}}
    there = paired_difference(first, second, resamples=200).average
    back = paired_difference(second, first, resamples=200).average
    assert there is not None and back is not None
    assert (there.observed, there.interval.low, there.interval.high) == pytest.approx(
        (-back.observed, -back.interval.high, -back.interval.low), abs=1e-12
    )


def test_pairing_makes_small_differences_visible() -> None:
    """Two systems that differ in one sentence of ten, always the same way: unpaired noise is far greater."""
    first = some_counts(1, sentences=400)
    lost = np.zeros_like(first.tp)
    lost[::10] = np.minimum(first.tp[::10], 1)
    second = Counts(first.types, first.tp - lost, first.predicted, first.gold)
    found = paired_difference({"ai": {1: first}}, {"ai": {1: second}}).average
    assert found is not None and found.interval.low > 0
    assert found.interval.high - found.interval.low < 0.05


def test_other_sentences_are_refused() -> None:
    with pytest.raises(ValueError, match="same sentences"):
        paired_difference({"ai": {1: some_counts(1, 3)}}, {"ai": {1: some_counts(1, 4)}})
