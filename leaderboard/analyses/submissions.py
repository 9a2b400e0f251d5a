"""What tables say of submitted rows: marks behind the name, notes below, and a table of what was declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from leaderboard.analyses.analysis import Analysis, Where
from leaderboard.output.table import Table
from leaderboard.results.results import Results
from leaderboard.results.rows import Row
from leaderboard.results.submissions import MARK, noted
from leaderboard.submit.status import TIERS

CONTAINS_TEST = "[saw test sentences]"


def marks(row: Row) -> Iterator[str]:
    """Yield the marks behind a submitted row's label: its tier, and whether it declares contamination."""
    found = noted(row.record)
    if found:
        yield f"[{found['tier']}]"
        if found["contains_test"]:
            yield CONTAINS_TEST


def notes(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the notes below a table that has submitted rows."""
    submitted = [row for row in rows if noted(row.record)]
    if submitted:
        yield (
            f"{MARK} not computed here: predictions that somebody sent in, scored here as all others are."
            f" Behind it stands how far they were verified: {_tiers(submitted)}."
        )
    for row in submitted:
        found = noted(row.record)
        if found["contains_test"]:
            domains = ", ".join(found["contains_test"])
            yield f"{CONTAINS_TEST} {row.label} declares: its training data holds the test set of {domains}"
        for one in found["run_again"]:
            if not one["agrees"]:
                told = f": {one['told']}" if one["told"] else ""
                place = f"{one['setting']} {one['domain']} (seed {one['seed']})"
                yield f"{row.label}: {place}, run again, gave other predictions{told}"
        for name, cells in found["same_predictions"].items():
            some = f"{cells} of its {found['cells']} cells"
            yield f"{row.label}: {some} are the predictions of {name}, to the byte"


def _tiers(rows: Sequence[Row]) -> str:
    found = {noted(row.record)["tier"] for row in rows}
    return "; ".join(f"[{tier}] {means}" for tier, means in TIERS.items() if tier in found)


def why_unranked(rows: Iterable[Row]) -> Iterator[str]:
    """Yield, for each row, why it is not ranked."""
    for row in rows:
        for reason in row.unranked:
            yield f"{row.label} is not ranked: {reason}"


_HEADER = (
    *("row", "tier", "rank", "authors", "trained on besides", "LLM", "parameters", "hardware", "licence"),
    *("code", "paper", "claims"),
)
_NOTE = "Declared by those who sent them in; only tier, rank and what was recomputed were found here."


def compute(results: Results) -> dict[str, Mapping[str, Any]] | None:
    """Return label → what is known of a submission, in order of names; None without one."""
    return known_submissions(results.rows) or None


def tables(found: Mapping[str, Mapping[str, Any]], where: Where) -> Iterable[Table]:
    """Yield what was said of each submission, and how its claims stand, for board.md."""
    if where == "board":
        rows = tuple(tuple(_declared(name, known)) for name, known in found.items())
        yield Table("Submissions", _HEADER, rows, (_NOTE,), (len(_HEADER), None))


def _declared(label: str, found: Mapping[str, Any]) -> Iterator[str]:
    llm = (found["llm"] or "yes") if found["uses_llm"] else "no"
    parameters = f"{found['parameters']:,}" if found["parameters"] else ""
    yield from (label, found["tier"], "none" if found["unranked"] else "yes", ", ".join(found["authors"]))
    yield ", ".join(corpus_text(corpus) for corpus in found["training"])
    yield from (llm, parameters, found["hardware"], found["licence"], found["code"], found["paper"])
    yield "; ".join(_claim(claim) for claim in found["claims"])


def corpus_text(corpus: Mapping[str, Any]) -> str:
    """Return a declared corpus, and whose test set is declared to be in it."""
    inside = ", ".join(corpus["contains_test"])
    return f"{corpus['name']} (holds the test set of {inside})" if inside else str(corpus["name"])


def _claim(claim: Mapping[str, Any]) -> str:
    recomputed = claim["recomputed"]
    beside = "no predictions" if recomputed is None else f"recomputed {100 * recomputed:.2f}"
    differs = "" if claim["agrees"] else " DIFFERS"
    return f"{claim['setting']} {claim['domain']} {claim['claimed']}, {beside}{differs}"


def known_submissions(rows: Iterable[Row]) -> dict[str, Mapping[str, Any]]:
    """Return label → what is known of a submission, for those that rows stand for, in order of names."""
    found = {row.label: noted(row.record) for row in rows if noted(row.record)}
    return {label: found[label] for label in sorted(found)}


SUBMISSIONS = Analysis("submissions", "Submissions", compute, tables, appendix=True)
