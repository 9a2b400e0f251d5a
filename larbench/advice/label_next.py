"""Sentences that are worth labelling: those on which the models of a committee disagree most.

Query by committee (Seung, Opper and Sompolinsky, COLT 1992), with the F-complement as its measure (Ngai
and Yarowsky, ACL 2000, section 3.1): the mean over all pairs of models of 1 - F1 of their mentions in a
sentence. Of one model alone, the sentence counts whose least sure mention is the least sure.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from statistics import fmean
from typing import Any

from benchmark.domains.corpus import Mention
from larbench.models.documents import Answer, Question, spans_of, write_answer
from larbench.models.folder import Model
from larbench.models.predicting import answers


@dataclass(frozen=True)
class Candidate:
    """A sentence, what most models find in it, and how much they disagree (0..1)."""

    question: Question
    mentions: tuple[Mention, ...]
    disagreement: float


def rank(models: Sequence[Model], questions: Sequence[Question], *, count: int) -> list[Candidate]:
    """Return the sentences on which the models disagree most, the greatest disagreement first.

    Parameters
    ----------
    models : sequence of Model
        The committee, of one at least; methods or seeds of one corpus.
    questions : sequence of Question
        The sentences. Of those with the same words, one is taken.
    count : int
        How many sentences are wanted.
    """
    first: dict[tuple[str, ...], Question] = {}
    for one in questions:
        first.setdefault(one.sentence.tokens, one)
    different = list(first.values())
    found = [list(answers(model, different, confident=len(models) == 1)) for model in models]
    candidates = [
        Candidate(question, majority([one.mentions for one in row]), _disagreement(row))
        for question, row in zip(different, zip(*found, strict=True), strict=True)
    ]
    ranked = sorted(candidates, key=lambda one: -one.disagreement)  # of equals the earlier one first
    return list(islice((one for one in ranked if one.disagreement > 0), count))


def _disagreement(row: Sequence[Answer]) -> float:
    if len(row) == 1:
        sure = [one for one in row[0].confidences if one is not None]
        return 1 - min(sure) if sure else 0.0
    return fmean(_f_complement(one.mentions, other.mentions) for one, other in combinations(row, 2))


def _f_complement(one: Sequence[Mention], other: Sequence[Mention]) -> float:
    together = len(one) + len(other)
    return 1 - 2 * len(set(one) & set(other)) / together if together else 0.0


def majority(found: Sequence[Sequence[Mention]]) -> tuple[Mention, ...]:
    """Return the mentions that more than half of the models find; no two of them can overlap."""
    votes = Counter(mention for mentions in found for mention in mentions)
    return tuple(sorted(mention for mention, count in votes.items() if 2 * count > len(found)))


def _answer(one: Candidate) -> Answer:
    return Answer(one.question, one.mentions, [None] * len(one.mentions))


def _doccano(candidates: Sequence[Candidate]) -> str:
    """JSON lines, as doccano imports sequence labelling."""
    lines = []
    for one in candidates:
        label = [[span["start"], span["end"], span["type"]] for span in spans_of(_answer(one))]
        meta = {"id": one.question.sentence.id, "disagreement": round(one.disagreement, 4)}
        lines.append(
            json.dumps({"text": one.question.text, "label": label, "meta": meta}, ensure_ascii=False)
        )
    return "".join(line + "\n" for line in lines)


def _label_studio(candidates: Sequence[Candidate]) -> str:
    """A list of tasks with predictions, for a labelling interface whose tags are ``label`` and ``text``."""
    tasks: list[dict[str, Any]] = []
    for one in candidates:
        result = [
            {
                "from_name": "label",
                "to_name": "text",
                "type": "labels",
                "value": {
                    **{key: span[key] for key in ("start", "end", "text")},
                    "labels": [span["type"]],
                },
            }
            for span in spans_of(_answer(one))
        ]
        score = round(1 - one.disagreement, 4)
        data = {"text": one.question.text, "id": one.question.sentence.id}
        tasks.append({"data": data, "predictions": [{"score": score, "result": result}]})
    return json.dumps(tasks, ensure_ascii=False, indent=1) + "\n"


def _columns(candidates: Sequence[Candidate]) -> str:
    return "".join(write_answer(_answer(one), "columns") for one in candidates)


WRITERS: dict[str, Callable[[Sequence[Candidate]], str]] = {
    "doccano": _doccano,
    "label-studio": _label_studio,
    "columns": _columns,
}
