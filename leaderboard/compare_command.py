"""``python -m benchmark compare A B``: where two rows of a suite differ."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.cli.options import data_dir_option, json_option, own_option, settings_options, suite_options

if TYPE_CHECKING:
    from benchmark.domains.corpus import Mention
    from leaderboard.analyses.compare import Comparison, Example

WIDTH = 100


@click.command()
@click.argument("first", metavar="ROW_A")
@click.argument("second", metavar="ROW_B")
@suite_options
@settings_options
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
    against: str | None,
    types: int,
    examples: int,
    no_text: bool,
    data_dir: Path | None,
    own: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Say where ROW_A and ROW_B of a suite differ: domains, types, sentences, with the paired test.

    A row is named by its label, or by "label (backbone)" where several backbones share one. Only cells that
    both have are compared, in one setting or, with --against, in two. Of corpora of your own, those that
    --domain gives a folder of. The text of mentions comes from the corpus on this machine; JSON holds none.
    """
    from benchmark.store.open_store import local_path
    from leaderboard.analyses import compare as comparison
    from leaderboard.output import json

    found = comparison.compare(
        local_path(store),
        suite,
        first,
        second,
        setting=setting,
        against=against,
        data_dir=data_dir,
        own=own,
        examples=examples,
    )
    if as_json:
        click.echo(json.render(comparison.document(found, suite)), nl=False)
    else:
        click.echo("\n".join(to_text(one, types=types, words=not no_text) for one in found), nl=False)


def to_text(found: Comparison, *, types: int = 10, words: bool = True) -> str:
    """Return a comparison for a screen of 100 columns.

    Parameters
    ----------
    found : Comparison
        What to show.
    types : int
        How many types at most.
    words : bool
        Whether to show the text of mentions beside their offsets.
    """
    from leaderboard.analyses.compare import tables
    from leaderboard.output import terminal
    from leaderboard.output.escape import plain

    scores, by_type = tables(found, types)
    lines = [plain(scores.title), "", *terminal.columns(scores)]
    for note in scores.notes:
        lines += ["", *_wrapped(note)]
    lines += ["", by_type.title, *terminal.columns(by_type)]
    for right, side in ((True, "A"), (False, "B")):
        some = [example for example in found.examples if example.first_is_right == right]
        if some:
            lines += ["", f"Only {side} is right, such as"]
            lines += [line for example in some for line in _example(example, words)]
    for note in by_type.notes:
        lines += ["", *_wrapped(note)]
    return "\n".join(lines) + "\n"


def _wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    from leaderboard.output.escape import plain

    return textwrap.wrap(
        plain(text), WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )


def _example(example: Example, words: bool) -> Iterator[str]:
    yield from _wrapped(f"{example.sentence} (seed {example.seed})", "  ", "  ")
    for name, mentions in (("gold", example.gold), ("A", example.first), ("B", example.second)):
        shown = "; ".join(_mention(one, example, words) for one in mentions) or "nothing"
        if name != "gold" and mentions == example.gold:
            shown = "as gold"
        yield from _wrapped(shown, f"    {name:5}", "         ")


def _mention(mention: Mention, example: Example, words: bool) -> str:
    text = f' "{example.words[mention[:2]]}"' if words else ""
    return f"{mention.start}–{mention.end} {mention.type}{text}"
