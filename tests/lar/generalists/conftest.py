"""The fixtures of the room."""

from __future__ import annotations

import pytest
from asking_tools import clock, environment, store
from mention_tools import generalist, server

__all__ = ["clock", "environment", "generalist", "server", "store"]


@pytest.fixture(autouse=True)
def nobodys_environment(environment: None) -> None:
    """All tests of the room ask, or might."""


@pytest.fixture(scope="module", autouse=True)
def learnable_recipes() -> None:
    """Nothing is trained here: the recipes of the room around stay as they are."""
