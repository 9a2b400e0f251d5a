"""``types``: how often direct and enhanced inference give a mention of dev its gold type."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lar.commands import SOURCES, console
from lar.commands.dev_options import dev_options, domains_of

if TYPE_CHECKING:  # the encoder's libraries stay out of --help
    from lar.commands.gold_typing import TypeRow


@click.command("types")
@click.option("--generalist", default="embedding", show_default=True, help="embedding, openai or choice.")
@click.option("--llm-model", default="gpt-3.5-turbo", show_default=True, help="What openai or choice asks.")
@dev_options("Where source taggers and answers are kept.")
def types(
    generalist: str,
    llm_model: str,
    targets: tuple[str, ...],
    every: bool,
    corpus: str,
    seed: int,
    backbone: str,
    store: str,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Type the gold mentions of dev, and say how many get their gold type.

    Boundaries are given, so this is about types alone: by direct inference, by enhanced, and what the second
    gains or loses. It reads the labels of dev to diagnose; no method learns from it. A chat model is asked
    about the gold mentions of dev, without a budget; its answers are kept in the store.
    """
    from benchmark.domains.load import load_domain
    from benchmark.store.store import Store
    from benchmark.task import ZERO_SHOT, Task, Workspace
    from lar.commands.gold_typing import type_gold, type_rows
    from lar.generalists.make import EMBEDDING, check_name, make_generalist

    wanted = domains_of(targets, every)
    options = {"backbone": backbone} if check_name(generalist) == EMBEDDING else {}
    workspace = Workspace(artefacts=Store(store).artefacts)
    source = load_domain(corpus, SOURCES[corpus], data_dir=data_dir)
    found: dict[str, Sequence[TypeRow]] = {}
    asked: dict[str, Mapping[str, Any]] = {}
    for name in wanted:
        target = load_domain(corpus, name, data_dir=data_dir)
        task = Task.of(source, target, ZERO_SHOT, workspace=workspace)
        made = make_generalist(
            generalist, target.types, model=llm_model, workspace=workspace, seed=seed, **options
        )
        typed = type_gold(task, target.dev, made, backbone=backbone, seed=seed)
        found[name] = type_rows(typed.gold, typed.direct, typed.enhanced, target.type_names)
        asked[name] = made.notes()
    about = {"corpus": corpus, "source": source.name, "backbone": backbone, "seed": seed}
    about["generalist"] = made.name
    if as_json:
        click.echo(json.dumps(_content(about, found, asked), ensure_ascii=False))
    else:
        _print(about, found)


def _content(
    about: Mapping[str, Any],
    found: Mapping[str, Sequence[TypeRow]],
    asked: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Return all of it as JSON values; accuracies are fractions, null of no mention."""
    from lar.commands.gold_typing import summed

    domains: dict[str, Any] = {}
    for name, rows in found.items():
        total = summed(rows)
        domains[name] = {
            "types": [_row(row) for row in rows],
            "all": {**_row(total), "p_value": total.p_value},
            "notes": dict(asked[name]),
        }
    return {"schema": 1, **about, "domains": domains}


def _row(row: TypeRow) -> dict[str, Any]:
    counts = asdict(row)
    right = {name: counts.pop(name) for name in ("type", "support", "direct", "enhanced")}
    accuracies = {"direct_accuracy": row.direct_accuracy, "enhanced_accuracy": row.enhanced_accuracy}
    return {**right, **accuracies, **counts, "net": row.net}


def _print(about: Mapping[str, Any], found: Mapping[str, Sequence[TypeRow]]) -> None:
    from rich.table import Table

    from lar.commands.gold_typing import summed

    terminal = console()

    def show(title: str, first: str, rows: Sequence[TypeRow]) -> None:
        total = summed(rows)
        table = Table(title=title, title_justify="left", title_style="bold")
        table.add_column(first, no_wrap=True)
        for column in ("mentions", "direct", "enhanced", "set right", "set wrong", "net"):
            table.add_column(column, justify="right", no_wrap=True)
        for row in rows:
            table.add_row(*_cells(row))
        table.add_section()
        table.add_row(*_cells(total))
        terminal.print(table)
        terminal.print(
            f"enhanced against direct: {total.net:+d} of {total.support:,} mentions,"
            f" p = {total.p_value:.2g} (exact McNemar test; repeated names make it too small)"
        )

    by = f"enhanced by {about['generalist']}, {about['backbone']}, seed {about['seed']}"
    for name, rows in found.items():
        show(f"{about['source']} → {name}, dev, percent of gold mentions typed right; {by}", "type", rows)
    if len(found) > 1:
        show("All domains", "domain", [summed(rows, name) for name, rows in found.items()])


def _cells(row: TypeRow) -> list[str]:
    shares = (row.direct_accuracy, row.enhanced_accuracy)
    percents = ["—" if share is None else f"{100 * share:.1f}" for share in shares]
    return [
        row.type,
        f"{row.support:,}",
        *percents,
        f"{row.set_right:,}",
        f"{row.set_wrong:,}",
        f"{row.net:+d}",
    ]
