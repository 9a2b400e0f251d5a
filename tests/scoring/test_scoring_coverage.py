"""Coverage by simulation at a modest size; ``perf/coverage.py`` does it at length."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

TRIALS = 150
# Of 150 trials with probability 0.95, fewer than 133 hold in less than 1 of 400 series; all 150 would hold in
# fewer than 1 of 2,000.
LEAST, MOST = 133, 149


@pytest.fixture(scope="module")
def coverage() -> ModuleType:
    path = Path(__file__).parents[2] / "perf" / "coverage.py"
    spec = importlib.util.spec_from_file_location("larbench_coverage", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "changes",
    [
        {"copies": 4},
        {"seeds": 3, "luck": 0.15},
        {"seeds": 3, "luck": 0.1, "domains": 2, "gap": 0.1},
    ],
    ids=["copies", "seeds", "difference of averages"],
)
def test_intervals_hold_the_truth_as_often_as_they_say(coverage: ModuleType, changes: dict) -> None:
    scenario = coverage.Scenario("test", sentences=120, **changes)
    shares = coverage.held(scenario, TRIALS, 400)
    assert LEAST / TRIALS <= shares["project"] <= MOST / TRIALS


def test_drawing_copies_apart_would_hold_it_too_rarely(coverage: ModuleType) -> None:
    shares = coverage.held(coverage.Scenario("test", sentences=120, copies=6), TRIALS, 300)
    assert shares["sentences alone"] < LEAST / TRIALS


def test_drawing_seeds_would_hold_it_too_rarely(coverage: ModuleType) -> None:
    shares = coverage.held(coverage.Scenario("test", sentences=120, seeds=3, luck=1.0), TRIALS, 300)
    assert shares["seeds drawn"] < LEAST / TRIALS <= shares["project"]


def test_the_true_f1_is_that_of_a_large_draw(coverage: ModuleType) -> None:
    import numpy as np

    scenario = coverage.Scenario("test", sentences=200_000, seeds=1, luck=0.0)
    (system,), _ = coverage.draw(scenario, np.random.default_rng(1))
    assert system["0"][0].micro().f1 == pytest.approx(coverage.truth(scenario), abs=0.002)
