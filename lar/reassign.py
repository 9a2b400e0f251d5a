"""Label reassignment: sentences whose mentions carry distributions over target types, as training targets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lar.direct import Floats, FoundMentions
from tagger.labels import OUTSIDE, label_count


def reassigned_targets(found: FoundMentions, distribution: Floats, lengths: Sequence[int]) -> list[Floats]:
    """Return a target distribution (words, labels) for each sentence of ``lengths`` words.

    Words outside every mention are O. A mention's words carry its ``distribution`` (mentions, types) over
    target types, weighted by its confidence (the greatest probability): a mention that direct inference
    is unsure of teaches less.
    """
    labels = label_count(distribution.shape[1])
    targets = [np.zeros((length, labels), dtype=np.float32) for length in lengths]
    for target in targets:
        target[:, OUTSIDE] = 1
    for number, (start, end), row in zip(found.sentence.tolist(), found.spans, distribution, strict=True):
        words = targets[number][start:end]
        words[:] = 0
        words[0, 1::2] = row * row.max()
        words[1:, 2::2] = row * row.max()
    return targets
