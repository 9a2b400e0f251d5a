"""Where a cell was computed, with what, and how large: facts for the record, none part of an identity."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import resource
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]
_MOST = 100_000  # objects that are looked at for parameters


def describe_machine(device: str) -> dict[str, Any]:
    """Return CPU model, cores, memory (GiB), system, Python, device; never a host name."""
    facts: dict[str, Any] = {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_gib": _memory_gib(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "device": device,
    }
    torch = sys.modules.get("torch")  # only where the method has loaded it
    if torch is not None and device.startswith("cuda"):
        # where there is no such card, what the cell ended with says so, and must not be lost to this line
        with suppress(AssertionError, RuntimeError, ValueError):
            facts["gpu"] = str(torch.cuda.get_device_name(device))
    return facts


def peak_memory_mb() -> float:
    """Return the highest resident memory of this process so far, in MiB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20, 1)


def parameter_count(method: object) -> int:
    """Return the number of parameters of all modules that are reached from an object's attributes, each once.

    0 where torch is not loaded, or no module is found: what a method needs may be no network at all.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        return 0
    seen: set[int] = set()
    sizes: dict[int, int] = {}
    waiting: list[Any] = [method]
    while waiting and len(seen) < _MOST:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, torch.nn.Module):
            sizes |= {id(parameter): parameter.numel() for parameter in one.parameters()}
        else:
            waiting += _held_by(one)
    return sum(sizes.values())


def _held_by(one: object) -> Iterable[Any]:
    """Return what a container or an object of a class of its own holds."""
    if isinstance(one, Mapping):
        return list(one.values())
    if isinstance(one, list | tuple | set):
        return list(one)
    return list(getattr(one, "__dict__", {}).values()) if not isinstance(one, type) else ()


def describe_versions() -> dict[str, Any]:
    """Return the code's git commit and dirty flag (None outside a checkout), and versions of packages."""
    required = importlib.metadata.distribution("larbench").requires or []
    names = sorted({re.split(r"[^A-Za-z0-9._-]", need)[0] for need in required if "extra ==" not in need})
    packages = {"larbench": importlib.metadata.version("larbench")}
    for name in names:
        try:
            packages[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:  # the record then shows that it was absent
            packages[name] = "absent"
    return {"commit": _git("rev-parse", "HEAD"), "dirty": _dirty(), "packages": packages}


def _dirty() -> bool | None:
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return None if changed is None else bool(changed)


def _git(*arguments: str) -> str | None:
    """Return what git says of this code's own checkout; None where it is installed, not checked out."""
    if not (_ROOT / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(_ROOT), *arguments], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _cpu_model() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()


def _memory_gib() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (ValueError, OSError):
        return None
