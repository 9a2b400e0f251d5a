"""The page at three widths: nothing is cut at an edge, no name covers another; published results on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from boards import assemble
from browser_tools import chromium, opened

from benchmark.store.record import Record
from leaderboard.page.charts import charts_of
from leaderboard.page.labels import place_labels
from leaderboard.page.site import front_page
from leaderboard.results.gold import Gold
from leaderboard.results.measure import measure

DOMAINS = ("politics", "science", "music", "literature", "ai")
ROWS = {  # label → seconds to train, F1 of some sort
    "lar-enhanced (embedding)": (90.0, 3),
    "lar-direct": (80.0, 3),
    "source-only": (76.0, 2),
    "da-ner": (76.5, 2),
    "dann": (75.0, 1),
}
# what reaches over the window's right edge, what is wider than its region, names that cover one another
WRONG = """() => {
  const late = document.querySelectorAll(".panel, [data-line]");
  for (const one of late) one.style.contentVisibility = "visible";
  for (const one of document.querySelectorAll("details")) one.open = true;
  const wide = [...document.querySelectorAll("main *, header *")].filter((one) =>
    one.getBoundingClientRect().right > innerWidth + 1 && !one.closest("pre, .hidden-text, .skip"));
  const scrolled = [...document.querySelectorAll(".scroll, .heat, .sideways")].filter((one) =>
    one.scrollWidth > one.clientWidth + 1);
  const names = [...document.querySelectorAll("svg text")]
    .filter((one) => one.checkVisibility() && !one.closest("thead"))
    .map((one) => [one.ownerSVGElement, one.textContent, one.getBoundingClientRect()]);
  const cover = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
    && a.top < b.bottom - 2 && b.top < a.bottom - 2;
  const covered = names.flatMap(([svg, text, box], number) => names.slice(number + 1)
    .filter(([other, , there]) => svg === other && cover(box, there))
    .map(([, other]) => `${text} x ${other}`));
  const cut = [...wide.map((one) => one.outerHTML.slice(0, 90)), ...scrolled.map((one) => one.ariaLabel)];
  return [...cut, ...covered];
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for all tests of this file."""
    with chromium() as started:
        yield started


@pytest.fixture
def site(
    record: Callable[..., Record], gold: Callable[[str], Gold], right: dict[str, Any], tmp_path: Path
) -> Path:
    """The front page of a board on CrossNER's five domains, with rows that differ in cost."""
    cells = []
    for setting in ("zero-shot", "supervised"):
        for label, (seconds, found) in ROWS.items():
            for domain in DOMAINS:
                timings = {
                    "train_alone_seconds": seconds,
                    "predict_alone_seconds": 1.0,
                    "sentences_per_second": found,
                }
                notes = {"parameters": int(22e6 * found)}
                about = {
                    "corpus": "crossner",
                    "source_corpus": "crossner",
                    "timings": timings,
                    "notes": notes,
                }
                made = record(label, domain, 1, setting=setting, peak_memory_mb=900.0, **about)
                said = {name: some[:found] for name, some in right["politics"].items()}
                like = gold("politics")
                cells.append(measure(made, Gold(domain, like.types, like.test), said, Path("p.jsonl")))
    board = assemble(cells, suite="crossner-mini", resamples=20)
    assert charts_of(board)[0].key == "cost"  # size and cost come first
    (tmp_path / "index.html").write_text(front_page(board, docs="../docs"), encoding="utf-8")
    return tmp_path


@pytest.fixture
def show(browser: Any, site: Path) -> Iterator[Callable[..., Any]]:
    with opened(browser, site) as open_page:
        yield open_page


@pytest.mark.parametrize("width", [1366, 1024, 390])
def test_no_column_is_cut_and_no_name_covers_another(show: Callable[..., Any], width: int) -> None:
    page = show(viewport={"width": width, "height": 768})
    assert page.evaluate(WRONG) == []
    assert page.locator("#table tbody tr").first.locator("td.score a").count() == 5


def test_the_first_screen_says_what_is_compared_on_what_who_wins_and_how_sure(
    show: Callable[..., Any],
) -> None:
    page = show(viewport={"width": 1366, "height": 768})
    for text in (
        "Which method carries over from news",
        "lar-direct",
        "interval",
        "over the next row",
        "Tie",
        "F1",
    ):
        place = page.locator("main").get_by_text(text, exact=False).first.bounding_box()
        assert place is not None and place["y"] + place["height"] <= 768
    assert (
        page.locator(".meta").get_by_role("link", name="submit predictions").get_attribute("href")
        == "../docs/submit.md"
    )
    for name in ("CSV", "JSON", "Markdown", "LaTeX"):
        assert page.locator(".meta").get_by_role("link", name=name).count() == 1
    assert "Licence: Apache-2.0" in page.locator(".meta").inner_text()


def test_published_rows_are_sorted_and_narrowed_to_a_dialect(show: Callable[..., Any]) -> None:
    page = show(viewport={"width": 1366, "height": 768})
    rows = page.locator("#published tbody tr:visible")
    every = rows.count()
    page.locator("#published").get_by_role("button", name="average").click()
    figures = [float(one) for one in page.locator('#published td[data-title="average"]').all_inner_texts()]
    assert figures == sorted(figures, reverse=True)
    page.locator("#published").get_by_role("button", name="year").click()
    page.locator("#published").get_by_role("button", name="year").click()
    years = page.locator('#published td[data-title="year"]').all_inner_texts()
    known = [one for one in years if one != "\u2014"]
    assert known == sorted(known) and years[: len(known)] == known  # what is not known comes last
    page.locator("#published-dialect").select_option("set of strings")
    assert 0 < rows.count() < every
    assert set(page.locator('#published tbody tr:visible td[data-title="dialect"]').all_inner_texts()) == {
        "set of strings"
    }
    assert page.locator("#published-count").inner_text() == f"{rows.count()} of {every} rows"
    page.locator("#published-setting").select_option("supervised")
    assert rows.count() == 0
    assert page.locator("#published-count").inner_text() == f"No row of {every} fits: choose any"
    assert page.locator('#published a[href="https://arxiv.org/abs/2311.08526"]').count() >= 3


def test_progress_over_the_years_is_a_chart(show: Callable[..., Any]) -> None:
    chart = show().locator('[data-chart="progress"]')
    assert chart.locator("figure:visible").count() == 1
    assert chart.locator("figure:visible line.ours").count() == 1
    chart.get_by_text("The same as a table").first.click()
    assert "2023" in chart.locator("figure:visible table").inner_text()


def test_names_are_placed_where_they_cover_nothing_or_left_out() -> None:
    apart = place_labels([(10, 90, "one"), (80, 20, "two")], [(10, 90), (80, 20)])
    assert all(apart)
    crowd = [(50.0 + n / 10, 50.0, "a long name of a row") for n in range(9)]
    placed = [one for one in place_labels(crowd, [mark[:2] for mark in crowd]) if one is not None]
    assert 1 <= len(placed) <= 4 and len({(one.dx, one.dy) for one in placed}) == len(placed)
    assert place_labels([(50, 50, "x" * 99)], []) == [None]
