"""Found mentions for tests: all marked by the tagger itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lar.inference.mentions import FoundMentions
from larbench.tagger.embedding import Span


def found_mentions(
    sentence: npt.NDArray[np.int64], spans: Sequence[Span], source: npt.ArrayLike, certainty: npt.ArrayLike
) -> FoundMentions:
    """Return these mentions; see ``FoundMentions``."""
    tagged = np.ones(len(spans), dtype=np.bool_)
    return FoundMentions(sentence, spans, np.asarray(source), np.asarray(certainty), tagged)
