"""The best score that the form of questions and answers allows: gold rendered as answers, read back, scored.

Anything below 100 would mean that a perfect language model loses mentions on the way.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.domains.corpus import SPLITS, Domain, EntityType, LabelledSentence, Mention
from lar.generalists.answers import read_answer, render_answer
from lar.generalists.protocol import TypingRequest
from lar.generalists.questions import questions_for
from larbench.endpoint.answers import round_trip_f1


def round_trip(domain: Domain, splits: Sequence[str] = SPLITS) -> float:
    """Return the F1 (times 100) of a domain's gold mentions after the way through questions and answers.

    Spans are given, as they are in enhanced inference; types go the way. 100.0 for a domain without mentions.
    """
    sentences = [sentence for split in splits for sentence in domain.split(split)]
    gold = [sentence.mentions for sentence in sentences]
    return round_trip_f1(gold, retyped(sentences, domain.types), domain.type_names)


def retyped(sentences: Sequence[LabelledSentence], types: Sequence[EntityType]) -> list[list[Mention]]:
    """Return the sentences' mentions with the types that are read from answers rendered from gold."""
    names = tuple(kind.name for kind in types)
    readable = {kind.name: kind.readable for kind in types}
    requests = [
        TypingRequest(
            sentence.id,
            sentence.tokens,
            tuple((mention.start, mention.end) for mention in sentence.mentions),
            (names,) * len(sentence.mentions),
        )
        for sentence in sentences
    ]
    read = {}
    if len(names) == 1:  # a single declared type is never asked about
        read = {(n, k): names[0] for n, one in enumerate(requests) for k in range(len(one.spans))}
    for question in questions_for(requests, names):
        gold = [sentences[row].mentions[span].type for row, span in (item.place for item in question.items)]
        reading = read_answer(render_answer(gold), question.candidates, readable)
        read.update((question.items[number - 1].place, name) for number, name in reading.types.items())
    return [
        [
            Mention(mention.start, mention.end, read[row, span])
            for span, mention in enumerate(sentence.mentions)
            if (row, span) in read
        ]
        for row, sentence in enumerate(sentences)
    ]
