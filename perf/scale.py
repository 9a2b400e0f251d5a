"""Many cells: planning them, listing a store of them, what the runner adds to each, the board of many rows.

    python perf/scale.py [plan] [list] [overhead] [board] [--cells 100000] [--rows 30,100,300]

Everything happens in a temporary folder, each command in a process of its own, five times; told are the
seconds at least, in the median and at most, and the most memory that the process had. The records are copies
of those of results/sample under other names; the method that the runner is timed with finds no mention.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from paired import in_three

from benchmark.store.ledger import Entry, render_ledger
from benchmark.store.record import OK, Record, predictions_path, to_json
from benchmark.store.store import Store

ROUNDS = 5
SAMPLE = Path(__file__).parents[1] / "results" / "sample"
PARTS = ("plan", "list", "overhead", "board")
# runs a command line in this process and tells its peak memory on stderr's last line
_TELL = (
    "import resource, runpy, sys\n"
    "module, *sys.argv[1:] = sys.argv[1:]\n"
    "try:\n"
    "    runpy.run_module(module, run_name='__main__', alter_sys=True)\n"
    "finally:\n"
    "    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\n"
)
# runs a suite in this process and prints the seconds a cell, from the end of the first to that of the last
_CELLS = (
    "import sys, time\n"
    "from benchmark import api\n"
    "ends = []\n"
    "hear = lambda event: ends.append(time.perf_counter()) if event.kind == 'finished' else None\n"
    "api.run(sys.argv[1], store=sys.argv[2], jobs=1, on_event=hear)\n"
    "print((ends[-1] - ends[0]) / (len(ends) - 1))\n"
)
_METHOD = """
from benchmark.method import Method

class Nothing(Method):
    def __init__(self):
        pass

    def fit(self, task, seed):
        return self

    def predict(self, sentences):
        return [[] for _ in sentences]
"""
_SUITE = """
name = "nothing"
corpus = "sample"
source = "news"
domains = ["ai"]
settings = ["zero-shot"]
seeds = {seeds}
methods = ["nothing"]
"""


def main() -> int:
    """Measure the parts that are asked for, all by default."""
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []])
    parser.add_argument("--cells", type=int, default=100_000)
    parser.add_argument("--rows", default="30,100,300")
    parser.add_argument("--trivial", type=int, default=200, help="cells that the runner is timed with")
    given = parser.parse_args()
    rows = [int(count) for count in given.rows.split(",")]
    measures: dict[str, Callable[[Path], Iterator[str]]] = {
        "plan": lambda folder: planning(folder, given.cells),
        "list": lambda folder: listing(folder, given.cells),
        "overhead": lambda folder: overhead(folder, given.trivial),
        "board": lambda folder: boards(folder, rows),
    }
    for part in given.parts or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            for line in measures[part](Path(folder)):
                print(line, flush=True)
    return 0


def planning(folder: Path, cells: int) -> Iterator[str]:
    """Plan a suite of so many cells, one row on five domains in both settings."""
    seeds = list(range(cells // 10))
    text = (SAMPLE.parents[1] / "benchmark" / "cells" / "suites" / "sample.toml").read_text()
    head = text.partition("in_domain = true")[0].replace("[555]", str(seeds)).replace('"sample"', '"many"', 1)
    suite = folder / "many.toml"
    suite.write_text(head)
    arguments = ["benchmark", "plan", "--suite", str(suite), "--methods", "prototype"]
    yield f"planning {10 * len(seeds):,} cells: {told(arguments, folder)}"


def listing(folder: Path, cells: int) -> Iterator[str]:
    """List a store of so many records."""
    fill(folder / "runs", cells, lambda record, number: record.changed(seed=number))
    arguments = ["benchmark", "status", "--suite", "many", "--store", "runs"]
    yield f"status of {cells:,} records: {told(arguments, folder)}"


def overhead(folder: Path, cells: int) -> Iterator[str]:
    """Run so many cells of a method that does next to nothing, one at a time."""
    (folder / "nothing.toml").write_text(_SUITE.format(seeds=list(range(cells))))
    site = folder / "site"
    info = site / "larbench_nothing-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: larbench-nothing\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[larbench.methods]\nnothing = larbench_nothing:Nothing\n")
    (site / "larbench_nothing.py").write_text(_METHOD)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(SAMPLE.parents[1])])}
    found = []
    for number in range(ROUNDS):
        command = [sys.executable, "-c", _CELLS, "nothing.toml", f"S{number}"]
        done = subprocess.run(
            command, cwd=folder, env=environment, check=True, capture_output=True, text=True
        )
        found.append(1000 * float(done.stdout))
    told_times = in_three(found, "ms")
    yield f"{cells} cells that do nothing, from the end of the first to that of the last: {told_times} each"


def boards(folder: Path, rows: Sequence[int]) -> Iterator[str]:
    """Build boards of so many rows with ten tasks each: five domains in two settings."""
    for count in rows:
        store = folder / f"runs{count}"
        fill(store, 10 * count, lambda record, number: record.changed(label=f"row-{number // 10}"))
        arguments = ["leaderboard", "build", str(store / "many"), "--output", str(folder / "board")]
        yield f"board of {count:,} rows with ten tasks each: {told(arguments, folder)}"


def fill(store: Path, cells: int, change: Callable[[Record, int], Record]) -> None:
    """Put a suite ``many`` into a store: copies of the sample's records, each changed as ``change`` says."""
    kept = Store(SAMPLE.parent)
    models = [(r, kept.predictions_bytes(r)) for r in kept.records(SAMPLE.name) if r.spec.method == "dann"]
    for part in ("records", "predictions"):
        (store / "many" / part).mkdir(parents=True)
    entries = {}
    for number in range(cells):
        model, predictions = models[number % len(models)]
        record = renamed(change(model, number), number)
        (store / "many" / predictions_path(record.cell)).write_bytes(predictions)
        (store / "many" / "records" / f"{record.cell}.json").write_text(to_json(record))
        entries[record.spec.ledger_key] = Entry(record.cell, OK)
    (store / "many" / "ledger.json").write_bytes(render_ledger("many", entries))


def renamed(record: Record, number: int) -> Record:
    """Return the record as that of a cell of its own in the suite ``many``."""
    spec = record.spec
    cell = f"{spec.label}-{spec.setting}-{spec.domain}-mini-s{spec.seed}-{number:012x}"
    return record.changed(suite="many", cell=cell, predictions=predictions_path(cell))


def told(arguments: Sequence[str], folder: Path) -> str:
    """Return seconds and memory of a command, ``ROUNDS`` times in a process of its own."""
    seconds, memory = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", _TELL, *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(SAMPLE.parents[1])},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        seconds.append(time.perf_counter() - start)
        if done.returncode:
            raise SystemExit(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
        memory.append(int(json.loads(done.stderr.split()[-1])) / 1024)
    return f"{in_three(seconds, 's')}, {max(memory):,.0f} MB"


if __name__ == "__main__":
    sys.exit(main())
