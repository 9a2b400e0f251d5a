"""The gate's false alarms and power, simulated on counts; nothing is trained.

LARBENCH_STRESS_RERUNS says how many re-runs of each kind are simulated, for example 200, and
LARBENCH_STRESS_RESULT of which stored result (STORE/SUITE). Only target domains are: the source's own test
set, which no average holds, is the largest and the slowest to resample. ``pytest -s`` shows the shares.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from gate_simulation import SeedVariance, Stored, Trial, another_seed, inject_loss, rate, seed_variance
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from stress_numbers import stress_number

from benchmark.gate.gold import Counter
from benchmark.gate.inputs import CellFilter, open_suite, pair
from benchmark.scoring.statistics import f1_of

ROOT = Path(__file__).parents[2]
ALPHA = 0.05
CHURN, UNEVEN = 0.05, 1.5  # share of mentions that go with a seed; how far rows differ
DEVIATIONS = (0.003, 0.006, 0.01)  # of F1, assumed where the result has one seed
LOSS = 0.03  # of F1


@given(st.integers(0, 2**32), st.floats(-0.2, 0.2))
def test_what_is_planted_is_what_f1_changes_by(seed: int, gain: float) -> None:
    generator = np.random.default_rng(seed)
    gold = generator.integers(1, 4, 300)
    right = generator.binomial(gold, 0.5)
    totals = np.stack([right, right + generator.integers(0, 3, 300), gold], axis=1)
    planted = inject_loss(totals, gain, generator)
    before, after = (float(f1_of(one.sum(axis=0))) for one in (totals, planted))
    possible = 2 * np.minimum(totals[:, 1], gold).sum() / (totals[:, 1] + gold).sum() - before
    assert after - before == pytest.approx(min(gain, possible), abs=0.002)
    assert (planted[:, 0] <= planted[:, 1:].min(axis=1)).all() and (planted >= 0).all()


def test_another_seed_is_as_good_on_average() -> None:
    generator = np.random.default_rng(0)
    totals = np.stack([generator.binomial(3, 0.6, 400), np.full(400, 3), np.full(400, 3)], axis=1)
    drawn = [float(f1_of(another_seed(totals, 0.1, generator).sum(axis=0))) for _ in range(200)]
    assert np.mean(drawn) == pytest.approx(float(f1_of(totals.sum(axis=0))), abs=0.003)
    assert np.std(drawn) > 0.005


def a_board(seeds: int = 1) -> list[Stored]:
    generator = np.random.default_rng(1)
    found = []
    for label in ("a", "b", "c"):
        for domain in ("k", "l", "m"):
            gold = generator.poisson(2, 300)
            runs = {}
            for seed in range(seeds):
                right = generator.binomial(gold, 0.6)
                totals = np.stack([right, right + generator.poisson(0.7, 300), gold], axis=1)
                runs[seed] = totals
            found.append(Stored(f"{label}-{domain}", (label, "", "z"), domain, runs))
    return found


def test_luck_is_read_off_stored_seeds() -> None:
    assert seed_variance(a_board(1), 0.05) is None
    told = seed_variance(a_board(20), 0.0)
    assert told is not None
    # independent domains share no luck; a run's F1 varies by about √(0.6 · 0.4 / 600) and a little more
    assert told.shared < told.own and 0.01 < told.own < 0.03


LUCK = SeedVariance(churn=0.05, shared=0.004, own=0.004, uneven=1.3)


def test_the_canary_a_rerun_does_not_fire_and_a_loss_does() -> None:
    """On counts out of thin air; it draws the same every time."""
    board = a_board()
    alarms = rate(board, LUCK, Trial(3, 2, other_seeds=True), times=40, resamples=150)
    assert alarms <= 2
    seen = rate(board, LUCK, Trial(3, 2, True, loss=0.03, row=("b", "", "z")), times=15, resamples=150)
    assert seen >= 12


def stored_counts(result: Path) -> list[Stored]:
    """Return the counts of every place of a result that ended ok."""
    side = open_suite(result, "result")
    places, *_ = pair(side, side, CellFilter())
    counter = Counter(None)
    found = []
    for place in places:
        record = place.record
        assert record is not None
        if record.spec.in_domain:
            continue
        runs = {seed: counter.count(side, one).by_sentence() for seed, one in place.base.items()}
        row = (record.spec.label, record.spec.backbone, record.spec.setting)
        found.append(Stored(place.key, row, record.spec.domain, runs))
    return found


def share(count: int, times: int) -> str:
    """A share with its 95 % interval (Clopper and Pearson)."""
    interval = binomtest(count, times).proportion_ci()
    return f"{100 * count / times:5.1f} %  [{100 * interval.low:.1f}, {100 * interval.high:.1f}]"


@pytest.mark.timeout(24 * 3600)
def test_false_alarms_are_rare_on_the_counts_of_a_stored_result() -> None:
    """More than 5 % of them would be too many: told from chance by the lower end of their interval."""
    stored = stored_counts(Path(os.environ.get("LARBENCH_STRESS_RESULT", ROOT / "results" / "sample")))
    times, told = stress_number("RERUNS", 4), seed_variance(stored, CHURN)
    parts = [deviation / 2**0.5 for deviation in DEVIATIONS[: 3 if times > 4 else 1]]
    kinds = [told] if told is not None else [SeedVariance(CHURN, part, part, UNEVEN) for part in parts]
    row = sorted({cells.row for cells in stored})[0]
    domain = min(cells.domain for cells in stored if cells.row == row)
    for variance in kinds:
        print(f"\nseeds: {variance}")
        for base, run, other in ((3, 1, True), (3, 3, True), (3, 3, False)):
            alarms = rate(stored, variance, Trial(base, run, other), times=times, resamples=300)
            print(f"{base} stored, {run} re-run, other seeds {other}: false alarms {share(alarms, times)}")
            assert binomtest(alarms, times).proportion_ci().low <= ALPHA
            for where in (None, domain) if times > 4 else ():
                trial = Trial(base, run, other, LOSS, row, where)
                seen = rate(stored, variance, trial, times=times, resamples=300)
                print(f"    {100 * LOSS:g} points lost in {where or 'every domain'}: {share(seen, times)}")
