"""``score GOLD PRED``: all figures of predicted tags against gold tags, as tables or JSON."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from benchmark.cli.options import json_option, print_json, scheme_option
from benchmark.cli.reading_options import as_column, reading_options
from benchmark.domains.reading import ReadOptions
from benchmark.domains.tags import SCHEMES
from benchmark.domains.types.look_alikes import visible
from benchmark.scoring.counts import PRF
from benchmark.scoring.files import score as score_files
from benchmark.scoring.report import Averages, Report, Side

_CAUSES = {
    "boundaries": "wrong boundaries",
    "types": "right boundaries, wrong type",
    "missed": "missed",
    "spurious": "spurious",
}


@click.command()
@click.argument("gold", type=click.Path(path_type=Path))
@click.argument("predicted", metavar="[PRED]", required=False, type=click.Path(path_type=Path))
@click.option("--types", type=click.Path(path_type=Path), help="TOML file that declares the types.")
@scheme_option("--gold-scheme", what="GOLD")
@click.option(
    "--predicted-scheme",
    "--pred-scheme",
    "predicted_scheme",
    type=click.Choice(SCHEMES, case_sensitive=False),
    metavar="SCHEME",
    help="Tagging scheme of PRED; by default gold's, unless PRED has prefixes that it has not.",
)
@click.option("--gold-column", metavar="N|NAME", help="Column of GOLD's tags.")
@click.option("--predicted-column", "--pred-column", "predicted_column", metavar="N|NAME", help="Of PRED's.")
@reading_options
@json_option
def score(
    gold: Path,
    predicted: Path | None,
    types: Path | None,
    gold_scheme: str | None,
    predicted_scheme: str | None,
    gold_column: str | None,
    predicted_column: str | None,
    options: ReadOptions,
    common_map: bool,
    as_json: bool,
) -> None:
    """Score PRED against GOLD: two files of any format with the same tokens, tags in a column each.

    One file that has both is scored by its columns: score FILE --gold-column 2 --pred-column 3.
    """
    report = score_files(
        gold,
        predicted,
        types=types,
        gold_scheme=gold_scheme,
        predicted_scheme=predicted_scheme,
        gold_column=as_column(gold_column),
        predicted_column=as_column(predicted_column),
        options=options,
        common_map=common_map,
    )
    if as_json:
        print_json(report.to_json(), indent=2)
        return
    # into a file or a pipe there is no width to fit: a cut figure would be worse than a long line; what comes
    # from a file is data, never markup
    width = None if sys.stdout.isatty() else 160
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True, width=width)
    for line in _heading(report):
        console.print(visible(line))
    for table in (_dialects(report), _per_type(report), _decomposition(report)):
        console.print(table)
    for remark in report.remarks:
        console.print(visible(f"note: {remark}"))


def _heading(report: Report) -> list[str]:
    lines = [*_side("gold     ", report.gold), *_side("predicted", report.predicted)]
    accuracy = "" if report.token_accuracy is None else f"; token accuracy: {100 * report.token_accuracy:.2f}"
    lines.append(
        f"sentences: {report.sentences:,}; tokens: {report.tokens:,}; types: {len(report.types)}{accuracy}"
    )
    if report.undeclared:
        named = ", ".join(f"{name} ({count:,})" for name, count in report.undeclared.items())
        lines.append(f"predicted mentions of types that are not declared, all wrong: {named}")
    return lines


def _side(what: str, side: Side) -> list[str]:
    scheme = f"({side.scheme}, {side.why}; illegal transitions: {side.illegal_transitions:,})"
    return [f"{what} {side.path}  {scheme}", *([f"          {side.read}"] if side.read else [])]


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
    parts = (("", report.score.dialects.tallies), ("nervaluate: ", report.schemas))
    for before, tallies in parts:
        for name, tally in tallies.items():
            totals = (_count(tally.correct), f"{tally.predicted:,}", f"{tally.gold:,}")
            table.add_row(before + name, *_cells(tally.prf), *totals)
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
        table.add_row(visible(name), *cells, f"{predicted:,}", f"{gold:,}", *_percent(lenient[name].f1))
    table.add_section()
    averages = report.averages()
    for name, (one, other) in _averages(averages["strict"], averages["conlleval"]).items():
        table.add_row(name, *_cells(one), "", "", *_percent(other.f1))
    return table


def _averages(strict: Averages, conlleval: Averages) -> dict[str, Sequence[PRF]]:
    return {
        "macro": (strict.macro, conlleval.macro),
        "weighted": (strict.weighted, conlleval.weighted),
    }


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
