"""The API reference lists what larbench exports, and its examples print what they say."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docs_pages import ROOT
from numpydoc.validate import ERROR_MSGS, validate

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


FUNCTIONS = [name for name in NAMES if inspect.isfunction(listed(name))]
# not asked for: text on the line after the quotes, extended summaries, examples and references everywhere
_STYLE = {"GL01", "GL02", "SS05", "ES01", "EX01", "SA01", "SA02", "SA03", "SA04", "YD01"}


def whole() -> Iterator[str]:
    """Names of the functions that are listed, and of the methods of what methods are made of."""
    yield from FUNCTIONS
    for kind in (larbench.Method, larbench.Task):
        for name, value in vars(kind).items():
            if not name.startswith("_") and isinstance(value, classmethod | type(whole)):
                yield f"{kind.__module__}.{kind.__name__}.{name}"


@pytest.mark.parametrize("name", list(whole()))
def test_parameters_and_results_are_documented(name: str) -> None:
    found = [error for error in validate(name)["errors"] if error[0] in set(ERROR_MSGS) - _STYLE]
    assert found == []


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name.count(".") == 1])
def test_every_function_of_larbench_has_examples(name: str) -> None:
    assert "\nExamples\n" in inspect.getdoc(listed(name))
