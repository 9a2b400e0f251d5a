"""From sentences with mentions to questions: what goes into one request to a language model.

All mentions of a sentence go into one question. Short sentences share one, because the description of the
types, which every request repeats, is longer than they are. The bounds stand below. A sentence that looks
like an instruction, or like JSON, never shares: whatever it does to an answer, it does to its own mentions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lar.generalists.protocol import TypingRequest

# the bounds of one question; a sentence longer than SHORT_WORDS, or one apart, has a question of its own
SHORT_WORDS = 80
MOST_SENTENCES = 8
MOST_WORDS = 320
MOST_MENTIONS = 40

_APART = re.compile(
    r"[{}\[\]<>`\\|\x00-\x1f\x7f\u2028\u2029]"
    r"|\"\s*\d+\s*\"\s*:|\bmentions?\s+\d"
    r"|\b(?:ignore|disregard|instructions?|prompts?|json|assistant)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Item:
    """One mention of a question.

    ``text`` numbers the question's sentence that it stands in; ``place`` is (sentence, span) in the list of
    all that is asked. ``occurrence`` counts from 1, and is None where its words stand in the sentence once.
    ``candidates`` are in the declared order of the types, so that a question does not depend on the ranking;
    ``restricted`` says that they are not all of the types.
    """

    text: int
    place: tuple[int, int]
    words: str
    occurrence: int | None
    candidates: tuple[str, ...]
    restricted: bool


@dataclass(frozen=True)
class Question:
    """What one request asks: sentences, and their mentions, which are numbered from 1 in this order.

    ``fault`` is what made an earlier answer to it unreadable; None where it is asked for the first time.
    """

    texts: tuple[str, ...]
    items: tuple[Item, ...]
    fault: str | None = None

    @property
    def candidates(self) -> tuple[tuple[str, ...], ...]:
        """The allowed types of each mention, in the order of their numbers."""
        return tuple(item.candidates for item in self.items)


def questions_for(asked: Sequence[TypingRequest], types: Sequence[str]) -> list[Question]:
    """Return the questions that cover every span which has at least two candidates.

    ``types`` are the names of all declared types, in order. A span with one candidate needs no asking, one
    without any cannot be asked about. Raises ``ValueError`` for a candidate that is not declared.
    """
    found: list[Question] = []
    shared: list[Question] = []
    for number, sentence in enumerate(asked):
        for question in _of_sentence(number, sentence, types):
            if not _may_share(question):
                found.append(question)
                continue
            if shared and not _fits(shared, question):
                found.append(_joined(shared))
                shared = []
            shared.append(question)
    if shared:
        found.append(_joined(shared))
    return found


def ask_again(question: Question, faults: dict[int, str]) -> list[Question]:
    """Return the questions that ask once more about mentions whose answers could not be read.

    ``faults`` is number → fault. Each sentence is asked about alone, so that one which spoils the answers of
    its neighbours does so once.
    """
    again: dict[int, list[int]] = {}
    for number in sorted(faults):
        again.setdefault(question.items[number - 1].text, []).append(number)
    return [
        Question(
            (question.texts[text],),
            tuple(replace(question.items[number - 1], text=0) for number in numbers),
            faults[numbers[0]],
        )
        for text, numbers in again.items()
    ]


def _of_sentence(number: int, sentence: TypingRequest, types: Sequence[str]) -> Iterator[Question]:
    if len(sentence.spans) != len(sentence.candidates):
        raise ValueError(f"{sentence.id}: {len(sentence.spans)} spans, {len(sentence.candidates)} candidates")
    items = []
    for place, ((start, end), candidates) in enumerate(zip(sentence.spans, sentence.candidates, strict=True)):
        if not 0 <= start < end <= len(sentence.tokens):
            raise ValueError(f"{sentence.id}: the span {start}–{end} does not fit its {len(sentence.tokens)}")
        if unknown := set(candidates) - set(types):
            raise ValueError(f"{sentence.id}: no declared types: {', '.join(sorted(unknown))}")
        allowed = tuple(name for name in types if name in candidates)
        if len(allowed) < 2:
            continue
        words = " ".join(sentence.tokens[start:end])
        occurrence = occurrence_of(sentence.tokens, start, end)
        items.append(Item(0, (number, place), words, occurrence, allowed, len(allowed) < len(types)))
    for first in range(0, len(items), MOST_MENTIONS):
        yield Question((" ".join(sentence.tokens),), tuple(items[first : first + MOST_MENTIONS]))


def occurrence_of(tokens: Sequence[str], start: int, end: int) -> int | None:
    """Return which occurrence of its words a span is, from 1; None where they stand in the sentence once."""
    words, length = tuple(tokens[start:end]), end - start
    starts = [at for at in range(len(tokens) - length + 1) if tuple(tokens[at : at + length]) == words]
    return starts.index(start) + 1 if len(starts) > 1 else None


def _may_share(question: Question) -> bool:
    text = question.texts[0]
    return _words(question) <= SHORT_WORDS and _APART.search(text) is None


def _fits(shared: Sequence[Question], question: Question) -> bool:
    every = [*shared, question]
    return (
        len(every) <= MOST_SENTENCES
        and sum(map(_words, every)) <= MOST_WORDS
        and sum(len(one.items) for one in every) <= MOST_MENTIONS
    )


def _words(question: Question) -> int:
    return len(question.texts[0].split())


def _joined(shared: Sequence[Question]) -> Question:
    items = tuple(replace(item, text=text) for text, one in enumerate(shared) for item in one.items)
    return Question(tuple(one.texts[0] for one in shared), items)
