"""``plan``: a suite's cells, what is at hand, the time to expect."""

from __future__ import annotations

from typing import Any

import click

from benchmark import api
from benchmark.cells.record import FAILED
from benchmark.cli.options import json_option, print_json, selection_options


@click.command()
@selection_options
@json_option
def plan(as_json: bool, **options: Any) -> None:
    """Show a suite's cells, which of them the store has, and the time to expect for the others."""
    cells = api.plan(**options)
    if as_json:
        print_json([_plain(planned) for planned in cells])
        return
    for planned in cells:
        note = planned.reason or ""
        if planned.state == "missing":
            note = "time unknown" if planned.seconds is None else f"about {planned.seconds:.0f} s"
        click.echo(f"{planned.state:<11} {planned.cell.name}  {note}".rstrip())
    missing = [planned.seconds for planned in cells if planned.state == "missing"]
    known = [seconds for seconds in missing if seconds is not None]
    failed = sum(planned.state == FAILED for planned in cells)
    text = f"{len(cells)} cells, {len(cells) - len(missing) - failed} of them settled, "
    text += f"{failed} failed, " if failed else ""
    text += f"{len(missing)} to compute"
    if known:
        text += f"; about {sum(known):.0f} s of work for {len(known)} of these, one at a time"
    if failed:
        text += "; --retry-failed computes failed ones again"
    click.echo(text)


def _plain(planned: Any) -> dict[str, Any]:
    cell = planned.cell
    names = ("method", "label", "setting", "source", "domain", "backbone", "seed", "identity_hash")
    return {
        "cell": cell.name,
        "state": planned.state,
        "reason": planned.reason,
        "expected_seconds": planned.seconds,
        **{name: getattr(cell, name) for name in names},
    }
