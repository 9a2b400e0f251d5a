"""``status``: the ledger, in short."""

from __future__ import annotations

import click

from benchmark import api
from benchmark.cli.options import json_option, print_json, suite_options


@click.command()
@suite_options
@click.option("--check", is_flag=True, help="Read every file, and name those that are damaged.")
@json_option
def status(suite: str, store: str, check: bool, as_json: bool) -> None:
    """Show how many of a suite's cells are in each state, and why those that are not ok are not."""
    found = api.status(suite, store=store, check=check)
    if as_json:
        print_json(found)
        return
    counts = ", ".join(f"{count} {state}" for state, count in found.counts.items())
    click.echo(f"{found.suite} in {store}: {counts or 'no cells'}")
    for line in found.not_ok:
        click.echo(f"{line.state:<11} {line.cell}: {line.reason}")
