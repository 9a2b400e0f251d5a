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
from access import Watch, fit_watched, marked, toy_task
from toys import ODD_WORDS, SOURCE, MemoryStore
from toys import TARGET as PLAIN

from benchmark.domains.corpus import Mention, Sentence
from benchmark.method import Method
from benchmark.registry import method_class, registered
from benchmark.task import SUPERVISED, ZERO_SHOT, Task

SETTINGS = (ZERO_SHOT, SUPERVISED)
HEAVY = {"torch", "transformers"}
STORE = MemoryStore()  # source taggers are the same for all
TARGET = marked(PLAIN)
SENTENCES = (
    *(sentence.unlabelled() for sentence in TARGET.test),
    Sentence("waters/test/100", ("Anna",)),
    Sentence("waters/test/101", (".",)),
    Sentence("waters/test/102", ("Anna", "swam", "in", "the", "Blue", "Nile", ".") * 60),
    Sentence("waters/test/103", tuple(word or "-" for word in ODD_WORDS)),
    Sentence("waters/test/104", ("nile" * 100,)),
)

Fitted = tuple[Method, list[list[Mention]], Watch]


def _made(name: str, backbone: str) -> Method:
    kind = method_class(name)
    return kind(**({"backbone": backbone} if "backbone" in kind.parameter_defaults() else {}))


def _task(setting: str) -> Task:
    return toy_task(SOURCE, TARGET, setting, STORE)


@cache
def _fitted(name: str, setting: str, backbone: str) -> Fitted:
    method = _made(name, backbone)
    if method.skip(setting) is not None:
        pytest.skip(f"{name} does not run in {setting}")
    shown, sentences = _task(setting), deepcopy(SENTENCES)
    before = deepcopy((shown.source, shown.target))
    task, watch = fit_watched(method, lambda: _task(setting))
    predicted = method.predict(sentences)
    assert (task.source, task.target) == before, "fit changed its task"
    assert sentences == SENTENCES, "predict changed its sentences"
    return method, predicted, watch


@cache
def _fitted_again(name: str, setting: str, backbone: str) -> Fitted:
    """Return another one, fitted in the same way after the first has been asked about test sentences."""
    _fitted(name, setting, backbone)
    again = _made(name, backbone)
    _, watch = fit_watched(again, lambda: _task(setting))
    return again, again.predict(SENTENCES), watch


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
    method, predicted, _ = _fitted(name, setting, tiny_backbone)
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
    method, _, _ = _fitted(name, setting, tiny_backbone)
    assert json.loads(json.dumps(dict(method.notes()), allow_nan=False)) == dict(method.notes())
    assert all(isinstance(value, str) for value in method.components().values())


@every_method
@every_setting
def test_the_same_seed_gives_the_same_predictions(name: str, setting: str, tiny_backbone: str) -> None:
    method, predicted, _ = _fitted(name, setting, tiny_backbone)
    again, predicted_again, _ = _fitted_again(name, setting, tiny_backbone)
    assert predicted_again == predicted
    assert again.notes() == method.notes()
    assert method.predict(SENTENCES) == predicted


@every_method
@every_setting
def test_no_word_of_a_test_sentence_reaches_it_before_it_is_asked(
    name: str, setting: str, tiny_backbone: str
) -> None:
    _, _, first = _fitted(name, setting, tiny_backbone)
    _, _, second = _fitted_again(name, setting, tiny_backbone)
    assert first.looks["the task"] == second.looks["the task"] == 1
    assert (first.found, second.found) == (set(), set()), "test sentences leaked"


@every_method
@every_setting
def test_who_adapts_to_the_sentences_asked_about_says_so(name: str, setting: str, tiny_backbone: str) -> None:
    method, predicted, _ = _fitted(name, setting, tiny_backbone)
    transductive = getattr(type(method), "transductive", False)
    assert method.notes().get("transductive", False) is transductive  # the board marks its row by this
    if not transductive:  # it answers each sentence by itself, whatever is asked besides and in what order
        some = SENTENCES[::-2]
        assert method.predict(some) == predicted[::-2], "the answer to one sentence depends on others"


@every_method
def test_a_tagger_of_source_types_is_held_to_their_ceiling(name: str, tiny_backbone: str) -> None:
    method, predicted, _ = _fitted(name, ZERO_SHOT, tiny_backbone)
    left = getattr(method, "tagger_", None)
    coarse = method.notes().get("ceiling") == "coarse"
    if left is not None and tuple(left.types) == SOURCE.type_names:
        assert coarse, 'what tags with source types notes "ceiling": "coarse": a leak of labels then shows'
    if coarse:
        assert {m.type for mentions in predicted for m in mentions} <= set(SOURCE.type_names)
