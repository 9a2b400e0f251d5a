"""The search for direct inference's weights: what it tries, what it keeps, what it looks at."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from toys import SOURCE, TARGET, MemoryStore

from benchmark.task import Workspace
from lar.tuning import SPACE, START, Tuner
from larbench.search import Params, Trial, best_of, coordinate_search


def _peak(params: Params) -> Trial:
    """Score best at prior 3 and hubness 0.5; nothing else matters."""
    f1 = 1 - abs(params["prior"] - 3) / 10 - abs(params["hubness"] - 0.5) / 10
    return Trial(params, {"politics": {"1": f1}})


def test_the_search_climbs_to_the_best_of_its_grid_and_stops() -> None:
    trials = list(coordinate_search(SPACE, START, _peak, rounds=9))
    assert trials[0].params == START
    assert best_of(trials).params == {**START, "prior": 3.0, "hubness": 0.5}
    # one round that finds it, one that changes nothing, and no trial twice
    assert len(trials) <= 1 + 2 * sum(map(len, SPACE.values()))


def test_a_trial_scores_dev_and_never_test(tiny_backbone: str) -> None:
    workspace = Workspace(artefacts=MemoryStore())
    blind = replace(TARGET, test=())
    tuner = Tuner.prepare(SOURCE, blind, backbone=tiny_backbone, seed=1, workspace=workspace)
    trial = tuner.trial(START)
    assert 0 < trial.mean <= 1
    assert trial.f1.keys() == {"waters"}
    assert tuner.trial(START) == trial


def test_without_the_corpora_the_command_says_what_to_do(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lar", "tune", "--data-dir", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ") and "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["mention", "alignment_temperature"])
def test_the_start_lies_on_the_grid(name: str) -> None:
    assert START[name] in SPACE[name]
