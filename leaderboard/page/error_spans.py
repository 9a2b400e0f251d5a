"""Gold and predicted mentions of a sentence put together: what is right, and what each wrong one is.

Mentions of the two sides that overlap, directly or by way of others, make one *finding*; the kinds are those
of ``benchmark.scoring.decomposition``, so that the numbers of a cell's page add up to the board's.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmark.domains.corpus import Mention

CORRECT, TYPES, BOUNDARIES, MISSED, SPURIOUS = "correct", "types", "boundaries", "missed", "spurious"
KINDS: Mapping[str, tuple[str, str]] = {  # title, explanation
    CORRECT: ("right", "right span, right type"),
    TYPES: ("wrong type", "right span, wrong type"),
    BOUNDARIES: ("wrong boundaries", "spans that overlap without being equal"),
    MISSED: ("missed", "a gold mention that nothing touches"),
    SPURIOUS: ("spurious", "a predicted mention that touches no gold one"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A maximal group of overlapping mentions; ``start`` and ``end`` bound all of them (half-open)."""

    start: int
    end: int
    kind: str
    gold: tuple[Mention, ...]
    predicted: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """Tokens ``start`` to ``end`` of a finding, the same mentions covering all of them.

    An empty piece is the gap between its neighbours: covered by a mention that holds them both.
    """

    start: int
    end: int
    in_gold: bool
    in_predicted: bool


def find(gold: Sequence[Mention], predicted: Sequence[Mention]) -> list[Finding]:
    """Return the findings of a sentence from left to right. No two mentions of one side may overlap."""
    sides = [(mention, True) for mention in gold] + [(mention, False) for mention in predicted]
    groups: list[list[tuple[Mention, bool]]] = []
    end = -1
    for mention, is_gold in sorted(sides, key=lambda side: (side[0].start, side[0].end)):
        if mention.start >= end:
            groups.append([])
        groups[-1].append((mention, is_gold))
        end = max(end, mention.end)
    return [_finding(group) for group in groups]


def _finding(group: Sequence[tuple[Mention, bool]]) -> Finding:
    gold = tuple(mention for mention, is_gold in group if is_gold)
    predicted = tuple(mention for mention, is_gold in group if not is_gold)
    start = min(mention.start for mention, _ in group)
    end = max(mention.end for mention, _ in group)
    return Finding(start, end, _kind(gold, predicted), gold, predicted)


def _kind(gold: Sequence[Mention], predicted: Sequence[Mention]) -> str:
    if not predicted:
        return MISSED
    if not gold:
        return SPURIOUS
    if len(gold) == len(predicted) == 1 and gold[0][:2] == predicted[0][:2]:
        return CORRECT if gold == predicted else TYPES
    return BOUNDARIES


def pieces(finding: Finding) -> list[Piece]:
    """Cut a finding wherever a mention begins or ends; pieces and the gaps between them alternate."""
    cuts = sorted({cut for m in (*finding.gold, *finding.predicted) for cut in (m.start, m.end)})
    found: list[Piece] = []
    for start, end in itertools.pairwise(cuts):
        if found:
            found.append(_piece(finding, start, start))
        found.append(_piece(finding, start, end))
    return found


def _piece(finding: Finding, start: int, end: int) -> Piece:
    return Piece(start, end, _covers(finding.gold, start, end), _covers(finding.predicted, start, end))


def _covers(mentions: Iterable[Mention], start: int, end: int) -> bool:
    """Return whether a mention covers the tokens, or, where there are none, both sides of the gap."""
    if start == end:
        return any(mention.start < start < mention.end for mention in mentions)
    return any(mention.start <= start and end <= mention.end for mention in mentions)


def confusion(findings: Iterable[Finding]) -> Counter[tuple[str | None, str | None]]:
    """Count (gold type, predicted type) of spans that both sides have.

    A gold mention without a predicted one of its span counts under (type, None), the other way round under
    (None, type); so rows add up to the gold, columns to the predicted mentions.
    """
    counts: Counter[tuple[str | None, str | None]] = Counter()
    for finding in findings:
        if finding.kind in (CORRECT, TYPES):
            counts[finding.gold[0].type, finding.predicted[0].type] += 1
        else:
            counts.update((mention.type, None) for mention in finding.gold)
            counts.update((None, mention.type) for mention in finding.predicted)
    return counts
