"""Where the pytest plugin was: for environments that were installed before it moved to larbench."""

from __future__ import annotations

from larbench.pytest_plugin import larbench_gate

__all__ = ["larbench_gate"]
