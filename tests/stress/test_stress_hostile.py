"""What hostile bundles cost until they are refused, each given to ``submit add`` in a process of its own.

Python's start is included. LARBENCH_STRESS_BUNDLES says how many are tried, those that cost most first; 0 is
all of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from hostile_bundles import HOSTILE
from stress_numbers import stress_number
from submission_bundles import a_store, snapshot, write_corpora

ROOT = Path(__file__).parents[2]
SECONDS, MEGABYTES = 10.0, 500.0  # of the processor; resident at most
COSTLY = ("a bomb of overlapping entries", "a million entries")


def refuse(bundle: Path, store: Path, corpora: list[Path]) -> tuple[int, float, float, str]:
    """Return exit code, seconds of the processor, peak resident megabytes, and what was said."""
    command = [sys.executable, "-m", "leaderboard", "submit", "add", str(bundle), "--store", str(store)]
    command += [part for path in corpora for part in ("--domain", str(path))]
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(
            command, stdout=told, stderr=told, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        said = told.read().decode(errors="replace")
    return process.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said


def test_a_hostile_bundle_is_refused_soon_and_in_little_memory(tmp_path: Path) -> None:
    store, corpora = a_store(tmp_path / "runs").root, write_corpora(tmp_path)
    before = snapshot(store)
    names = sorted(HOSTILE, key=lambda name: name not in COSTLY)
    for name in names[: stress_number("BUNDLES", len(COSTLY)) or None]:
        theirs = tmp_path / name
        theirs.mkdir()
        code, seconds, megabytes, said = refuse(HOSTILE[name][0](theirs), store, corpora)
        assert code == 2, (name, said)
        assert seconds <= SECONDS and megabytes <= MEGABYTES, (name, seconds, megabytes)
        assert snapshot(store) == before, name
