"""The budget of a run: what is reserved, spent and left, by many processes at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmark.errors import InputError, OverBudget, UsageError
from benchmark.plan.limit import Limit, parse_limit
from benchmark.run.budget import RunBudget, Usage, open_budget
from benchmark.store.store import Store

HUNDRED = Limit(100, "tokens")


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("200000", Limit(200_000, "tokens")),
        ("200_000", Limit(200_000, "tokens")),
        ("200,000 tokens", Limit(200_000, "tokens")),
        (" 0 ", Limit(0, "tokens")),
        (1500, Limit(1500, "tokens")),
        ("5USD", Limit(5 * 10**9, "dollars")),
        ("0.05 usd", Limit(50_000_000, "dollars")),
    ],
)
def test_budgets_are_read(text: str | int, limit: Limit) -> None:
    assert parse_limit(text) == limit and parse_limit(limit) is limit


@pytest.mark.parametrize("text", ["", "x", "-1", "1e9", "5EUR", "$", "USD", "nan", "1,00", "9" * 20, "٣"])
def test_what_is_no_budget_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="200000 for so many tokens, or 5USD"):
        parse_limit(text)


def test_what_is_reserved_and_spent_never_exceeds_the_limit(tmp_path: Path) -> None:
    with open_budget(Store(tmp_path), HUNDRED) as budget:
        assert budget is not None
        first = budget.reserve(60)
        with pytest.raises(OverBudget, match="the budget of 100 tokens cannot pay"):
            budget.reserve(41)
        second = budget.reserve(40)
        budget.settle(first, 10)
        assert budget.usage() == Usage(HUNDRED, spent=10, tokens=10, reserved=40)
        budget.settle(second, 45)  # more than was reserved: it was spent all the same
        assert budget.usage().left == 45 and str(budget.usage()) == "55 tokens of 100 tokens used"
        with pytest.raises(ValueError, match="settled before"):
            budget.settle(second, 45)
        budget.settle(budget.reserve(45), 0)  # nothing was sent
        assert budget.usage().spent == 55
    assert not list((tmp_path / "budgets").iterdir())
    with pytest.raises(InputError, match="no budget"):
        budget.usage()


def test_no_limit_is_no_budget(tmp_path: Path) -> None:
    with open_budget(Store(tmp_path), None) as budget:
        assert budget is None
    assert not (tmp_path / "budgets").exists()


@pytest.mark.parametrize(
    ("tokens", "dollars"), [(-1, None), (1.5, None), (True, None), (1, float("nan")), (1, -1)]
)
def test_slips_of_a_methods_arithmetic_are_refused(
    tmp_path: Path, tokens: int, dollars: float | None
) -> None:
    with open_budget(Store(tmp_path), HUNDRED) as budget:
        assert budget is not None
        with pytest.raises(ValueError, match="is no"):
            budget.reserve(tokens, dollars)
        name = budget.reserve(10)
        with pytest.raises(ValueError, match="is no"):
            budget.settle(name, tokens, dollars)
        assert budget.usage() == Usage(HUNDRED, reserved=10)


def test_dollars_need_a_price(tmp_path: Path) -> None:
    with open_budget(Store(tmp_path), parse_limit("0.30USD")) as budget:
        assert budget is not None
        with pytest.raises(OverBudget, match=r"0\.30 USD, and the price .* not known: give the"):
            budget.reserve(10)
        held = [budget.reserve(10, 0.1) for _ in range(3)]  # no rounding eats the last of them
        with pytest.raises(OverBudget, match=r"0\.30 USD cannot pay"):
            budget.reserve(1, 1e-9)
        budget.settle(held[0], 5, 0.05)
        budget.settle(held[1], 5)  # the price of what was used is not known: what was reserved counts
        budget.settle(held[2], 0)
        assert str(budget.usage()) == "0.15 USD of 0.30 USD used, for 10 tokens"


def test_what_a_dead_cell_left_reserved_is_booked_in_full(tmp_path: Path) -> None:
    with open_budget(Store(tmp_path), HUNDRED) as budget:
        assert budget is not None
        dead, alive = (RunBudget(Store(tmp_path), budget.name, cell) for cell in ("dead", "alive"))
        dead.reserve(30)
        kept = alive.reserve(20)
        budget.settle_all("dead")
        assert budget.usage() == Usage(HUNDRED, spent=30, tokens=30, reserved=20)
        budget.settle_all("dead")
        alive.settle(kept, 1)
        assert budget.usage() == Usage(HUNDRED, spent=31, tokens=31)


CHILD = """
import os, signal, sys
from benchmark.run.budget import RunBudget
from benchmark.store.store import Store
from benchmark.errors import OverBudget
budget, paid = RunBudget(Store(sys.argv[1]), sys.argv[2], sys.argv[3]), 0
try:
    while True:
        held = budget.reserve(10)
        if sys.argv[3] == "killed" and paid == 20:
            os.kill(os.getpid(), signal.SIGKILL)
        budget.settle(held, 5)
        paid += 5
except OverBudget:
    print(paid)
"""


def test_processes_share_it_and_one_of_them_is_killed(tmp_path: Path) -> None:
    with open_budget(Store(tmp_path), Limit(200, "tokens")) as budget:
        assert budget is not None
        names = ("one", "two", "killed")
        command = [sys.executable, "-c", CHILD, str(tmp_path), budget.name]
        children = [
            subprocess.Popen([*command, name], stdout=subprocess.PIPE, text=True, env={**os.environ})
            for name in names
        ]
        said = [child.communicate(timeout=120)[0] for child in children]
        assert [child.returncode for child in children] in ([0, 0, -signal.SIGKILL], [0, 0, 0])
        paid = sum(int(text) for text in said if text)
        killed = children[2].returncode != 0
        before = budget.usage()
        assert (before.spent, before.reserved) == (paid + 20 * killed, 10 * killed)
        budget.settle_all("killed")
        after = budget.usage()
        assert (after.spent, after.reserved) == (paid + 30 * killed, 0) and 190 < after.spent <= 200


amounts = st.integers(0, 50)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(requests=st.lists(st.tuples(amounts, st.floats(0, 1), st.sampled_from(["settle", "die", "wait"]))))
def test_the_sums_hold_whatever_happens(
    tmp_path_factory: pytest.TempPathFactory, requests: list[tuple[int, float, str]]
) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    spent = reserved = 0
    with open_budget(store, HUNDRED) as budget:
        assert budget is not None
        for number, (most, share, then) in enumerate(requests):
            cell = RunBudget(store, budget.name, f"cell-{number}")
            try:
                held = cell.reserve(most)
            except OverBudget:
                assert spent + reserved + most > 100
                continue
            used = int(most * share)
            if then == "settle":
                cell.settle(held, used)
                spent += used
            elif then == "die":
                budget.settle_all(f"cell-{number}")
                spent += most
            else:
                reserved += most
            assert budget.usage() == Usage(HUNDRED, spent, spent, reserved) and spent + reserved <= 100
