"""A pytest plugin: the fixture ``larbench_gate``, for the tests of any project that has results to keep.

>>> def test_no_domain_got_worse(larbench_gate):
...     larbench_gate("results/mine", "runs/mine")

Every pytest session of the environment imports this module, so it imports nothing of larbench. The check runs
in a process of its own, which does not look into the current folder: a project may have packages that are
called as larbench's are.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace

import pytest

_NO_EVIDENCE, _MEASURED = 0, (0, 1, 3)  # exit codes
Names = str | Iterable[str] | None


@pytest.fixture
def larbench_gate() -> Callable[..., SimpleNamespace]:
    """Return a function that holds a run against a baseline, and fails the test unless there is no evidence.

    It takes what ``larbench.check`` takes and returns the same report, as plain objects with the report's
    fields. What could not be measured fails as well: a test that measured nothing has shown nothing.
    """
    return _gate


def _gate(
    baseline: str | Path,
    run: str | Path,
    *,
    methods: Names = None,
    domains: Names = None,
    settings: Names = None,
    seeds: int | Iterable[int] | None = None,
    any_seed: bool = False,
    alpha: float | None = None,
    resamples: int | None = None,
    data_dir: str | Path | None = None,
    own: str | Path | Iterable[str | Path] = (),
) -> SimpleNamespace:
    __tracebackhide__ = True
    arguments = [f"--baseline={baseline}", f"--run={run}", *(["--any-seed"] if any_seed else [])]
    lists = {"methods": methods, "domains": domains, "settings": settings, "seeds": seeds}
    arguments += [f"--{name}={','.join(_texts(value))}" for name, value in lists.items() if value is not None]
    single = {"alpha": alpha, "resamples": resamples, "data-dir": data_dir}
    arguments += [f"--{name}={value}" for name, value in single.items() if value is not None]
    arguments += [f"--domain={folder}" for folder in _texts(own)]
    done = _check([*arguments, "--json"])
    if done.returncode not in _MEASURED:
        pytest.fail(f"larbench: {done.stderr.strip()}", pytrace=False)
    report: SimpleNamespace = json.loads(done.stdout, object_hook=lambda fields: SimpleNamespace(**fields))
    if report.exit_code != _NO_EVIDENCE:
        pytest.fail(f"larbench: {report.verdict}\n{_check(arguments).stdout}", pytrace=False)
    return report


def _texts(value: str | int | Path | Iterable[object]) -> list[str]:
    return [str(one) for one in ([value] if isinstance(value, str | int | Path) else value)]


def _check(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Run the command ``check`` where no package of the project can be taken for one of larbench's."""
    own = Path(__file__).resolve().parents[1]
    paths = [Path(entry).resolve() for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    kept = [str(path) for path in paths if path == own or not (path / "benchmark").exists()]
    return subprocess.run(
        [sys.executable, "-P", "-m", "benchmark", "check", *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(kept), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
