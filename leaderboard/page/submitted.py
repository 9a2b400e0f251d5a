"""What the page tells of a submission: what was found out about it here, then what its submitter declares.

All of it comes from ``status_notes``, which is made of the store's own checks: nothing that a bundle holds
can set a tier or a rank. Texts are a stranger's; the templates escape them.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from benchmark.store.record import Record
from leaderboard.analyses.submissions import corpus_text
from leaderboard.output.escape import plain
from leaderboard.results.rows import Row
from leaderboard.results.submissions import SubmittedCell, noted, unranked
from leaderboard.submit.status import RECOMPUTED, REPORTED, RERUN, SAMPLED, TIERS

TITLES = {
    REPORTED: "reported only",
    RECOMPUTED: "recomputed",
    SAMPLED: "sampled re-run",
    RERUN: "fully re-run",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text, and where it leads: an https address, or nowhere."""

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said under one heading, piece by piece."""

    what: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Submission:
    """A submission as the page shows it.

    ``anchor`` is its place on the front page. ``found`` is what was found out here, ``declared`` what its
    submitter says. ``unranked`` are the reasons why it has no rank.
    """

    label: str
    anchor: str
    tier: str
    unranked: tuple[str, ...]
    found: tuple[Statement, ...]
    declared: tuple[Statement, ...]


def https(text: str) -> str:
    """Return an address that may become a link: https, to a host, without a user's name; else nothing."""
    try:
        parts = urlsplit(text)
        sound = parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return ""
    return text if sound and text.isascii() and text.isprintable() and not set(text) & set(' <>"\\') else ""


def submission_of(record: Record) -> Submission | None:
    """Return what is known of a record's submission; None for one that was computed here."""
    found = noted(record)
    if not found:
        return None
    return Submission(
        label=record.spec.label,
        anchor=f"submission-{record.spec.method}",
        tier=found["tier"],
        unranked=unranked(record),
        found=tuple(_statements(_found(found))),
        declared=tuple(_statements(_declared(found))),
    )


def submissions_of(rows: Iterable[Row]) -> list[Submission]:
    """Return the submissions that rows stand for, each once, in order of names."""
    known = (submission_of(row.record) for row in rows)
    found = {one.label: one for one in known if one is not None}
    return [found[label] for label in sorted(found)]


def _statements(pairs: Iterable[tuple[str, Iterable[Part | str]]]) -> Iterator[Statement]:
    for what, texts in pairs:
        parts = tuple(part if isinstance(part, Part) else Part(plain(part)) for part in texts)
        parts = tuple(part for part in parts if part.text)
        if parts:
            yield Statement(what, parts)


def _found(found: Mapping[str, Any]) -> Iterator[tuple[str, Iterable[Part | str]]]:
    yield "Tier", [f"{TITLES[found['tier']]}: {meaning(found['tier'])}"]
    yield "Cells run again", ran_again(found)
    yield "Claimed scores", (_claim(claim) for claim in found["claims"])
    yield "Scan for test sentences", scanned(found)
    cells = found["cells"]
    yield (
        "Same predictions, to the byte",
        (
            f"{number} of {cells} cells are those of {name}"
            for name, number in found["same_predictions"].items()
        ),
    )
    yield "Added", [found["added"]]


def _declared(found: Mapping[str, Any]) -> Iterator[tuple[str, Iterable[Part | str]]]:
    yield "Method", [found["description"]]
    yield "Authors", found["authors"]
    yield "Asks an LLM", [llm(found)]
    yield "Trained on besides", _training(found)
    yield "Parameters", [f"{found['parameters']:,}" if found["parameters"] else ""]
    yield "Hardware", [found["hardware"]]
    yield "Licence of the predictions", [found["licence"]]
    yield "Code", [_linked(found["code"])]
    yield "Paper", [_linked(found["paper"])]


def meaning(tier: str) -> str:
    """Return in words how far a submission of a tier was verified."""
    return f"{TIERS[RECOMPUTED]}, {TIERS[tier]}" if tier in (SAMPLED, RERUN) else TIERS[tier]


def llm(found: Mapping[str, Any]) -> str:
    """Return in words whether a submission asks a language model, and which."""
    if not found["uses_llm"]:
        return "no"
    return str(found["llm"] or "yes, not said which")


def _training(found: Mapping[str, Any]) -> Iterator[Part | str]:
    for corpus in found["training"]:
        yield corpus_text(corpus)
        if corpus["link"]:
            yield _linked(corpus["link"])
    if not found["training"]:
        yield "nothing"


def ran_again(found: Mapping[str, Any]) -> list[str]:
    """Return how cells that were run again came out: those that did otherwise one by one."""
    again = found["run_again"]
    same = [one for one in again if one["agrees"]]
    machines = ", ".join(sorted({one["machine"] for one in again if one["machine"]}))
    told = [
        f"{len(same)} of {found['cells']} with the same predictions{f', on {machines}' if machines else ''}"
    ]
    for one in again:
        if not one["agrees"]:
            place = f"{one['setting']} {one['domain']} (seed {one['seed']})"
            told.append(f"{place} gave other predictions{': ' if one['told'] else ''}{one['told']}")
    return told if again else []


def scanned(found: Mapping[str, Any]) -> list[str]:
    """Return how much of each test set a scan found, and whether it was declared; the harmless last."""
    told, little = [], []
    for one in found["overlap"]:
        share = f"{one['inside']} of {one['judged']}"
        if one["over"]:
            where = f" in {', '.join(one['corpora'])}" if one["corpora"] else ""
            verdict = "declared" if one["declared"] else "not declared"
            told.append(f"{one['domain']}: {share} test sentences{where}, {verdict}")
        else:
            little.append(f"{one['domain']} ({share})")
    return [*told, f"no more than chance explains: {', '.join(little)}"] if little else told


def undeclared(found: Mapping[str, Any]) -> bool:
    """Return whether a scan found more test sentences than chance explains where none were declared."""
    return any(one["over"] and not one["declared"] for one in found["overlap"])


def _claim(claim: Mapping[str, Any]) -> str:
    place = f"{claim['setting']} {claim['domain']}: {claim['claimed']} claimed"
    if claim["recomputed"] is None:
        return f"{place}, no predictions"
    verdict = "" if claim["agrees"] else " (not borne out)"
    return f"{place}, {100 * claim['recomputed']:.2f} recomputed{verdict}"


def _linked(text: str) -> Part:
    return Part(plain(text), https(text))


def cell_facts(one: SubmittedCell) -> list[tuple[str, str]]:
    """Return what a reader asks of a cell that was sent in: it has no record, for nobody computed it here."""
    record, folder = one.record, one.stored.folder
    path = PurePosixPath("submissions", folder.name, *one.stored.path(one.key).relative_to(folder).parts)
    pairs = [
        ("Cell", record.cell),
        ("Backbone, as declared", record.spec.backbone),
        ("Source", f"{record.spec.source_corpus or record.spec.corpus}/{record.spec.source}"),
        ("Target", f"{record.spec.corpus}/{record.spec.domain}"),
        ("Seed, as declared", str(record.spec.seed)),
        ("Predictions", f"{path}, beside the suite's records"),
        ("Predictions (SHA-256)", one.sha256),
    ]
    return [(name, plain(value)) for name, value in pairs]


def cell_commands(one: SubmittedCell) -> list[tuple[str, str]]:
    """Return (what it does, command) pairs that check a cell that was sent in."""
    root = one.stored.folder.resolve().parents[2].name
    suite = f"{root}/{one.record.spec.suite}"
    found = [("Score it by seqeval too", ["verify", suite])]
    rerun = one.stored.card.rerun
    if rerun is not None:
        of = f" of {rerun.package}" if rerun.package else ""
        what = f"Run all its cells again, with the method {rerun.method}{of} installed: read that code first"
        found.append((what, ["verify", suite, "--submission", one.stored.card.name, "--all"]))
    found.append(("See all submissions", ["submit", "list", "--store", root]))
    return [(plain(what), shlex.join(["python", "-m", "leaderboard", *parts])) for what, parts in found]
