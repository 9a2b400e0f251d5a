"""The regression gate as a function, for a project that has results to keep.

>>> from larbench.gate import check
>>> check("results/mine", "runs/mine").verdict  # doctest: +SKIP
'no evidence'

In pytest the fixture ``larbench_gate`` does the same and fails the test; installing larbench provides it.
"""

from __future__ import annotations

from benchmark.gate.check import check
from benchmark.gate.report import NO_EVIDENCE, NOT_MEASURED, REGRESSED, Line, Report

__all__ = ["NOT_MEASURED", "NO_EVIDENCE", "REGRESSED", "Line", "Report", "check"]
