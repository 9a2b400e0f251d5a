"""A model on a stream of sentences: block by block, as a run's cell asks its method."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np

from benchmark.domains.corpus import Mention, Sentence
from benchmark.method import Method
from benchmark.run.check_predictions import check_predictions
from benchmark.run.fit_predict import BLOCK, TRANSDUCTIVE
from larbench.models.documents import Answer, Question
from larbench.models.folder import Model
from larbench.tagger.arrays import Floats
from larbench.tagger.labels import encode_labels

__all__ = ["BLOCK", "answers", "confidences"]


def answers(
    model: Model, questions: Iterable[Question], *, block: int = BLOCK, confident: bool = True
) -> Iterator[Answer]:
    """Yield the answer to every question, in their order.

    Parameters
    ----------
    model : Model
        A loaded one.
    questions : iterable of Question
        No more than a block of them is held; all of them for a method that adapts to what it is asked.
    block : int
        Sentences that are asked about at once. Answers can differ in the last bit between blocks of other
        sizes, because sentences of like length are padded together.
    confident : bool
        Whether to tell how sure the model is, which takes as long again.
    """
    names = [kind.name for kind in model.types]
    rest = iter(questions)
    size = None if model.method.notes().get(TRANSDUCTIVE) is True else block
    while held := list(islice(rest, size)):
        # numbered anew: ids of the input need not differ
        bare = [Sentence(f"{number}", one.sentence.tokens) for number, one in enumerate(held)]
        asked = [Sentence(one.sentence.id, one.sentence.tokens) for one in held]
        found = list(check_predictions(model.predict(asked), bare, names).values())
        sure = confidences(model.method, asked, found) if confident else [[None] * len(one) for one in found]
        yield from map(Answer, held, found, sure)


def confidences(
    method: Method, sentences: Sequence[Sentence], found: Sequence[Sequence[Mention]]
) -> list[list[float | None]]:
    """Return for each mention the mean probability, over its words, of the labels that it gives them.

    None where the method has no probabilities of words' labels (``label_log_probs``), or none of that type.
    """
    ask = getattr(method, "label_log_probs", None)
    if ask is None:
        return [[None] * len(mentions) for mentions in found]
    types, scores = ask(sentences)
    return [
        [_confidence(row, one, types) if one.type in types else None for one in mentions]
        for row, mentions in zip(scores, found, strict=True)
    ]


def _confidence(scores: Floats, mention: Mention, types: Sequence[str]) -> float:
    labels = encode_labels([mention], len(scores), types)[mention.start : mention.end]
    probabilities = np.exp(scores[mention.start : mention.end][np.arange(len(labels)), labels])
    return float(probabilities.mean())
