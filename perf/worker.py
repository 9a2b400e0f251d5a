"""Processes that stay alive and work when they are asked to, at the same time or in turns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any


class Worker:
    """A script of this folder in a process of its own, which ``serve`` makes listen."""

    def __init__(self, script: str, *arguments: str, environment: Mapping[str, str], threads: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, script, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment, "OMP_NUM_THREADS": str(threads)},
        )
        self.receive()  # it is ready

    def send(self, what: str) -> None:
        """Send a request."""
        assert self._process.stdin is not None
        print(what, file=self._process.stdin, flush=True)

    def receive(self) -> Any:
        """Wait for the answer to a request."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"a process ended with {self._process.wait()}")
        return json.loads(line)

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


def serve(answers: Mapping[str, Callable[[], object]]) -> None:
    """Be such a process: answer orders on standard input."""
    print(json.dumps("ready"), flush=True)
    for order in sys.stdin:
        print(json.dumps(answers[order.strip()]()), flush=True)


def together(workers: Sequence[Worker], order: str) -> tuple[float, list[Any]]:
    """Have processes do one thing at the same time; return the seconds that passed, and their answers."""
    start = time.perf_counter()
    for one in workers:
        one.send(order)
    answers = [one.receive() for one in workers]
    return time.perf_counter() - start, answers
