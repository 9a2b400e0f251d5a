"""Worker processes as the runner sees them: give a cell to one, hear how it ended; a dead one is replaced."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

# set before a worker imports anything: one thread a cell, and one order of sums and of sets
ENVIRONMENT = {
    **dict.fromkeys(
        ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
    ),
    "RAYON_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONHASHSEED": "0",
    "PYTHONUNBUFFERED": "1",  # what a method printed before it died is in the record
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
    # kernels kept for reuse, one for each new shape: of 128 many are made anew where batches are small (a
    # twentieth of the time), the library's 1024 come to gigabytes in a long training
    "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "512",
    # glibc keeps what a training step frees for the next one, instead of fetching cleared pages every time
    "MALLOC_MMAP_THRESHOLD_": str(4 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(8 << 30),
}
_LOG_TAIL = 4000


class Stopped(Exception):  # noqa: N818 - no error: the user ended the run
    """A cell was asked for after ``stop``."""


@dataclass(frozen=True)
class WorkerFailure:
    """How a process ended before its cell's record was stored, and what it had printed last."""

    reason: str
    log: str


class Executor(Protocol):
    """What computes cells for a run: the worker processes of this machine, or other machines."""

    def run(self, job: dict[str, Any], on_event: Callable[[dict[str, Any]], None]) -> WorkerFailure | None:
        """Compute a cell; return None where its record is stored, else what ended it."""

    def check(self) -> None:
        """Raise ``Stopped`` after ``stop``."""

    def stop(self) -> None:
        """End the cells that are being computed, and free what computes them."""


class LocalExecutor:
    """A pool of worker processes, started as they are needed; safe to use from several threads.

    ``preload`` names modules that each imports at its start, because cells will need them.
    """

    def __init__(self, preload: Iterable[str] = ()) -> None:
        self._preload = list(preload)
        self._idle: list[_Worker] = []
        self._busy: list[_Worker] = []
        self._lock = threading.Lock()
        self._stopped = False

    def run(self, job: dict[str, Any], on_event: Callable[[dict[str, Any]], None]) -> WorkerFailure | None:
        """Have a worker compute a cell; return None where its record is stored, else what ended it."""
        worker = self._take()
        code = None
        problems: list[str] = []

        def listen(answer: dict[str, Any]) -> None:
            if "problem" in answer:
                problems.append(answer["problem"])
            else:
                on_event(answer)

        try:
            code = worker.run(job, listen)
            log = "" if code == 0 else worker.log_tail()
        finally:
            self._give_back(worker, alive=code is not None)
        self.check()  # what ``stop`` killed has not failed
        if code == 0:
            return None
        if problems:
            return WorkerFailure(problems[-1], log)
        return _death(worker.end() if code is None else code, log)

    def check(self) -> None:
        """Raise ``Stopped`` after ``stop``."""
        if self._stopped:
            raise Stopped

    def stop(self) -> None:
        """End every worker and the cell that it computes."""
        with self._lock:
            self._stopped = True
            for worker in self._idle:
                worker.end()
            for worker in self._busy:
                worker.kill()  # the thread that reads from it sees its end, and cleans up

    def _take(self) -> _Worker:
        with self._lock:
            self.check()
            worker = self._idle.pop() if self._idle else _Worker(self._preload)
            self._busy.append(worker)
            return worker

    def _give_back(self, worker: _Worker, *, alive: bool) -> None:
        with self._lock:
            self._busy.remove(worker)
            if alive and not self._stopped:
                self._idle.append(worker)
            else:
                worker.end()


class _Worker:
    def __init__(self, preload: list[str]) -> None:
        self._log = tempfile.TemporaryFile("a+b")  # noqa: SIM115 - it lives as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "benchmark.run.worker_main"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**os.environ, **ENVIRONMENT, "PYTHONPATH": os.pathsep.join(_import_path())},
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._send({"preload": preload})

    def run(self, job: dict[str, Any], on_event: Callable[[dict[str, Any]], None]) -> int | None:
        """Return the exit code of the cell's process (negative: the signal), None where the worker died."""
        self._log.truncate(0)
        if not self._send(job):
            return None
        for line in self._stdout:
            answer = json.loads(line)
            if "exit" in answer:
                return int(answer["exit"])
            on_event(answer)
        return None

    def kill(self) -> None:
        """End the process and, by closing the pipe that it watches, the cell's own, which is its child."""
        with contextlib.suppress(BrokenPipeError):  # what could not be sent any more
            self._stdin.close()
        self._process.kill()

    def end(self) -> int:
        """End the process, free what belongs to it, and return its exit code; a second call is harmless."""
        self.kill()
        code = self._process.wait()
        self._stdout.close()
        self._log.close()
        return code

    def log_tail(self) -> str:
        """What the cell's process printed last."""
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - _LOG_TAIL))
        text = self._log.read().decode("utf-8", errors="replace")
        # half a secret would not be recognised as one: the word that was cut goes
        return text if size <= _LOG_TAIL else re.sub(r"^\S*", "…", text)

    def _send(self, content: dict[str, Any]) -> bool:
        try:
            self._stdin.write(json.dumps(content).encode() + b"\n")
            self._stdin.flush()
        except (BrokenPipeError, ValueError):  # it died, or ``kill`` has closed the pipe
            return False
        return True


def _import_path() -> list[str]:
    """Return where a worker looks for modules: where this process does, the current folder left out.

    A project may have packages of its own there that are called like ours. The folder that this package was
    imported from stays in any case.
    """
    entries = [Path(entry).absolute() for entry in sys.path if entry]
    home, here = Path(__file__).resolve().parents[2], Path.cwd().resolve()
    return [str(entry) for entry in entries if entry.resolve() == home or entry.resolve() != here]


def _death(code: int, log: str) -> WorkerFailure:
    if code >= 0:
        return WorkerFailure(f"its process ended with exit code {code} before it was done", log)
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hint = "; out of memory is the usual cause" if code == -signal.SIGKILL else ""
    return WorkerFailure(f"its process was killed by {name}{hint}", log)
