"""A pytest plugin: the fixture ``larbench_gate``, for the tests of any project that has results to keep.

>>> def test_no_domain_got_worse(larbench_gate):
...     larbench_gate("results/mine", "runs/mine")
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from benchmark.gate.report import Report


@pytest.fixture
def larbench_gate() -> Callable[..., Report]:
    """Return a function that holds a run against a baseline, and fails the test unless there is no evidence.

    It takes what ``benchmark.gate.check.check`` takes, and returns its report. What could not be measured
    fails as well: a test that measured nothing has shown nothing.
    """
    from benchmark.gate.check import check  # every pytest session imports this module: it is to stay light
    from benchmark.gate.render import table
    from benchmark.gate.report import NO_EVIDENCE

    def gate(baseline: Any, run: Any, **options: Any) -> Report:
        __tracebackhide__ = True
        report = check(baseline, run, **options)
        if report.verdict != NO_EVIDENCE:
            pytest.fail(f"larbench: {report.verdict}\n{table(report)}", pytrace=False)
        return report

    return gate
