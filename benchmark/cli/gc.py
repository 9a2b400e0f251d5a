"""``gc``: remove what no suite's ledger refers to, after showing it."""

from __future__ import annotations

import click

from benchmark.cli.options import store_option
from benchmark.store.gc import find_garbage, remove_garbage
from benchmark.store.store import Store

_MIB = 2**20


@click.command()
@store_option("Folder of results.")
@click.option("--artefacts", "kinds", multiple=True, metavar="KIND", help="Also all artefacts of this kind.")
@click.option("--yes", is_flag=True, help="Remove it; without this option it is only shown.")
def gc(store: str, kinds: tuple[str, ...], yes: bool) -> None:
    """Show what no suite of a store refers to any more; with --yes, remove it.

    These are records and predictions whose place another identity has taken, and what killed writes left.
    Artefacts (a source tagger's weights, answers of language models) are kept unless their kind is named: a
    later run may want them, and some were paid for. Nothing is removed while a cell of the store runs.
    """
    kept = Store(store)
    found = remove_garbage(kept, kinds) if yes else find_garbage(kept, kinds)
    for one in found.garbage:
        click.echo(f"{one.size / _MIB:9.2f} MiB  {one.path.relative_to(kept.root)}  ({one.why})")
    for reason in found.left:
        click.echo(f"left alone: {reason}")
    what = f"{len(found.garbage)} things, {found.size / _MIB:.2f} MiB"
    click.echo(f"removed: {what}" if yes else f"to remove: {what}; nothing was removed: --yes does")
