"""Running a coroutine from plain code, whoever calls it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any


def run_apart(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end, also where this thread runs an event loop already (a notebook)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(work)
        return
    errors: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
            errors.append(error)

    thread = threading.Thread(target=run, name="asking")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
