"""The command line in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys


def start_cli(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start the command line in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmark", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


def cli(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run the command line in a process of its own: exit code, stdout, stderr."""
    process = start_cli(*arguments, **environment)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err
