"""The search for direct inference's weights: what it tries, what it keeps, what it looks at."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from toys import SOURCE, TARGET, MemoryStore

from baselines import search
from baselines.source_only import SourceOnly
from benchmark.domains.corpus import Domain, LabelledSentence, Mention, Sentence
from benchmark.domains.open_corpora import development
from benchmark.task import ZERO_SHOT, Task, Workspace
from lar.commands.tune import tune
from lar.enhanced import LarEnhanced
from lar.method import LarDirect
from lar.tuning import SPACE, START, Tuner
from larbench.search import Params, Trial, best_of, coordinate_search


def _peak(params: Params) -> Trial:
    """Score best at prior 3 and hubness 0.5; nothing else matters."""
    f1 = 1 - abs(params["prior"] - 3) / 10 - abs(params["hubness"] - 0.5) / 10
    return Trial(params, {"wnut17": {"1": f1}})


def test_the_search_climbs_to_the_best_of_its_grid_and_stops() -> None:
    trials = list(coordinate_search(SPACE, START, _peak, rounds=9))
    assert trials[0].params == START
    assert best_of(trials).params == {**START, "prior": 3.0, "hubness": 0.5}
    # one round that finds it, one that changes nothing, and no trial twice
    assert len(trials) <= 1 + 2 * sum(map(len, SPACE.values()))


def test_a_trial_scores_train_and_dev_and_never_test(tiny_backbone: str) -> None:
    workspace = Workspace(artefacts=MemoryStore())
    blind = replace(TARGET, test=())
    tuner = Tuner.prepare(SOURCE, [blind], backbone=tiny_backbone, seeds=[1], workspace=workspace)
    trial = tuner.trial(START)
    assert 0 < trial.mean <= 1
    assert trial.f1.keys() == {"waters"}
    assert tuner.trial(START) == trial
    alone = Tuner(
        [
            (domain, seed, replace(teacher, choices=replace(teacher.choices, fallback=False)), gold)
            for domain, seed, teacher, gold in tuner.teachers
        ]
    )
    assert alone.trial({**START, "evidence": 2.0}).mean == 0  # nothing has so much evidence


class Watched:
    """A labelled sentence that remembers whether anybody looked at its labels."""

    looked = 0

    def __init__(self, sentence: LabelledSentence) -> None:
        self.id, self.tokens, self._mentions = sentence.id, sentence.tokens, sentence.mentions

    @property
    def mentions(self) -> tuple[Mention, ...]:
        Watched.looked += 1
        return self._mentions

    def unlabelled(self) -> Sentence:
        return Sentence(self.id, self.tokens)


def test_nothing_that_is_zero_shot_looks_at_a_targets_labels(tiny_backbone: str) -> None:
    watched = replace(
        TARGET, train=tuple(map(Watched, TARGET.train)), dev=tuple(map(Watched, TARGET.dev)), test=()
    )
    task = Task.of(SOURCE, watched, ZERO_SHOT, workspace=Workspace(artefacts=MemoryStore()))
    text = [sentence.unlabelled() for sentence in TARGET.test]
    for kind in (LarDirect, LarEnhanced, SourceOnly):
        assert kind(backbone=tiny_backbone).fit(task, 1).predict(text)
    assert Watched.looked == 0
    assert watched.dev[0].mentions == TARGET.dev[0].mentions and Watched.looked == 1  # it would have told


def test_the_commands_that_choose_zero_shot_read_no_target(monkeypatch, tmp_path) -> None:
    """Both load the source and the development domains alone."""
    read: list[str] = []

    def load(corpus: str, name: str, **_) -> Domain:
        read.append(f"{corpus}/{name}")
        return SOURCE

    def develop(name: str, **_) -> Domain:
        read.append(name)
        return replace(TARGET, name=name, test=())

    for module in ("benchmark.domains.load", "baselines.search"):
        monkeypatch.setattr(f"{module}.load_domain", load)
    monkeypatch.setattr(development, "load_development", develop)
    monkeypatch.setattr(Tuner, "prepare", lambda *_, **__: SimpleNamespace(trial=_peak))
    assert CliRunner().invoke(tune, ["--trials", "1"]).exit_code == 0
    expected = ["crossner/conll2003", *development.NAMES]
    assert read == expected
    read.clear()
    monkeypatch.setattr(search.Tuner, "trial", lambda _, params: Trial(params, {"x": {"1": 0.5}}))
    assert CliRunner().invoke(search.main, ["tent", "--store", str(tmp_path)]).exit_code == 0
    assert read == expected


def test_without_the_corpora_the_command_says_what_to_do(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lar", "tune", "--data-dir", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ") and "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["mention", "alignment_temperature"])
def test_the_start_lies_on_the_grid(name: str) -> None:
    assert START[name] in SPACE[name]
