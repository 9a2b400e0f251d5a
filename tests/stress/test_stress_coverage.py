"""Coverage of intervals by simulation; LARBENCH_STRESS_TRIALS=2000 draws every scenario at length."""

from __future__ import annotations

import interval_coverage as coverage
import numpy as np
import pytest
from scipy.stats import binomtest
from stress_numbers import stress_number

TRIALS = 150
# Of 150 trials with probability 0.95, fewer than 133 hold in less than 1 of 400 series; all 150 would hold in
# fewer than 1 of 2,000.
LEAST, MOST = 133, 149


@pytest.mark.parametrize(
    "changes",
    [
        {"copies": 4},
        {"seeds": 3, "luck": 0.15},
        {"seeds": 3, "luck": 0.1, "domains": 2, "gap": 0.1},
    ],
    ids=["copies", "seeds", "difference of averages"],
)
def test_intervals_hold_the_truth_as_often_as_they_say(changes: dict) -> None:
    scenario = coverage.Scenario("test", sentences=120, **changes)
    shares = coverage.held(scenario, TRIALS, 400)
    assert LEAST / TRIALS <= shares["project"] <= MOST / TRIALS


def test_drawing_copies_apart_would_hold_it_too_rarely() -> None:
    shares = coverage.held(coverage.Scenario("test", sentences=120, copies=6), TRIALS, 300)
    assert shares["sentences alone"] < LEAST / TRIALS


def test_drawing_seeds_would_hold_it_too_rarely() -> None:
    shares = coverage.held(coverage.Scenario("test", sentences=120, seeds=3, luck=1.0), TRIALS, 300)
    assert shares["seeds drawn"] < LEAST / TRIALS <= shares["project"]


def test_the_true_f1_is_that_of_a_large_draw() -> None:
    scenario = coverage.Scenario("test", sentences=200_000, seeds=1, luck=0.0)
    (system,), _ = coverage.draw(scenario, np.random.default_rng(1))
    assert system["0"][0].micro().f1 == pytest.approx(coverage.truth(scenario), abs=0.002)


@pytest.mark.skipif(not stress_number("TRIALS", 0), reason="hours: say LARBENCH_STRESS_TRIALS")
@pytest.mark.timeout(24 * 3600)
@pytest.mark.parametrize("scenario", coverage.SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_scenario_holds_the_truth_93_to_97_times_of_a_hundred(scenario: coverage.Scenario) -> None:
    trials = stress_number("TRIALS", 0)
    shares = coverage.held(scenario, trials, 1000)
    print(f"\n{scenario.name}: " + ", ".join(f"{way} {100 * share:.1f} %" for way, share in shares.items()))
    interval = binomtest(round(shares["project"] * trials), trials).proportion_ci()
    assert interval.low <= 0.97 and interval.high >= 0.93
