"""The fixtures of the room."""

from __future__ import annotations

from asking_tools import clock, environment, generalist, server, store

__all__ = ["clock", "environment", "generalist", "server", "store"]
