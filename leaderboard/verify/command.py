"""``python -m leaderboard verify``: every cell by a second scorer, and cells of submissions run again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from benchmark.cli.options import StorePath, data_dir_option, own_option
from benchmark.errors import LarbenchError, UsageError


class Disagreement(LarbenchError):  # noqa: N818 - named for what was found
    """Two scorers, or two runs of one cell, that do not say the same."""


@click.command()
@click.argument("folder", default="runs", type=StorePath(), metavar="[STORE_OR_SUITE_DIR]")
@click.option("--suite", help="Only this suite; without it, every suite of the store.")
@click.option(
    "--submission", "names", multiple=True, metavar="NAME", help="Re-run only this one; repeatable."
)
@click.option(
    "--sample", type=click.IntRange(min=1), metavar="N", help="Run N cells of each submission again."
)
@click.option("--all", "everything", is_flag=True, help="Run every cell of each submission again.")
@click.option(
    "--draw", type=int, metavar="SEED", help="Draw the same cells again; otherwise nobody can foresee."
)
@click.option("--cell-timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS")
@data_dir_option
@own_option
def verify(folder: Path, suite: str | None, names: tuple[str, ...], **options: Any) -> None:
    """Score every cell by seqeval too: both must agree to the last bit. With --sample, run cells again.

    Running again takes the method that the submission's [rerun] names, of a package that you have installed;
    predictions must come out the same to the byte. Exit code 1 where something differs.
    """
    from leaderboard.results.suites import find_suites

    if options["everything"] and options["sample"]:
        raise UsageError("--sample and --all exclude each other")
    differ = 0
    for root, name in find_suites(folder, suite):
        differ += _rescore(root, name, options["data_dir"], options["own"])
        if options["sample"] or options["everything"]:
            differ += _run_again(root, name, names, options, click.echo)
    if differ:
        raise Disagreement(f"{differ} cell{'s' if differ > 1 else ''} came out otherwise")


def _rescore(root: Path, suite: str, data_dir: Path | None, own: tuple[Path, ...]) -> int:
    """Print what seqeval says where it says something else; return in how many cells."""
    from benchmark.store.store import Store
    from leaderboard.results.gold import GoldCache
    from leaderboard.verify.seqeval_check import opinions

    cells = differ = 0
    for one in opinions(Store(root), suite, GoldCache(data_dir, own)):
        cells += 1
        if not one.agrees:
            differ += 1
            click.echo(f"{one.cell}: precision, recall, F1 {one.ours}; seqeval says {one.seqevals}")
    click.echo(f"{suite}: {cells - differ} of {cells} cells score as seqeval says, to the last bit")
    return differ


def _run_again(
    root: Path, suite: str, names: tuple[str, ...], options: dict[str, Any], say: Callable[[str], None]
) -> int:
    """Run cells of submissions again, keep what came out; return how many cells came out otherwise."""
    from benchmark.store.store import Store
    from leaderboard.submit.evidence import keep_reruns, read_evidence
    from leaderboard.submit.status import tier_of
    from leaderboard.submit.store import submissions
    from leaderboard.submit.suite_cells import suite_cells
    from leaderboard.verify.rerun import choose_cells, run_again

    store = Store(root)
    differ = 0
    for stored in submissions(root, suite):
        if names and stored.card.name not in names:
            continue
        if stored.card.rerun is None and not names:
            say(f"{stored.card.name}: does not say how to run it again ([rerun] in its method.toml)")
            continue
        number = len(stored.digests) if options["everything"] else options["sample"]
        again = run_again(
            stored.card,
            stored.digests,
            choose_cells(stored.digests, number, options["draw"]),
            suite_cells(store, suite),
            data_dir=options["data_dir"],
            own=options["own"],
            timeout=options["cell_timeout"],
        )
        keep_reruns(store, stored.folder, stored.digests, again)
        for one in again:
            told = "the same predictions" if one.agrees else f"OTHER PREDICTIONS {one.told}"
            say(f"{stored.card.name} {one.setting} {one.domain} (seed {one.seed}): {told}")
        differ += sum(not one.agrees for one in again)
        tier = tier_of(stored.digests, read_evidence(stored.folder, stored.digests))
        say(f"{stored.card.name}: {tier}")
    return differ
