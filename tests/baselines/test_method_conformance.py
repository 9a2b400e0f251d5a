"""What the harness asks of every registered method, whoever wrote it."""

from __future__ import annotations

import importlib.util
import inspect
import json
import subprocess
import sys
from copy import deepcopy
from functools import cache

import pytest
from toys import ODD_WORDS, SOURCE, TARGET, MemoryStore

from benchmark.domains.corpus import Mention, Sentence
from benchmark.method import Method
from benchmark.registry import method_class, registered
from benchmark.task import SUPERVISED, ZERO_SHOT, Task, Workspace

SETTINGS = (ZERO_SHOT, SUPERVISED)
HEAVY = {"torch", "transformers"}
STORE = MemoryStore()  # source taggers are the same for all
SENTENCES = (
    *(sentence.unlabelled() for sentence in TARGET.test),
    Sentence("waters/test/100", ("Anna",)),
    Sentence("waters/test/101", (".",)),
    Sentence("waters/test/102", ("Anna", "swam", "in", "the", "Blue", "Nile", ".") * 60),
    Sentence("waters/test/103", tuple(word or "-" for word in ODD_WORDS)),
    Sentence("waters/test/104", ("nile" * 100,)),
)

Fitted = tuple[Method, list[list[Mention]]]


def _made(name: str, backbone: str) -> Method:
    kind = method_class(name)
    return kind(**({"backbone": backbone} if "backbone" in kind.parameter_defaults() else {}))


def _task(setting: str) -> Task:
    return Task.of(SOURCE, TARGET, setting, workspace=Workspace(artefacts=STORE))


@cache
def _fitted(name: str, setting: str, backbone: str) -> Fitted:
    method = _made(name, backbone)
    if method.skip(setting) is not None:
        pytest.skip(f"{name} does not run in {setting}")
    task, sentences = _task(setting), deepcopy(SENTENCES)
    before = deepcopy((task.source, task.target))
    assert method.fit(task, 7) is method
    predicted = method.predict(sentences)
    assert (task.source, task.target) == before, "fit changed its task"
    assert sentences == SENTENCES, "predict changed its sentences"
    return method, predicted


every_method = pytest.mark.parametrize("name", registered())
every_setting = pytest.mark.parametrize("setting", SETTINGS)


def test_the_projects_methods_are_registered() -> None:
    assert {"source-only", "fine-tune", "lar-direct"} <= set(registered())


@every_method
def test_its_class_says_what_it_is(name: str) -> None:
    kind = method_class(name)
    assert not inspect.isabstract(kind)
    assert kind.__doc__
    assert kind.reading
    assert "\n" not in kind.reading
    assert kind.settings
    # what a worker imports beforehand has to exist
    assert all(importlib.util.find_spec(module) is not None for module in kind.preload)


@every_method
def test_parameters_go_round(name: str, tiny_backbone: str) -> None:
    method = _made(name, tiny_backbone)
    params = method.get_params()
    assert set(params) == set(type(method).parameter_defaults())
    assert type(method)(**params).get_params() == params
    assert type(method)().get_params() == type(method).parameter_defaults()
    assert json.loads(json.dumps(params)) == params


@every_method
def test_it_says_why_a_setting_is_not_for_it(name: str) -> None:
    method = method_class(name)()
    reasons = {setting: method.skip(setting) for setting in SETTINGS}
    # where it is made for, it may still lack a package, weights, an endpoint
    assert method.settings & set(SETTINGS), "no setting is left"
    assert all(reason is None or reason.strip() for reason in reasons.values())
    assert all(reasons[setting] for setting in SETTINGS if setting not in method.settings)


def test_planning_imports_nothing_heavy() -> None:
    # one process for all: starting one is what costs
    code = (
        "import sys\n"
        "from benchmark.registry import method_class, registered\n"
        "for name in registered():\n"
        "    method = method_class(name)()\n"
        "    method.get_params(), method.skip('zero-shot'), method.components()\n"
        f"    print(name, *sorted({HEAVY} & set(sys.modules)))\n"
    )
    # from elsewhere, so that what is imported is what is installed
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="/", check=True)
    assert done.stdout.split("\n")[:-1] == list(registered())


@every_method
@every_setting
def test_predictions_are_legal(name: str, setting: str, tiny_backbone: str) -> None:
    method, predicted = _fitted(name, setting, tiny_backbone)
    assert len(predicted) == len(SENTENCES)
    for sentence, mentions in zip(SENTENCES, predicted, strict=True):
        end = 0
        for mention in mentions:
            assert isinstance(mention, Mention)
            assert (type(mention.start), type(mention.end)) == (int, int)
            assert end <= mention.start < mention.end <= len(sentence.tokens)
            assert mention.type in TARGET.type_names
            end = mention.end
    assert method.predict([]) == []


@every_method
@every_setting
def test_notes_and_components_are_json(name: str, setting: str, tiny_backbone: str) -> None:
    method, _ = _fitted(name, setting, tiny_backbone)
    assert json.loads(json.dumps(dict(method.notes()), allow_nan=False)) == dict(method.notes())
    assert all(isinstance(value, str) for value in method.components().values())


@every_method
@every_setting
def test_the_same_seed_gives_the_same_predictions(name: str, setting: str, tiny_backbone: str) -> None:
    method, predicted = _fitted(name, setting, tiny_backbone)
    assert method.predict(SENTENCES) == predicted
    again = _made(name, tiny_backbone).fit(_task(setting), 7)
    assert again.predict(SENTENCES) == predicted
    assert again.notes() == method.notes()
