"""method.toml and manifest.json as models: every problem at once, with its line, and what was expected."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from submission_bundles import CARD

from leaderboard.submit.card import parse_card
from leaderboard.submit.findings import Findings
from leaderboard.submit.manifest import parse_manifest, render_manifest

WRONG = """\
name = "mi ne"
authors = ["Ada", "<b>", 3]
uses_llm = "no"
code = "javascript:x"
parameters = 0
tier = 1
hardware = 1979-05-27
[rerun]
package = "x"
params = {"1a" = 1, b = [1]}
[claims.zero-shoot]
politics = 3
[claims.zero-shot]
ai = 101.5
"a b" = 3
news = true
[[training]]
name = "web"
[[training]]
name = "<web>"
contains_test = ["a/b"]
"""
TOLD = """\
:1: found name = 'mi ne'; expected at most 50 letters, digits and . _ + -, a letter or digit first and last
:2: found authors[1] = '<b>'; expected one line of text without < or >, not empty
:2: found authors[2] = 3; expected one line of text without < or >, not empty
: found no licence; expected licence: of the predictions
:3: found uses_llm = 'no'; expected true or false
:20: found training[1].name = '<web>'; expected one line of text without < or >, not empty
:21: found training[1].contains_test[0] = 'a/b'; expected a name of letters, digits and . _ @ + -
:4: found code = 'javascript:x'; expected a link, https://…
:5: found parameters = 0; expected a whole number above 0
:7: found hardware = a date; expected one line of text without < or >
:8: found no rerun.method; expected method: the method's name
:10: found the key '1a' in rerun.params; expected a parameter's name
:10: found rerun.params.b = a list; expected a text, a number, true or false
:11: found the key 'zero-shoot' in claims; expected a setting, such as zero-shot
:14: found claims.zero-shot.ai = 101.5; expected F1 in points, 0 to 100
:15: found the key 'a b' in claims.zero-shot; expected a name of letters, digits and . _ @ + -
:16: found claims.zero-shot.news = True; expected F1 in points, 0 to 100
:6: found the unknown key 'tier'; expected one of name, authors, licence, uses_llm, training, \
description, code, paper, llm, backbone, parameters, hardware, transductive, rerun, claims
"""


def test_all_that_is_wrong_with_a_method_toml_is_told_with_its_line():
    findings = Findings()
    assert parse_card(WRONG.encode(), "method.toml", findings) is None
    assert [str(one) for one in findings.errors] == [f"method.toml{line}" for line in TOLD.splitlines()]


def test_a_method_toml_keeps_decimals_and_kinds():
    more = "[rerun]\nmethod = 'm'\nparams = {n = 2, rate = 0.5, on = true, text = 'x'}\n"
    claims = "[claims.zero-shot]\nai = 85.70\naverage = 90\n"
    card = parse_card((CARD + more + claims).encode(), "method.toml", Findings())
    assert card.claimed == {("zero-shot", "ai"): Decimal("85.70"), ("zero-shot", "average"): Decimal(90)}
    assert [str(value) for value in card.claimed.values()] == ["85.70", "90"]
    assert card.rerun.params == {"n": 2, "rate": 0.5, "on": True, "text": "x"}
    assert [type(value) for value in card.rerun.params.values()] == [int, float, bool, str]


CELL = {"setting": "x", "domain": "y", "seed": 1, "sha256": "b" * 64}


def manifest(**changes):
    sound = json.loads(render_manifest("mine", "tiny", "a" * 64, {("zero-shot", "ai", 1): "b" * 64}))
    return json.dumps({**sound, **changes}).encode()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"schema": 2}, "found schema 2; expected 1; upgrade larbench"),
        (
            {"extra": 1},
            "found the unknown key 'extra'; expected one of schema, name, suite, meth",
        ),
        ({"suite": "../s"}, "found suite '../s'; expected at most 50 letters"),
        ({"cells": {}}, "found cells a dict; expected a list"),
        (
            {"cells": [{**CELL, "seed": True}]},
            "cells[0].seed True",
        ),
        (
            {"cells": [{**CELL, "setting": ".."}]},
            "cells[0].setting '..'",
        ),
        ({"cells": [CELL] * 2}, "s1.jsonl' twice"),
    ],
)
def test_what_is_wrong_with_a_manifest_is_told(changes, told):
    findings = Findings()
    assert parse_manifest(manifest(**changes), "manifest.json", findings) is None
    assert told in str(findings.errors[0])
    assert parse_manifest(manifest(), "manifest.json", Findings()).cells[0].key == ("zero-shot", "ai", 1)


def test_of_thousands_of_problems_twenty_are_told_and_the_others_counted():
    findings = Findings()
    assert parse_manifest(manifest(cells=[{}] * 4_000), "manifest.json", findings) is None
    assert (len(findings.errors), findings.unkept) == (20, 4 * 4_000 - 20)
