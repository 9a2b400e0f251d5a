from __future__ import annotations

import numpy as np
import pytest

from benchmark.scoring import statistics
from benchmark.scoring.counts import Counts
from benchmark.scoring.intervals import Interval
from benchmark.scoring.statistics import bootstrap_average, bootstrap_f1, resampled_f1, weight_blocks


def some_counts(seed: int, sentences: int = 12, types: int = 2, skill: float = 0.6) -> Counts:
    """Return counts in which a share ``skill`` of gold and of predicted mentions is right."""
    generator = np.random.default_rng(seed)
    gold = generator.poisson(1.5, size=(sentences, types))
    tp = generator.binomial(gold, skill)
    predicted = tp + generator.binomial(gold, 1 - skill)
    return Counts(tuple("ab"[:types]), tp, predicted, gold)


def f1(run: Counts) -> float:
    return run.micro().f1


def naive_samples(runs: list[Counts], resamples: int, seed: int, stream: str = "") -> list[float]:
    """Return the mean F1 of each resample, by writing each resample out sentence by sentence."""
    weights = np.concatenate(list(weight_blocks(len(runs[0].tp), resamples, seed, stream)))
    samples = []
    for row in weights:
        drawn = [sentence for sentence, times in enumerate(row) for _ in range(int(times))]
        scores = [
            Counts(run.types, run.tp[drawn], run.predicted[drawn], run.gold[drawn]).micro().f1 for run in runs
        ]
        samples.append(sum(scores) / len(scores))
    return samples


def test_one_product_gives_what_resampling_sentence_by_sentence_gives() -> None:
    naive = naive_samples([some_counts(1)], 200, seed=7)
    interval = bootstrap_f1(some_counts(1), resamples=200, seed=7)
    assert interval.low == pytest.approx(np.quantile(naive, 0.025), abs=1e-12)
    assert interval.high == pytest.approx(np.quantile(naive, 0.975), abs=1e-12)


def test_one_run_may_be_given_without_a_list() -> None:
    assert bootstrap_f1(some_counts(1)) == bootstrap_f1([some_counts(1)])


def test_average_resamples_each_domain_by_itself() -> None:
    domains = {"politics": [some_counts(1)], "ai": [some_counts(3, sentences=9)]}
    naive = [
        np.mean(pair)
        for pair in zip(
            *(naive_samples(runs, 200, seed=3, stream=name) for name, runs in domains.items()), strict=True
        )
    ]
    interval = bootstrap_average(domains, resamples=200, seed=3)
    assert interval.low == pytest.approx(np.quantile(naive, 0.025), abs=1e-12)
    same_sentences = some_counts(1)
    one = next(weight_blocks(12, 5, 0, "politics"))
    other = next(weight_blocks(12, 5, 0, "ai"))
    assert not np.array_equal(one, other)
    twice = bootstrap_average({"a": [same_sentences], "b": [same_sentences]})
    single = bootstrap_average({"a": [same_sentences]})
    assert twice.high - twice.low < single.high - single.low


def test_every_resample_has_as_many_sentences_as_the_test_set() -> None:
    weights = np.concatenate(list(weight_blocks(17, 50, 0)))
    assert weights.shape == (50, 17)
    assert (weights.sum(axis=1) == 17).all()
    assert weights.mean() == 1


def test_blocks_do_not_change_the_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = np.concatenate(list(weight_blocks(17, 50, 0)))
    monkeypatch.setattr(statistics, "_BLOCK", 60)
    pieces = list(weight_blocks(17, 50, 0))
    assert len(pieces) > 1
    assert np.array_equal(np.concatenate(pieces), whole)


def test_draws_stay_the_same_for_ever() -> None:
    assert next(weight_blocks(5, 3, 0)).tolist() == [[0, 1, 1, 0, 3], [1, 0, 2, 1, 1], [2, 0, 0, 2, 1]]


def test_no_mentions_and_no_sentences_give_zero_not_an_error() -> None:
    nothing = np.zeros((4, 1), dtype=np.int64)
    assert bootstrap_f1(Counts(("a",), nothing, nothing, nothing)) == Interval(0.0, 0.0)
    assert bootstrap_f1(Counts(("a",), nothing[:0], nothing[:0], nothing[:0])) == Interval(0.0, 0.0)


def test_perfect_predictions_have_no_width() -> None:
    gold = np.ones((4, 1), dtype=np.int64)
    assert bootstrap_f1(Counts(("a",), gold, gold, gold)) == Interval(1.0, 1.0)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="same sentences"):
        bootstrap_f1([some_counts(1, sentences=3), some_counts(1, sentences=4)])
    with pytest.raises(ValueError, match="without a run"):
        bootstrap_f1([])
    with pytest.raises(ValueError, match="at least one domain"):
        bootstrap_average({})
    with pytest.raises(ValueError, match="level"):
        bootstrap_f1(some_counts(1), level=95)


def test_intervals_hold_the_true_value_about_as_often_as_they_say() -> None:
    """Draw test sets from a population of known F1: 95 % intervals should hold it in about 95 % of them."""
    population = some_counts(0, sentences=20_000)
    truth = population.micro().f1
    generator = np.random.default_rng(11)
    held = 0
    for trial in range(200):
        drawn = generator.integers(0, 20_000, size=150)
        sample = Counts(
            population.types, *(a[drawn] for a in (population.tp, population.predicted, population.gold))
        )
        interval = bootstrap_f1(sample, resamples=300, seed=trial)
        held += interval.low <= truth <= interval.high
    assert 0.90 <= held / 200 <= 0.99


def test_seeds_that_agree_are_averaged_inside_a_resample() -> None:
    run = some_counts(1)
    mirror = Counts(run.types, run.tp[::-1].copy(), run.predicted[::-1].copy(), run.gold[::-1].copy())
    samples = resampled_f1([run.by_sentence(), mirror.by_sentence()], resamples=100)
    assert f1(run) == f1(mirror)  # so that seeds show no luck of their own
    low = np.quantile(samples.mean(axis=0), 0.025)
    assert bootstrap_f1([run, mirror], resamples=100).low == pytest.approx(low)


def test_seeds_that_disagree_widen_the_interval() -> None:
    runs = [some_counts(1, 200, skill=skill) for skill in (0.5, 0.6, 0.7)]
    samples = resampled_f1([run.by_sentence() for run in runs], resamples=500).mean(axis=0)
    interval = bootstrap_f1(runs, resamples=500)
    assert interval.low < np.quantile(samples, 0.025) - 0.1
    assert interval.high > np.quantile(samples, 0.975) + 0.1
    assert bootstrap_f1([some_counts(1, 5, skill=skill) for skill in (0.0, 1.0)]) == Interval(0.0, 1.0)
