"""How soon the page shows its table: a synthetic board of 50 methods, 3 seeds, 5 domains and both settings.

    python perf/page_first_table.py

Prints the size of the front page, and of five loads in headless Chromium, best and median: milliseconds from
navigation to the drawn table, and processor milliseconds of the page's main thread, which a busy machine does
not stretch. The board has everything that a page can draw: views, a base row, noise, badges.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
from pathlib import Path

from page_synthetic import synthetic

from leaderboard.page.site import front_page


def main() -> None:
    """Measure and print."""
    from playwright.sync_api import sync_playwright

    page_text = front_page(synthetic())
    print(f"front page: {len(page_text.encode()) / 1e6:.2f} MB")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        path = Path(folder) / "index.html"
        path.write_text(page_text, encoding="utf-8")
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
            timeout=120_000,
        )
        times, busy = [], []
        for _ in range(5):
            page = browser.new_page()
            session = page.context.new_cdp_session(page)
            session.send("Performance.enable", {"timeDomain": "threadTicks"})
            page.goto(path.as_uri(), timeout=120_000)
            times.append(page.evaluate("performance.getEntriesByName('table')[0].startTime"))
            told = session.send("Performance.getMetrics")["metrics"]
            busy.append(1000 * next(one["value"] for one in told if one["name"] == "TaskDuration"))
            page.close()
        browser.close()
    print(f"table drawn after {min(times):.0f} ms at best, {statistics.median(times):.0f} ms in the median")
    print(f"main thread: {min(busy):.0f} ms of processor at best, {statistics.median(busy):.0f} ms in median")


if __name__ == "__main__":
    main()
