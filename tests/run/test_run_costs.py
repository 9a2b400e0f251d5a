"""What a cell notes of its costs: parameters of what is fitted, and no speed of answers that were kept."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from toys import SOURCE, TARGET

from benchmark.run.environment import parameter_count
from benchmark.run.fit_predict import FitPredict
from benchmark.task import ZERO_SHOT, Task


def test_each_parameter_within_reach_is_counted_once() -> None:
    shared = torch.nn.Linear(3, 2)  # 8 parameters
    inner = SimpleNamespace(tagger=shared, others=[shared, {"head": torch.nn.Linear(2, 1, bias=False)}])
    method = SimpleNamespace(inner=inner, first=shared, name="a method", kind=torch.nn.Linear)
    method.itself = method
    assert parameter_count(method) == 8 + 2


def test_what_holds_no_network_has_no_parameters() -> None:
    assert parameter_count(SimpleNamespace(words=["a", "b"], weights={"a": 1.0})) == 0


class Silent:
    """Finds nothing, and notes what a language model is said to have been asked."""

    def __init__(self, llm: dict[str, int]) -> None:
        self.llm = llm

    def fit(self, task: Task, seed: int) -> None:
        """Learn nothing."""

    def predict(self, sentences: list[Any]) -> list[list[Any]]:
        return [[] for _ in sentences]

    def notes(self) -> dict[str, Any]:
        return {"llm": self.llm}


@pytest.mark.parametrize(
    ("llm", "timed"), [({"requests": 4}, True), ({"requests": 1, "from_cache": 3}, False)]
)
def test_answers_that_were_kept_are_not_timed(llm: dict[str, int], *, timed: bool) -> None:
    stubs: dict[str, Any] = {
        "cell": SimpleNamespace(spec=SimpleNamespace(seed=1)),
        "corpora": SimpleNamespace(target=TARGET),
        "store": SimpleNamespace(artefacts=SimpleNamespace(seconds=0.0, needed=0.0, saved=0.0)),
    }
    work = FitPredict(
        method=Silent(llm), task=Task.of(SOURCE, TARGET, ZERO_SHOT), on_phase=lambda _: None, **stubs
    )
    timings = work.fit_and_predict().timings
    assert ("sentences_per_second" in timings) == ("predict_alone_seconds" in timings) == timed
    assert "train_alone_seconds" in timings
