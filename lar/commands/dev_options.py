"""What the commands that diagnose LAR on a target's dev split are asked, and which domains that names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from benchmark.cli.options import data_dir_option, json_option, store_option
from benchmark.errors import UsageError
from lar.commands import SOURCES


def dev_options(store_help: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the options, which follow those that a command names before this decorator."""
    options: Sequence[Callable[[Any], Any]] = [
        click.option("--target", "targets", multiple=True, help="Target domain; repeatable."),
        click.option("--all", "every", is_flag=True, help="All five target domains."),
        click.option("--corpus", default="crossner", show_default=True, type=click.Choice(tuple(SOURCES))),
        click.option("--seed", default=555, show_default=True, help="Of all training."),
        click.option("--backbone", default="mini", show_default=True),
        store_option(store_help),
        data_dir_option,
        json_option,
    ]

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def domains_of(targets: Sequence[str], every: bool) -> tuple[str, ...]:
    """Return the domains that were asked for, each once; ``UsageError`` where there is none."""
    from lar.alignment.quality import DOMAINS  # numpy stays out of --help

    wanted = tuple(dict.fromkeys([*targets, *(DOMAINS if every else ())]))
    if not wanted:
        raise UsageError("no domain: name a --target, or ask for --all")
    return wanted
