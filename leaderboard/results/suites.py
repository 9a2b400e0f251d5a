"""Which suites a folder of results holds."""

from __future__ import annotations

from pathlib import Path

from benchmark.errors import InputError, UsageError

LEDGER = "ledger.json"


def find_suites(folder: Path, suite: str | None = None) -> list[tuple[Path, str]]:
    """Return (store, suite) of each suite that a folder holds or is; ``InputError`` where there is none."""
    if (folder / LEDGER).is_file():
        folder = folder.resolve() if folder.name in ("", "..") else folder
        if suite not in (None, folder.name):
            raise UsageError(f"{folder} is the suite {folder.name!r}, not {suite!r}")
        return [(folder.parent, folder.name)]
    names = sorted(path.parent.name for path in folder.glob(f"*/{LEDGER}"))
    if suite is not None and names and suite not in names:
        raise UsageError(f"{folder} holds no suite {suite!r}; it holds {', '.join(names)}")
    if not names:
        raise InputError(
            "no results" if folder.is_dir() else "no such folder",
            path=folder,
            expected="a store of runs, or a suite's folder in one",
            todo="compute some: `python -m benchmark run --all`",
        )
    return [(folder, name) for name in ([suite] if suite is not None else names)]
