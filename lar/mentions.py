"""Finding mentions with a source tagger, and reading off what it believes of each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmark.domains.corpus import LabelledSentence, Sentence
from lar.direct import Floats, FoundMentions
from tagger.labels import best_legal_path, decode_labels
from tagger.tagger import Tagger


def find_mentions(tagger: Tagger, sentences: Sequence[Sentence]) -> FoundMentions:
    """Return the mentions on the tagger's most probable legal path, and its belief in each source type."""
    numbers, spans, beliefs = [], [], []
    for number, scores in enumerate(tagger.log_probs(sentences)):
        for start, end, _ in decode_labels(best_legal_path(scores).tolist(), tagger.types):
            numbers.append(number)
            spans.append((start, end))
            beliefs.append(_belief(scores[start:end]))
    source = np.asarray(beliefs, dtype=np.float32).reshape(len(spans), len(tagger.types))
    return FoundMentions(np.asarray(numbers, dtype=np.int64), spans, source)


def gold_mentions(sentences: Sequence[LabelledSentence], types: Sequence[str]) -> FoundMentions:
    """Return the gold mentions of labelled sentences, certain of their types."""
    index = {name: number for number, name in enumerate(types)}
    found = [(number, m) for number, sentence in enumerate(sentences) for m in sentence.mentions]
    source = np.zeros((len(found), len(types)), dtype=np.float32)
    source[np.arange(len(found)), [index[m.type] for _, m in found]] = 1
    numbers = np.asarray([number for number, _ in found], dtype=np.int64)
    return FoundMentions(numbers, [(m.start, m.end) for _, m in found], source)


def _belief(scores: Floats) -> Floats:
    """Average the probability of each type over a mention's words (its B- and I- together), scaled to one."""
    probs = np.exp(scores)
    belief = (probs[:, 1::2] + probs[:, 2::2]).mean(axis=0)
    result: Floats = belief / belief.sum()
    return result
