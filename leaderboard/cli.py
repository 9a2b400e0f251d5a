"""The commands of ``python -m leaderboard``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from benchmark.cli import run_commands
from benchmark.cli.options import (
    StorePath,
    data_dir_option,
    json_option,
    names_option,
    own_option,
    settings_options,
    store_option,
)
from benchmark.errors import UsageError
from benchmark.garbage import collector_rare
from leaderboard.results.suites import find_suites
from leaderboard.submit.commands import submit
from leaderboard.verify.command import verify


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """The leaderboard: every number computed from stored predictions and gold."""


cli.add_command(submit)
cli.add_command(verify)


@cli.command()
@click.argument("folders", nargs=-1, type=StorePath(), metavar="[STORE_OR_SUITE_DIR]...")
@click.option("--suite", help="Only this suite; without it, every suite of the store.")
@store_option(kind=StorePath())
@data_dir_option
@own_option
@names_option("--methods", help="Only these rows; written where --output says.")
@names_option("--domains", help="Only these domains, the same.")
@click.option("--output", type=click.Path(path_type=Path), help="Write here, not into the suite's folder.")
@click.option("--html", is_flag=True, help="Write the page as well: site/index.html and site/cells/.")
@click.option("--no-text", is_flag=True, help="With --html: no word of the corpora, spans alone.")
def build(
    folders: tuple[Path, ...],
    suite: str | None,
    store: Path,
    data_dir: Path | None,
    own: tuple[Path, ...],
    methods: tuple[str, ...] | None,
    domains: tuple[str, ...] | None,
    output: Path | None,
    html: bool,
    no_text: bool,
) -> None:
    """Write board.md, board.csv, board.json and board.tex, and print the board.

    views.md and views.json show it otherwise: without misc, free of leaks, by mention frequency, by type.
    A suite with a base row gets ablations.md, .csv, .json, .png and .svg too: each row's difference to it.
    One with cells under noise gets robustness.md, .csv, .json, .png and .svg,
    one with few-shot cells learning.md, .csv, .json, .png and .svg.
    A folder is a store (runs, results) or one suite in it (results/sample), here or at a URL
    (s3://bucket/results/sample); what is built of the latter goes into this machine's copy, or to --output.
    With --methods or --domains the board is of that part, and is written only where --output says.
    """
    from leaderboard import board as boards
    from leaderboard.results.selection import Selection

    selection = Selection(domains or (), methods or ())

    if no_text and not html:
        raise UsageError("--no-text is about the page: give --html too")
    found = [place for folder in folders or (store,) for place in find_suites(folder, suite)]
    places = list(dict.fromkeys(found))  # a store, and a suite in it
    targets = [_target(root / name, output, alone=len(places) == 1) for root, name in places]
    _refuse_shared(targets)
    for number, ((root, name), target) in enumerate(zip(places, targets, strict=True)):
        made = boards.build(root, name, data_dir=data_dir, own=own, views=True, selection=selection)
        click.echo(("\n" if number else "") + boards.on_screen(made), nl=False)
        if selection and output is None:
            continue
        paths = boards.write(made, target)
        if html:
            from leaderboard.page.build import write_site

            with boards.writable(target / "site"):
                paths += write_site(made, target, text=not no_text, targets=targets)
        click.echo(f"Written: {', '.join(map(str, paths))}")


def _target(place: Path, output: Path | None, *, alone: bool) -> Path:
    """Return the folder that a suite's files are written into."""
    if output is None:
        return place
    return output if alone else output / place.name


def _refuse_shared(targets: Sequence[Path]) -> None:
    """Refuse suites of one name whose files would overwrite each other's."""
    for target, number in Counter(targets).items():
        if number > 1:
            raise UsageError(
                f"{number} suites are called {target.name!r}, and would be written into {target}: "
                "build them one by one, each with an --output of its own"
            )


@cli.command()
@click.argument("folder", default="runs", type=StorePath(), metavar="[STORE_OR_SUITE_DIR]")
@click.option("--suite", help="Only this suite; without it, every suite of the store.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any free one."
)
@data_dir_option
@own_option
@click.option("--no-text", is_flag=True, help="No word of the corpora, spans alone.")
def serve(
    folder: Path, suite: str | None, port: int, data_dir: Path | None, own: tuple[Path, ...], no_text: bool
) -> None:
    """Build the page into a temporary folder and show it on this machine, until Ctrl-C."""
    from leaderboard.page.serve import serve_suites

    serve_suites(find_suites(folder, suite), port=port, data_dir=data_dir, own=own, text=not no_text)


@cli.command()
@click.argument("folder", type=StorePath(), metavar="STORE/SUITE")
@click.argument("first", metavar="ROW_A")
@click.argument("second", metavar="ROW_B")
@settings_options
@json_option
@data_dir_option
@own_option
def difference(
    folder: Path,
    first: str,
    second: str,
    setting: str | None,
    against: str | None,
    as_json: bool,
    data_dir: Path | None,
    own: tuple[Path, ...],
) -> None:
    """Print how far ROW_A is above ROW_B in F1, per domain and on average, with paired intervals.

    A row is named by its label, or by "label (backbone)" where several backbones share one.
    """
    from leaderboard.analyses.compare import compare, difference_document, difference_table
    from leaderboard.output import json, markdown

    places = find_suites(folder)
    if len(places) > 1:
        raise UsageError(f"{folder} holds several suites: name one, as {folder / places[0][1]}")
    ((root, suite),) = places
    found = compare(
        root,
        suite,
        first,
        second,
        setting=setting,
        against=against,
        data_dir=data_dir,
        own=own,
        scores_alone=True,
    )
    if as_json:
        click.echo(json.render(difference_document(found, suite)), nl=False)
    else:
        lines = [line for one in found for line in markdown.table(difference_table(one))]
        click.echo("\n".join(lines[1:]))


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code: 0 done, 1 failed, 2 bad input."""
    with collector_rare():  # a board reads a million small tuples, none in a cycle
        run_commands(cli, "python -m leaderboard", arguments)
