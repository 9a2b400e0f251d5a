"""The leak detector that methods are fitted with: it catches each kind of leak, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import pytest
from toys import SOURCE, MemoryStore
from toys import TARGET as PLAIN

from baselines.llm_prompt.method import LlmPrompt
from benchmark.domains.corpus import Domain, Mention, Sentence
from benchmark.method import Method
from benchmark.task import SUPERVISED, ZERO_SHOT, Task
from larbench.testing.fitting import fit_watched, toy_task
from larbench.testing.leak_detector import WORD, marked, texts

TARGET = marked(PLAIN)
TEXT = tuple(sentence.unlabelled() for sentence in TARGET.test)


class Honest(Method):
    """Reads all that it may."""

    backbone: ClassVar[str] = ""

    def fit(self, task: Task, seed: int) -> Self:
        read = (*task.source.train, *task.target.train, *task.target.unlabelled)
        self.words_ = {word for sentence in read for word in sentence.tokens}
        self.tokenizer()(sorted(self.words_))
        task.workspace.artefacts.get_or_make("words", {"seed": seed}, lambda: {"count": b"1"})
        return self

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Mention]]:
        return [[Mention(0, 1, "person")] for _ in sentences]

    def tokenizer(self) -> Any:
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(self.backbone)


class Adapting(Honest):
    """Transductive: learns from the sentences that it is asked about, while it answers."""

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Mention]]:
        self.words_ |= {word for sentence in sentences for word in sentence.tokens}
        return super().predict(sentences)


class Hoarding(Honest):
    """Keeps the sentences that one cell asks about, for the next."""

    kept: ClassVar[list[Sentence]] = []

    def fit(self, task: Task, seed: int) -> Self:
        super().fit(task, seed)
        self.words_ |= {word for sentence in self.kept for word in sentence.tokens}
        return self

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Mention]]:
        self.kept.extend(sentences)
        return super().predict(sentences)


class Scribbling(Honest):
    """Keeps them as plain text, and reads that as a language model would."""

    kept: ClassVar[list[str]] = []

    def fit(self, task: Task, seed: int) -> Self:
        super().fit(task, seed)
        self.tokenizer()([*self.kept, "."])
        return self

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Mention]]:
        self.kept.extend(" ".join(sentence.tokens) for sentence in sentences)
        return super().predict(sentences)


class Filing(Honest):
    """Leaves them in the store for who comes after."""

    def fit(self, task: Task, seed: int) -> Self:
        self.artefacts_ = task.workspace.artefacts
        self.artefacts_.get("asked", {})
        return super().fit(task, seed)

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Mention]]:
        text = "\n".join(" ".join(sentence.tokens) for sentence in sentences)
        self.artefacts_.get_or_make("asked", {}, lambda: {"text": text.encode()})
        return super().predict(sentences)


class Fetching(Honest):
    """Goes to the corpus itself."""

    corpus: ClassVar[Domain] = PLAIN  # without the marked word: a test split is enough

    def fit(self, task: Task, seed: int) -> Self:
        super().fit(task, seed)
        self.count_ = len(self.corpus.split("test"))
        return self


@pytest.fixture(autouse=True)
def _fresh(tiny_backbone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Honest, "backbone", tiny_backbone)
    monkeypatch.setattr(Hoarding, "kept", [])
    monkeypatch.setattr(Scribbling, "kept", [])


def _found(kind: type[Method], setting: str = ZERO_SHOT) -> tuple[set[str], set[str]]:
    """Return where a method met the word: in its first fit, and in that of another one after its answers."""
    store = MemoryStore()
    method = kind()
    _, first = fit_watched(method, lambda: toy_task(SOURCE, TARGET, setting, store))
    method.predict(TEXT)
    _, second = fit_watched(kind(), lambda: toy_task(SOURCE, TARGET, setting, store))
    assert {"the task", "a sentence", "a tokenizer", "the store"} <= set(first.looks) & set(second.looks)
    return first.found, second.found


@pytest.mark.parametrize("setting", [ZERO_SHOT, SUPERVISED])
@pytest.mark.parametrize("kind", [Honest, Adapting])
def test_who_reads_what_is_given_passes(kind: type[Method], setting: str) -> None:
    assert _found(kind, setting) == (set(), set())


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        (Hoarding, set(), {"a sentence"}),
        (Scribbling, set(), {"a tokenizer"}),
        (Filing, set(), {"the store"}),
        (Fetching, {"a test split"}, {"a test split"}),
    ],
)
def test_a_leak_of_each_kind_is_caught(kind: type[Method], first: set[str], second: set[str]) -> None:
    found = _found(kind)
    assert found[0] == first
    assert second <= found[1]


@pytest.mark.parametrize("setting", [ZERO_SHOT, SUPERVISED])
def test_unlabelled_text_is_the_words_of_train_and_dev_and_nothing_else(setting: str) -> None:
    target = toy_task(SOURCE, TARGET, setting, MemoryStore()).target
    assert any(sentence.mentions for sentence in TARGET.train)  # labels that could leak
    words = tuple(Sentence(sentence.id, sentence.tokens) for sentence in TARGET.train + TARGET.dev)
    assert target.unlabelled == words, "more than words of train and dev: labels or test sentences leaked"
    assert bool(target.train or target.dev) is (setting == SUPERVISED)


def test_test_sentences_in_the_unlabelled_text_are_caught() -> None:
    def leaking() -> Task:
        task = toy_task(SOURCE, TARGET, ZERO_SHOT, MemoryStore())
        text = (*task.target.unlabelled, *TEXT)
        return replace(task, target=replace(task.target, unlabelled=text))

    _, watch = fit_watched(Honest(), leaking)
    assert watch.found == {"the task", "a sentence", "a tokenizer"}


def test_the_word_stands_in_every_test_sentence_and_nowhere_else() -> None:
    assert all(WORD in sentence.tokens for sentence in TARGET.test)
    others = (*SOURCE.train, *SOURCE.dev, *SOURCE.test, *TARGET.train, *TARGET.dev)
    assert not any(WORD in " ".join(sentence.tokens).lower() for sentence in others)


class Silent:
    """A chat model that is asked and never answers."""

    name = "silent"

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def ask(self, requests: Sequence[Any], usable: Any) -> list[str]:
        self.asked += requests
        return ["no answer" for _ in requests]

    def notes(self) -> dict[str, Any]:
        return {}


@pytest.mark.parametrize("setting", [ZERO_SHOT, SUPERVISED])
def test_a_chat_model_hears_of_a_sentence_when_it_is_asked_about(
    setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The method that asks one is skipped without an endpoint, here with a chat model that is played."""
    store = MemoryStore()
    for _ in range(2):  # the second after the first has been asked
        chat, method = Silent(), LlmPrompt(llm_model="silent")
        monkeypatch.setattr(method, "_chat", lambda task, seed, chat=chat: chat)
        _, watch = fit_watched(method, lambda: toy_task(SOURCE, TARGET, setting, store))
        assert (chat.asked, watch.found) == ([], set())
        method.predict(TEXT)
        assert any(WORD in text for text in texts([request.messages for request in chat.asked]))


def test_nothing_stays_watched() -> None:
    before = (vars(Sentence)["tokens"], vars(MemoryStore)["get"])
    fit_watched(Honest(), lambda: toy_task(SOURCE, TARGET, ZERO_SHOT, MemoryStore()))
    assert (vars(Sentence)["tokens"], vars(MemoryStore)["get"]) == before
    assert "test" not in vars(Domain)
    assert TARGET.test
