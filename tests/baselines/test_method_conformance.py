"""Every registered method passes the suite that others inherit."""

from __future__ import annotations

from benchmark.registry import registered
from larbench.testing import MethodConformance


def _suite(name: str) -> type:
    title = "Test" + "".join(part.capitalize() for part in name.split("-"))
    return type(title, (MethodConformance,), {"method": name, "__doc__": f"What {name} is asked."})


SUITES = {suite.__name__: suite for suite in map(_suite, registered())}
globals().update(SUITES)  # pytest finds them as it finds classes that are written down
del MethodConformance


def test_the_projects_methods_are_registered() -> None:
    assert {"source-only", "fine-tune", "lar-direct"} <= set(registered())
    assert len(SUITES) == len(registered())
