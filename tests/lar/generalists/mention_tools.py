"""Mentions to type, a server that knows their types, a generalist that asks it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from asking_tools import Clock
from chat_server import Call, ChatServer, Send, completion

from benchmark.domains.corpus import EntityType
from benchmark.store.store import Store
from benchmark.task import Workspace
from lar.generalists.openai_client import OpenAIGeneralist
from lar.generalists.protocol import TypingRequest
from lar.generalists.questions import SHORT_WORDS
from larbench.endpoint.policy import Policy

TYPES = (
    EntityType("person", "person", "the name of a person"),
    EntityType("river", "river", "a river or a stream"),
    EntityType("bridge", "bridge (built)", "something that is built over a river"),
)
NAMES = tuple(kind.name for kind in TYPES)
TYPE_OF = {"Anna": "person", "Bob Marsh": "person", "Ems": "river", "Elbe": "river", "Skyway": "bridge"}


class MentionCall(Call):
    """A request that asks about mentions."""

    @property
    def mentions(self) -> list[dict[str, Any]]:
        return [mention for sentence in self.document["sentences"] for mention in sentence["mentions"]]

    @property
    def asked_again(self) -> bool:
        return "An earlier answer could not be used" in self.user

    def right(self) -> dict[str, str]:
        """The right answer: by what is known of the words, else ``person``."""
        return {str(m["mention"]): TYPE_OF.get(m["words"], "person") for m in self.mentions}


def right(call: MentionCall) -> Send:
    """Answer rightly."""
    return completion(json.dumps(call.right()))


class MentionServer(ChatServer):
    """A server that answers rightly until it is told otherwise."""

    call = MentionCall

    def __init__(self, behave: Callable[[MentionCall], Send] = right) -> None:
        super().__init__(behave)


def sentence(
    text: str, *mentions: str, name: str = "s", candidates: tuple[str, ...] = NAMES
) -> TypingRequest:
    """A sentence that asks about these mentions, each found at its first occurrence after the one before."""
    tokens = tuple(text.split())
    spans, at = [], 0
    for mention in mentions:
        words = tuple(mention.split())
        start = next(n for n in range(at, len(tokens)) if tokens[n : n + len(words)] == words)
        at = start + len(words)
        spans.append((start, at))
    return TypingRequest(name, tokens, tuple(spans), (candidates,) * len(spans))


def long(asked: TypingRequest) -> TypingRequest:
    """The sentence, too long to share a question."""
    return replace(asked, tokens=(*asked.tokens, *["so"] * SHORT_WORDS))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MentionServer]:
    """A server that answers rightly until it is told otherwise; the environment names it."""
    with MentionServer() as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        yield running


Make = Callable[..., OpenAIGeneralist]


@pytest.fixture
def generalist(store: Store, clock: Clock) -> Make:
    """Make a generalist on the store, with time that passes at once; options as of its class."""

    def make(budget: Any = None, types: tuple[EntityType, ...] = TYPES, **options: Any) -> OpenAIGeneralist:
        options = {"model": "gpt-3.5-turbo", "seed": 555, "policy": Policy(concurrency=4)} | options
        options = {"sleep": clock.sleep, "clock": clock, "jitter": lambda: 0.0} | options
        workspace = Workspace(artefacts=store.artefacts, budget=budget)
        return OpenAIGeneralist(types, workspace=workspace, **options)

    return make


def account(generalist: OpenAIGeneralist) -> dict[str, Any]:
    """Return the notes, having checked that every mention is accounted for."""
    notes = generalist.notes()["llm"]
    assert notes["mentions"] == notes["answered"] + notes["fell_back"] + notes["not_asked"]
    assert notes["fell_back"] == sum(notes["by_fault"].values())
    return notes
