"""``score GOLD PRED``: all figures of predicted tags against gold tags, as tables or JSON."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from benchmark.cli.options import json_option, print_json, scheme_option
from benchmark.scoring.counts import PRF
from benchmark.scoring.files import Report, Side
from benchmark.scoring.files import score as score_files

_CAUSES = {
    "boundaries": "wrong boundaries",
    "types": "right boundaries, wrong type",
    "missed": "missed",
    "spurious": "spurious",
}


@click.command()
@click.argument("gold", type=click.Path(path_type=Path))
@click.argument("predicted", metavar="PRED", type=click.Path(path_type=Path))
@click.option("--types", type=click.Path(path_type=Path), help="TOML file that declares the types.")
@scheme_option("--gold-scheme", what="GOLD")
@scheme_option("--predicted-scheme", "--pred-scheme", "predicted_scheme", what="PRED")
@json_option
def score(
    gold: Path,
    predicted: Path,
    types: Path | None,
    gold_scheme: str | None,
    predicted_scheme: str | None,
    as_json: bool,
) -> None:
    """Score PRED against GOLD: two CoNLL files with the same tokens, the tag in the last column.

    Tables show figures times 100, JSON has fractions.
    """
    report = score_files(
        gold, predicted, types=types, gold_scheme=gold_scheme, predicted_scheme=predicted_scheme
    )
    if as_json:
        print_json(report.to_json(), indent=2)
        return
    # into a file or a pipe there is no width to fit: a cut figure would be worse than a long line
    console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)
    for part in (*_heading(report), _dialects(report), _per_type(report), _decomposition(report)):
        console.print(part)


def _heading(report: Report) -> list[str]:
    def line(what: str, side: Side) -> str:
        return f"{what} {side.path}  ({side.scheme}; illegal transitions: {side.illegal_transitions:,})"

    lines = [
        line("gold     ", report.gold),
        line("predicted", report.predicted),
        f"sentences: {report.sentences:,}; tokens: {report.tokens:,}; types: {len(report.types)}",
    ]
    if report.undeclared:
        named = ", ".join(f"{name} ({count:,})" for name, count in report.undeclared.items())
        lines.append(f"predicted mentions of types that are not declared, all wrong: {named}")
    return lines


def _table(title: str, *columns: str) -> Table:
    """A table whose first column is text and whose others are figures."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index else "left", no_wrap=True)
    return table


def _percent(*fractions: float) -> list[str]:
    return [f"{100 * fraction:.2f}" for fraction in fractions]


def _cells(figures: PRF) -> list[str]:
    return _percent(figures.precision, figures.recall, figures.f1)


def _count(number: float) -> str:
    """Return a count; what overlaps in part counts a half."""
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.1f}"


def _dialects(report: Report) -> Table:
    table = _table("Dialects", "dialect", "precision", "recall", "F1", "correct", "predicted", "gold")
    for name, tally in report.score.dialects.tallies.items():
        totals = (_count(tally.correct), f"{tally.predicted:,}", f"{tally.gold:,}")
        table.add_row(name, *_cells(tally.prf), *totals)
    return table


def _per_type(report: Report) -> Table:
    dialects = report.score.dialects
    strict, conlleval = dialects.strict, dialects.conlleval
    columns = ("precision", "recall", "F1", "predicted", "gold", "conlleval")
    table = _table("Types (strict, and F1 as conlleval reads the tags)", "type", *columns)
    figures, lenient, totals = strict.per_type(), conlleval.per_type(), strict.totals()
    for name in conlleval.types:
        # only illegal tags may hold a type that is not declared: then strict has no column for it
        predicted, gold = totals.get(name, (0, 0, 0))[1:]
        cells = _cells(figures.get(name, PRF(0.0, 0.0, 0.0)))
        table.add_row(name, *cells, f"{predicted:,}", f"{gold:,}", *_percent(lenient[name].f1))
    table.add_section()
    table.add_row("macro", "", "", *_percent(strict.macro()), "", "", *_percent(conlleval.macro()))
    return table


def _decomposition(report: Report) -> Table:
    parts = report.score.decomposition
    table = _table("Where F1 is lost (conlleval)", "", "F1")
    table.add_row("F1", *_percent(parts.f1))
    table.add_row("F1 of boundaries alone", *_percent(parts.boundary_f1))
    table.add_row("F1 if every found mention had its right type", *_percent(parts.typed_right_f1))
    table.add_section()
    for cause, share in parts.shares().items():
        table.add_row(f"lost: {_CAUSES[cause]}", *_percent(share))
    return table
