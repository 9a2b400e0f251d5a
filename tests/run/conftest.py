"""The fixtures of suites of fake methods, and of one that asks a server on this machine."""

from __future__ import annotations

from asking_runs import in_this_process, wanted
from asking_tools import environment, server
from fake_suites import fakes, noisy, tiny

__all__ = ["environment", "fakes", "in_this_process", "noisy", "server", "tiny", "wanted"]
