"""SIGKILL at random moments: what was finished stays, what is wrong is never kept, the end is the same bytes.

A small suite of fake methods is run once in peace. Then it is run again and again in another store; each run
is killed at a random moment, the whole of it or one of its workers. After each kill every file is checked;
when there is nothing left to compute the store is emptied and filled anew, until there were so many kills.
LARBENCH_STRESS_KILLS says how many, for example 100.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from stress_numbers import stress_number

from benchmark.errors import InputError
from benchmark.store.record import FAILED, OK
from benchmark.store.store import Store

_TESTS = Path(__file__).parents[1]
_SUITE = """
name = "crash"
corpus = "sample"
source = "news"
domains = ["politics", "science", "music"]
settings = ["zero-shot"]
seeds = [1, 2]
backbone = "mini"
methods = ["fake-rule"]
"""


@dataclass
class Outcome:
    """What the kills did. ``lost`` were finished before a kill and are not after it; ``damaged`` files cannot
    be read; ``wrong`` ones are read and are not what a calm run makes."""

    kills: int = 0
    workers: int = 0
    fills: int = 0
    lost: int = 0
    damaged: int = 0
    wrong: int = 0

    @property
    def good(self) -> bool:
        """Whether nothing was lost, damaged or wrong."""
        return not (self.lost or self.damaged or self.wrong)


def install(folder: Path) -> dict[str, str]:
    """Put the fake methods of the tests into a folder, as a package; return the environment to find them."""
    site = folder / "site"
    info = site / "larbench_fakes-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: larbench-fakes\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[larbench.methods]\nfake-rule = larbench_fakes:Rule\n")
    shutil.copy(_TESTS / "fake_methods.py", site / "larbench_fakes.py")
    (folder / "crash.toml").write_text(_SUITE)
    path = os.pathsep.join([str(site), str(Path(__file__).parents[2])])
    return {**os.environ, "PYTHONPATH": path}


def start(folder: Path, environment: dict[str, str], store: str, sleep: float) -> subprocess.Popen[bytes]:
    """Start a run in a process of its own."""
    arguments = ["run", "--suite", "crash.toml", "--store", store, "--jobs", "2", "--retry-failed"]
    return subprocess.Popen(
        [sys.executable, "-m", "benchmark", *arguments],
        cwd=folder,
        env={**environment, "FAKE_SLEEP": str(sleep)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def finished(store: Path, outcome: Outcome, calm: dict[str, bytes]) -> set[str]:
    """Return the cells that are done, as their records say; count what is damaged or wrong."""
    kept = Store(store, warn=lambda _: None)
    done = set()
    for path in sorted((store / "crash" / "records").glob("*.json")):
        try:
            record = kept.record("crash", path.stem)
            if record.state != OK:
                continue
            content = kept.predictions_bytes(record)
        except InputError:
            outcome.damaged += 1
            continue
        done.add(record.cell)
        outcome.wrong += content != calm[kept.predictions_path(record).name]
    try:
        kept.ledger("crash")
    except InputError:
        outcome.damaged += 1
    return done


def strike(process: subprocess.Popen[bytes], chance: random.Random) -> bool:
    """Kill a run or, one time in four, a process that works for it; return whether it was a worker."""
    try:
        workers = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        workers = []
    if workers and chance.random() < 0.25:
        victim = chance.choice(workers)
        try:
            victim.kill()
        except psutil.NoSuchProcess:
            return False
        process.wait(timeout=300)  # the run goes on: the cell fails, and is named
        return True
    process.kill()
    process.wait()
    psutil.wait_procs(workers, timeout=60)
    return False


def kill_runs(kills: int, seed: int, folder: Path) -> Outcome:
    """Kill so many runs in a folder, and return what came of it."""
    chance, outcome = random.Random(seed), Outcome()
    environment = install(folder)
    begun = time.monotonic()
    if start(folder, environment, "calm", 0.0).wait() != 0:
        raise RuntimeError("the run in peace failed")
    longest = time.monotonic() - begun
    calm = {path.name: path.read_bytes() for path in (folder / "calm").glob("crash/predictions/*")}
    store, before = folder / "killed", set[str]()
    while outcome.kills < kills:
        process = start(folder, environment, "killed", longest / 6)
        time.sleep(chance.uniform(0, 1.2 * longest))
        outcome.workers += strike(process, chance)
        outcome.kills += 1
        after = finished(store, outcome, calm)
        outcome.lost += len(before - after)
        before = after
        if len(after) == len(calm):
            _complete(folder, environment, outcome, calm)
            shutil.rmtree(store)
            before = set()
    _complete(folder, environment, outcome, calm)
    return outcome


def _complete(folder: Path, environment: dict[str, str], outcome: Outcome, calm: dict[str, bytes]) -> None:
    """Let a run come to its end, and hold its store against the one that was made in peace."""
    outcome.fills += 1
    code = start(folder, environment, "killed", 0.0).wait()
    found = {path.name: path.read_bytes() for path in (folder / "killed").glob("crash/predictions/*")}
    states = {record.state for record in Store(folder / "killed").records("crash")}
    ledgers = {(folder / name / "crash" / "ledger.json").read_bytes() for name in ("calm", "killed")}
    outcome.wrong += (code, found == calm, FAILED in states, len(ledgers)) != (0, True, False, 1)


@pytest.mark.slow
@pytest.mark.timeout(24 * 3600)
def test_kills_at_random_moments_lose_and_damage_nothing(tmp_path: Path) -> None:
    outcome = kill_runs(stress_number("KILLS", 4), 1, tmp_path)
    assert outcome.good and outcome.kills >= 4 and outcome.fills
