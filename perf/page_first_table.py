"""How soon the page shows its table: a synthetic board of 50 methods, 3 seeds, 5 domains and both settings.

    python perf/page_first_table.py

Prints the size of the front page, and of five loads in headless Chromium, best and median: milliseconds from
navigation to the drawn table, and processor milliseconds of the page's main thread, which a busy machine does
not stretch. Scores are drawn at random: only their number matters here.
"""

from __future__ import annotations

import random
import shutil
import statistics
import tempfile
from pathlib import Path

from benchmark.cells.record import Record
from benchmark.cells.store import Store
from benchmark.domains.corpus import Mention
from benchmark.domains.load import load_domain
from leaderboard import board as boards
from leaderboard.gold import Gold
from leaderboard.measure import Cell, measure
from leaderboard.page.gather import Gathered, Shown
from leaderboard.page.site import front_page

DOMAINS = ("politics", "science", "music", "literature", "ai")


def synthetic(methods: int = 50, seeds: int = 3, sentences: int = 40) -> Gathered:
    """Return a board over the first test sentences of the sample, mentions found with a row's own chance."""
    chance = random.Random(0)
    golds = {}
    for name in DOMAINS:
        domain = load_domain("sample", name)
        golds[name] = Gold(name, domain.type_names, domain.test[:sentences])
    shown = []
    for setting in ("zero-shot", "supervised"):
        for method in range(methods):
            skill = chance.uniform(0.2, 0.9)
            for name, gold in golds.items():
                shown += [_cell(gold, name, setting, method, seed, skill, chance) for seed in range(seeds)]
    cells = [one.cell for one in shown if one.cell is not None]
    board = boards.assemble(cells, suite="synthetic", resamples=100)
    return Gathered(Store("nowhere"), board, board, tuple(shown))


def _cell(
    gold: Gold, domain: str, setting: str, method: int, seed: int, skill: float, chance: random.Random
) -> Shown:
    label = f"method-number-{method}"
    cell = f"{label}-{setting}-{domain}-mini-s{seed}-0123456789ab"
    where = {"suite": "synthetic", "corpus": "sample", "source": "news", "domain": domain}
    timings = {"train_seconds": chance.uniform(1, 900), "sentences_per_second": chance.uniform(5, 500)}
    record = Record(
        cell=cell, method=label, label=label, setting=setting, backbone="mini", seed=seed, state="ok",
        timings=timings, **where,
    )  # fmt: skip
    found: dict[str, list[Mention]] = {
        one.id: [mention for mention in one.mentions if chance.random() < skill] for one in gold.test
    }
    measured: Cell = measure(record, gold, found, Path("predictions.jsonl"))
    return Shown(record, measured, gold)


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
