"""Scoring two CoNLL files: the same tokens, gold tags in one and predicted tags in the other.

Tags are scored as they are written. Nothing is repaired: that illegal transitions are read in two ways is
what the dialects ``strict`` and ``conlleval`` show side by side.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.domains.domain_file import load_domain_file
from benchmark.domains.formats import StreamedFile, Unstreamable, read_file
from benchmark.domains.tagged_file import TaggedFile, TaggedSentence
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
from benchmark.scoring.score import Score, score_spans, total
from benchmark.scoring.spans import Spans
from benchmark.scoring.tags_to_spans import TagEncoder, spans_of_tags

# prefixes of a whole mention in IOBES or BILOU
_WHOLE = re.compile(r"[SU]|BI*[EL]")
_BLOCK = 4096  # sentences that are scored at once
_TODO = "score predictions made for this very file"


@dataclass(frozen=True)
class Side:
    """One of the two files: where it lies and how its tags were read."""

    path: str
    scheme: str
    illegal_transitions: int


@dataclass(frozen=True, eq=False)
class Report:
    """All figures of predicted tags against gold tags.

    ``undeclared`` counts the predicted mentions of types that are not declared, by type. The counts in
    ``score`` have one row, for all sentences together.
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
    paths = Path(gold), Path(predicted)
    stated = gold_scheme, predicted_scheme
    try:
        return _report([StreamedFile(path) for path in paths], types, stated)
    except Unstreamable:
        return _report([read_file(path).must_be_sound() for path in paths], types, stated)


def _report(
    files: Sequence[TaggedFile], types: Path | str | None, stated: tuple[str | None, str | None]
) -> Report:
    """Score block by block: what is held does not grow with the files."""
    surveys = [_survey(file.sentences) for file in files]
    schemes = _schemes([survey.scheme for survey in surveys], stated)
    for file, survey, scheme in zip(files, surveys, schemes, strict=True):
        _check_tags(survey, file.path, PREFIXES[scheme])
    names = _declared(surveys[0], files[0].path, types)
    encoder = TagEncoder(names)
    sentences = tokens = 0
    undeclared: Counter[int] = Counter()
    score: Score | None = None
    pairs = _in_step(*files)
    while block := list(islice(pairs, _BLOCK)):
        sides = zip(*block, strict=True)
        (real, illegal), (said, also_illegal) = (
            _spans([sentence.tags for sentence in side], scheme, encoder)
            for side, scheme in zip(sides, schemes, strict=True)
        )
        texts = [sentence.tokens for sentence, _ in block]
        made = score_spans(real, said, names, texts)
        dialects = replace(made.dialects, illegal_gold=illegal, illegal_predicted=also_illegal)
        made = replace(made, dialects=dialects)
        score = total([made] if score is None else [score, made])
        undeclared.update(said.type[said.type >= len(names)].tolist())
        sentences += len(texts)
        tokens += sum(map(len, texts))
    assert score is not None  # a file without a sentence is not sound
    dialects = score.dialects
    return Report(
        gold=Side(str(files[0].path), schemes[0], dialects.illegal_gold),
        predicted=Side(str(files[1].path), schemes[1], dialects.illegal_predicted),
        sentences=sentences,
        tokens=tokens,
        types=names,
        undeclared={encoder.types[kind]: undeclared[kind] for kind in sorted(undeclared)},
        score=score,
    )


@dataclass(frozen=True)
class _Survey:
    """What a first pass tells of a file: the scheme its tags look like, and each tag's first line."""

    scheme: str
    tags: dict[str, int]


def _survey(sentences: Iterable[TaggedSentence]) -> _Survey:
    lines: dict[str, int] = {}

    def passing() -> Iterator[Sequence[str]]:
        for sentence in sentences:
            for tag in sorted(set(sentence.tags) - lines.keys(), key=sentence.tags.index):
                lines[tag] = sentence.lines[sentence.tags.index(tag)]
            yield sentence.tags

    return _Survey(detect_scheme(passing()), lines)


def _schemes(found: Sequence[str], stated: Sequence[str | None]) -> list[str]:
    for scheme in stated:
        if scheme is not None and scheme not in SCHEMES:
            raise UsageError(f"unknown scheme {scheme!r}: use {', '.join(SCHEMES)}")
    gold, predicted = (given or scheme for scheme, given in zip(found, stated, strict=True))
    if stated[1] is None and (gold, predicted) == (IOB2, IOB1):
        predicted = IOB2
    return [gold, predicted]


def _check_tags(survey: _Survey, path: Path, prefixes: str) -> None:
    """Raise ``InputError`` for the first tag that is malformed or has a prefix of another scheme."""
    expected = f"O, or a prefix of {', '.join(prefixes)} with a hyphen and a type"
    for tag, line in survey.tags.items():
        if tag == OUTSIDE:
            continue
        try:
            prefix, _ = split_tag(tag)
        except ValueError as error:
            raise InputError(str(error), path=path, line=line, expected=expected) from error
        if prefix not in prefixes:
            raise InputError(f"the tag {tag!r}", path=path, line=line, expected=expected)


def _declared(gold: _Survey, path: Path, types: Path | str | None) -> tuple[str, ...]:
    """Return the declared types: those of the TOML file, which must cover gold, or else those of gold."""
    if types is None:
        return tuple(sorted({split_tag(tag)[1] for tag in gold.tags} - {""}))
    stated = load_domain_file(Path(types)).entity_types
    if stated is None:
        raise InputError(
            "no types",
            path=types,
            expected='tables such as [types.person] with name = "person" and description = "..."',
            todo="declare the types or leave out --types",
        )
    names = tuple(kind.name for kind in stated)
    known = {*names, ""}
    for tag, line in gold.tags.items():
        if split_tag(tag)[1] not in known:
            raise InputError(
                f"the tag {tag!r}",
                path=path,
                line=line,
                expected=f"a type that {types} declares: {', '.join(names)}",
                todo="declare the type or leave out --types",
            )
    return names


def _spans(tags: Sequence[Sequence[str]], scheme: str, encoder: TagEncoder) -> tuple[Spans, int]:
    """Return the spans of sentences' tags and the number of their illegal transitions."""
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


def _in_step(gold: TaggedFile, predicted: TaggedFile) -> Iterator[tuple[TaggedSentence, TaggedSentence]]:
    """Yield the sentences of both files side by side.

    Raises ``InputError`` for the first place where the predictions' tokens are not those of gold.
    """
    line = 0  # the last that both files got to
    both = zip_longest(gold.sentences, predicted.sentences)
    for number, (right, found) in enumerate(both):
        if right is None or found is None:
            more = 1 + sum(1 for _ in both)
            here, there = (number, number + more) if found is None else (number + more, number)
            raise InputError(
                f"{here:,} sentences",
                path=predicted.path,
                line=line if found is None else found.lines[0],
                expected=f"{there:,}, as in {gold.path}",
                todo=_TODO,
            )
        if right.tokens != found.tokens:
            raise _other_tokens(gold.path, right, predicted.path, found)
        yield right, found
        line = found.lines[-1]


def _other_tokens(gold: Path, right: TaggedSentence, predicted: Path, found: TaggedSentence) -> InputError:
    pairs = zip(right.tokens, found.tokens, right.lines, found.lines, strict=False)
    for expected, token, gold_line, line in pairs:
        if expected != token:
            return InputError(
                f"the token {token!r}",
                path=predicted,
                line=line,
                expected=f"{expected!r}, as {gold}:{gold_line} has",
                todo=_TODO,
            )
    return InputError(
        f"a sentence of {len(found.tokens)} tokens",
        path=predicted,
        line=found.lines[0],
        expected=f"{len(right.tokens)} tokens, as in the sentence at {gold}:{right.lines[0]}",
        todo=_TODO,
    )
