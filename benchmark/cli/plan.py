"""``plan``: a suite's cells, what is at hand, the time to expect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import click

from benchmark import api
from benchmark.cli.options import budget_option, json_option, print_json_list, selection_options
from benchmark.garbage import collector_rare
from benchmark.plan.estimate import PlannedCell, Spending, spending
from benchmark.plan.limit import Limit, money
from benchmark.store.record import FAILED, INCOMPLETE, OVER_BUDGET


@click.command()
@selection_options
@budget_option
@json_option
def plan(as_json: bool, llm_budget: Limit | None, **options: Any) -> None:
    """Show a suite's cells, which of them the store has, and the time to expect for the others.

    Where methods ask a language model, also the tokens to expect, and whether --llm-budget covers them.
    """
    with collector_rare():
        cells = api.plan(**options)
    if as_json:
        print_json_list(_plain(planned) for planned in cells)
    else:
        for planned in cells:
            click.echo(f"{planned.state:<11} {planned.cell.spec.name}  {_note(planned)}".rstrip())
        click.echo(_total(cells))
        for domain, text in dict.fromkeys((p.cell.spec.domain, p.cell.types) for p in cells if p.cell.types):
            click.echo(f"{domain}: {text}")
        anew = Counter(reason for planned in cells for reason in planned.changed)
        if anew:
            reasons = ", ".join(f"{reason} ({count})" for reason, count in anew.items())
            count = sum(bool(planned.changed) for planned in cells)
            click.echo(f"{count} of these have a record of another identity: {reasons}")
    for text in dict.fromkeys(planned.cell.warning for planned in cells if planned.cell.warning):
        click.echo(f"warning: {text}", err=True)
    if llm_budget is not None:
        _compare(spending(cells), llm_budget)


def _note(planned: PlannedCell) -> str:
    if not planned.to_compute:
        return planned.reason or ""
    note = "time unknown" if planned.seconds is None else f"about {planned.seconds:.0f} s"
    note += f", anew: {', '.join(planned.changed)}" if planned.changed else ""
    if planned.tokens is None:
        return f"{note}, LLM tokens unknown"
    return f"{note}, about {planned.tokens:,} LLM tokens" if planned.tokens else note


def _total(cells: Sequence[PlannedCell]) -> str:
    to_compute = [planned for planned in cells if planned.to_compute]
    known = [planned.seconds for planned in to_compute if planned.seconds is not None]
    failed = sum(planned.state == FAILED for planned in cells)
    lost = sum(planned.state == INCOMPLETE for planned in cells)
    over = sum(planned.state == OVER_BUDGET for planned in cells)
    text = f"{len(cells)} cells, {len(cells) - len(to_compute) - failed - lost} of them done, "
    text += f"{failed} failed, " if failed else ""
    text += f"{lost} incomplete, " if lost else ""
    text += f"{len(to_compute)} to compute"
    text += f" ({over} of these over budget before)" if over else ""
    if known:
        text += f"; about {sum(known):.0f} s of work for {len(known)} of these, one at a time"
    expected = spending(cells)
    if expected.cells:
        text += f"; {_amount(expected)} for {expected.cells} of these"
    if failed:
        text += "; --retry-failed computes failed ones again"
    if lost:
        text += "; --retry-lost asks again for what incomplete ones lack"
    return text


def _amount(expected: Spending) -> str:
    if expected.tokens is None:
        return "an unknown number of LLM tokens"
    price = "" if expected.dollars is None else f" ({money(expected.dollars)})"
    return f"about {expected.tokens:,} LLM tokens{price}"


def _compare(expected: Spending, limit: Limit) -> None:
    """Warn where the budget may not do; answers that are kept from earlier runs would make it do."""
    more = expected.exceeds(limit)
    if more is None:
        click.echo(f"warning: whether {limit} will do cannot be told: tokens or price unknown", err=True)
    elif more:
        text = f"warning: {_amount(expected)} are more than the budget of {limit}: some cells would end"
        click.echo(f"{text} over-budget, unless answers are kept from earlier runs", err=True)


def _plain(planned: PlannedCell) -> dict[str, Any]:
    cell = planned.cell
    names = ("method", "label", "setting", "source", "domain", "backbone", "seed", "identity_hash")
    return {
        "cell": cell.spec.name,
        "state": planned.state,
        "reason": planned.reason,
        "changed": list(planned.changed),
        "types": cell.types,
        "expected_seconds": planned.seconds,
        "expected_llm_tokens": planned.tokens,
        "expected_llm_dollars": planned.dollars,
        **{name: getattr(cell.spec, name) for name in names},
    }
