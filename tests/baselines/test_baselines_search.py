"""The search for defaults: what it tries, what it keeps, which sentences it asks about."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from toys import SOURCE, TARGET, MemoryStore

from baselines.search import Tuner, main, space_of
from benchmark import registry
from benchmark.domains.corpus import Mention, Sentence
from benchmark.errors import LarbenchError, UsageError
from benchmark.method import Method
from benchmark.registry import method_class, registered
from benchmark.task import SUPERVISED, ZERO_SHOT, Task, Workspace
from larbench.search import Params, Trial, best_of, coordinate_search

SPACE = {"width": (1, 2, 3), "tags": ("none", "first")}
SEARCH = {"tags": ("none", "first")}  # of ``Toy``, whose module this is


class Toy(Method):
    """Tags nothing, or the first word; remembers what it was asked about."""

    reading: ClassVar[str] = "a toy"
    fits: ClassVar[int] = 0
    asked: ClassVar[list[str]] = []
    sources: ClassVar[list[int]] = []

    def __init__(self, *, tags: str = "none", ready: bool = True) -> None:
        self.tags = tags
        self.ready = ready

    def skip(self, setting: str) -> str | None:
        return super().skip(setting) or (None if self.ready else "it is not ready")

    def fit(self, task: Task, seed: int) -> Self:
        Toy.fits += 1
        Toy.sources.append(len(task.source.train))
        self.kind_ = task.target.types[0].name
        return self

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Mention]]:
        Toy.asked += [sentence.id for sentence in sentences]
        return [[Mention(0, 1, self.kind_)] if self.tags == "first" else [] for _ in sentences]


@pytest.fixture(autouse=True)
def _toy(monkeypatch: pytest.MonkeyPatch) -> None:
    known = registered()
    monkeypatch.setattr(Toy, "fits", 0)
    monkeypatch.setattr(Toy, "asked", [])
    monkeypatch.setattr(Toy, "sources", [])
    monkeypatch.setattr(registry, "registered", lambda: {**known, "toy": f"{__name__}:Toy"})


def _scored(score: Mapping[Any, float], params: Params) -> Trial:
    return Trial(params, {"waters": {"1": score[tuple(params.values())]}})


def _tuner(store: MemoryStore, **options: Any) -> Tuner:
    given: dict[str, Any] = {"fixed": {}, "targets": [TARGET], "seeds": [1], **options}
    return Tuner(Toy, ZERO_SHOT, SOURCE, workspace=Workspace(artefacts=store), **given)


# --- what is tried, what is kept


def test_one_parameter_after_the_other_until_nothing_changes() -> None:
    score = {(1, "none"): 0.1, (2, "none"): 0.3, (3, "none"): 0.2}
    score |= {(1, "first"): 0.5, (2, "first"): 0.4, (3, "first"): 0.6}
    trials = list(
        coordinate_search(SPACE, {"width": 1, "tags": "none"}, lambda params: _scored(score, params))
    )
    tried = [tuple(trial.params.values()) for trial in trials]
    # width, tags, then width again beside the tags that were found; the last round tries nothing new
    assert tried == [(1, "none"), (2, "none"), (3, "none"), (2, "first"), (1, "first"), (3, "first")]
    assert best_of(trials).params == {"width": 3, "tags": "first"}
    one = list(coordinate_search(SPACE, {"width": 1, "tags": "none"}, lambda p: _scored(score, p), rounds=1))
    assert best_of(one).params == {"width": 2, "tags": "first"}


def test_a_tie_keeps_the_start() -> None:
    trials = list(
        coordinate_search(SPACE, {"width": 2, "tags": "none"}, lambda p: Trial(p, {"waters": {"1": 0.5}}))
    )
    assert best_of(trials).params == trials[0].params == {"width": 2, "tags": "none"}


@given(st.lists(st.floats(0, 1), min_size=6, max_size=6), st.sampled_from([1, 2, 3]))
def test_no_trial_is_made_twice_and_no_single_change_beats_the_choice(
    scores: list[float], width: int
) -> None:
    cells = [(w, t) for w in SPACE["width"] for t in SPACE["tags"]]
    score = dict(zip(cells, scores, strict=True))
    trials = list(
        coordinate_search(SPACE, {"width": width, "tags": "none"}, lambda p: _scored(score, p), rounds=9)
    )
    tried = [tuple(trial.params.values()) for trial in trials]
    assert len(tried) == len(set(tried))
    best_width, best_tags = best_of(trials).params.values()
    assert score[best_width, best_tags] == max(score[w, best_tags] for w in SPACE["width"])
    assert score[best_width, best_tags] == max(score[best_width, t] for t in SPACE["tags"])


def test_the_mean_is_over_seeds_and_then_over_domains() -> None:
    assert Trial({}, {"one": {"1": 0.2, "2": 0.4}, "other": {"1": 0.9}}).mean == pytest.approx(0.6)


# --- which sentences


def test_dev_is_asked_about_and_nothing_else() -> None:
    trial = _tuner(MemoryStore()).trial({"tags": "first"})
    assert Toy.asked == [sentence.id for sentence in TARGET.dev]
    right = sum(Mention(0, 1, "person") in s.mentions for s in TARGET.dev)
    gold = sum(len(s.mentions) for s in TARGET.dev)
    assert right > 0
    assert trial.f1 == {"waters": {"1": round(2 * right / (len(TARGET.dev) + gold), 6)}}


def test_a_test_split_changes_nothing() -> None:
    store = MemoryStore()
    one = _tuner(store).trial({"tags": "first"})
    assert _tuner(store, targets=[replace(TARGET, test=())]).trial({"tags": "first"}) == one
    assert Toy.fits == 1  # the same trial


def test_what_was_tried_is_not_tried_again_and_what_differs_is() -> None:
    store = MemoryStore()
    first = _tuner(store).trial({"tags": "none"})
    assert _tuner(store).trial({"tags": "none"}) == first
    assert Toy.fits == 1
    _tuner(store).trial({"tags": "first"})
    _tuner(store, seeds=[2]).trial({"tags": "none"})
    _tuner(store, targets=[replace(TARGET, dev=TARGET.dev[:2])]).trial({"tags": "none"})
    assert Toy.fits == 4


# --- the command


def _run(*arguments: object, store: Path) -> list[str]:
    done = CliRunner().invoke(
        main, [*map(str, arguments), "--corpus", "sample", "--store", str(store)], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


def test_the_command_prints_and_writes_every_trial(tmp_path: Path) -> None:
    lines = _run("toy", "--seeds", "1,2", "--out", tmp_path / "out", store=tmp_path / "store")
    assert lines[-1] == 'chosen: {"tags": "first"}'
    content = (tmp_path / "out" / "toy.json").read_bytes()
    found = json.loads(content)
    assert (found["setting"], found["split"], found["domains"]) == (ZERO_SHOT, "dev", ["politics"])
    assert [trial["params"]["tags"] for trial in found["trials"]] == ["none", "first"]
    assert found["trials"][1]["f1"]["politics"].keys() == {"1", "2"}
    assert (found["start"], found["chosen"], found["seeds"]) == ({"tags": "none"}, {"tags": "first"}, [1, 2])
    assert len(lines) == 1 + len(found["trials"])
    # again: the same bytes, and nothing is fitted
    fits = Toy.fits
    assert _run("toy", "--seeds", "1,2", "--out", tmp_path / "out", store=tmp_path / "store") == lines
    assert (tmp_path / "out" / "toy.json").read_bytes() == content
    assert Toy.fits == fits == 4


def test_a_value_can_be_set_to_start_from_or_to_stay(tmp_path: Path) -> None:
    _run(
        *("toy", "--setting", SUPERVISED, "--domains", "ai", "--set", "tags=first", "--set", "ready=true"),
        *("--out", tmp_path),
        store=tmp_path / "store",
    )
    found = json.loads((tmp_path / "toy.json").read_text("utf-8"))
    assert (found["start"], found["fixed"]) == ({"tags": "first"}, {"ready": True})
    assert (found["setting"], found["domains"]) == (SUPERVISED, ["ai"])


def test_a_part_of_the_source_and_of_the_space_can_be_searched(tmp_path: Path) -> None:
    _run(
        *("toy", "--source-limit", "7", "--only", "tags", "--set", "ready=true", "--out", tmp_path),
        store=tmp_path / "store",
    )
    found = json.loads((tmp_path / "toy.json").read_text("utf-8"))
    assert (found["source_limit"], found["space"]) == (7, {"tags": ["none", "first"]})
    assert Toy.sources == [7, 7]
    once = _run("toy", "--rounds", "1", "--set", "tags=first", store=tmp_path / "store")
    assert len(once) == 3  # two trials and the choice
    with pytest.raises(UsageError, match="does not search 'ready': it searches tags"):
        _run("toy", "--only", "ready", store=tmp_path / "store")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["toi"], "did you mean toy"),
        (["source-only"], "names nothing to search"),
        (["toy", "--set", "ready=false"], "toy cannot be searched: it is not ready"),
        (["toy", "--set", "deep=1"], "no parameter 'deep'"),
        (["toy", "--set", "tags"], "use NAME=VALUE"),
        (["toy", "--seeds", "one"], "whole numbers"),
        (["toy", "--domains", "politix"], "politix"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: list[str], says: str, tmp_path: Path) -> None:
    given = [*arguments, "--corpus", "sample", "--store", str(tmp_path)]
    with pytest.raises(LarbenchError, match=says):
        CliRunner().invoke(main, given, catch_exceptions=False)


# --- all methods


@pytest.mark.parametrize("name", registered())
def test_a_search_holds_the_defaults(name: str) -> None:
    kind = method_class(name)
    try:
        space = space_of(kind)
    except UsageError:
        return  # it names nothing to search
    defaults = kind.parameter_defaults()
    assert all(defaults[parameter] in values for parameter, values in space.items())
