"""Settings of all tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import settings

# no test is timed: a busy machine must not fail one
settings.register_profile("larbench", deadline=None)
settings.load_profile("larbench")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with files that hold long tests, so that no process is left alone with one at the end.

    Long tests are marked ``slow``, or have a time limit of their own.
    """
    long = {
        item.path for item in items if item.get_closest_marker("slow") or item.get_closest_marker("timeout")
    }
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session", autouse=True)
def no_thread_is_left_behind() -> Iterator[None]:
    """A thread that goes on keeps the process from ending, long after the last test has passed."""
    yield
    left = [one for one in threading.enumerate() if not one.daemon and one is not threading.main_thread()]
    assert not left, f"still running: {left}"
