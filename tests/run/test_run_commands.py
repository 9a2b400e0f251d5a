"""What the commands print, and how they refuse what is wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cells_cli import call

import larbench
from benchmark.cli.options import print_json, print_json_list
from benchmark.store.store import Store


def test_what_the_commands_print(tiny: str) -> None:
    few = [
        "--suite",
        tiny,
        "--methods",
        "fake-rule,fake-broken",
        "--domains",
        "politics",
        "--settings",
        "zero-shot",
    ]
    code, out, err = call("run", *few)
    assert (
        code == 1 and "1 failed, 1 ok" in out and "ValueError: no weights" in out and "--retry-failed" in out
    )
    assert "Traceback" not in out + err
    planned = json.loads(call("plan", *few, "--json")[1])
    assert [cell["state"] for cell in planned] == ["ok", "failed"]
    told = "2 cells, 1 of them done, 1 failed, 0 to compute; --retry-failed computes failed ones again"
    assert told in call("plan", *few)[1]
    explained = json.loads(call("explain", *few, "--json")[1])
    assert [cell["hit"] for cell in explained] == [True, True]
    told = call("status", "--suite", "tiny")[1].splitlines()
    (place,) = (number for number, line in enumerate(told) if line.startswith("failed, 1 cell: ValueError"))
    assert told[place + 1].startswith("  fake-broken-zero-shot-politics")
    code, out, _ = call("publish", "runs/tiny", "results")
    assert code == 0 and "  python -m leaderboard build results/tiny\n" in out


def test_status_groups_cells_by_reason_and_explain_says_in_words_what_changed(tiny: str) -> None:
    call("run", "--suite", tiny)
    told = call("status", "--suite", "tiny")[1].splitlines()
    reasons = [line for line in told[1:] if not line.startswith("  ")]
    assert len(reasons) == len(set(reasons)) and max(map(len, told)) <= 80
    assert any(re.match(r"skipped, \d cells?: ", line) for line in reasons)
    told = call("explain", "fake-rule-zero-shot-politics", "--suite", tiny, "--seeds", "4")[1].splitlines()
    assert told[0].startswith("miss ") and told[1].strip() == "changed since: the seed"


def test_a_run_shows_no_dev_score_of_zero_shot_cells(tiny: str) -> None:
    few = ("--suite", tiny, "--methods", "fake-rule", "--domains", "politics")
    lines = [line for line in call("run", *few)[1].splitlines() if line.startswith("[")]
    assert [("supervised" in line) == ("dev F1" in line) for line in lines] == [True, True]
    records = Store("runs").records("tiny")
    assert len(records) == 2 and all(record.dev for record in records)


def test_a_run_without_its_board_prints_its_summary(tiny: str) -> None:
    few = ("run", "--suite", tiny, "--methods", "fake-rule", "--domains", "politics")
    _, with_board, _ = call(*few)
    code, out, _ = call(*few, "--no-board")
    assert code == 0 and out.splitlines()[-1].startswith("tiny: 2 cells: 2 ok; 2 from the store")
    assert "python -m leaderboard build" in with_board


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "--suite", "nope"], "no suite is called 'nope'"),
        (["run", "--all", "--methods", "fake-rule"], "exclude each other"),
        (["run", "--methods", "fake-rul"], "did you mean fake-rule"),
        (["run", "--methods", "fake-rule", "--store", "tiny.toml/x"], "cannot be written"),
        (["run", "--seeds", "1,x"], "a seed is a whole number"),
        (["run", "--jobs", "0"], "--jobs"),
        (["run", "--methods", "fake-rule", "--domain", "nowhere"], "nowhere"),
        (["explain", "nothing-like-it", "--methods", "fake-rule"], "no planned cell"),
        (["status", "--store", "nowhere"], "nothing has been run in nowhere yet"),
        (["publish", "runs/none", "results"], "nothing has been run in runs yet"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(tiny: str, arguments: list[str], told: str) -> None:
    code, out, err = call(*arguments)
    assert code == 2 and told in err and "Traceback" not in out + err


@pytest.mark.parametrize("which", ["records", "predictions"])
def test_status_names_files_that_are_gone_and_on_demand_those_that_changed(tiny: str, which: str) -> None:
    larbench.run(tiny, methods=["fake-rule"], settings=["zero-shot"])
    changed, gone = sorted(Path("runs/tiny", which).glob("fake-rule-*"))[:2]
    changed.write_bytes(changed.read_bytes()[:-3])
    gone.unlink()

    quick, whole = larbench.status("tiny"), larbench.status("tiny", check=True)
    assert [(line.cell, line.state) for line in quick.not_ok] == [(gone.stem, "damaged")]
    assert {line.cell for line in whole.not_ok} == {changed.stem, gone.stem}
    assert (quick.counts["damaged"], whole.counts["damaged"]) == (1, 2)
    code, out, _ = call("status", "--suite", "tiny", "--check")
    assert code == 0 and out.count("\ndamaged, 1 cell:") == 2 and changed.name in out


@pytest.mark.parametrize(
    "items", [[], [1], [{"a": "line\nbreak", "b": []}, {"a": None, "b": [1, {"c": 2.5}]}], ["é", "\u2028"]]
)
def test_a_list_printed_item_by_item_is_the_list_printed_at_once(items, capsys) -> None:
    print_json(items)
    at_once = capsys.readouterr().out
    print_json_list(iter(items))
    assert capsys.readouterr().out == at_once
