"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

# no test is timed: a busy machine must not fail one
settings.register_profile("larbench", deadline=None)
settings.load_profile("larbench")
