"""A dask scheduler and its workers, each a process of its own, as on a cluster of one machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest


class Processes:
    """Starts a scheduler and workers in a folder, and ends what it started."""

    def __init__(self, folder: Path) -> None:
        pytest.importorskip("distributed")
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self._started: list[subprocess.Popen[bytes]] = []

    def scheduler(self) -> subprocess.Popen[bytes]:
        """Start the scheduler; a later one has the same address."""
        return self._start(
            "scheduler", ["--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard", "--no-show"]
        )

    def worker(self, *, path: tuple[Path, ...] = (), **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker for one cell at a time; folders of ``path`` come first on its path."""
        paths = [*(str(folder) for folder in path), os.environ.get("PYTHONPATH", "")]
        return self._start(
            "worker",
            [self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"],
            PYTHONPATH=os.pathsep.join(paths),
            **environment,
        )

    def wait_for_workers(self, number: int) -> None:
        """Wait until so many workers have told the scheduler that they are there."""
        from distributed import Client

        with Client(self.address, set_as_default=False, timeout=600) as client:
            client.wait_for_workers(number, timeout=600)

    def _start(self, what: str, arguments: list[str], **environment: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{what}-{len(self._started)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{what}", *arguments],
                cwd=self.folder,
                env={**os.environ, **environment},
                stdout=log,
                stderr=log,
            )
        self._started.append(process)
        return process

    def end(self) -> None:
        """End every process, and what it started."""
        for process in self._started:
            kill(process)

    def logs(self) -> str:
        """What the processes printed."""
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("*.log")))


def kill(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Kill a process, as the system does where memory runs out; return those that it had started."""
    try:
        children = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        children = []
    process.kill()
    process.wait()
    return children


def wait_for(what: object, *, seconds: float = 600.0) -> None:
    """Wait until a function returns something true."""
    assert callable(what)
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
