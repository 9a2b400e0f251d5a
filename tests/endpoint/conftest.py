"""The fixtures of the room."""

from __future__ import annotations

import pytest
from asking_tools import clock, environment, server, store
from chat_tools import chat

__all__ = ["chat", "clock", "environment", "server", "store"]


@pytest.fixture(autouse=True)
def nobodys_environment(environment: None) -> None:
    """All tests of the room ask, or might."""
