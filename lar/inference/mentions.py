"""Finding mentions with a source tagger, and its distribution over source types for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from benchmark.domains.corpus import LabelledSentence, Mention, Sentence
from lar.inference.numbers import Numbers
from larbench.tagger.arrays import Floats
from larbench.tagger.embedding import Span
from larbench.tagger.labels import best_mentions
from larbench.tagger.tagger import Tagger


@dataclass(frozen=True)
class FoundMentions:
    """Mentions that a source tagger found in a list of sentences, in order.

    ``sentence`` (mentions,) numbers the sentence of each; ``spans`` are half-open word offsets; ``source``
    is (mentions, source types), rows summing to one: the tagger's distribution. ``certainty`` (mentions,)
    is its probability that the words are part of a mention, the mean over them. Words that joined a mention
    count for neither.
    """

    sentence: npt.NDArray[np.int64]
    spans: Sequence[Span]
    source: Floats
    certainty: Floats


@dataclass(frozen=True)
class TypedMentions:
    """Mentions with a distribution (mentions, target types), rows summing to at most one; else as found."""

    sentence: npt.NDArray[np.int64]
    spans: Sequence[Span]
    distribution: Floats

    def mentions(self, types: Sequence[str], count: int) -> list[list[Mention]]:
        """Return the mentions of each of ``count`` sentences, each with its most probable type."""
        rows: list[list[Mention]] = [[] for _ in range(count)]
        for number, (start, end), row in zip(
            self.sentence.tolist(), self.spans, self.distribution, strict=True
        ):
            rows[number].append(Mention(start, end, types[int(np.argmax(row))]))
        return rows


def find_mentions(
    tagger: Tagger, sentences: Sequence[Sentence], numbers: Numbers | None = None
) -> FoundMentions:
    """Return the mentions on the tagger's most probable legal path, with its distribution for each.

    ``numbers`` joins numbers to them; what the tagger says is that of the words that it found.
    """
    scored = tagger.log_probs(sentences)
    spans = [[(start, end) for start, end, _ in best_mentions(scores, tagger.types)] for scores in scored]
    if numbers is None:
        return _mentions_at(scored, spans, len(tagger.types))
    grown = [numbers.joined(sentence.tokens, row) for sentence, row in zip(sentences, spans, strict=True)]
    inside = [
        [next(span for span in row if span[0] >= start) for start, _ in more]
        for row, more in zip(spans, grown, strict=True)
    ]
    found = _mentions_at(scored, inside, len(tagger.types))
    return replace(found, spans=[span for row in grown for span in row])


def mentions_at(
    tagger: Tagger, sentences: Sequence[Sentence], spans: Sequence[Sequence[Span]]
) -> FoundMentions:
    """Return given mentions, the ``spans`` of each sentence, with the tagger's distribution for each."""
    return _mentions_at(tagger.log_probs(sentences), spans, len(tagger.types))


def gold_mentions(sentences: Sequence[LabelledSentence], types: Sequence[str]) -> FoundMentions:
    """Return the gold mentions of labelled sentences, certain of their types."""
    index = {name: number for number, name in enumerate(types)}
    found = [(number, m) for number, sentence in enumerate(sentences) for m in sentence.mentions]
    source = np.zeros((len(found), len(types)), dtype=np.float32)
    source[np.arange(len(found)), [index[m.type] for _, m in found]] = 1
    numbers = np.asarray([number for number, _ in found], dtype=np.int64)
    certain = np.ones(len(found), dtype=np.float32)
    return FoundMentions(numbers, [(m.start, m.end) for _, m in found], source, certain)


def surfaces(found: FoundMentions | TypedMentions, sentences: Sequence[Sequence[str]]) -> list[str]:
    """Return the words of each mention, joined by spaces."""
    return [
        " ".join(sentences[number][start:end])
        for number, (start, end) in zip(found.sentence.tolist(), found.spans, strict=True)
    ]


def _mentions_at(scored: Sequence[Floats], spans: Sequence[Sequence[Span]], types: int) -> FoundMentions:
    """Return the mentions at ``spans``, a row for each sentence of ``scored`` (words, labels)."""
    places = [(number, span) for number, row in enumerate(spans) for span in row]
    shares = [type_probabilities(np.exp(scored[number][start:end])) for number, (start, end) in places]
    source = np.asarray([share / share.sum() for share in shares], dtype=np.float32)
    certain = np.asarray([share.sum() for share in shares], dtype=np.float32)
    numbers = np.asarray([number for number, _ in places], dtype=np.int64)
    return FoundMentions(numbers, [span for _, span in places], source.reshape(len(places), types), certain)


def type_probabilities(probs: Floats) -> Floats:
    """Return (types,): the mean over words (words, labels) of the probability of each type's B- or I-."""
    mean: Floats = (probs[:, 1::2] + probs[:, 2::2]).mean(axis=0)
    return mean
