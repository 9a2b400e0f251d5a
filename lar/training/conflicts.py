"""Where reassigned source and labelled target disagree about the same words: the alignment decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.domains.corpus import LabelledSentence
from lar.alignment.align import Alignment
from lar.inference.mentions import FoundMentions
from larbench.tagger.arrays import Floats


@dataclass(frozen=True)
class Conflicts:
    """How many source mentions were inferred to be of another type than the target's labels say.

    ``to_target`` of them took the target's type, the others kept the inferred one.
    """

    found: int
    to_target: int


def gold_types(sentences: Sequence[LabelledSentence], types: Sequence[str]) -> dict[str, int]:
    """Return the surfaces of labelled mentions with the number of their most frequent type."""
    counts: dict[str, Counter[str]] = {}
    for sentence in sentences:
        for start, end, name in sentence.mentions:
            counts.setdefault(" ".join(sentence.tokens[start:end]), Counter())[name] += 1
    number = {name: place for place, name in enumerate(types)}
    return {
        surface: number[max(names, key=lambda name: (names[name], -number[name]))]
        for surface, names in counts.items()
    }


def resolve_conflicts(
    found: FoundMentions,
    inferred: Floats,
    named: Sequence[str],
    gold: Mapping[str, int],
    alignment: Alignment,
) -> tuple[Floats, Conflicts]:
    """Return the distributions (mentions, types) with conflicts resolved, and their count.

    ``named`` are the mentions' surfaces. A mention that the target's labels (``gold``) know under another
    type than ``inferred`` gets theirs, with certainty, where the alignment pairs it with the mention's source
    type (a person whom the labels call a politician), or its weight of that is at least as great as that of
    the inferred one. Else words alike mean two things (Washington, the person), and the inferred type stays.
    """
    agreed = inferred.copy()
    partner_of = alignment.pairs
    conflicts = to_target = 0
    for row, surface in enumerate(named):
        wanted = gold.get(surface)
        best = int(np.argmax(inferred[row]))
        if wanted is None or wanted == best:
            continue
        conflicts += 1
        source = int(np.argmax(found.source[row]))
        paired = partner_of[alignment.target_types[wanted]] == alignment.source_types[source]
        if paired or alignment.weights[wanted, source] >= alignment.weights[best, source]:
            to_target += 1
            agreed[row] = 0
            agreed[row, wanted] = 1
    return agreed, Conflicts(conflicts, to_target)
