"""A virtual environment for what a test installs: it sees the packages of the one that tests run in.

Made in a moment, since nothing is copied. ``pip install`` in it builds with the setuptools that is here, and
asks no index.
"""

from __future__ import annotations

import os
import site
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

_PIP = """#!/bin/sh
here=$(dirname "$0")
case "$1" in
    install) shift; exec "$here/python" -m pip install -q --no-deps --no-build-isolation --no-index "$@" ;;
    *) exec "$here/python" -m pip "$@" ;;
esac
"""


def make_environment(folder: Path) -> Path:
    """Make the environment in ``folder``, unless it is there, and return the folder of its commands."""
    commands = folder / "bin"
    if not commands.exists():
        venv.create(folder, symlinks=True)
        (packages,) = folder.glob("lib/python*/site-packages")
        lines = [f"import site; site.addsitedir({path!r})" for path in site.getsitepackages()]
        (packages / "seen.pth").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (commands / "pip").write_text(_PIP, encoding="utf-8")
        (commands / "pip").chmod(0o755)
    return commands


def variables(commands: Path) -> Mapping[str, str]:
    """Return the environment variables for a command in there: none of this user's settings of larbench."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LARBENCH_")}
    path = os.pathsep.join([str(commands), str(Path(sys.executable).parent), kept.get("PATH", "")])
    return {**kept, "PATH": path, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "COLUMNS": "110"}
