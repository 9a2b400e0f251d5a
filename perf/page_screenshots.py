"""The pictures of the page: both themes, a phone's width, a cell's page, and what is printed.

    python perf/page_screenshots.py results/sample docs
    python perf/page_screenshots.py synthetic /tmp/pictures --whole

The first argument is a suite's folder, whose page is built into a temporary folder, or ``synthetic``: a board
out of thin air that has everything a page can draw. Writes page-light.png, page-dark.png, page-phone.png and,
of a suite, page-cell.png into the second; ``--whole`` shows pages from top to bottom, and adds the rest: a
phone in the dark, print, a cell on a phone. For CrossNER, say where it lies with ``LARBENCH_DATA``, and pass
no pictures of its sentences on: ``--no-text`` leaves them out.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from page_synthetic import synthetic

from leaderboard import board as boards
from leaderboard.analyses.ranking import RANKING
from leaderboard.page.build import write_site
from leaderboard.page.site import front_page

DESK, PHONE, PAPER = (
    {"width": 1280, "height": 900},
    {"width": 390, "height": 844},
    {"width": 1050, "height": 740},
)


@dataclass(frozen=True)
class Shot:
    """A picture: its name, the size of the window, the theme, the medium; ``cell``: of a cell's page."""

    name: str
    size: dict[str, int]
    theme: str = "light"
    medium: str = "screen"
    cell: bool = False


SHOTS = (Shot("light", DESK), Shot("dark", DESK, "dark"), Shot("phone", PHONE), Shot("cell", DESK, cell=True))
FURTHER = (
    Shot("phone-dark", PHONE, "dark"),
    Shot("print", PAPER, medium="print"),
    Shot("cell-phone", PHONE, "dark", cell=True),
)


def site_of(place: str, folder: Path, *, text: bool) -> tuple[Path, Path | None]:
    """Write the page of a suite or of a synthetic board; return the front page and a cell's, if any."""
    if place == "synthetic":
        index = folder / "index.html"
        index.write_text(front_page(synthetic(methods=12, sentences=60, resamples=3000)), encoding="utf-8")
        return index, None
    suite = Path(place).resolve()
    made = boards.build(suite.parent, suite.name, views=True)
    (index,) = write_site(made, folder, text=text)
    best = next(row for rows in made[RANKING].tables.values() for row in rows if row.average is not None)
    return index, index.parent / "cells" / f"{best.record.cell}.html"


def shoot(browser: Any, page_file: Path, shot: Shot, target: Path, *, whole: bool) -> None:
    """Open a page and take its picture."""
    context = browser.new_context(
        viewport=shot.size, color_scheme=shot.theme, reduced_motion="reduce", bypass_csp=whole
    )
    page = context.new_page()
    page.set_default_timeout(300_000)
    page.emulate_media(media=shot.medium)
    page.goto(page_file.as_uri())
    page.wait_for_selector("[aria-busy=true]", state="detached")  # a cell's sentences are unpacked
    if whole:  # what is out of sight is not drawn otherwise
        page.add_style_tag(content="* { content-visibility: visible !important; }")
    page.screenshot(path=target, full_page=whole)
    context.close()


def main() -> None:
    """Build, shoot, and say what was written."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description="Take pictures of the page.")
    parser.add_argument("place", help="a suite's folder, such as results/sample, or synthetic")
    parser.add_argument("target", type=Path, help="the folder that the pictures are written into")
    parser.add_argument("--whole", action="store_true", help="whole pages, and further pictures")
    parser.add_argument("--no-text", action="store_true", help="no word of the corpora")
    chosen = parser.parse_args()
    chosen.target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        index, cell = site_of(chosen.place, Path(folder), text=not chosen.no_text)
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
            timeout=300_000,
        )
        for shot in (*SHOTS, *(FURTHER if chosen.whole else ())):
            page_file = cell if shot.cell else index
            if page_file is not None:
                picture = chosen.target / f"page-{shot.name}.png"
                shoot(browser, page_file, shot, picture, whole=chosen.whole)
                print(picture)
        browser.close()


if __name__ == "__main__":
    main()
