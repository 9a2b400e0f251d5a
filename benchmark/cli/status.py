"""``status``: the ledger, in short."""

from __future__ import annotations

import shutil
import textwrap

import click

from benchmark import api
from benchmark.cli.options import json_option, print_json, suite_options

_NAMED = 3  # cells of a reason; --json names them all


@click.command()
@suite_options
@click.option("--check", is_flag=True, help="Read every file, and name those that are damaged.")
@json_option
def status(suite: str, store: str, check: bool, as_json: bool) -> None:
    """Show how many of a suite's cells are in each state, and why those that are not ok are not.

    Cells with one reason stand together; --json names each.
    """
    found = api.status(suite, store=store, check=check)
    if as_json:
        print_json(found)
        return
    counts = ", ".join(f"{count} {state}" for state, count in found.counts.items())
    click.echo(f"{found.suite} in {store}: {counts or 'no cells'}")
    groups: dict[tuple[str, str], list[str]] = {}
    for line in found.not_ok:
        groups.setdefault((line.state, line.reason), []).append(line.cell)
    for (state, reason), cells in groups.items():
        many = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
        click.echo(_wrapped(f"{state}, {many}: {reason or 'no reason recorded'}"))
        for cell in cells[:_NAMED]:
            click.echo(f"  {cell}")
        if len(cells) > _NAMED:
            click.echo(f"  and {len(cells) - _NAMED} more")


def _wrapped(text: str) -> str:
    width = max(40, shutil.get_terminal_size().columns)
    lines = textwrap.wrap(text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)
