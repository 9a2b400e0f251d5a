"""docs/methods.md has a section for every method and no other; its tables say what the classes say."""

from __future__ import annotations

import ast
import importlib
import re
import tomllib

import pytest
from docs_pages import ROOT, read_page

from benchmark.method import Method
from benchmark.plan.suite import load_suite
from benchmark.task import SUPERVISED, ZERO_SHOT

PAGE = read_page(ROOT / "docs" / "methods.md")
# of this tree: what is installed may be another one
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
METHODS: dict[str, str] = _PROJECT["entry-points"]["larbench.methods"]
BOARD = "../results/crossner-mini/board.md"
PARTS = ("Sees", "Paper", "Proofs", "Cost", "Pick it when", "Result")

every_method = pytest.mark.parametrize("name", METHODS)


def _class(name: str) -> type[Method]:
    module, _, attribute = METHODS[name].partition(":")
    kind = getattr(importlib.import_module(module), attribute)
    assert issubclass(kind, Method)
    return kind


def _rows(text: str) -> list[list[str]]:
    """The cells of the lines of tables that begin with a name."""
    lines = [line for line in text.splitlines() if re.match(r"\| [`\[]", line)]
    return [[cell.strip().strip("`") for cell in line.strip("|").split(" | ")] for line in lines]


def test_every_method_has_a_section_and_every_section_a_method() -> None:
    assert sorted(re.findall(r"^### (.+)$", PAGE.prose, re.M)) == sorted(METHODS)


@every_method
def test_a_section_says_all_that_a_reader_asks(name: str) -> None:
    section = PAGE.section(name)
    found = re.findall(r"^- \*\*(.+?):?\*\*", section, re.M)
    assert [part for part in PARTS if part not in found] == []
    assert re.search(r"`tests/[\w/]+\.py`", section), "no proof is named"
    result = section.partition("- **Result:**")[2]
    assert BOARD in result
    assert not re.search(r"\d", result.replace(BOARD, "")), "results stand on the board alone"


@every_method
def test_the_search_is_that_of_the_code(name: str) -> None:
    kind = _class(name)
    search = getattr(importlib.import_module(kind.__module__), "SEARCH", {})
    rows = {row[0]: row[1:3] for row in _rows(PAGE.section(name))}
    assert {key: _literals(tried) for key, (_, tried) in rows.items()} == {
        key: tuple(values) for key, values in search.items()
    }
    defaults = kind.parameter_defaults()
    assert {key: ast.literal_eval(default) for key, (default, _) in rows.items()} == {
        key: defaults[key] for key in rows
    }


def _literals(text: str) -> tuple[object, ...]:
    values = ast.literal_eval(f"({text},)")
    assert isinstance(values, tuple)
    return values


def test_the_overview_says_what_the_classes_say() -> None:
    rows = {row[0]: row[1:] for row in _rows(PAGE.prose.partition("\n## ")[0])}
    sections = re.findall(r"^### (.+)$", PAGE.prose, re.M)
    assert [name.partition("]")[0].strip("[") for name in rows] == sections
    for link, (settings, _, labels, test, _) in rows.items():
        kind = _class(link.partition("]")[0].strip("["))
        both = kind.settings == {ZERO_SHOT, SUPERVISED}
        assert settings == ("both" if both else next(iter(kind.settings)))
        assert labels.startswith("supervised: ") == both or labels == "no"
        assert (test == "adapts to them") is getattr(kind, "transductive", False)


def test_the_suite_that_it_shows_is_the_one_that_ships() -> None:
    (block,) = [block for block in PAGE.blocks if block.language == "toml"]
    shipped = (ROOT / "benchmark" / "plan" / "suites" / "reassigned.toml").read_text("utf-8")
    assert block.text.strip() == shipped.strip()
    suite = load_suite("reassigned")
    reassigned = [dict(spec.params)["base"] for spec in suite.methods or () if spec.params]
    assert reassigned and set(reassigned) <= set(METHODS)
