"""A server, a store, a generalist that asks the one and keeps in the other, with a clock of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chat_server import ChatServer

from benchmark.cells.store import Store
from benchmark.domains.corpus import EntityType
from benchmark.task import Workspace
from lar.generalists.asked import Asked
from lar.generalists.asking import Asking
from lar.generalists.openai_client import OpenAIGeneralist
from lar.generalists.questions import SHORT_WORDS
from lar.generalists.retry import Policy

KEY = "sk-canary-5ba1f9d07c3e"
TYPES = (
    EntityType("person", "person", "the name of a person"),
    EntityType("river", "river", "a river or a stream"),
    EntityType("bridge", "bridge (built)", "something that is built over a river"),
)
NAMES = tuple(kind.name for kind in TYPES)


class Clock:
    """Time that passes only by sleeping, and at once."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def sentence(text: str, *mentions: str, name: str = "s", candidates: tuple[str, ...] = NAMES) -> Asked:
    """A sentence that asks about these mentions, each found at its first occurrence after the one before."""
    tokens = tuple(text.split())
    spans, at = [], 0
    for mention in mentions:
        words = tuple(mention.split())
        start = next(n for n in range(at, len(tokens)) if tokens[n : n + len(words)] == words)
        at = start + len(words)
        spans.append((start, at))
    return Asked(name, tokens, tuple(spans), (candidates,) * len(spans))


def long(asked: Asked) -> Asked:
    """The sentence, too long to share a question."""
    return replace(asked, tokens=(*asked.tokens, *["so"] * SHORT_WORDS))


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy, no account of whoever runs the tests."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("ORG_ID", "PROJECT_ID", "LOG", "ADMIN_KEY", "CUSTOM_HEADERS"):
        monkeypatch.delenv(f"OPENAI_{name}", raising=False)
    monkeypatch.delenv("LARBENCH_LLM_PRICES", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setattr(Asking, "formats", {})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    """A server that answers rightly until it is told otherwise; the environment names it."""
    with ChatServer() as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of artefacts on disk."""
    return Store(tmp_path / "store")


Make = Callable[..., OpenAIGeneralist]


@pytest.fixture
def clock() -> Clock:
    return Clock()


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
