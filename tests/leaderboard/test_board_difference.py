"""``python -m leaderboard difference``: any two rows of a suite."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmark.errors import InputError
from benchmark.store.store import Store
from leaderboard.analyses.compare import compare
from leaderboard.cli import main

Outcome = tuple[int, str, str]


@pytest.fixture
def difference(
    store: Store, corpora: list[Path], capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Run the command on the tiny suite: exit code, output, errors."""

    def run(*arguments: str, folder: Path | None = None) -> Outcome:
        domains = [part for one in corpora for part in ("--domain", str(one))]
        code = 0
        try:
            main(["difference", str(folder or store.root / "tiny"), *arguments, *domains])
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_a_table_for_each_setting(difference: Callable[..., Outcome]) -> None:
    code, out, err = difference("alpha", "beta")
    assert (code, err) == (0, "")
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in out.splitlines()]
    assert out.startswith("## zero-shot: alpha (mini) minus beta (mini)\n")
    assert [line[:4] for line in lines if line[0] in ("politics", "ai", "average")] == [
        ["politics", "90.0", "80.0", "+10.0"],
        ["ai", "20.0", "50.0", "−30.0"],
        ["average", "55.0", "65.0", "−10.0"],
    ]
    assert "paired" in out and "one seed" not in out


def test_the_same_as_json(difference: Callable[..., Outcome]) -> None:
    code, out, _ = difference(
        "beta",
        "alpha",
        "--json",
        "--setting",
        "zero-shot",
    )
    content = json.loads(out)["settings"]["zero-shot"]
    assert code == 0 and content["average"]["difference"] == pytest.approx(0.1)
    assert content["average"]["low"] <= 0.1 <= content["average"]["high"]
    assert content["domains"]["ai"]["first_f1"] == pytest.approx(0.5)
    assert content["domains"]["ai"]["seeds"] == [1, 2] and content["left_out"] == []


def test_cells_that_one_has_alone_are_left_out_and_named(
    store: Store,
    difference: Callable[..., Outcome],
    record: Callable[..., Any],
    keep: Callable[..., None],
    right: Any,
) -> None:
    keep(store, record("alpha", "ai", 2, state="failed", reason="no"))
    keep(store, record("beta", "politics", 3), right["politics"])
    _, out, _ = difference("alpha", "beta")
    assert "Left out, since only one of the two has it: ai (seed 2), politics (seed 3)." in out
    assert "one seed only" in out


def test_settings_and_backbones_are_told_apart(
    store: Store,
    difference: Callable[..., Outcome],
    record: Callable[..., Any],
    keep: Callable[..., None],
    right: Any,
) -> None:
    for label in ("alpha", "beta"):
        keep(store, record(label, "ai", 1, setting="supervised"), right["ai"])
    assert difference("alpha", "beta")[1].count("## ") == 2
    assert "## supervised" not in difference("alpha", "beta", "--setting", "zero-shot")[1]
    keep(store, record("alpha", "ai", 1, backbone="base", slot="alpha-base"), right["ai"])
    code, _, err = difference("alpha", "beta")
    assert code == 2 and "several rows are called 'alpha': say 'alpha (base)' or 'alpha (mini)'" in err
    assert "alpha (base) minus alpha (mini)" in difference("alpha (base)", "alpha (mini)")[1]


def test_an_oracle_is_called_one(
    store: Store,
    difference: Callable[..., Outcome],
    record: Callable[..., Any],
    keep: Callable[..., None],
    right: Any,
) -> None:
    keep(store, record("perfect", "ai", 1, params={"oracle": 1.0}), right["ai"])
    assert "types taken from the gold annotation" in difference("perfect", "beta")[1]
    assert "gold annotation" not in difference("alpha", "beta")[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["alpa", "beta"], "no row is called 'alpa'; did you mean alpha?"),
        (["alpha", "beta", "--setting", "supervised"], "is 'supervised'; there are zero-shot"),
        (["alpha"], "Missing argument 'ROW_B'"),
    ],
)
def test_wrong_usage_ends_with_2(
    difference: Callable[..., Outcome], arguments: list[str], message: str
) -> None:
    code, out, err = difference(*arguments)
    assert (code, out) == (2, "") and message in err and "Traceback" not in err


def test_rows_that_share_nothing_are_refused(
    store: Store, corpora: list[Path], record: Callable[..., Any], keep: Callable[..., None], right: Any
) -> None:
    keep(store, record("late", "ai", 9), right["ai"])
    with pytest.raises(InputError, match="no finished cell that late and beta share"):
        compare(store.root, "tiny", "late", "beta", own=corpora, scores_alone=True)


def test_a_store_of_several_suites_is_refused(
    store: Store,
    difference: Callable[..., Outcome],
    record: Callable[..., Any],
    keep: Callable[..., None],
    right: Any,
) -> None:
    keep(store, record("alpha", "ai", 1, suite="second"), right["ai"])
    code, _, err = difference("alpha", "beta", folder=store.root)
    assert code == 2 and "several suites" in err
