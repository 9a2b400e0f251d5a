"""Label reassignment: the distributions of mentions over target types, as training targets of words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lar.inference.mentions import TypedMentions
from larbench.tagger.arrays import Floats
from larbench.tagger.labels import OUTSIDE, label_count


def soft_labels(typed: TypedMentions, lengths: Sequence[int]) -> list[Floats]:
    """Return a distribution (words, labels) for each sentence of ``lengths`` words.

    Words outside every mention are O. A mention's words carry its distribution over target types, weighted
    by its confidence (the greatest probability): a mention that inference is unsure of teaches less.
    """
    labels = label_count(typed.distribution.shape[1])
    targets = [np.zeros((length, labels), dtype=np.float32) for length in lengths]
    for target in targets:
        target[:, OUTSIDE] = 1
    for number, (start, end), row in zip(
        typed.sentence.tolist(), typed.spans, typed.distribution, strict=True
    ):
        words = targets[number][start:end]
        words[:] = 0
        words[0, 1::2] = row * row.max()
        words[1:, 2::2] = row * row.max()
    return targets
