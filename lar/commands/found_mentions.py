"""What becomes of gold mentions at their boundaries: found exactly, in part, in pieces, too long, or missed.

``benchmark.scoring.decomposition`` says what each kind of error costs in F1; this says of gold mentions alone
what a finder of mentions would have to do better.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np

from benchmark.domains.corpus import LabelledSentence, Mention
from benchmark.scoring.decomposition import decompose_spans
from benchmark.scoring.spans import exact_matches, overlapping, pair_mentions

ALL = "all"  # the name of the row that sums the others
FATES: Mapping[str, str] = {  # field of a row → heading
    "found": "found",
    "part": "in part",
    "split": "split",
    "beyond": "too long",
    "missed_lower": "missed, lower case",
    "missed_capitals": "missed, capitals",
}


@dataclass(frozen=True)
class FoundRow:
    """Counts of the gold mentions of one type; all but ``right`` add up to ``support``.

    ``found``: with the same boundaries, of these ``right`` with the same type. Of the others, ``split``: two
    or more predicted mentions share a token with it; ``part``: the one that does lies inside of it;
    ``beyond``: the one that does goes beyond it at an end. Nothing shares a token with a missed one; it is
    ``missed_capitals`` where it has a capital letter, else ``missed_lower``.
    """

    type: str
    support: int
    found: int
    right: int
    part: int
    split: int
    beyond: int
    missed_lower: int
    missed_capitals: int

    def share(self, fate: str) -> float | None:
        """Return the share of the mentions with a fate, of ``FATES``; None of no mention."""
        return getattr(self, fate) / self.support if self.support else None

    @property
    def type_accuracy(self) -> float | None:
        """The share of those found that have their type; None where none is found."""
        return self.right / self.found if self.found else None


@dataclass(frozen=True)
class Found:
    """A row for each declared type, and exact micro F1 (0..1) of mentions and of their boundaries alone."""

    rows: tuple[FoundRow, ...]
    f1: float
    boundary_f1: float


def found_mentions(
    gold: Sequence[LabelledSentence], predicted: Sequence[Sequence[Mention]], types: Sequence[str]
) -> Found:
    """Count what became of the gold mentions of each of ``types``.

    Raises ``InputError`` where the two sides do not fit, or a gold type is not in ``types``.
    """
    lengths = [len(sentence.tokens) for sentence in gold]
    these, those = pair_mentions([one.mentions for one in gold], predicted, types, lengths)
    match = exact_matches(these, those)
    counts = {name: dict.fromkeys(_COUNTS, 0) for name in types}
    with_boundaries = {place: number for number, place in enumerate(match.tolist()) if place >= 0}
    first, last = overlapping(these, those)
    words = [token for sentence in gold for token in sentence.tokens]
    for place, (start, end, kind) in enumerate(zip(these.start, these.end, these.type, strict=True)):
        count = counts[types[kind]]
        count["support"] += 1
        if place in with_boundaries:
            count["found"] += 1
            count["right"] += int(those.type[with_boundaries[place]] == kind)
        elif (touching := last[place] - first[place]) > 1:
            count["split"] += 1
        elif touching:
            inside = start <= those.start[first[place]] and those.end[first[place]] <= end
            count["part" if inside else "beyond"] += 1
        else:
            capitals = any(letter.isupper() for word in words[start:end] for letter in word)
            count["missed_capitals" if capitals else "missed_lower"] += 1
    score = decompose_spans(these, those, types, len(gold))
    rows = tuple(FoundRow(name, **count) for name, count in counts.items())
    return Found(rows, score.f1, score.boundary_f1)


def summed(rows: Iterable[FoundRow], name: str = ALL) -> FoundRow:
    """Return the row of all mentions of ``rows`` together."""
    counts = np.array([astuple(row)[1:] for row in rows], dtype=int).reshape(-1, len(_COUNTS))
    return FoundRow(name, *counts.sum(axis=0).tolist())


_COUNTS = tuple(field.name for field in fields(FoundRow) if field.name != "type")
