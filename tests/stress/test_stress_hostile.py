"""What hostile bundles cost until they are refused, each given to ``submit add`` in a process of its own.

Python's start is included. LARBENCH_STRESS_BUNDLES says how many are tried, those that cost most first; 0 is
all of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hostile_bundles import HOSTILE
from stress_numbers import stress_number
from submission_bundles import a_store, snapshot, write_corpora

ROOT = Path(__file__).parents[2]
SECONDS, MEGABYTES = 240.0, 500.0  # until it is given up; resident at most
# a process inherits the peak of the one that starts it: a small one stands between, and tells the peak last
LAUNCHER = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:])
_, status, usage = os.wait4(process.pid, 0)
print("", usage.ru_maxrss, sep="\\n", end="")
sys.stdout.flush()
os._exit(os.waitstatus_to_exitcode(status))
"""
COSTLY = ("a bomb of overlapping entries", "a million entries")


def refuse(bundle: Path, store: Path, corpora: list[Path]) -> tuple[int, float, str]:
    """Return exit code, peak resident megabytes, and what was said."""
    command = [sys.executable, "-m", "leaderboard", "submit", "add", str(bundle), "--store", str(store)]
    command += [part for path in corpora for part in ("--domain", str(path))]
    done = subprocess.run(
        [sys.executable, "-c", LAUNCHER, *command],
        capture_output=True,
        text=True,
        errors="replace",
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=SECONDS,
        check=False,
    )
    said, _, peak = done.stdout.rpartition("\n")
    return done.returncode, int(peak) / 1024, said + done.stderr


def test_a_hostile_bundle_is_refused_in_little_memory(tmp_path: Path) -> None:
    store, corpora = a_store(tmp_path / "runs").root, write_corpora(tmp_path)
    before = snapshot(store)
    names = sorted(HOSTILE, key=lambda name: name not in COSTLY)
    for name in names[: stress_number("BUNDLES", len(COSTLY)) or None]:
        theirs = tmp_path / name
        theirs.mkdir()
        code, megabytes, said = refuse(HOSTILE[name][0](theirs), store, corpora)
        assert code == 2, (name, said)
        assert megabytes <= MEGABYTES, (name, megabytes)
        assert snapshot(store) == before, name
