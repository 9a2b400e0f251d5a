"""``mentions``: what becomes of the gold mentions of dev in zero-shot LAR."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmark.cli.options import check_parameters, set_option
from lar.commands import SOURCES, console
from lar.commands.dev_options import dev_options, domains_of

if TYPE_CHECKING:  # the encoder's libraries stay out of --help
    from lar.commands.found_mentions import Found, FoundRow


@click.command("mentions")
@set_option("A parameter of lar-direct in place of its default: rounds=0 is inference alone.")
@dev_options("Where source taggers are kept.")
def mentions(
    given: dict[str, Any],
    targets: tuple[str, ...],
    every: bool,
    corpus: str,
    seed: int,
    backbone: str,
    store: str,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Find the mentions of dev without labels, and say what becomes of the gold ones.

    Found exactly, in part, in pieces, too long, or missed, with capitals or without; and of those found, how
    many have their type. It reads the labels of dev to diagnose zero-shot `lar-direct`; no method learns from
    it.
    """
    from benchmark.domains.load import load_domain
    from benchmark.store.store import Store
    from benchmark.task import ZERO_SHOT, Task, Workspace
    from lar.commands.found_mentions import found_mentions
    from lar.method import LarDirect

    wanted = domains_of(targets, every)
    check_parameters("lar-direct", given, LarDirect.parameter_defaults())
    params = {"backbone": backbone, **given}
    workspace = Workspace(artefacts=Store(store).artefacts)
    source = load_domain(corpus, SOURCES[corpus], data_dir=data_dir)
    found: dict[str, Found] = {}
    for name in wanted:
        target = load_domain(corpus, name, data_dir=data_dir)
        task = Task.of(source, target, ZERO_SHOT, workspace=workspace)
        method = LarDirect(**params).fit(task, seed)
        predicted = method.predict([sentence.unlabelled() for sentence in target.dev])
        found[name] = found_mentions(target.dev, predicted, target.type_names)
    about = {"corpus": corpus, "source": source.name, "seed": seed, "params": params}
    if as_json:
        click.echo(json.dumps(_content(about, found), ensure_ascii=False))
    else:
        _print(about, found)


def _content(about: Mapping[str, Any], found: Mapping[str, Found]) -> dict[str, Any]:
    """Return all of it as JSON values; F1 is a fraction."""
    from lar.commands.found_mentions import summed

    domains = {
        name: {
            "f1": one.f1,
            "boundary_f1": one.boundary_f1,
            "types": [asdict(row) for row in one.rows],
            "all": asdict(summed(one.rows)),
        }
        for name, one in found.items()
    }
    return {"schema": 1, **about, "domains": domains}


def _print(about: Mapping[str, Any], found: Mapping[str, Found]) -> None:
    from rich.table import Table

    from lar.commands.found_mentions import FATES, summed

    terminal = console()

    def table(title: str, first: str) -> Table:
        made = Table(title=title, title_justify="left", title_style="bold")
        made.add_column(first, no_wrap=True)
        for column in ("mentions", *FATES.values(), "type right of found"):
            made.add_column(column, justify="right")
        return made

    def cells(row: FoundRow) -> list[str]:
        shares = [*(row.share(fate) for fate in FATES), row.type_accuracy]
        return [row.type, f"{row.support:,}", *("—" if one is None else f"{100 * one:.1f}" for one in shares)]

    given = ", ".join(f"{name} = {value}" for name, value in about["params"].items())
    how = f"{given}, seed {about['seed']}"
    for name, one in found.items():
        made = table(f"{about['source']} → {name}, dev, percent of gold mentions; {how}", "type")
        for row in one.rows:
            made.add_row(*cells(row))
        made.add_section()
        made.add_row(*cells(summed(one.rows)))
        terminal.print(made)
        terminal.print(f"F1 {100 * one.f1:.1f}, of boundaries alone {100 * one.boundary_f1:.1f}")
    if len(found) > 1:
        made = table("All domains", "domain")
        sums = [summed(one.rows, name) for name, one in found.items()]
        for row in sums:
            made.add_row(*cells(row))
        made.add_section()
        made.add_row(*cells(summed(sums)))
        terminal.print(made)
