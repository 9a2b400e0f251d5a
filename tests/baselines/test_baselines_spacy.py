"""spaCy: learns, twice the same; begins on the source if asked to; says shared types without labels."""

from __future__ import annotations

from dataclasses import replace

import pytest

from baselines.spacy_pipeline import SpacyPipeline
from benchmark.domains.load import load_domain
from benchmark.errors import UsageError
from benchmark.task import SUPERVISED, ZERO_SHOT, Task, Workspace
from larbench import score
from larbench.testing.store import MemoryStore

NEWS, POLITICS = load_domain("sample/news"), load_domain("sample/politics")
SOURCE = replace(NEWS, train=NEWS.train[:200], dev=NEWS.dev[:30])
TARGET = replace(POLITICS, dev=POLITICS.dev[:30], test=POLITICS.test[:60])


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert SpacyPipeline().skip(SUPERVISED) == "spacy is not installed: pip install 'larbench[spacy]'"
    assert SpacyPipeline().components() == {}


def test_an_unknown_start_is_refused() -> None:
    with pytest.raises(UsageError, match="use blank or source"):
        SpacyPipeline(start="news").fit(Task.of(SOURCE, TARGET, SUPERVISED), 1)


@pytest.mark.parametrize(("setting", "least"), [(SUPERVISED, 0.2), (ZERO_SHOT, 0.05)])
def test_it_learns_and_twice_the_same(setting: str, least: float) -> None:
    pytest.importorskip("spacy")
    task = Task.of(SOURCE, TARGET, setting)
    test = [sentence.unlabelled() for sentence in TARGET.test]
    first, second = (
        SpacyPipeline(epochs=8, source_epochs=4, learning_rate=4e-3).fit(task, 1).predict(test)
        for _ in range(2)
    )
    assert first == second
    f1 = score([s.mentions for s in TARGET.test], first, types=TARGET.type_names).score.counts.micro().f1
    assert f1 > least
    said = {mention.type for mentions in first for mention in mentions}
    assert said <= set(task.equal_types.source_of if setting == ZERO_SHOT else TARGET.type_names)


def test_a_start_on_the_source_is_trained_once_and_changes_what_is_learned() -> None:
    pytest.importorskip("spacy")
    store = MemoryStore()
    task = Task.of(SOURCE, TARGET, SUPERVISED, workspace=Workspace(artefacts=store))
    test = [sentence.unlabelled() for sentence in TARGET.test]
    blank, begun, again = (
        SpacyPipeline(start=start, epochs=2, source_epochs=1).fit(task, 1).predict(test)
        for start in ("blank", "source", "source")
    )
    assert blank != begun == again
    assert store.made == 1
