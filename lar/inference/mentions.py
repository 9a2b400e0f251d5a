"""Finding mentions with a source tagger, and its distribution over source types for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmark.domains.corpus import LabelledSentence, Mention, Sentence
from lar.inference.numbers import with_numbers
from lar.inference.occurrences import Occurrences
from larbench.tagger.arrays import Floats
from larbench.tagger.embedding import Span
from larbench.tagger.labels import best_mentions
from larbench.tagger.tagger import Tagger


@dataclass(frozen=True)
class FoundMentions:
    """Mentions that a source tagger found in a list of sentences, in order.

    ``sentence`` (mentions,) numbers the sentence of each; ``spans`` are half-open word offsets; ``source``
    is (mentions, source types), rows summing to one: the tagger's distribution. ``certainty`` (mentions,)
    is its probability that the words are part of a mention, the mean over them. Numbers that joined a mention
    count for neither. ``tagged`` (mentions,) says which the tagger itself marked; the others are places
    of the same words (``lar.inference.occurrences``).
    """

    sentence: npt.NDArray[np.int64]
    spans: Sequence[Span]
    source: Floats
    certainty: Floats
    tagged: npt.NDArray[np.bool_]

    def occurrences(self, sentences: Sequence[Sentence]) -> Occurrences:
        """Return how often the tagger found each mention's words in these sentences, its text."""
        spans: list[list[Span]] = [[] for _ in sentences]
        for number, span, tagged in zip(self.sentence.tolist(), self.spans, self.tagged, strict=True):
            if tagged:
                spans[number].append(span)
        return Occurrences.of([sentence.tokens for sentence in sentences], spans)


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
    tagger: Tagger,
    sentences: Sequence[Sentence],
    *,
    numbers: bool = False,
    occurrences: bool = False,
    known: Occurrences | None = None,
) -> FoundMentions:
    """Return the mentions on the tagger's most probable legal path, with its distribution for each.

    With ``numbers`` those that follow a mention join it; what the tagger says is that of the words that it
    found. With ``occurrences`` other places of a mention's words are mentions too: by what was found in these
    sentences, or by what is ``known`` of another text.
    """
    scored = tagger.log_probs(sentences)
    words = [sentence.tokens for sentence in sentences]
    found = [[(start, end) for start, end, _ in best_mentions(scores, tagger.types)] for scores in scored]
    spans = [with_numbers(*pair) for pair in zip(words, found, strict=True)] if numbers else found
    tagged_part = {  # where numbers joined a mention, what the tagger itself found of it
        (number, whole): part
        for number, (row, grown) in enumerate(zip(found, spans, strict=True))
        for part, whole in zip(row, grown, strict=True)
    }
    if occurrences:
        counted = Occurrences.of(words, spans) if known is None else known
        spans = counted.completed(words, spans, own=known is None)
    places = [(number, span) for number, row in enumerate(spans) for span in row]
    inside = [tagged_part.get(place, place[1]) for place in places]
    tagged = [place in tagged_part for place in places]
    return _mentions_at(scored, places, inside, tagged, len(tagger.types))


def mentions_at(
    tagger: Tagger, sentences: Sequence[Sentence], spans: Sequence[Sequence[Span]]
) -> FoundMentions:
    """Return given mentions, the ``spans`` of each sentence, with the tagger's distribution for each."""
    places = [(number, span) for number, row in enumerate(spans) for span in row]
    inside = [span for _, span in places]
    return _mentions_at(tagger.log_probs(sentences), places, inside, [True] * len(places), len(tagger.types))


def gold_mentions(sentences: Sequence[LabelledSentence], types: Sequence[str]) -> FoundMentions:
    """Return the gold mentions of labelled sentences, certain of their types."""
    index = {name: number for number, name in enumerate(types)}
    found = [(number, m) for number, sentence in enumerate(sentences) for m in sentence.mentions]
    source = np.zeros((len(found), len(types)), dtype=np.float32)
    source[np.arange(len(found)), [index[m.type] for _, m in found]] = 1
    numbers = np.asarray([number for number, _ in found], dtype=np.int64)
    certain = np.ones(len(found), dtype=np.float32)
    tagged = np.ones(len(found), dtype=np.bool_)
    return FoundMentions(numbers, [(m.start, m.end) for _, m in found], source, certain, tagged)


def surfaces(found: FoundMentions | TypedMentions, sentences: Sequence[Sequence[str]]) -> list[str]:
    """Return the words of each mention, joined by spaces."""
    return [
        " ".join(sentences[number][start:end])
        for number, (start, end) in zip(found.sentence.tolist(), found.spans, strict=True)
    ]


def _mentions_at(
    scored: Sequence[Floats],
    places: Sequence[tuple[int, Span]],
    inside: Sequence[Span],
    tagged: Sequence[bool],
    types: int,
) -> FoundMentions:
    """Return the mentions at ``places``, numbers and spans in ``scored`` (words, labels).

    ``inside`` are the spans, of each, that the tagger is asked about.
    """
    shares = [
        type_probabilities(np.exp(scored[number][start:end]))
        for (number, _), (start, end) in zip(places, inside, strict=True)
    ]
    source = np.asarray([share / share.sum() for share in shares], dtype=np.float32)
    certain = np.asarray([share.sum() for share in shares], dtype=np.float32)
    numbers = np.asarray([number for number, _ in places], dtype=np.int64)
    return FoundMentions(
        numbers,
        [span for _, span in places],
        source.reshape(len(places), types),
        certain,
        np.asarray(tagged, dtype=np.bool_),
    )


def type_probabilities(probs: Floats) -> Floats:
    """Return (types,): the mean over words (words, labels) of the probability of each type's B- or I-."""
    mean: Floats = (probs[:, 1::2] + probs[:, 2::2]).mean(axis=0)
    return mean
