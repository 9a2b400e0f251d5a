"""None of these: which found mentions are dropped, because too little speaks for any target type.

A mention stays where its most probable target type outweighs *none of these*, and that type's probability
times the certainty that the words are a mention at all reaches ``least``.
"""

from __future__ import annotations

import numpy as np

from lar.inference.mentions import FoundMentions, TypedMentions
from larbench.tagger.arrays import Floats


def with_evidence(
    found: FoundMentions, distribution: Floats, certainty: Floats, least: float
) -> TypedMentions:
    """Return the mentions that stay, typed.

    ``distribution`` is (mentions, types), rows summing to one at most; what lacks is none of these.
    ``certainty`` (mentions,) is the probability that the words are a mention.
    """
    best = distribution.max(axis=1, initial=0)
    none = 1 - distribution.sum(axis=1)
    rows = np.flatnonzero((best >= none) & (best * certainty >= least))
    return TypedMentions(
        found.sentence[rows], [found.spans[row] for row in rows.tolist()], distribution[rows]
    )
