"""Headless Chromium for tests of pages: started once, and a watch on what a page logs or asks for."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 120_000  # milliseconds: a busy machine must not fail a test
_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def chromium() -> Iterator[Any]:
    """Start Chromium, driven by playwright; skip the test where one of them is missing."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if _CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(
            executable_path=_CHROMIUM,
            args=["--no-sandbox", "--disable-background-networking"],
            timeout=PATIENCE,
        )
        yield started
        started.close()


@contextmanager
def opened(browser: Any, site: Path) -> Iterator[Callable[..., Any]]:
    """Give a function that opens a page of the site; fail where one logs an error or asks for more."""
    contexts, wrong = [], []

    def watch_request(request: Any) -> None:
        if not request.url.startswith((site.as_uri(), "data:")):
            wrong.append(f"asked for {request.url}")

    def watch_console(message: Any) -> None:
        if message.type in ("error", "warning"):
            wrong.append(f"{message.type}: {message.text}")

    def open_page(path: str = "index.html", **options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", watch_request)
        page.on("console", watch_console)
        page.on("pageerror", lambda error: wrong.append(f"uncaught: {error}"))
        page.goto(f"{site.as_uri()}/{path}")
        page.wait_for_selector("[aria-busy=true]", state="detached")  # a cell's sentences are unpacked
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not wrong
