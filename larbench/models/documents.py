"""What ``predict`` reads and writes: raw text, sentences by lines, columns, JSON lines, spans."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from benchmark.domains.corpus import Mention, Sentence
from benchmark.domains.tags import encode_bio
from benchmark.errors import InputError
from benchmark.store.predictions import render_predictions
from larbench.models import text as texts

TEXT, LINES, TOKENS, COLUMNS, JSONL = "text", "lines", "tokens", "columns", "jsonl"
INPUTS = (TEXT, LINES, TOKENS, COLUMNS, JSONL)
SPANS, PREDICTIONS = "spans", "predictions"
OUTPUTS = (SPANS, TOKENS, COLUMNS, JSONL, PREDICTIONS)
Numbered = Iterable[tuple[int, str]]


@dataclass(frozen=True)
class Question:
    """A sentence to be asked about, and what it came from.

    ``text`` is what ``places`` (of the tokens, in characters) count in; ``before`` the number of characters
    that stood before it in the whole input. ``given`` is the JSON object that it was.
    """

    sentence: Sentence
    text: str
    places: tuple[tuple[int, int], ...]
    before: int = 0
    given: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """Its mentions, and how sure the model is of each (0..1); None where it cannot tell."""

    question: Question
    mentions: Sequence[Mention]
    confidences: Sequence[float | None]


def usual_output(form: str) -> str:
    """Return the form that answers have where none is asked for: that of the input, spans of raw text."""
    return SPANS if form in (TEXT, LINES) else form


def guess_input(name: str, head: str) -> str:
    """Return the form of a file by its name's ending and its first lines; raw text where nothing tells."""
    first = next((line for line in head.split("\n") if line.strip()), "")
    if name.endswith((".jsonl", ".json", ".ndjson")) or first.startswith("{"):
        return JSONL
    if name.endswith((".conll", ".bio", ".iob", ".iob2", ".tsv", ".columns")):
        return COLUMNS
    return TEXT


def read_questions(lines: Numbered, form: str, path: str) -> Iterator[Question]:
    """Yield the sentences of an input that is read line by line.

    Raises ``InputError`` with the line of what is not of that form.
    """
    yield from _READERS[form](lines, path)


def _of_text(lines: Numbered, path: str) -> Iterator[Question]:
    """Sentences may run over lines; a paragraph ends at an empty one, so no more than one is held."""
    del path
    held, before, number = "", 0, 0
    for _, line in lines:
        held += line + "\n"
        if line.strip():
            continue
        for question in _sentences_of(held, before, number):
            number += 1
            yield question
        before, held = before + len(held), ""
    yield from _sentences_of(held, before, number)


def _sentences_of(text: str, before: int, number: int) -> Iterator[Question]:
    for place, piece in enumerate(texts.sentences(text), number):
        start, end = piece.places[0][0], piece.places[-1][1]
        places = tuple((first - start, last - start) for first, last in piece.places)
        yield Question(Sentence(str(place), piece.tokens), text[start:end], places, before + start)


def _of_lines(lines: Numbered, path: str) -> Iterator[Question]:
    del path
    before = 0
    for number, line in lines:
        piece = texts.tokenize(line)
        if piece.tokens:
            yield Question(Sentence(str(number), piece.tokens), line, piece.places, before)
        before += len(line) + 1


def _of_tokens(lines: Numbered, path: str) -> Iterator[Question]:
    del path
    for number, line in lines:
        if words := line.split():
            yield _of_words(str(number), words)


def _of_words(name: str, words: Sequence[str], **given: Any) -> Question:
    text, places = " ".join(words), []
    start = 0
    for word in words:
        places.append((start, start + len(word)))
        start += len(word) + 1
    return Question(Sentence(name, tuple(words)), text, tuple(places), 0, given)


def _of_columns(lines: Numbered, path: str) -> Iterator[Question]:
    """The token is what stands first in a row; tags behind it are passed over."""
    del path
    words: list[str] = []
    number = 0
    for _, line in lines:
        if line.strip() and not line.startswith("-DOCSTART-"):
            words.append(line.split("\t")[0].strip() if "\t" in line else line.split()[0])
        elif words:
            yield _of_words(str(number), words)
            words, number = [], number + 1
    if words:
        yield _of_words(str(number), words)


def _of_jsonl(lines: Numbered, path: str) -> Iterator[Question]:
    for number, line in lines:
        if not line.strip():
            continue
        try:
            given = json.loads(line)
        except ValueError as error:
            raise InputError("broken JSON", path=path, line=number, expected=_OBJECT) from error
        given = given if isinstance(given, dict) else {}
        name, words, text = str(given.get("id", number)), given.get("tokens"), given.get("text")
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            yield _of_words(name, words, **given)
        elif isinstance(text, str):
            piece = texts.tokenize(text)
            yield Question(Sentence(name, piece.tokens), text, piece.places, 0, given)
        else:
            raise InputError(line[:80], path=path, line=number, expected=_OBJECT)


_OBJECT = '{"text": "..."} or {"tokens": ["...", ...]}, with an "id" where you like'
_READERS: dict[str, Callable[[Numbered, str], Iterator[Question]]] = {
    TEXT: _of_text,
    LINES: _of_lines,
    TOKENS: _of_tokens,
    COLUMNS: _of_columns,
    JSONL: _of_jsonl,
}


def write_answer(answer: Answer, form: str) -> str:
    """Return the lines of an answer, with their line ends."""
    return _WRITERS[form](answer)


def spans_of(answer: Answer) -> list[dict[str, Any]]:
    """Return mentions by places in characters of the sentence's text, with type, words and confidence."""
    found = []
    for (start, end, kind), confidence in zip(answer.mentions, answer.confidences, strict=True):
        first, last = answer.question.places[start][0], answer.question.places[end - 1][1]
        sure = None if confidence is None else round(confidence, 4)
        words = answer.question.text[first:last]
        found.append({"start": first, "end": last, "type": kind, "text": words, "confidence": sure})
    return found


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def _as_spans(answer: Answer) -> str:
    question = answer.question
    return _json(
        {
            "id": question.sentence.id,
            "text": question.text,
            "offset": question.before,
            "spans": spans_of(answer),
        }
    )


def _as_jsonl(answer: Answer) -> str:
    question = answer.question
    given = {**question.given} or {"id": question.sentence.id, "tokens": question.sentence.tokens}
    return _json({**given, "mentions": [list(one) for one in answer.mentions], "spans": spans_of(answer)})


def _as_columns(answer: Answer) -> str:
    tokens = answer.question.sentence.tokens
    rows = zip(tokens, encode_bio(answer.mentions, len(tokens)), strict=True)
    return "".join(f"{token}\t{tag}\n" for token, tag in rows) + "\n"


def _as_tokens(answer: Answer) -> str:
    """Return tokens with mentions in brackets, as in ``[Anna person] lives in [New Lima city] .``."""
    tokens = list(answer.question.sentence.tokens)
    ends = [0, *(place for start, end, _ in answer.mentions for place in (start, end)), len(tokens)]
    kinds = {(start, end): kind for start, end, kind in answer.mentions}
    parts = (
        f"[{' '.join(tokens[start:end])} {kinds[start, end]}]"
        if (start, end) in kinds
        else " ".join(tokens[start:end])
        for start, end in pairwise(ends)
    )
    return " ".join(part for part in parts if part) + "\n"


def _as_predictions(answer: Answer) -> str:
    return render_predictions({answer.question.sentence.id: answer.mentions}).decode()


_WRITERS: dict[str, Callable[[Answer], str]] = {
    SPANS: _as_spans,
    TOKENS: _as_tokens,
    COLUMNS: _as_columns,
    JSONL: _as_jsonl,
    PREDICTIONS: _as_predictions,
}
