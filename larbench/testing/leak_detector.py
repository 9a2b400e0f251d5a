"""A leak detector: what reaches a method before it predicts is searched for a word of the test sentences.

Test sentences are marked with a word that stands nowhere else. While a ``LeakDetector`` is open, it records
everything that a method can read: its task, the tokens of every sentence object (wherever it had it from),
the test split of every corpus, what the artefact store returns, and what goes into any tokenizer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from functools import wraps
from typing import Any

import pytest

from benchmark.domains.corpus import Domain, LabelledSentence, Sentence
from larbench.testing.store import MemoryStore

WORD = "quaxor"
_TOKENIZING = ("__call__", "encode", "tokenize", "batch_encode_plus")


def marked(domain: Domain) -> Domain:
    """Return a domain whose test sentences, and nothing else, end in a word of their own."""
    test = tuple(replace(sentence, tokens=(*sentence.tokens, WORD)) for sentence in domain.test)
    return replace(domain, test=test)


def texts(thing: object) -> Iterator[str]:
    """Yield all text in a value, however deep."""
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, bytes):
        yield thing.decode("latin-1")
    elif isinstance(thing, Mapping):
        yield from texts(list(thing.items()))
    elif is_dataclass(thing) and not isinstance(thing, type):
        yield from texts([getattr(thing, field.name) for field in fields(thing)])
    elif isinstance(thing, tuple | list | set | frozenset):
        for one in thing:
            yield from texts(one)


class LeakDetector:
    """Records what is read while it is open.

    ``looks`` counts what was looked at, by where it was read; ``found`` names the places in which the word
    of the test sentences stood.
    """

    def __init__(self) -> None:
        self.looks: Counter[str] = Counter()
        self.found: set[str] = set()

    def look(self, where: str, thing: object) -> None:
        """Note that ``thing`` was read at ``where``, and whether the word stands in it."""
        self.looks[where] += 1
        if any(WORD in text.lower() for text in texts(thing)):
            self.found.add(where)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Record until the context is left; then everything is as it was."""
        with pytest.MonkeyPatch.context() as patch:
            for kind in (Sentence, LabelledSentence):
                patch.setattr(kind, "tokens", _Slot(vars(kind)["tokens"], self))
            patch.setattr(Domain, "test", _TestSplit(self), raising=False)
            for name in ("get", "get_or_make"):
                patch.setattr(MemoryStore, name, self._returning(vars(MemoryStore)[name]))
            for tokenizer in _tokenizers():
                for name in set(_TOKENIZING) & set(vars(tokenizer)):
                    patch.setattr(tokenizer, name, self._taking(vars(tokenizer)[name]))
            yield

    def _returning(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def spy(*args: Any, **options: Any) -> Any:
            found = function(*args, **options)
            self.look("the store", found)
            return found

        return spy

    def _taking(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def spy(this: Any, *args: Any, **options: Any) -> Any:
            self.look("a tokenizer", (args, options))
            return function(this, *args, **options)

        return spy


class _Slot:
    """Stands before the slot ``tokens`` of a class of sentences."""

    def __init__(self, slot: Any, detector: LeakDetector) -> None:
        self.slot, self.detector = slot, detector

    def __get__(self, sentence: Any, kind: type) -> Any:
        if sentence is None:
            return self
        tokens = self.slot.__get__(sentence, kind)
        self.detector.look("a sentence", tokens)
        return tokens

    def __set__(self, sentence: Any, tokens: Any) -> None:
        self.slot.__set__(sentence, tokens)


class _TestSplit:
    """Stands before the test split of a corpus: no method has any business there."""

    def __init__(self, detector: LeakDetector) -> None:
        self.detector = detector

    def __get__(self, domain: Any, kind: type) -> Any:
        if domain is None:
            return self
        self.detector.looks["a test split"] += 1
        self.detector.found.add("a test split")  # also one without the word
        return vars(domain)["test"]

    def __set__(self, domain: Any, sentences: Any) -> None:
        vars(domain)["test"] = sentences


def _tokenizers() -> list[type]:
    """Return the classes of tokenizers, so that those which override a call are seen too."""
    from transformers import PreTrainedTokenizerBase

    found: dict[type, None] = {}
    waiting: list[type] = [PreTrainedTokenizerBase]
    while waiting:
        kind = waiting.pop()
        found[kind] = None
        waiting += kind.__subclasses__()
    return list(found)
