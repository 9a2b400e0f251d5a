"""Tables of alignment quality: every setting that was asked for, on every domain."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from io import StringIO

from tabulate import tabulate

from lar.alignment.align import Alignment, realign
from lar.alignment.quality import Quality, average, gold_alignment, measure
from lar.commands.align_domains import AlignmentOptions

COMPARED = tuple(
    AlignmentOptions(solver, type_text, similarity)
    for solver in ("hungarian", "argmax", "transport")
    for type_text in ("parts", "both", "name", "description", "templates")
    for similarity in ("cosine", "csls")
)


@dataclass(frozen=True)
class Row:
    """The quality of one setting: by domain, in the order asked for, and on average."""

    choice: AlignmentOptions
    domains: tuple[str, ...]
    qualities: tuple[Quality, ...]

    @property
    def mean(self) -> Quality:
        """The mean over the domains."""
        return average(self.qualities)


def quality_rows(
    choices: Iterable[AlignmentOptions],
    domains: Sequence[str],
    make: Callable[[AlignmentOptions, str], Alignment],
) -> list[Row]:
    """Make each alignment and hold it against the gold alignment of its domain.

    Choices that differ in nothing but a solver of ``COMPARED`` share their similarities.
    """
    made: dict[tuple[AlignmentOptions, str], Alignment] = {}
    rows = []
    for choice in dict.fromkeys(choices):
        found = []
        for domain in domains:
            alike = None if choice.reads_corpora else made.get((replace(choice, solver="hungarian"), domain))
            one = make(choice, domain) if alike is None else realign(alike, choice.solver)
            made[choice, domain] = one
            gold = gold_alignment(domain, source_types=one.source_types, target_types=one.target_types)
            found.append(measure(one.pairs, gold))
        rows.append(Row(choice, tuple(domains), tuple(found)))
    return rows


def to_markdown(rows: Sequence[Row]) -> str:
    """Render the first setting by domain and, where there are several, the accuracies of all."""
    first = rows[0]
    named = zip([*first.domains, "average"], [*first.qualities, first.mean], strict=True)
    lines = [[name, *_percent(one.accuracy, one.precision, one.recall)] for name, one in named]
    text = (
        "# Alignment quality\n\n"
        "Against the hand-made gold alignments in `lar/alignment/gold_alignment`, in percent. Accuracy:"
        " target types whose partner, or having none, is right. Precision and recall: of the pairs made, and"
        " of the gold alignment's pairs.\n\n"
        f"## {_named(first.choice)}\n\n{_table(['domain', 'accuracy', 'precision', 'recall'], lines)}\n"
    )
    if len(rows) > 1:
        accuracies = [
            [_named(row.choice), *_percent(*(one.accuracy for one in row.qualities), row.mean.accuracy)]
            for row in rows
        ]
        text += (
            "\n## All settings: accuracy\n\n"
            "`hungarian, parts, cosine` was chosen on politics alone; the other domains are reported.\n\n"
            f"{_table(['setting', *first.domains, 'average'], accuracies)}\n"
        )
    return text


def to_csv(rows: Sequence[Row]) -> str:
    """Render one line for each setting and domain, and for each setting's average; fractions."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["solver", "type_text", "similarity", "domain", "accuracy", "precision", "recall"])
    for row in rows:
        setting = [row.choice.solver, row.choice.type_text, row.choice.similarity]
        for name, one in zip([*row.domains, "average"], [*row.qualities, row.mean], strict=True):
            figures = [f"{value:.4f}" for value in (one.accuracy, one.precision, one.recall)]
            writer.writerow([*setting, name, *figures])
    return out.getvalue()


def _named(choice: AlignmentOptions) -> str:
    return f"{choice.solver}, {choice.type_text}, {choice.similarity}"


def _percent(*fractions: float) -> list[str]:
    return [f"{100 * fraction:.1f}" for fraction in fractions]


def _table(headers: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    aligned = ("left", *["right"] * (len(headers) - 1))
    return tabulate(lines, headers=headers, tablefmt="github", colalign=aligned, disable_numparse=True)
