"""The fixtures of suites of fake methods."""

from __future__ import annotations

from fake_suites import fakes, noisy, tiny

__all__ = ["fakes", "noisy", "tiny"]
