"""The page in a real browser: headless Chromium, driven by playwright, from ``file://``."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_tools import PATIENCE, chromium, opened

from benchmark.domains.corpus import Mention
from benchmark.domains.noise.condition import Noise
from benchmark.store.noisy_corpora import CONTENT
from benchmark.store.store import Store
from leaderboard import board as boards
from leaderboard.output.numbers import points
from leaderboard.page.build import write_site
from leaderboard.page.data import _rounded
from leaderboard.page.row import page_name

ALPHA = "alpha-zero-shot-politics-mini-s2-0123456789ab"
ROW = f"rows/{page_name(('zero-shot', 'alpha', 'mini', True))}.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for all tests of this file."""
    with chromium() as started:
        yield started


@pytest.fixture
def site(
    store: Store,
    record: Callable[..., Any],
    keep: Callable[..., None],
    right: dict[str, Any],
    corpora: list[Path],
    tmp_path: Path,
) -> Path:
    """The tiny board with a supervised row, a row with a hole, and one that asks a language model."""
    for domain in ("politics", "ai"):
        keep(store, record("gamma", domain, 1, setting="supervised"), right[domain])
    notes = {"llm": {"prompt_tokens": 900, "completion_tokens": 100, "cost_usd": 0.25}, "transductive": True}
    keep(store, record("delta", "politics", 1, notes=notes), right["politics"])
    keep(store, record("delta", "ai", 1, state="failed", reason="out of memory"))
    noise = {**Noise("source", 0.4).to_json(), CONTENT: "any"}
    for domain in ("politics", "ai"):
        for seed in (1, 2):
            one = record("beta", domain, seed, slot="beta-annotation-0.4", identity={"noise": noise})
            keep(store, one.changed(label="beta~annotation-0.4"), right[domain])
    made = boards.build(store.root, "tiny", own=corpora, resamples=50, views=True)
    (index,) = write_site(made, tmp_path / "out")
    return index.parent


@pytest.fixture
def show(browser: Any, site: Path) -> Iterator[Callable[..., Any]]:
    """Open a page of the site; the test fails where it logs an error or asks for anything but itself."""
    with opened(browser, site) as open_page:
        yield open_page


def labels(page: Any) -> list[str]:
    found: list[str] = page.locator("#table tbody tr:not(.reference) th bdi").all_inner_texts()
    return found


def test_the_table_sorts_by_every_column_and_says_so(show: Callable[..., Any]) -> None:
    page = show()
    assert labels(page) == ["beta", "alpha", "delta"]  # a row without an average is last
    page.get_by_role("button", name="politics").click()
    assert labels(page) == ["delta", "alpha", "beta"]
    assert page.locator('th[aria-sort="descending"]').inner_text().startswith("politics")
    page.get_by_role("button", name="politics").click()
    assert labels(page) == ["beta", "alpha", "delta"]
    page.get_by_role("button", name="average").click()
    page.get_by_role("button", name="average").click()
    assert labels(page) == ["alpha", "beta", "delta"]  # last whichever way
    page.get_by_role("button", name="method").click()
    assert labels(page) == ["alpha", "beta", "delta"]


def test_settings_and_dialects_switch_the_table_and_the_charts(show: Callable[..., Any]) -> None:
    page = show()
    chart = page.locator('[data-chart="domains"]')
    assert "beta" in chart.inner_text()
    page.get_by_role("button", name="supervised").click()
    assert labels(page) == ["gamma"]
    assert "gamma" in chart.inner_text()
    assert "beta" not in chart.inner_text()
    page.get_by_role("button", name="zero-shot").click()
    page.locator("#score").select_option("boundaries_f1")
    alpha = page.locator("#table tbody tr", has_text="alpha")
    for figure in ("90.0", "40.0", "65.0"):  # on ai, seed 1 has two of three spans, whatever their types
        assert figure in alpha.inner_text()
    assert "no intervals" in page.locator("#caption").inner_text()


def test_rows_are_held_against_one_of_them(show: Callable[..., Any]) -> None:
    page = show()
    page.locator("#against").select_option("beta (mini)")
    rows = page.locator("#table tbody tr")
    assert "\u221210.0" in rows.filter(has_text="alpha").locator(".against").inner_text()  # 55 less 65
    assert "not told apart" in rows.filter(has_text="alpha").locator(".against").inner_text()
    assert rows.filter(has_text="beta").locator(".against").inner_text() == "this row"
    assert rows.filter(has_text="delta").locator(".against").inner_text() == "\u2014"  # it has no average
    assert "against=beta" in page.url
    page.locator("#against").select_option("alpha (mini)")
    assert "+10.0" in rows.filter(has_text="beta").locator(".against").inner_text()
    assert page.locator("#table tbody tr", has_text="beta").locator(".tie").inner_text() == "1"
    page.locator("#score").select_option("leak-free")  # of which no pair was tested
    assert page.locator(".tie, .against").count() == 0
    assert page.locator("#against").is_disabled()
    assert "stand in train or dev" in page.locator("#caption").inner_text()


def test_curves_under_noise_are_drawn_for_their_setting(show: Callable[..., Any]) -> None:
    page = show()
    assert page.locator('[data-chart="robustness"] polyline:visible').count() == 3  # average, politics, ai
    page.get_by_text("The curves as a table").click()
    assert "40 %" in page.locator('[data-chart="robustness"] table').first.inner_text()
    assert page.get_by_role("button", name="kept: annotation").count() == 1
    page.get_by_role("button", name="supervised").click()
    assert page.locator('[data-chart="robustness"] polyline:visible').count() == 0
    assert page.locator('[data-chart="robustness"] .empty').is_visible()


def test_rows_are_searched_and_filtered(show: Callable[..., Any]) -> None:
    page = show()
    page.locator("#q").fill("BET")
    assert labels(page) == ["beta"]
    assert page.locator("#count").inner_text() == "1 of 3 rows"
    page.locator("#q").fill("no such row")
    assert page.locator("#count").inner_text() == "No row of 3 fits: Reset shows them all"
    page.get_by_role("button", name="Reset").click()
    assert labels(page) == ["beta", "alpha", "delta"]
    page.get_by_label("complete rows only").check()
    assert labels(page) == ["beta", "alpha"]
    page.get_by_label("complete rows only").uncheck()
    page.get_by_text("Columns and kinds of rows").click()
    page.locator('[data-badge="llm"]').uncheck()
    assert labels(page) == ["beta", "alpha"]
    page.locator('[data-fact="speed"]').uncheck()
    assert page.get_by_role("button", name="sentences/s").count() == 0


def test_the_page_rounds_as_the_board_does(show: Callable[..., Any]) -> None:
    counts = [(found, of) for of in (8, 40, 400, 2000, 8000) for found in range(0, of + 1, max(1, of // 400))]
    values = [found / of for found, of in counts]
    shown = show().evaluate("values => values.map(points)", [_rounded(value) for value in values])
    assert shown == [points(value) for value in values]
    assert points(0.0025) == "0.2" and points(0.1815) == "18.1"  # of both kinds of halves there are some


def test_the_address_holds_the_state(show: Callable[..., Any]) -> None:
    page = show("index.html#sort=domain%3Apolitics&dir=asc&show=complete&theme=dark")
    assert labels(page) == ["beta", "alpha"]
    assert page.locator("#complete").is_checked()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.locator("#q").fill("alpha")
    page.wait_for_url(re.compile("=alpha"))  # it is written once the typing pauses
    address = page.url.partition("/index.html")[2]
    again = show("index.html" + address)
    assert labels(again) == ["alpha"]
    assert again.locator("#q").input_value() == "alpha"
    assert (
        show("index.html#table=nothing&score=nothing&sort=domain%3A__proto__").locator("tbody tr").count()
        >= 3
    )


def test_badges_costs_and_holes_are_shown(show: Callable[..., Any]) -> None:
    delta = show().locator("#table tbody tr", has_text="delta")
    text = delta.inner_text()
    for told in ("LLM", "transductive", "failed", "—", "$0.25", "1/2"):
        assert told in text
    assert delta.locator(".hole").first.get_attribute("title") == "out of memory"


def test_a_mean_leads_to_the_page_of_that_mean_and_on_to_its_seeds(show: Callable[..., Any]) -> None:
    page = show("index.html#theme=dark")
    page.locator("#table tbody tr", has_text="alpha").get_by_role("link", name="20.0").click()
    page.wait_for_url(re.compile("/rows/alpha-zero-shot-mini-"))
    assert page.locator("#figure").inner_text() == "20.0"  # what was clicked, and no seed's figure
    assert page.locator("#what").inner_text().startswith("on ai, mean of 2 seeds, 95% interval")
    seeds = page.locator('tr[data-mean="ai"] a')
    assert seeds.all_inner_texts() == ["40.0", "0.0"]
    assert page.locator('tr[data-mean=""] td').all_inner_texts()[2:] == [
        "70.0",
        "40.0",
    ]  # (100 + 40) / 2, ...
    seeds.first.click()
    page.wait_for_url(re.compile("/cells/"))
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert "alpha on ai" in page.locator("h1").inner_text()
    page.get_by_role("link", name="This row on all domains and seeds").click()
    page.wait_for_url(re.compile("/rows/"))
    assert page.locator("#figure").inner_text() == "20.0"
    page.get_by_role("link", name="Board: tiny").click()
    page.wait_for_url(re.compile("index.html"))
    page.locator("#table tbody tr", has_text="alpha").get_by_role("link", name="55.0").click()
    page.wait_for_url(re.compile("/rows/"))
    assert page.locator("#figure").inner_text() == "55.0"


def test_the_figure_of_a_single_cell_leads_to_that_cell(show: Callable[..., Any]) -> None:
    page = show("index.html#table=supervised")
    page.locator("#table tbody tr", has_text="gamma").get_by_role("link", name="100.0").last.click()
    page.wait_for_url(re.compile("/cells/"))
    assert "gamma on" in page.locator("h1").inner_text()


def test_a_cell_shows_its_sentences_by_kind_and_type(show: Callable[..., Any]) -> None:
    page = show(f"cells/{ALPHA}.html")
    lines = page.locator("[data-line]:visible")
    assert lines.count() == 3
    page.locator('[data-kind="missed"]').click()
    assert lines.count() == 1
    assert "Bob" in lines.first.inner_text()
    assert page.locator("mark.hit").inner_text().startswith("Bob")
    page.locator('[data-kind="correct"]').click()
    page.locator("#type").select_option(label="party")
    assert lines.count() == 1
    assert "Blue Party" in lines.first.inner_text()
    assert "kind=correct" in page.url
    page.get_by_role("button", name="Reset").click()
    assert lines.count() == 3
    page.locator(".matrix tbody tr", has_text="person").get_by_role("link").last.click()
    page.locator("#pair").wait_for()  # a browser tells a page of its new address some time after the click
    assert lines.count() == 1  # gold person, no such span
    assert "gold person, predicted no such span" in page.locator("#pair").inner_text()
    linked = show(f"cells/{ALPHA}.html#q=nothing")
    assert linked.locator("[data-line]:visible").count() == 1


def test_everything_can_be_done_with_the_keyboard(show: Callable[..., Any]) -> None:
    page = show()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "(({id, dataset}) => id || dataset.sort || dataset.table || '')(document.activeElement)"
            )
        )
    assert {"theme", "score", "q", "complete", "reset", "average", "method", "supervised"} <= reached
    page.locator('button[data-sort="method"]').focus()
    page.keyboard.press("Enter")
    assert labels(page) == ["alpha", "beta", "delta"]
    assert page.evaluate("document.activeElement.dataset.sort") == "method"  # drawn anew, yet not lost


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["index.html", f"cells/{ALPHA}.html", ROW])
def test_axe_finds_nothing(show: Callable[..., Any], path: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed")
    page = show(path, color_scheme=scheme, bypass_csp=True)  # axe is a script of the test, not of the page
    page.evaluate("""() => {
        for (const one of document.querySelectorAll("details")) one.open = true;
        const late = document.querySelectorAll(".panel, [data-line]");
        for (const one of late) one.style.contentVisibility = "visible";
    }""")
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("path", ["index.html", f"cells/{ALPHA}.html", ROW])
def test_a_phone_needs_no_sideways_scrolling(show: Callable[..., Any], path: str) -> None:
    page = show(path, viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_scripts_from_outside_do_not_run(
    show: Callable[..., Any], site: Path, store: Store, record: Any, keep: Any, corpora: list[Path]
) -> None:
    evil = '</script><img src="x" onerror="window.hit=1"><script>window.hit=1</script>'
    keep(
        store, record(evil, "politics", 1, slot="evil"), {"politics/test/0": [Mention(0, 1, evil)], **_rest()}
    )
    made = boards.build(store.root, "tiny", own=corpora, resamples=50)
    write_site(made, site.parent)
    for path in ("index.html", "cells/evil-zero-shot-politics-mini-s1-0123456789ab.html"):
        page = show(path)
        assert evil in (labels(page) if path == "index.html" else page.locator("h1").inner_text())
        assert page.evaluate("window.hit") is None


def test_the_policy_stops_what_gets_into_the_page_all_the_same(browser: Any, site: Path) -> None:
    page = browser.new_page()
    page.goto(f"{site.as_uri()}/index.html", timeout=PATIENCE)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        page.evaluate(
            """async (address) => {
                const inline = document.createElement("script");
                inline.textContent = "window.hit = 1";
                const remote = document.createElement("script");
                remote.src = address + "/remote.js";
                const image = document.createElement("img");
                image.src = address + "/pixel.png";
                const settled = [remote, image].map((one) => new Promise((done) => one.onerror = done));
                document.body.append(inline, remote, image);
                await Promise.all([...settled, fetch(address).catch(() => {})]);
            }""",
            f"http://127.0.0.1:{listener.getsockname()[1]}",
        )
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):  # nobody has called
            listener.accept()
    assert page.evaluate("window.hit") is None
    page.close()


def _rest() -> dict[str, list[Mention]]:
    return {"politics/test/1": [], "politics/test/2": []}
