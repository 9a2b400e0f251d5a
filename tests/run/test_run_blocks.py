"""A method is asked about a large test set in blocks; one whose answers hang together, about all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from benchmark.domains.corpus import LabelledSentence, Mention, Sentence
from benchmark.method import Method
from benchmark.run import fit_predict
from benchmark.run.check_predictions import BadPredictions

SENTENCES = [LabelledSentence(f"ai/test/{n}", ("Ada", str(n)), ()) for n in range(8)]


class Asked(Method):
    def __init__(self, noted: object = None, long: bool = False) -> None:
        self.noted = noted
        self.long = long
        self.sizes: list[int] = []

    def fit(self, task: Any, seed: int) -> Asked:
        return self

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Mention]]:
        self.sizes.append(len(sentences))
        wrong = self.long and sentences[-1].id == "ai/test/7"
        return [[Mention(0, 9 if wrong else 1 + int(s.tokens[1]) % 2, "task")] for s in sentences]

    def notes(self) -> Mapping[str, Any]:
        return {} if self.noted is None else {"transductive": self.noted}


class Transductive(Asked):
    transductive = True


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_predict, "BLOCK", 3)


@pytest.mark.parametrize(
    ("method", "sizes"),
    [(Asked(), [3, 3, 2]), (Asked(False), [3, 3, 2]), (Asked(True), [8]), (Transductive(), [8])],
)
def test_blocks_are_answered_as_the_whole(method: Asked, sizes: list[int]) -> None:
    found = fit_predict.predict(method, SENTENCES, ["task"])
    assert method.sizes == sizes
    assert found == {s.id: [Mention(0, 1 + n % 2, "task")] for n, s in enumerate(SENTENCES)}
    assert list(found) == [s.id for s in SENTENCES]


def test_what_is_wrong_in_a_later_block_is_named() -> None:
    with pytest.raises(BadPredictions, match="ai/test/6: the mention"):
        fit_predict.predict(Asked(long=True), SENTENCES, ["task"])


def test_a_split_without_sentences_is_not_asked_about() -> None:
    method = Asked()
    assert fit_predict.predict(method, [], ["task"]) == {} and method.sizes == []
