"""Commands that compute nothing: help, a plan and a run whose cells are all in the store, a board.

    python perf/start.py [--suite ablations]

The suite's published results are copied into a store, where the run finds every cell: once with the board,
which it computes from their predictions, once without.
Each command runs five times in a process of its own: seconds at least, in the median, at most, and the most
memory. It wants CrossNER's files (`LARBENCH_DATA`). Exit code 1 where a command imports torch.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scale import told

RESULTS = Path(__file__).parents[1] / "results"
_IMPORTS = (
    "import runpy, sys\n"
    "module, *sys.argv[1:] = sys.argv[1:]\n"
    "try:\n"
    "    runpy.run_module(module, run_name='__main__', alter_sys=True)\n"
    "finally:\n"
    "    print('torch' in sys.modules, file=sys.stderr)\n"
)


def main() -> int:
    """Measure, and look at what is imported."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--suite", default="ablations")
    suite = parser.parse_args().suite
    heavy = False
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "runs"
        shutil.copytree(RESULTS / suite, store / suite)
        of_suite = ["--suite", suite, "--store", str(store)]
        cells = len(list((store / suite / "records").iterdir()))
        print(f"{suite}: {cells} records")
        for what, arguments in (
            ("--help", ["benchmark", "--help"]),
            ("plan, all cached", ["benchmark", "plan", *of_suite]),
            ("run, all cached, no board", ["benchmark", "run", *of_suite, "--no-board"]),
            ("run, all cached, and its board", ["benchmark", "run", *of_suite]),
            ("build of the board", ["leaderboard", "build", str(store / suite), "--output", folder]),
        ):
            print(f"{what}: {told(arguments, Path(folder))}", flush=True)
            heavy |= imports_torch(arguments, folder)
    print("a command imports torch" if heavy else "none imports torch")
    return int(heavy)


def imports_torch(arguments: list[str], folder: str) -> bool:
    """Return whether a command has imported torch when it ends."""
    command = [sys.executable, "-c", _IMPORTS, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stderr.split()[-1] == "True"


if __name__ == "__main__":
    sys.exit(main())
