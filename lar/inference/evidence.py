"""None of these: which found mentions are dropped, because too little speaks for any target type.

A mention stays where its most probable target type outweighs *none of these*, and that type's probability
times the certainty that the words are a mention at all reaches ``least``. One for which too little speaks
keeps what the source tagger says of it, where that source type is a target type too and the tagger is sure.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lar.inference.mentions import FoundMentions, TypedMentions
from larbench.tagger.arrays import Floats

SURE = 0.8  # the least probability, of words and source type together, at which the tagger is sure


def with_evidence(
    found: FoundMentions,
    distribution: Floats,
    certainty: Floats,
    least: float,
    equal: Sequence[int | None] = (),
) -> TypedMentions:
    """Return the mentions that stay, typed.

    Parameters
    ----------
    found : FoundMentions
        The mentions, with what the tagger says of their source types.
    distribution : array (mentions, types)
        Rows summing to one at most; what lacks is none of these.
    certainty : array (mentions,)
        The probability that the words are a mention.
    least : float
        The evidence that a target type needs: its probability times the certainty.
    equal : sequence of int or None
        For each source type the number of the target type that it is, None where there is none; empty:
        no mention keeps its source type.

    Returns
    -------
    TypedMentions
        In the order of ``found``. A mention that keeps its source type has the tagger's probability of words
        and type in the place of that type, and nothing elsewhere.
    """
    best = distribution.max(axis=1, initial=0)
    none = 1 - distribution.sum(axis=1)
    stays = (best >= none) & (best * certainty >= least)
    typed = distribution.copy()
    best_source = found.source.argmax(axis=1)
    for source, target in enumerate(equal):
        if target is None:
            continue
        sure = certainty * found.source[:, source]
        kept = ~stays & (best_source == source) & (sure >= SURE)
        typed[kept] = 0
        typed[kept, target] = sure[kept]
        stays |= kept
    rows = np.flatnonzero(stays)
    return TypedMentions(found.sentence[rows], [found.spans[row] for row in rows.tolist()], typed[rows])
