"""The command line in a process of its own."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys

from benchmark.cli import main


def call(*arguments: str) -> tuple[int, str, str]:
    """Run the command line in this process: exit code, stdout, stderr. Quicker than ``cli``."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(list(arguments))
        except SystemExit as end:
            return int(end.code or 0), out.getvalue(), err.getvalue()
    raise AssertionError("the command line ends with an exit code")


def start_cli(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start the command line in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmark", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment, "PYTHONUNBUFFERED": "1"},
        # tests started in the background of a shell inherit an ignored Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def cli(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run the command line in a process of its own: exit code, stdout, stderr."""
    process = start_cli(*arguments, **environment)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err
