"""A report as a table for people, as JSON, and as Markdown for a pull request."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

from tabulate import tabulate

from benchmark.gate.report import NO_EVIDENCE, NOT_MEASURED, REGRESSED, Line, Report

SCHEMA = 1
_HEADER = (
    "row",
    "setting",
    "domain",
    "seeds",
    "baseline",
    "run",
    "difference",
    "95% interval",
    "fires at",
    "p",
    "verdict",
)
_SHOWN = 30  # lines of a Markdown summary that are no regression


def table(report: Report) -> str:
    """Render a report for a terminal."""
    parts = []
    if report.lines:
        parts.append(
            tabulate([_row(line) for line in report.lines], _HEADER, tablefmt="simple", disable_numparse=True)
        )
        parts += [f"  {reason}" for reason in _reasons(report.lines)]
    return "\n".join([*parts, *_closing(report), ""])


def markdown(report: Report) -> str:
    """Render a report as Markdown: the verdict, then what regressed or was not measured, then the rest."""
    first = [line for line in report.lines if line.verdict != NO_EVIDENCE]
    rest = [line for line in report.lines if line.verdict == NO_EVIDENCE]
    text = [f"### Regression gate: {report.verdict}", ""]
    text += [f"{_plain(line)}\n" for line in _closing(report)[:-1]]
    text += _grid(first)
    text += ["", *(f"- {_plain(reason)}" for reason in _reasons(first))]
    if rest:
        unequal = [line for line in rest if not line.equal]
        text += ["", f"<details><summary>{len(rest)} lines without evidence</summary>", ""]
        text += _grid(unequal[:_SHOWN])
        more = len(unequal) - _SHOWN
        text += [f"and {more} more that differ"] if more > 0 else []
        text += [
            f"{len(rest) - len(unequal)} with the baseline's predictions, byte for byte",
            "",
            "</details>",
        ]
    return "\n".join(text) + "\n"


def to_json(report: Report) -> str:
    """Render a report as one JSON object; scores and differences are fractions."""
    content: dict[str, Any] = {
        "schema": SCHEMA,
        "verdict": report.verdict,
        "exit_code": report.exit_code,
        **{f.name: getattr(report, f.name) for f in dataclasses.fields(report)},
        "lines": [dataclasses.asdict(line) for line in report.lines],
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _closing(report: Report) -> list[str]:
    """Return what is said below the table, the verdict last."""
    notes = []
    if report.not_asked_for:
        notes.append(f"{report.not_asked_for} places that the run was not asked for are not compared.")
    if report.skipped:
        notes.append(f"{report.skipped} cells that the baseline's methods skip are not compared.")
    if report.added:
        notes.append(f"{len(report.added)} cells of the run are new, and not judged: {_some(report.added)}.")
    if report.comparisons:
        notes.append(
            f"'fires at': the loss that would have fired, among {report.comparisons} comparisons at a level "
            f"of {report.alpha:g} for all of them together; from {report.resamples:,} resamples of "
            "sentences, and the spread of the baseline's stored seeds."
        )
    if report.reason:
        notes.append(report.reason)
    return [*notes, f"verdict: {report.verdict} ({_counts(report)})"]


def _reasons(lines: Sequence[Line]) -> list[str]:
    """Return each reason once, with the lines that it is of."""
    found: dict[str, list[str]] = {}
    for line in lines:
        for reason in line.reasons:
            found.setdefault(reason, []).append(line.name)
    return [f"{reason}: {_some(names, '; ')}" for reason, names in found.items()]


def _counts(report: Report) -> str:
    equal = sum(line.equal for line in report.lines)
    parts = [f"{len(report.of(verdict))} {verdict}" for verdict in (REGRESSED, NOT_MEASURED, NO_EVIDENCE)]
    return f"{len(report.lines)} lines: {', '.join(parts)}; {equal} with equal bytes"


def _row(line: Line) -> tuple[str, ...]:
    who = f"{line.label} ({line.backbone})" if line.backbone else line.label
    seeds = _seeds(line)
    found = line.evidence
    if found is None:
        return (
            who,
            line.setting,
            line.domain,
            seeds,
            *6 * ("",),
            "equal bytes" if line.equal else line.verdict,
        )
    low, high = (f"{100 * value:+.1f}" for value in (found.interval.low, found.interval.high))
    return (
        who,
        line.setting,
        line.domain,
        seeds,
        f"{100 * found.baseline_f1:.1f}",
        f"{100 * found.run_f1:.1f}",
        f"{100 * found.difference:+.1f}",
        f"[{low}, {high}]",
        f"{-100 * found.threshold:.1f}",
        f"{found.adjusted:.3f}",
        line.verdict,
    )


def _seeds(line: Line) -> str:
    if line.seeds == line.run_seeds:
        return str(len(line.seeds))
    return f"{len(line.seeds)} / {len(line.run_seeds)}"


def _grid(lines: Sequence[Line]) -> list[str]:
    if not lines:
        return []
    rows = [[_plain(cell) for cell in _row(line)] for line in lines]
    return [tabulate(rows, _HEADER, tablefmt="github", disable_numparse=True)]


def _plain(text: str) -> str:
    """Return a text that breaks no table and is no markup."""
    for mark in "\\`*_[]<>|#~&":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())


def _some(names: Sequence[str], between: str = ", ") -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return between.join(names[:3]) + more
