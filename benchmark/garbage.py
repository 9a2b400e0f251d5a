"""Python's collector of cycles, set aside where many objects without cycles are made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the collector inside: a fifth to a third of the time would go into looking for cycles."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


@contextmanager
def collector_rare() -> Iterator[None]:
    """Let the collector look for cycles inside once in a million new objects, in place of every 700.

    For what makes objects that stay, and goes on for long: without any collector its cycles would stay too.
    """
    thresholds = gc.get_threshold()
    gc.set_threshold(1_000_000, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
