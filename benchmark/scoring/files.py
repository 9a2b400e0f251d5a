"""Scoring two CoNLL files: the same tokens, gold tags in one and predicted tags in the other.

Tags are scored as they are written. Nothing is repaired: that illegal transitions are read in two ways is
what the dialects ``strict`` and ``conlleval`` show side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.domains.conll import ConllFile, read_conll
from benchmark.domains.load import load_types
from benchmark.domains.tags import (
    IOB1,
    IOB2,
    OUTSIDE,
    PREFIXES,
    SCHEMES,
    decode,
    detect_scheme,
    encode_bio,
    illegal_transitions,
    split_tag,
)
from benchmark.errors import InputError, UsageError
from benchmark.scoring import SCORER_VERSION
from benchmark.scoring.counts import PRF, Counts
from benchmark.scoring.score import Score, score_spans
from benchmark.scoring.spans import Spans
from benchmark.scoring.tagged import TagEncoder, spans_of_tags

# prefixes of a whole mention in IOBES or BILOU
_WHOLE = re.compile(r"[SU]|BI*[EL]")


@dataclass(frozen=True)
class Side:
    """One of the two files: where it lies and how its tags were read."""

    path: str
    scheme: str
    illegal_transitions: int


@dataclass(frozen=True, eq=False)
class Report:
    """All figures of predicted tags against gold tags.

    ``undeclared`` counts the predicted mentions of types that are not declared, by type.
    """

    gold: Side
    predicted: Side
    sentences: int
    tokens: int
    types: tuple[str, ...]
    undeclared: dict[str, int]
    score: Score

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values; figures are fractions 0..1."""
        dialects, parts = self.score.dialects, self.score.decomposition
        return {
            "schema": 1,
            "scorer": SCORER_VERSION,
            "gold": vars(self.gold),
            "predicted": vars(self.predicted),
            "sentences": self.sentences,
            "tokens": self.tokens,
            "types": list(self.types),
            "undeclared": self.undeclared,
            "dialects": {
                name: {
                    **_figures(tally.prf),
                    "correct": tally.correct,
                    "predicted": tally.predicted,
                    "gold": tally.gold,
                }
                for name, tally in dialects.tallies.items()
            },
            "macro_f1": {"strict": dialects.strict.macro(), "conlleval": dialects.conlleval.macro()},
            "per_type": {"strict": _per_type(dialects.strict), "conlleval": _per_type(dialects.conlleval)},
            "decomposition": {
                "f1": parts.f1,
                "boundary_f1": parts.boundary_f1,
                "typed_right_f1": parts.typed_right_f1,
                "typed_right_macro_f1": parts.if_typed_right.macro(),
                "lost": parts.shares(),
                "mentions": {
                    "correct": parts.correct,
                    "wrong_type": parts.wrong_type,
                    "boundary_gold": parts.boundary_gold,
                    "boundary_predicted": parts.boundary_predicted,
                    "missed": parts.missed,
                    "spurious": parts.spurious,
                },
            },
        }


def _figures(figures: PRF) -> dict[str, float]:
    return {"precision": figures.precision, "recall": figures.recall, "f1": figures.f1}


def _per_type(counts: Counts) -> dict[str, dict[str, float]]:
    totals = counts.totals()
    return {
        name: {**_figures(figures), "predicted": totals[name][1], "gold": totals[name][2]}
        for name, figures in counts.per_type().items()
    }


def score(
    gold: Path | str,
    predicted: Path | str,
    *,
    types: Path | str | None = None,
    gold_scheme: str | None = None,
    predicted_scheme: str | None = None,
) -> Report:
    """Score the tags of one CoNLL file against those of another with the same tokens.

    Parameters
    ----------
    gold, predicted: files in CoNLL columns (token first, tag last).
    types: a TOML file that declares the types; without it they are the types of gold, sorted.
    gold_scheme, predicted_scheme: ``IOB2``, ``IOB1``, ``IOBES`` or ``BILOU``; without it the scheme is found
        out from the file's tags. Predictions that look like IOB1 beside gold in IOB2 are taken for broken
        IOB2: a tagger that forgets ``B-`` is no tagger of another scheme.

    Raises ``InputError``, naming file and line, for files that cannot be read, tokens that differ, malformed
    tags, and gold types that are not declared; ``UsageError`` for an unknown scheme.
    """
    files = [read_conll(Path(path)).must_be_sound() for path in (gold, predicted)]
    _same_tokens(*files)
    schemes = _schemes(files, (gold_scheme, predicted_scheme))
    for file, found in zip(files, schemes, strict=True):
        _check_tags(file, PREFIXES[found])
    names = _declared(files[0], types)
    encoder = TagEncoder(names)
    read = [_spans(file, found, encoder) for file, found in zip(files, schemes, strict=True)]
    (gold_spans, gold_illegal), (predicted_spans, predicted_illegal) = read
    tokens = [sentence.tokens for sentence in files[0].sentences]
    made = score_spans(gold_spans, predicted_spans, names, tokens)
    dialects = replace(made.dialects, illegal_gold=gold_illegal, illegal_predicted=predicted_illegal)
    return Report(
        gold=Side(str(gold), schemes[0], gold_illegal),
        predicted=Side(str(predicted), schemes[1], predicted_illegal),
        sentences=len(tokens),
        tokens=sum(map(len, tokens)),
        types=names,
        undeclared=_undeclared(predicted_spans, encoder, len(names)),
        score=replace(made, dialects=dialects),
    )


def _schemes(files: Sequence[ConllFile], stated: Sequence[str | None]) -> list[str]:
    for scheme in stated:
        if scheme is not None and scheme not in SCHEMES:
            raise UsageError(f"unknown scheme {scheme!r}: use {', '.join(SCHEMES)}")
    gold, predicted = (
        scheme or detect_scheme(sentence.tags for sentence in file.sentences)
        for file, scheme in zip(files, stated, strict=True)
    )
    if stated[1] is None and (gold, predicted) == (IOB2, IOB1):
        predicted = IOB2
    return [gold, predicted]


def _tags_with_lines(file: ConllFile) -> Iterator[tuple[str, int]]:
    for sentence in file.sentences:
        yield from zip(sentence.tags, sentence.lines, strict=True)


def _check_tags(file: ConllFile, prefixes: str) -> None:
    """Raise ``InputError`` for the first tag that is malformed or has a prefix of another scheme."""
    expected = f"O, or a prefix of {', '.join(prefixes)} with a hyphen and a type"
    sound: set[str] = {OUTSIDE}
    for tag, line in _tags_with_lines(file):
        if tag in sound:
            continue
        try:
            prefix, _ = split_tag(tag)
        except ValueError as error:
            raise InputError(str(error), path=file.path, line=line, expected=expected) from error
        if prefix not in prefixes:
            raise InputError(f"the tag {tag!r}", path=file.path, line=line, expected=expected)
        sound.add(tag)


def _declared(gold: ConllFile, types: Path | str | None) -> tuple[str, ...]:
    """Return the declared types: those of the TOML file, which must cover gold, or else those of gold."""
    if types is None:
        return tuple(sorted({split_tag(tag)[1] for tag, _ in _tags_with_lines(gold)} - {""}))
    names = tuple(kind.name for kind in load_types(Path(types))[1])
    known = {*names, ""}
    for tag, line in _tags_with_lines(gold):
        if split_tag(tag)[1] not in known:
            raise InputError(
                f"the tag {tag!r}",
                path=gold.path,
                line=line,
                expected=f"a type that {types} declares: {', '.join(names)}",
                todo="declare the type or leave out --types",
            )
    return names


def _spans(file: ConllFile, scheme: str, encoder: TagEncoder) -> tuple[Spans, int]:
    """Return the spans of a file's tags and the number of its illegal transitions."""
    tags = [sentence.tags for sentence in file.sentences]
    lengths = [len(sentence) for sentence in tags]
    if scheme == IOB2:
        spans = spans_of_tags(encoder.encode(tags), lengths)
        return spans, len(spans) - int(spans.legal.sum())
    mentions = [decode(sentence, scheme) for sentence in tags]
    steps = [illegal_transitions(sentence, scheme) for sentence in tags]
    bio = [encode_bio(found, length) for found, length in zip(mentions, lengths, strict=True)]
    spans = spans_of_tags(encoder.encode(bio), lengths)
    legal = np.empty(len(spans), dtype=np.bool_)
    at = 0
    for sentence, found, wrong in zip(tags, mentions, steps, strict=True):
        blamed = {step.index for step in wrong}
        for start, end, _ in found:
            prefixes = "".join(tag[0] for tag in sentence[start:end])
            legal[at] = start not in blamed if scheme == IOB1 else bool(_WHOLE.fullmatch(prefixes))
            at += 1
    return replace(spans, legal=legal), sum(map(len, steps))


def _undeclared(predicted: Spans, encoder: TagEncoder, declared: int) -> dict[str, int]:
    numbers = np.bincount(predicted.type)
    names = encoder.types[declared:]
    return {name: int(count) for name, count in zip(names, numbers[declared:], strict=False) if count}


def _same_tokens(gold: ConllFile, predicted: ConllFile) -> None:
    """Raise ``InputError`` for the first place where the predictions' tokens are not those of gold."""
    todo = "score predictions made for this very file"
    for right, found in zip(gold.sentences, predicted.sentences, strict=False):
        if right.tokens == found.tokens:
            continue
        pairs = zip(right.tokens, found.tokens, right.lines, found.lines, strict=False)
        for expected, token, gold_line, line in pairs:
            if expected != token:
                raise InputError(
                    f"the token {token!r}",
                    path=predicted.path,
                    line=line,
                    expected=f"{expected!r}, as {gold.path}:{gold_line} has",
                    todo=todo,
                )
        raise InputError(
            f"a sentence of {len(found.tokens)} tokens",
            path=predicted.path,
            line=found.lines[0],
            expected=f"{len(right.tokens)} tokens, as in the sentence at {gold.path}:{right.lines[0]}",
            todo=todo,
        )
    if len(gold.sentences) != len(predicted.sentences):
        raise InputError(
            f"{len(predicted.sentences):,} sentences",
            path=predicted.path,
            line=predicted.sentences[-1].lines[-1],
            expected=f"{len(gold.sentences):,}, as in {gold.path}",
            todo=todo,
        )
