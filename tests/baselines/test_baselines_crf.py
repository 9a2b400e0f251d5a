"""The CRF: learns what features tell, twice the same; says the shared types where it has no target labels."""

from __future__ import annotations

import pytest

from baselines.crf import Crf, features
from benchmark.domains.load import load_domain
from benchmark.task import SUPERVISED, ZERO_SHOT, Task
from larbench import score


def test_a_token_is_described_by_itself_and_its_neighbours() -> None:
    first, second = features(("Ada", "left"))
    assert {
        "word=Ada",
        "lower=ada",
        "prefix=ad",
        "suffix=da",
        "shape=Xxx",
        "title",
        "1:word=left",
        "-1:none",
    } <= {*first}
    assert "-1:title" in second and "title" not in second


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert Crf().skip(SUPERVISED) == "python-crfsuite is not installed: pip install 'larbench[crf]'"
    assert Crf().components() == {}


@pytest.mark.parametrize(("setting", "least"), [(SUPERVISED, 0.5), (ZERO_SHOT, 0.02)])
def test_it_learns_and_twice_the_same(setting: str, least: float) -> None:
    pytest.importorskip("pycrfsuite")
    source, target = load_domain("sample/news"), load_domain("sample/politics")
    task = Task.of(source, target, setting)
    test = [sentence.unlabelled() for sentence in target.test]
    first, second = (Crf(iterations=30).fit(task, seed).predict(test) for seed in (1, 2))
    assert first == second
    f1 = score([s.mentions for s in target.test], first, types=target.type_names).score.counts.micro().f1
    assert f1 > least
    said = {mention.type for mentions in first for mention in mentions}
    assert said <= set(task.equal_types.source_of if setting == ZERO_SHOT else target.type_names)
