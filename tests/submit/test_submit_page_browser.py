"""Submissions on the page in a real browser: headless Chromium, driven by playwright, from ``file://``."""

from __future__ import annotations

import pytest
from browser_tools import chromium, opened
from submission_bundles import CARD, all_cells

from leaderboard.board import build
from leaderboard.page.build import write_site

CELL = "cells/submitted-mine-zero-shot-politics-s1.html"
HALF = "index.html#table=zero-shot-unranked"
LONG = "a-name-that-is-as-long-as-a-name-of-a-row-may-be.1"


@pytest.fixture(scope="module")
def browser():
    """One Chromium for all tests of this file."""
    with chromium() as started:
        yield started


@pytest.fixture
def site(bundle, command, store, corpora, tmp_path):
    """The tiny board with a ranked submission, and one with a long name that lacks a seed."""
    told = 'code = "https://example.org/"\nhardware = "' + "long" * 50 + '"\n'
    card = CARD.replace("uses_llm = false", 'uses_llm = true\nllm = "a big one"') + told
    half = {place: some for place, some in all_cells(1).items() if place[2] == 1}
    for name, cells in (("mine", None), (LONG, half)):
        one = bundle(cells, card=card.replace('"mine"', f'"{name}"'), name=name)
        done = command("submit", "add", one, "--store", store.root)
        assert done.exit_code == 0, done.exception
    made = build(store.root, "tiny", own=corpora, resamples=50, views=True)
    (index,) = write_site(made, tmp_path / "out")
    return index.parent


@pytest.fixture
def show(browser, site):
    """Open a page of the site; the test fails where it logs an error or asks for anything but itself."""
    with opened(browser, site) as open_page:
        yield open_page


def test_badges_reasons_and_details_of_submissions_are_shown(show):
    page = show("index.html")
    mine = page.locator("#table tbody tr", has_text="mine [submitted]")
    assert mine.locator(".badge").all_inner_texts() == ["recomputed", "equal seeds", "LLM"]
    assert "a big one" in mine.locator(".badge.llm").get_attribute("title")
    own = page.locator("#table tbody tr", has_text="own").first
    assert own.locator(".badge").all_inner_texts() == ["computed here", "equal seeds"]
    assert page.locator("#why").is_hidden()
    page.get_by_text("Columns and kinds of rows").click()
    page.locator('[data-badge="recomputed"]').uncheck()
    assert page.locator("#table tbody tr", has_text="mine [submitted]").count() == 0
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="zero-shot, not ranked").click()
    assert page.locator("#why li").all_inner_texts() == [
        f"{LONG} [submitted] is not ranked: missing cells: zero-shot ai (seed 2), zero-shot politics (seed 2)"
    ]
    page.get_by_role("link", name=f"details of {LONG} [submitted]").click()
    assert page.locator(f"[id='submission-{LONG}']").is_visible()


def test_a_figure_of_a_submission_leads_to_its_cell(show):
    page = show("index.html")
    page.locator("#table tbody tr", has_text="mine [submitted]").get_by_role("link", name="85.7").click()
    page.wait_for_url("**/rows/**")
    page.locator('tr[data-mean="politics"] a').first.click()
    page.wait_for_url("**/cells/**")
    assert "mine [submitted] on politics" in page.locator("h1").inner_text()
    page.locator('[data-kind="missed"]').click()
    assert page.locator("[data-line]:visible").count() == 1
    assert "Sent in, scored here" in page.locator("main").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [HALF, CELL])
def test_axe_finds_nothing(show, path, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed")
    page = show(path, color_scheme=scheme, bypass_csp=True)  # axe is a script of the test, not of the page
    page.evaluate("""() => {
        for (const one of document.querySelectorAll("details")) one.open = true;
        const late = document.querySelectorAll(".panel, [data-line]");
        for (const one of late) one.style.contentVisibility = "visible";
    }""")
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("path", [HALF, CELL])
def test_a_phone_needs_no_sideways_scrolling(show, path):
    page = show(path, viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
