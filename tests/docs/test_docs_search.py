"""What is kept of searches on dev is what the code does: its space, its choice, dev alone."""

from __future__ import annotations

import importlib
import json
import tomllib
from dataclasses import asdict

import pytest
from docs_pages import ROOT

from baselines.search import space_of
from benchmark.domains.open_corpora import development
from benchmark.method import Method
from benchmark.plan.suite import load_suite
from lar.alignment.align import TEMPERATURE
from lar.inference.direct import Weights
from lar.tuning import ALIGNMENT_TEMPERATURE, BUDGET, SPACE, START
from larbench.search import SCHEMA, Trial, best_of

LAR = ROOT / "results" / "search" / "lar-direct.json"  # of weights that are no parameters of the method
SCRATCH = ROOT / "results" / "search" / "dann-from-scratch.json"  # of a row that is not the method's default
FILES = sorted(set((ROOT / "results" / "search").glob("*.json")) - {LAR, SCRATCH})
# of this tree: what is installed may be another one
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
METHODS: dict[str, str] = _PROJECT["entry-points"]["larbench.methods"]


def _class(name: str) -> type[Method]:
    module, _, attribute = METHODS[name].partition(":")
    kind = getattr(importlib.import_module(module), attribute)
    assert issubclass(kind, Method)
    return kind


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_choice_of_a_search_is_the_default(path) -> None:
    found = json.loads(path.read_text("utf-8"))
    kind = _class(path.stem)
    assert (found["schema"], found["method"], found["split"]) == (SCHEMA, path.stem, "dev")
    assert found["setting"] in kind.settings
    assert found["space"] == {name: list(values) for name, values in space_of(kind).items()}
    trials = [Trial(trial["params"], trial["f1"]) for trial in found["trials"]]
    assert [round(trial.mean, 6) for trial in trials] == [trial["mean"] for trial in found["trials"]]
    assert trials[0].params == found["start"]
    assert best_of(trials).params == found["chosen"]
    defaults = kind.parameter_defaults()
    assert found["chosen"] == {name: defaults[name] for name in found["space"]}


def test_dann_from_scratch_has_the_strength_that_its_search_chose() -> None:
    found = json.loads(SCRATCH.read_text("utf-8"))
    assert found["domains"] == list(development.NAMES)
    trials = [Trial(trial["params"], trial["f1"]) for trial in found["trials"]]
    assert best_of(trials).params == found["chosen"]
    (row,) = (spec for spec in load_suite("dann-scratch").methods or () if spec.params)
    assert dict(row.params) == {**found["fixed"], **found["chosen"]}


def test_the_weights_of_lar_are_those_of_its_best_trial_on_the_development_domains() -> None:
    found = json.loads(LAR.read_text("utf-8"))
    assert found["domains"] == list(development.NAMES)
    assert found["space"] == {name: list(values) for name, values in SPACE.items()}
    trials = [Trial(trial["params"], trial["f1"]) for trial in found["trials"]]
    assert len(trials) <= BUDGET
    assert (trials[0].params, best_of(trials).params) == (START, found["chosen"])
    assert {**asdict(Weights()), ALIGNMENT_TEMPERATURE: TEMPERATURE} == found["chosen"]
