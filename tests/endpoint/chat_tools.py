"""A chat on a store, with time that passes at once, and requests for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asking_tools import Clock

from benchmark.store.store import Store
from benchmark.task import Workspace
from larbench.endpoint.chat import Chat, ChatRequest
from larbench.endpoint.policy import Policy
from larbench.endpoint.reply import Reply

SCHEMA = {"type": "json_schema", "json_schema": {"name": "anything", "schema": {"type": "object"}}}

Make = Callable[..., Chat]


def request(text: str, max_tokens: int = 50) -> ChatRequest:
    """A request whose last message is the text."""
    messages = ({"role": "system", "content": "be brief"}, {"role": "user", "content": text})
    return ChatRequest(messages, SCHEMA, max_tokens)


def requests(*texts: str) -> list[ChatRequest]:
    return [request(text) for text in texts]


def texts(outcomes: list[Reply | str]) -> list[str | None]:
    """The texts of replies; a fault as it is."""
    return [one if isinstance(one, str) else one.text for one in outcomes]


@pytest.fixture
def chat(store: Store, clock: Clock) -> Make:
    """Make a chat on the store, with time that passes at once; options as of its class."""

    def make(budget: Any = None, model: str = "gpt-3.5-turbo", **options: Any) -> Chat:
        options = {"seed": 555, "policy": Policy(concurrency=4)} | options
        options = {"sleep": clock.sleep, "clock": clock, "jitter": lambda: 0.0} | options
        return Chat(model, workspace=Workspace(artefacts=store.artefacts, budget=budget), **options)

    return make
