"""What tests of asking share: a store, a budget, a clock of their own, an environment without an account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from chat_server import ChatServer

from benchmark.errors import OverBudget
from benchmark.store.store import Store
from larbench.endpoint.policy import VARIABLES

KEY = "sk-canary-5ba1f9d07c3e"


class Clock:
    """Time that passes only by sleeping, and at once."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Purse:
    """A budget in memory."""

    limit: int
    spent: int = 0
    held: dict[str, int] = field(default_factory=dict)
    most_held: int = 0
    made: int = 0

    def reserve(self, tokens: int, dollars: float | None = None) -> str:
        if self.spent + sum(self.held.values()) + tokens > self.limit:
            raise OverBudget("the budget cannot pay the next request")
        self.made += 1
        self.held[str(self.made)] = tokens
        self.most_held = max(self.most_held, len(self.held))
        return str(self.made)

    def settle(self, reservation: str, tokens: int, dollars: float | None = None) -> None:
        self.held.pop(reservation)
        self.spent += tokens


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy, no account of whoever runs the tests."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("ORG_ID", "PROJECT_ID", "LOG", "ADMIN_KEY", "CUSTOM_HEADERS"):
        monkeypatch.delenv(f"OPENAI_{name}", raising=False)
    monkeypatch.delenv("LARBENCH_LLM_PRICES", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    """A server that answers with what it was asked until it is told otherwise; the environment names it."""
    with ChatServer() as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of artefacts on disk."""
    return Store(tmp_path / "store")


@pytest.fixture
def clock() -> Clock:
    return Clock()
