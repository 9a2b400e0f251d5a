"""The search for direct inference's weights: what it tries, what it keeps, what it looks at."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from toys import SOURCE, TARGET, MemoryStore

from benchmark.task import Workspace
from lar.inference.direct import Weights
from lar.tuning import GRID, START, START_ALIGNMENT_TEMPERATURE, Bench, Trial, search


def _peak(weights: Weights, alignment_temperature: float) -> Trial:
    """Score best at prior 3 and hubness 0.5; nothing else matters."""
    f1 = 1 - abs(weights.prior - 3) / 10 - abs(weights.hubness - 0.5) / 10
    return Trial(weights, alignment_temperature, f1)


def test_the_search_climbs_to_the_best_of_its_grid_and_stops() -> None:
    trials = list(search(_peak, rounds=9))
    assert (trials[0].weights, trials[0].alignment_temperature) == (START, START_ALIGNMENT_TEMPERATURE)
    best = max(trials, key=lambda trial: trial.f1)
    assert best.weights == replace(START, prior=3.0, hubness=0.5)
    # one round that finds it, one that changes nothing
    assert len(trials) == 1 + 2 * sum(map(len, GRID.values()))


def test_a_trial_scores_dev_and_never_test(tiny_backbone: str) -> None:
    workspace = Workspace(artefacts=MemoryStore())
    blind = replace(TARGET, test=())
    bench = Bench.prepare(SOURCE, blind, backbone=tiny_backbone, seed=1, workspace=workspace)
    trial = bench.trial(START, START_ALIGNMENT_TEMPERATURE)
    assert 0 < trial.f1 <= 1
    assert trial.values() == {**trial.values(), "prior": START.prior, "alignment_temperature": 0.05}
    assert bench.trial(START, START_ALIGNMENT_TEMPERATURE) == trial


def test_without_the_corpora_the_command_says_what_to_do(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lar", "choose", "--data-dir", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ") and "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["mention", "alignment_temperature"])
def test_the_start_lies_on_the_grid(name: str) -> None:
    start = Trial(START, START_ALIGNMENT_TEMPERATURE, 0.0).values()
    assert start[name] in GRID[name]
