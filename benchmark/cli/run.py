"""``run``: bring a suite's cells to an end, show how it goes, print the board."""

from __future__ import annotations

import importlib.metadata
import shlex
import sys
from functools import cache
from pathlib import Path
from typing import Any

import click

from benchmark import api
from benchmark.api import Outcome
from benchmark.cli.options import budget_option, llm_options, refuse_both, selection_options
from benchmark.cli.progress import Score, make_progress
from benchmark.domains.load import load_domain
from benchmark.errors import LarbenchError
from benchmark.garbage import collector_rare
from benchmark.store.open_store import open_store
from benchmark.store.record import FAILED, INCOMPLETE, OVER_BUDGET

_SHOWN_REASONS = 10


@click.command()
@click.option("--all", "everything", is_flag=True, help="Every method that the suite can run (the default).")
@selection_options
@click.option("--jobs", type=click.IntRange(min=1), help="Cells at a time; by default one a physical core.")
@click.option(
    "--executor",
    type=click.Choice(api.EXECUTORS),
    default=api.LOCAL,
    show_default=True,
    help="Who computes: this machine, or the workers of a dask cluster.",
)
@click.option("--scheduler", metavar="ADDRESS", help="Of the cluster's scheduler: tcp://host:8786.")
@click.option("--device", default="cpu", show_default=True, help="Where torch computes, for example cuda.")
@budget_option
@llm_options
@click.option(
    "--cell-timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="End a cell that takes longer; it has failed.",
)
@click.option("--retry-failed", is_flag=True, help="Compute cells again that failed before.")
@click.option(
    "--retry-lost",
    is_flag=True,
    help="Ask language models again for the answers that were lost, and for those alone.",
)
@click.option(
    "--llm-max-lost",
    type=click.FloatRange(0, 1),
    metavar="SHARE",
    help="Of a language model's answers, that may be lost before a cell is incomplete.",
)
@click.option("--no-board", is_flag=True, help="Print the summary alone: a board takes seconds.")
def run(everything: bool, no_board: bool, **options: Any) -> int:
    """Run what the store lacks of a suite's cells and print the board.

    A run that was stopped, by Ctrl-C or a power cut, goes on where it was when it is started again. A cell
    that --llm-budget could not pay ends over-budget; a later run with something to spend computes it again,
    from the answers that were paid for. One that lost more answers of a language model than its method allows
    ends incomplete: it is shown and not ranked, and --retry-lost asks for what was lost. The exit code is 1
    where a cell failed, or ended over-budget or incomplete.
    """
    refuse_both(everything, options["methods"], "--all and --methods exclude each other")
    try:
        with collector_rare(), make_progress(_score(options["store"], options["data_dir"])) as progress:
            report = api.run(**options, on_event=progress.on_event)
    except KeyboardInterrupt:
        click.echo("\nstopped; every finished cell is kept. To go on:\n  " + _command(), err=True)
        return 130
    _print_summary(report)
    if not no_board:
        _print_board(report)
    return report.exit_code


def _score(store: str, data_dir: Path | None) -> Score:
    """Return what gives the F1 on test of a finished cell; None where that cannot be had here and now."""
    domain, opened = cache(load_domain), cache(open_store)

    def score(outcome: Outcome) -> float | None:
        spec = outcome.cell.spec
        if spec.noise is not None:
            return None
        from benchmark.scoring.counts import count_mentions  # numpy: a run that computes nothing needs none

        try:
            target = domain(spec.corpus, outcome.cell.target, data_dir=data_dir)
            found = opened(store).predictions(outcome.record)
        except LarbenchError:  # it is computed again, or told, by whoever needs it
            return None
        gold = [sentence.mentions for sentence in target.test]
        predicted = [found.get(sentence.id, []) for sentence in target.test]
        return count_mentions(gold, predicted, target.type_names).micro().f1

    return score


def _command() -> str:
    name = click.get_current_context().find_root().info_name
    return f"{name} {shlex.join(sys.argv[1:] or ['run'])}"


def _print_summary(report: api.RunReport) -> None:
    click.echo(str(report))
    if report.llm is not None:
        click.echo(f"  LLM budget: {report.llm}")
    for outcome in report.not_ok[:_SHOWN_REASONS]:
        click.echo(f"  {outcome.record.state}: {outcome.cell.spec.name}: {outcome.record.reason}")
    if len(report.not_ok) > _SHOWN_REASONS:
        click.echo(f"  ... and {len(report.not_ok) - _SHOWN_REASONS} more")
    if report.counts.get(FAILED):
        click.echo("  tracebacks are in their records; failed cells are tried again with --retry-failed")
    if report.counts.get(INCOMPLETE):
        click.echo("  incomplete cells are not ranked; what they lost is asked for again with --retry-lost")
    if report.counts.get(OVER_BUDGET):
        click.echo("  over-budget cells are computed again by the next run, from the answers paid for")


def _print_board(report: api.RunReport) -> None:
    boards = importlib.metadata.entry_points(group="larbench.boards", name="default")
    for board in boards:
        try:
            show = board.load()
        except (ImportError, AttributeError) as error:
            click.echo(f"no board: {board.value} is not installed ({error})")
            continue
        show(report.store, report.suite, data_dir=report.data_dir, own=report.own_domains)
