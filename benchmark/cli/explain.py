"""``explain``: hit or miss and, component by component, why."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
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
            if explanation.differs:
                click.echo(f"      changed since: {_in_words(explanation.differs)}")
            click.echo(f"      nearest record: {explanation.nearest}")
            for name, (before, now) in (explanation.differs or {}).items():
                click.echo(f"      {name}: {_short(before)} → {_short(now)}")
            if not explanation.differs:
                click.echo("      no component differs: only its place does, or its files are damaged")


def _in_words(differs: Iterable[str]) -> str:
    """Return which components differ, each kind in words: ``the parameter epochs, the target's content``."""
    kinds: dict[str, list[str]] = {}
    for name in differs:
        kind, _, part = name.partition(".")
        kinds.setdefault(kind, []).append(part)
    return ", ".join(_KINDS[kind](parts) if kind in _KINDS else kind for kind, parts in kinds.items())


def _parts(what: str, one: str) -> Callable[[list[str]], str]:
    """Return what names the parts of a component that differ, the first few of them."""

    def say(parts: list[str]) -> str:
        if len(parts) == 1:
            return f"{one} {parts[0]}"
        more = f" and {len(parts) - _NAMED} more" if len(parts) > _NAMED else ""
        return f"{what} {', '.join(parts[:_NAMED])}{more}"

    return say


_NAMED = 3  # the lines below have them all
_KINDS: dict[str, Callable[[list[str]], str]] = {
    "code": _parts("the code of the modules", "the code of the module"),
    "params": _parts("the parameters", "the parameter"),
    "components": _parts("what the method reads besides:", "what the method reads besides:"),
    "source": lambda _: "the source's content",
    "source_limit": lambda _: "the limit on the source's sentences",
    "target": lambda _: "the target's content",
    "few_shot": lambda _: "the labelled sentences drawn",
    "noise": lambda _: "the noise",
    "scorer": lambda _: "the scorer's version",
    "rule": lambda _: "the rule by which cells are known",
    "language": lambda _: "the target's language",
    "method": lambda _: "the method",
    "setting": lambda _: "the setting",
    "seed": lambda _: "the seed",
}


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
