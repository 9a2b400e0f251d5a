"""A cell's page as plain data: its scores, its sentences with both sides marked, its tables, its record."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.domains.corpus import Mention
from benchmark.domains.language import UNKNOWN
from benchmark.domains.noise.condition import SOURCE
from benchmark.plan.suite import suite_names
from benchmark.scoring.counts import PRF
from benchmark.store.record import Record, lost_answers, to_json
from benchmark.store.row_label import split_label
from leaderboard.output.escape import plain, readable
from leaderboard.output.numbers import percent
from leaderboard.page.alignments import SHADES
from leaderboard.page.error_spans import BOUNDARIES, CORRECT, KINDS, Finding, Piece, confusion, find, pieces
from leaderboard.page.submitted import cell_commands, cell_facts, submission_of
from leaderboard.results.measure import ScoredCell
from leaderboard.results.results import OWN, Results

_NUMBER = {kind: number for number, kind in enumerate(KINDS)}
_UNREADABLE = "\ufffd"  # stands for a token of nothing but invisible characters


@dataclass(frozen=True)
class Segment:
    """Text of a sentence: between findings, or with its ``finding`` and the sides that cover each piece."""

    text: str
    finding: Finding | None = None
    parts: tuple[tuple[str, bool, bool], ...] = ()
    gold: tuple[int, ...] = ()
    predicted: tuple[int, ...] = ()


@dataclass(frozen=True)
class Line:
    """A sentence of the page: its id, number of tokens, and segments: without its text, findings alone."""

    id: str
    tokens: int
    segments: tuple[Segment, ...]


def cell_page(results: Results, cell: ScoredCell, *, text: bool) -> dict[str, Any]:
    """Return all that a cell's page shows.

    ``text`` puts the words of the corpus on the page; without it findings are given by their token offsets.
    A cell whose gold is not at hand shows its predicted mentions unjudged.
    """
    record, gold, predicted = cell.record, results.gold(cell), results.predictions(cell)
    submitted = results.submitted.get(record.cell)
    page: dict[str, Any] = {
        "record": record,
        "raw": to_json(record),
        "commands": commands(record) if submitted is None else cell_commands(submitted),
        "facts": facts(record) if submitted is None else cell_facts(submitted),
        "submission": submission_of(record),
        "noise": noise_of(record),
        "judged": False,
        "lines": [],
        "types": [],
        "kinds": {},
        "matrix": None,
        "per_type": [],
        "score": None,
        "has_text": text and gold is not None,
        "language": "" if gold is None or gold.language == UNKNOWN else gold.language,
    }
    if gold is None or cell.counts is None:
        types = sorted({mention.type for some in predicted.values() for mention in some})
        page["types"] = types
        page["lines"] = [_unjudged(name, some, types) for name, some in predicted.items() if some]
        return page | {"data": _data(page)}
    counts = cell.counts
    types = list(dict.fromkeys([*gold.types, *(m.type for some in predicted.values() for m in some)]))
    findings = [find(sentence.mentions, predicted[sentence.id]) for sentence in gold.test]
    flat = [finding for some in findings for finding in some]
    page |= {
        "judged": True,
        "types": types,
        "lines": [
            _line(sentence.id, sentence.tokens, some, types, text=text)
            for sentence, some in zip(gold.test, findings, strict=True)
        ],
        "kinds": {kind: sum(one.kind == kind for one in flat) for kind in KINDS},
        "matrix": _matrix(confusion(flat), types),
        "per_type": [
            {
                "type": name,
                "gold": totals[2],
                "predicted": totals[1],
                "right": totals[0],
                "prf": PRF.of(*totals),
            }
            for name, totals in counts.totals().items()
        ],
        "score": counts.micro(),
        "values": cell.values,
        "sentences": len(gold.test),
    }
    return page | {"data": _data(page)}


def _data(page: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page's script draws its sentences from: as elements they would be much more."""
    ids = [plain(line.id) for line in page["lines"]]
    start = ids[0][: ids[0].rfind("/") + 1] if ids else ""
    start = start if all(name.startswith(start) for name in ids) else ""
    return {
        "judged": page["judged"],
        "language": page["language"],
        "kinds": [[kind, title] for kind, (title, _) in KINDS.items()],
        "types": [plain(name) for name in page["types"]],
        "ids": start,
        "lines": [
            [name.removeprefix(start), *map(_part, line.segments)]
            for name, line in zip(ids, page["lines"], strict=True)
        ],
    }


def _part(segment: Segment) -> str | list[Any]:
    """Return a text between findings, or ``[kind, gold types, predicted types, text, sides, text, ...]``.

    ``sides`` of a piece are 1 where gold covers it, 2 where a prediction does, 3 where both do. What a kind
    tells is left out: ``[kind, type, text]`` where one side has one mention, or both the same one, and
    ``[kind, gold type, predicted type, text]`` where the types differ.
    """
    if segment.finding is None:
        return segment.text
    kind = segment.finding.kind
    if kind != BOUNDARIES:
        types = segment.gold if kind == CORRECT else (*segment.gold, *segment.predicted)
        return [_NUMBER[kind], *types, segment.parts[0][0]]
    pieces = [one for text, gold, predicted in segment.parts for one in (text, gold + 2 * predicted)]
    return [_NUMBER[kind], segment.gold, segment.predicted, *pieces]


def _line(
    name: str, tokens: Sequence[str], findings: Sequence[Finding], types: Sequence[str], *, text: bool
) -> Line:
    """Return a sentence; without ``text``, only its findings."""
    number = {kind: index for index, kind in enumerate(types)}
    segments, at = [], 0
    for finding in findings:
        if text and finding.start > at:
            segments.append(Segment(words(tokens[at : finding.start])))
        parts = tuple(
            (
                _written(piece, tokens if text else None),
                piece.in_gold,
                piece.in_predicted,
            )
            for piece in pieces(finding)
        )
        segments.append(
            Segment(
                "",
                finding,
                parts,
                tuple(number[mention.type] for mention in finding.gold),
                tuple(number[mention.type] for mention in finding.predicted),
            )
        )
        at = finding.end
    if text and at < len(tokens):
        segments.append(Segment(words(tokens[at:])))
    return Line(name, len(tokens), tuple(segments))


def _written(piece: Piece, tokens: Sequence[str] | None) -> str:
    if piece.start == piece.end:
        return " "
    return f"{piece.start}–{piece.end}" if tokens is None else words(tokens[piece.start : piece.end])


def _unjudged(name: str, predicted: Sequence[Mention], types: Sequence[str]) -> Line:
    return _line(name, (), find((), predicted), types, text=False)


def words(tokens: Sequence[str]) -> str:
    """Join tokens by spaces; what a page could not show, or what would turn its text round, is replaced."""
    return " ".join(readable(token) or _UNREADABLE for token in tokens)


def _matrix(counts: Counter[tuple[str | None, str | None]], types: Sequence[str]) -> dict[str, Any]:
    """Return gold types (rows) by predicted types (columns), the last of each standing for no such span."""
    order: list[str | None] = [*types, None]
    most = max(counts.values(), default=1)
    rows = []
    for gold in order:
        cells = []
        for predicted in order:
            number = counts[gold, predicted]
            shade = 0 if not number else 1 + int((SHADES - 2) * (number / most) ** 0.5)
            right = gold is not None and gold == predicted
            cells.append(
                {"gold": gold, "predicted": predicted, "number": number, "shade": shade, "right": right}
            )
        rows.append({"name": gold, "cells": cells})
    return {"columns": order, "rows": rows}


def commands(record: Record) -> list[tuple[str, str]]:
    """Return (what it does, command) pairs that lead from this page back to the cell."""
    own = record.spec.corpus == OWN
    suite = record.spec.suite if record.spec.suite in suite_names() else f"path/to/{record.spec.suite}.toml"
    label, noise = split_label(record.spec.label, record.spec.noise)
    limit = record.spec.source_limit
    if limit is not None:
        label = label.removesuffix(f"@{limit}")
    chosen = ["--suite", suite, "--methods", label]
    chosen += ["--domain", f"path/to/{record.spec.domain}"] if own else []
    chosen += [] if own or record.spec.in_domain else ["--domains", record.spec.domain]
    chosen += ["--settings", record.spec.setting, "--seeds", str(record.spec.seed)]
    chosen += [] if record.spec.backbone == "none" else ["--backbone", record.spec.backbone]
    chosen += [] if limit is None else ["--source-limit", str(limit)]
    chosen += ["--noise", noise] if noise else []
    again = shlex.join(["python", "-m", "benchmark", "run", *chosen])
    slot = record.cell.rpartition("-")[0]
    why = shlex.join(["python", "-m", "benchmark", "explain", slot, *chosen])
    found = [("Compute it again", again), ("See whether it would be, and why", why)]
    commit = record.versions.get("commit")
    if isinstance(commit, str) and commit.isalnum():
        found.insert(0, ("The code that made it", f"git checkout {commit}"))
    return found


def noise_of(record: Record) -> str:
    """Return in words what noise a cell was computed under, empty for a clean one."""
    noise = record.spec.noise
    if noise is None:
        return ""
    rate, kinds = noise.get("rate"), noise.get("kinds")
    share = percent(rate) if isinstance(rate, int | float) else "an unknown share"
    named = ", ".join(map(str, kinds)) if isinstance(kinds, list) else "kinds not recorded"
    if noise.get("on") == SOURCE:
        return f"{share} of the source's mentions annotated wrongly ({named})"
    where = {"inside": " inside gold mentions", "outside": " outside gold mentions"}.get(
        str(noise.get("where")), ""
    )
    return f"{share} of the test sentences' tokens{where} disturbed ({named})"


def _answers(record: Record) -> str:
    lost = lost_answers(record.notes)
    return "" if lost is None else lost.detail if lost.count else f"all of {lost.asked:,} {lost.unit}"


def facts(record: Record) -> list[tuple[str, str]]:
    """Return what a reader asks of a record first; the whole of it stands below as JSON."""
    versions = record.versions
    commit = versions.get("commit") or "not recorded"
    changed = ", with changes" if versions.get("dirty") else ""
    pairs = [
        ("Cell", record.cell),
        ("Method", record.spec.method),
        (
            "Parameters set",
            json.dumps(record.spec.params, ensure_ascii=False) if record.spec.params else "none",
        ),
        ("Backbone", record.spec.backbone),
        ("Source", f"{record.spec.source_corpus or record.spec.corpus}/{record.spec.source}"),
        ("Target", f"{record.spec.corpus}/{record.spec.domain}"),
        ("Noise", noise_of(record)),
        ("Seed", str(record.spec.seed)),
        ("Ended", f"{record.state}, {record.finished or 'time not recorded'}"),
        ("Answers of its language model", _answers(record)),
        ("Identity (SHA-256)", record.spec.identity_hash),
        ("Predictions (SHA-256)", record.predictions_sha256 or "none"),
        ("Code", f"{commit}{changed}"),
        ("Machine", ", ".join(f"{key}: {value}" for key, value in record.machine.items()) or "not recorded"),
        ("Timings", ", ".join(f"{key}: {value}" for key, value in record.timings.items()) or "not recorded"),
    ]
    return [(name, plain(value)) for name, value in pairs if value]
