"""How much time and memory each hostile bundle takes until it is refused, and that it changes nothing.

    python perf/hostile_bundles.py

Each is given to ``submit add`` in a process of its own, Python's start included. Exit code 1 where one is
not refused with code 2, takes more than 10 s of processor time or more than 500 MB, or changes a byte of the
store. The time by the clock, in parentheses, is longer where the machine is busy.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "submit")]

from hostile_bundles import HOSTILE  # noqa: E402 - found through the path above
from submission_bundles import a_store, snapshot, write_corpora  # noqa: E402

SECONDS, MEGABYTES = 10.0, 500.0


def refuse(bundle: Path, store: Path, corpora: list[Path]) -> tuple[int, float, float, float, str]:
    """Return exit code, seconds by the clock and of the processor, peak resident megabytes, what was said."""
    command = [sys.executable, "-m", "leaderboard", "submit", "add", str(bundle), "--store", str(store)]
    command += [part for path in corpora for part in ("--domain", str(path))]
    with tempfile.TemporaryFile() as told:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=told, stderr=told, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        lines = told.read().decode(errors="replace").strip().splitlines()
    said = lines[min(1, len(lines) - 1)] if lines else ""
    busy = usage.ru_utime + usage.ru_stime
    return process.returncode, seconds, busy, usage.ru_maxrss / 1024, said


def main() -> int:
    bad = 0
    worst = [0.0, 0.0]
    with tempfile.TemporaryDirectory() as folder:
        store = a_store(Path(folder) / "runs").root
        corpora = write_corpora(Path(folder))
        before = snapshot(store)
        for number, (name, (make, _)) in enumerate(HOSTILE.items()):
            theirs = Path(folder) / str(number)
            theirs.mkdir()
            code, seconds, busy, megabytes, said = refuse(make(theirs), store, corpora)
            sound = code == 2 and busy <= SECONDS and megabytes <= MEGABYTES and snapshot(store) == before
            bad += not sound
            worst = [max(worst[0], busy), max(worst[1], megabytes)]
            shown = said.replace(folder, "")[:100]
            took = f"{busy:5.1f} s ({seconds:.1f} s) {megabytes:4.0f} MB"
            print(f"{'ok ' if sound else 'BAD'} {took}  {name}: {shown}", flush=True)
    print(f"{len(HOSTILE) - bad} of {len(HOSTILE)} refused; worst {worst[0]:.1f} s, {worst[1]:.0f} MB")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
