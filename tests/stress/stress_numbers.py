"""How much a stress test does: little by default, as much as an environment variable says."""

from __future__ import annotations

import os


def stress_number(name: str, default: int) -> int:
    """Return the number that ``LARBENCH_STRESS_<name>`` states, or the default."""
    return int(os.environ.get(f"LARBENCH_STRESS_{name}", default))
