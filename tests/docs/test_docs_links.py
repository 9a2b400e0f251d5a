"""Links between pages lead somewhere, and files that the prose names exist."""

from __future__ import annotations

import re

import pytest
from docs_pages import PAGES, ROOT, pages, read_page

_ROOMS = "larbench|benchmark|endpoint|tagger|lar|baselines|leaderboard|perf|tests|docs"
_PATH = re.compile(rf"(?:{_ROOMS})/[\w./-]+\.(?:py|toml|csv|md|sha256)")
_OUTSIDE = re.compile(r"[a-z]+:")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    broken = []
    for target in page.links:
        if _OUTSIDE.match(target):
            continue
        place, _, anchor = target.partition("#")
        path = (page.path.parent / place).resolve() if place else page.path
        if not path.exists() or (anchor and anchor not in read_page(path).anchors):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_named_files_exist(page):
    named = [text for text in page.code if _PATH.fullmatch(text)]
    assert [text for text in named if not (ROOT / text).exists()] == []


def test_the_index_links_every_page():
    index = read_page(ROOT / "docs" / "index.md")
    linked = {(index.path.parent / target.partition("#")[0]).resolve() for target in index.links}
    assert [
        path for path in PAGES if path.parent.name == "docs" and path != index.path and path not in linked
    ] == []


def test_the_readme_links_the_index():
    assert "docs/index.md" in read_page(ROOT / "README.md").links
