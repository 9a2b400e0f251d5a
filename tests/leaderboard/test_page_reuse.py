"""Cells' pages that are written again only where something on them has changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmark.store.store import Store
from leaderboard import board as boards
from leaderboard.page import site as sites
from leaderboard.page.build import write_site


@pytest.fixture
def build(
    store: Store, corpora: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[str]]:
    """Build the site; return the cells whose pages were made anew."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made: list[str] = []
    once = sites.cell_page
    monkeypatch.setattr(
        sites, "cell_page", lambda r, cell, **more: (made.append(cell.record.cell), once(r, cell, **more))[1]
    )

    def call(folder: str = "out") -> list[str]:
        made.clear()
        board = boards.build(store.root, "tiny", own=corpora, resamples=20)
        write_site(board, tmp_path / folder)
        return list(made)

    return call


def pages(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "site").rglob("*.html")}


def test_pages_are_kept_and_equal_those_of_a_fresh_build(
    build: Callable[..., list[str]],
    store: Store,
    keep: Callable[..., None],
    record: Callable[..., Any],
    right: dict[str, Any],
    tmp_path: Path,
) -> None:
    assert len(build()) == 8 and build() == []
    keep(store, record("late", "ai", 1), right["ai"])
    assert build() == ["late-zero-shot-ai-mini-s1-0123456789ab"]
    assert len(build("fresh")) == 9
    assert pages(tmp_path / "out") == pages(tmp_path / "fresh")
    # front, itself, its row, 4 of ai
    assert sum(b"late-zero-shot" in page for page in pages(tmp_path / "out").values()) == 7


def test_a_changed_page_and_a_damaged_cache_are_noticed(
    build: Callable[..., list[str]], tmp_path: Path
) -> None:
    build()
    before = pages(tmp_path / "out")
    name = "alpha-zero-shot-ai-mini-s1-0123456789ab"
    path = tmp_path / "out" / "site" / "cells" / f"{name}.html"
    path.write_bytes(path.read_bytes() + b"<!-- changed -->")
    assert build() == [name] and pages(tmp_path / "out") == before
    for file in (tmp_path / "cache").rglob("*.json"):
        file.write_text("[1, 2")
    assert len(build()) == 8 and pages(tmp_path / "out") == before
