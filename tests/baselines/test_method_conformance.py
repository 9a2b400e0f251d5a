"""Every registered method passes the suite that others inherit."""

from __future__ import annotations

from benchmark.registry import registered
from larbench import testing


def _suite(name: str) -> type:
    title = "Test" + "".join(part.capitalize() for part in name.split("-"))
    return type(title, (testing.MethodConformance,), {"method": name, "__doc__": f"What {name} is asked."})


SUITES = {suite.__name__: suite for suite in map(_suite, registered())}
globals().update(SUITES)  # pytest finds them as it finds classes that are written down


def test_the_projects_methods_are_registered() -> None:
    assert {"source-only", "fine-tune", "lar-direct"} <= set(registered())
    assert len(SUITES) == len(registered())
