"""``explain``: hit or miss and, component by component, why."""

from __future__ import annotations

import json
from typing import Any

import click

from benchmark import api
from benchmark.cli.options import json_option, print_json_list, selection_options
from benchmark.store.record import OVER_BUDGET


@click.command()
@click.argument("cell", required=False)
@selection_options
@json_option
def explain(cell: str | None, as_json: bool, **options: Any) -> None:
    """Say whether CELL is in the store and, if not, what differs from the nearest record.

    CELL is a cell's name or the start of one; without it, all cells that the options select are explained.
    """
    explanations = api.explain(cell, **options)
    if as_json:
        print_json_list(_plain(explanation) for explanation in explanations)
        return
    for explanation in explanations:
        click.echo(f"{'hit' if explanation.hit else 'miss':<5} {explanation.cell.spec.name}")
        if explanation.hit:
            click.echo(f"      recorded as {explanation.state}")
        elif explanation.state is not None:
            again = "where it can be paid" if explanation.state == OVER_BUDGET else "now that it can be"
            click.echo(f"      recorded as {explanation.state}: computed again {again}")
        elif explanation.nearest is None:
            click.echo("      no record of this method to compare with")
        else:
            click.echo(f"      nearest record: {explanation.nearest}")
            for name, (before, now) in (explanation.differs or {}).items():
                click.echo(f"      {name}: {_short(before)} → {_short(now)}")
            if not explanation.differs:
                click.echo("      no component differs: only its place does, or its files are damaged")


def _plain(explanation: api.Explanation) -> dict[str, Any]:
    differs = {name: {"record": a, "now": b} for name, (a, b) in (explanation.differs or {}).items()}
    return {
        "cell": explanation.cell.spec.name,
        "hit": explanation.hit,
        "state": explanation.state,
        "nearest": explanation.nearest,
        "differs": differs,
    }


def _short(value: Any) -> str:
    text = "(absent)" if value is None else value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 40 else text[:16] + "…"
