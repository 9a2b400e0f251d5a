"""The API reference lists what larbench exports, and its examples print what they say."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path
from typing import Any

import pytest
from docs_pages import ROOT

import larbench

_LISTED = re.compile(r"^- `((?:larbench|benchmark)\.[\w.]+)`$", re.M)
NAMES = _LISTED.findall((ROOT / "docs" / "api.md").read_text("utf-8"))


def listed(name: str) -> Any:
    """What the reference lists under a name."""
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def test_all_that_larbench_exports_is_listed() -> None:
    exported = {f"larbench.{name}" for name in larbench.__all__ if not name.startswith("_")}
    assert exported <= set(NAMES)
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("name", NAMES)
def test_examples_print_what_they_say(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for example in doctest.DocTestFinder(recurse=False).find(listed(name), name, globs={}):
        runner.run(example)
    assert runner.failures == 0
