"""The source tagger's votes: which source type it gives to the mentions of each target type."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import softmax

from benchmark.domains.corpus import LabelledSentence
from lar.inference.direct import MentionEmbeddings
from lar.inference.mentions import FoundMentions, type_probabilities
from larbench.tagger.arrays import Floats
from larbench.tagger.labels import OUTSIDE
from larbench.tagger.tagger import Tagger

_TEMPERATURE = 0.05  # as of direct inference: from cosines to shares of target types


def labelled_votes(
    tagger: Tagger, sentences: Sequence[LabelledSentence], target_types: Sequence[str]
) -> Floats:
    """Return (targets, sources + 1): the tagger's probabilities at gold mentions, summed by their gold type.

    The last column is the probability that the words are no mention at all. For the supervised setting.
    """
    number = {name: place for place, name in enumerate(target_types)}
    votes = np.zeros((len(target_types), len(tagger.types) + 1), dtype=np.float32)
    all_scores = tagger.log_probs([sentence.unlabelled() for sentence in sentences])
    for sentence, scores in zip(sentences, all_scores, strict=True):
        for start, end, name in sentence.mentions:
            probs = np.exp(scores[start:end])
            votes[number[name]] += np.append(type_probabilities(probs), probs[:, OUTSIDE].mean())
    return votes


def unlabelled_votes(found: FoundMentions, embeddings: MentionEmbeddings, types: Floats) -> Floats:
    """Return (targets, sources): the votes of the mentions that the tagger found, shared among target types.

    Without target labels a mention belongs to each target type by softmax of the cosines of its words and
    its sentence with ``types`` (targets, hidden), no alignment involved. For the zero-shot setting; what the
    tagger leaves untagged is not seen.
    """
    scores = (embeddings.mention + embeddings.sentence) @ types.T / (2 * _TEMPERATURE)
    votes: Floats = softmax(scores.astype(np.float32), axis=-1).T @ found.source
    return votes
