"""Whether Python finds larbench's own packages, or others of their names."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path


@cache
def require_own_harness() -> None:
    """Check that ``import benchmark`` finds larbench's own package, not another one of that name.

    Raises
    ------
    ImportError
        Where another one comes first on Python's path; the message names its folder.
    """
    own = Path(__file__).resolve().parents[1] / "benchmark"
    spec = importlib.util.find_spec("benchmark")
    if spec is None:
        raise ImportError(f"larbench's package {own} cannot be imported: install larbench anew")
    found = [Path(place).resolve() for place in spec.submodule_search_locations or [spec.origin or ""]]
    if own not in found:
        raise ImportError(
            f"{found[0]} hides larbench's own package 'benchmark', because {found[0].parent} comes first on "
            "Python's path: start Python with -P or from another folder, use the command larbench, or give "
            "that package another name"
        )
