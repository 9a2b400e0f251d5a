"""What docs/lar.md says in figures: quality as the committed table has it, the rest as the code has it."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import json
import re
from collections import Counter

import pytest
from docs_pages import ROOT, read_page

from lar.alignment.similarity import SIMILARITIES, TYPE_TEXTS
from lar.alignment.solvers import SOLVERS
from lar.commands import mentions, type_accuracy
from lar.commands.found_mentions import FATES, Found, summed
from lar.commands.gold_typing import type_rows
from lar.enhanced import LarEnhanced
from lar.inference.direct import Weights
from lar.method import LarDirect

FORMATS = read_page(ROOT / "docs" / "formats.md")
PAGE = read_page(ROOT / "docs" / "lar.md")


def rows(text: str) -> list[list[str]]:
    """The cells of table rows, without code marks, headings and rules."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]
    rules = {number for number, row in enumerate(cells) if row[0] and set(row[0]) <= set("-:")}
    return [row for number, row in enumerate(cells) if not {number, number + 1} & rules]


def test_quality_is_as_the_committed_table_says() -> None:
    committed = rows((ROOT / "results" / "alignment" / "quality.md").read_text("utf-8"))
    shown = rows(PAGE.section("Quality"))
    assert len(shown) >= 8
    assert [row for row in shown if row not in committed] == []


def test_the_weights_are_those_of_the_code() -> None:
    shown = {name: float(value) for name, _, value in rows(PAGE.section("Direct inference"))}
    assert shown == dataclasses.asdict(Weights())


def test_the_parameters_and_their_defaults_are_those_of_the_methods() -> None:
    section = PAGE.section("Parameters, and leaving parts out")
    shown = {name: ast.literal_eval(value) for name, value, _ in rows(section)}
    assert shown == dict(LarDirect.parameter_defaults())
    enhanced = LarEnhanced.parameter_defaults()
    assert {name: value for name, value in enhanced.items() if name in shown}.items() <= shown.items()
    besides = {name: value for name, value in enhanced.items() if name not in shown}
    said = re.findall(r'`(\w+)` \(`("[^"]+"|None)`\)', section)
    assert besides == {name: ast.literal_eval(value) for name, value in said}


@pytest.mark.parametrize(
    ("name", "value"), [row[:2] for row in rows(PAGE.section("Where each choice was made"))]
)
def test_the_constants_are_those_of_the_code(name: str, value: str) -> None:
    module, _, constant = name.rpartition(".")
    assert getattr(importlib.import_module(module), constant) == float(value)


def test_every_choice_of_the_alignment_is_told() -> None:
    section = PAGE.section("Alignment").partition("### ")[0]
    named = set(re.findall(r"`([\w-]+)`", section))
    assert {*SOLVERS, *TYPE_TEXTS, *SIMILARITIES} <= named


@pytest.mark.parametrize("name", ["without-evidence", "inference-alone", "lar-direct"])
def test_where_mentions_are_lost_is_as_the_committed_counts_have_it(name: str) -> None:
    domains = json.loads((ROOT / "results" / "mentions" / f"{name}.json").read_text("utf-8"))["domains"]
    section = PAGE.section("Where mentions are lost")
    of_all, by_domain = [row for row in rows(section) if name in row[0]]
    total = Counter[str]()
    for one in domains.values():
        total.update({key: value for key, value in one["all"].items() if key != "type"})
    shares = [total[fate] / total["support"] for fate in FATES]
    assert of_all[1:] == [f"{100 * share:.1f}" for share in (*shares, total["right"] / total["found"])]
    figures = [
        (one["f1"], one["boundary_f1"], one["all"]["right"] / one["all"]["found"]) for one in domains.values()
    ]
    assert by_domain[1:] == [", ".join(f"{100 * figure:.1f}" for figure in three) for three in figures]
    assert f"{total['support']:,} gold mentions" in section


def test_the_keys_of_types_json_are_documented() -> None:
    about = dict.fromkeys(("corpus", "source", "backbone", "seed", "generalist"))
    content = type_accuracy._content(about, {"x": type_rows(["a"], ["a"], ["a"], ["a"])}, {"x": {}})
    one = content["domains"]["x"]
    assert sorted(FORMATS.table("types --json")) == sorted([*content, *one["types"][0]])
    assert sorted(one) == ["all", "notes", "types"]
    assert sorted(one["all"]) == sorted([*one["types"][0], "p_value"])


def test_the_keys_of_mentions_json_are_documented() -> None:
    about = dict.fromkeys(("corpus", "source", "seed", "params"))
    content = mentions._content(about, {"x": Found((summed([], "a"),), 0.0, 0.0)})
    one = content["domains"]["x"]
    assert sorted(FORMATS.table("mentions --json")) == sorted([*content, *one["types"][0]])
    assert sorted(one) == ["all", "boundary_f1", "f1", "types"]
    assert sorted(one["all"]) == sorted(one["types"][0])
