"""Suites of fake methods, and a package that installs these: fixtures of the tests of plan, run and store."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from noisy_suite import SUITE as NOISY_SUITE

from benchmark import registry

FAKES = {
    "fake-rule": "larbench_fakes:Rule",
    "fake-supervised": "larbench_fakes:Supervised",
    "fake-shown": "larbench_fakes:Shown",
    "fake-reading": "larbench_fakes:Reading",
    "fake-broken": "larbench_fakes:Broken",
    "fake-keyed": "larbench_fakes:Keyed",
    "fake-asking": "larbench_fakes:Asking",
    "fake-bare": "larbench_fakes:Bare",
    "fake-absent": "larbench_fakes_absent:Nothing",
}
SUITE = """
name = "tiny"
corpus = "sample"
source = "news"
domains = ["politics", "science"]
settings = ["zero-shot", "supervised"]
seeds = [555]
backbone = "mini"
in_domain = true
in_domain_method = "fake-rule"
methods = ["fake-rule", "fake-supervised"]
"""


@pytest.fixture
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install the fake methods, for this process and for those it starts; the module's file."""
    site = tmp_path / "site"
    info = site / "larbench_fakes-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: larbench-fakes\nVersion: 1.0\n")
    lines = "".join(f"{name} = {value}\n" for name, value in FAKES.items())
    (info / "entry_points.txt").write_text(f"[larbench.methods]\n{lines}")
    shutil.copy(Path(__file__).parent / "fake_methods.py", site / "larbench_fakes.py")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("FAKE_TRACE", str(tmp_path / "trace"))
    monkeypatch.chdir(tmp_path)
    registry.registered.cache_clear()
    yield site / "larbench_fakes.py"
    registry.registered.cache_clear()
    sys.modules.pop("larbench_fakes", None)


@pytest.fixture
def tiny(fakes: Path, tmp_path: Path) -> str:
    """Write a suite of fake methods; its path."""
    path = tmp_path / "tiny.toml"
    path.write_text(SUITE)
    return str(path)


@pytest.fixture
def noisy(fakes: Path, tmp_path: Path) -> str:
    """The file of the suite with noise, whose methods are the fakes."""
    path = tmp_path / "noisy.toml"
    path.write_text(NOISY_SUITE)
    return str(path)
