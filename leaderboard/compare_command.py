"""``python -m benchmark compare A B``: where two rows of a suite differ."""

from __future__ import annotations

from pathlib import Path

import click

from benchmark.cli.options import data_dir_option, json_option, own_option, suite_options


@click.command()
@click.argument("first", metavar="ROW_A")
@click.argument("second", metavar="ROW_B")
@suite_options
@click.option("--setting", help="Only this setting; without it, every one that both rows have.")
@click.option("--types", default=10, show_default=True, type=click.IntRange(min=0), help="Types to show.")
@click.option(
    "--examples", default=3, show_default=True, type=click.IntRange(min=0), help="Sentences to show of each."
)
@click.option("--no-text", is_flag=True, help="Show the mentions of examples by offsets alone.")
@data_dir_option
@own_option
@json_option
def compare(
    first: str,
    second: str,
    suite: str,
    store: str,
    setting: str | None,
    types: int,
    examples: int,
    no_text: bool,
    data_dir: Path | None,
    own: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Say where ROW_A and ROW_B of a suite differ: domains, types, sentences, with the paired test.

    A row is named by its label, or by "label (backbone)" where several backbones share one. Only cells that
    both have are compared. The text of mentions comes from the corpus on this machine; JSON holds none.
    """
    from benchmark.store.open_store import local_path
    from leaderboard.analyses.compare import compare as compare_rows
    from leaderboard.analyses.compare_text import to_json, to_text

    found = compare_rows(
        local_path(store),
        suite,
        first,
        second,
        setting=setting,
        data_dir=data_dir,
        own=own,
        examples=examples,
    )
    if as_json:
        click.echo(to_json(found, suite), nl=False)
    else:
        click.echo("\n".join(to_text(one, types=types, words=not no_text) for one in found), nl=False)
