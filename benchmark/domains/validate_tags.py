"""What is wrong with a file's tags: unknown prefixes, undeclared types, illegal transitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmark.domains import tags as schemes
from benchmark.domains.tagged_file import Problem, TaggedFile, TaggedSentence

ILLEGAL_TRANSITION = "illegal transition"
UNKNOWN_PREFIX = "unknown prefix"
UNDECLARED_TYPE = "undeclared type"
_MEND = (
    'mend the tags, state illegal_transitions = "repair" in domain.toml, or let `data check --repair` write a'
    " repaired copy"
)


def validate_tags(
    file: TaggedFile, scheme: str, declared: frozenset[str] | None
) -> tuple[list[Problem], set[str]]:
    """Return the problems of a file's tags and the types that its sound tags name.

    ``declared`` are the types allowed, None where any is.
    """
    problems: list[Problem] = []
    distinct = {tag for sentence in file.sentences for tag in sentence.tags}
    faults = {tag: fault for tag in distinct if (fault := _fault(tag, scheme, declared))}
    malformed = {tag for tag, (kind, _) in faults.items() if kind == UNKNOWN_PREFIX}
    for sentence in file.sentences:
        if faults and not faults.keys().isdisjoint(sentence.tags):
            problems += [
                _tag_problem(file.path, line, tag, *faults[tag])
                for tag, line in zip(sentence.tags, sentence.lines, strict=True)
                if tag in faults
            ]
        problems += _transitions(file.path, sentence, scheme, malformed)
    sound = distinct - faults.keys() - {schemes.OUTSIDE}
    return problems, {schemes.split_tag(tag)[1] for tag in sound}


def _fault(tag: str, scheme: str, declared: frozenset[str] | None) -> tuple[str, str] | None:
    if tag == schemes.OUTSIDE:
        return None
    allowed = schemes.PREFIXES[scheme]
    try:
        prefix, kind = schemes.split_tag(tag)
    except ValueError:
        prefix, kind = "", ""
    if not prefix or prefix not in allowed:
        return UNKNOWN_PREFIX, f"O, or {', '.join(f'{letter}-' for letter in allowed)} and a type ({scheme})"
    if declared is not None and kind not in declared:
        return UNDECLARED_TYPE, f"a type that domain.toml declares: {', '.join(sorted(declared))}"
    return None


def _tag_problem(path: Path, line: int, tag: str, kind: str, expected: str) -> Problem:
    todo = "mend the tag, or declare its type in domain.toml"
    if kind == UNKNOWN_PREFIX:
        todo = (
            "mend the tag" if any(map(str.isalpha, tag)) else f"if it is outside of mentions: --outside={tag}"
        )
    return Problem(kind, path, line, f"the tag {tag!r}", expected, todo, detail=tag)


def _transitions(path: Path, sentence: TaggedSentence, scheme: str, malformed: set[str]) -> list[Problem]:
    return [
        Problem(
            ILLEGAL_TRANSITION,
            path,
            line,
            f"the transition {step}",
            expected or f"one that {scheme} allows",
            _MEND,
            detail=str(step),
        )
        for step, line, expected in _steps(sentence, scheme, malformed)
    ]


def _steps(
    sentence: TaggedSentence, scheme: str, malformed: set[str]
) -> Iterator[tuple[schemes.Transition, int, str]]:
    """Illegal transitions with their lines and what a repair would write there.

    None to or from a tag that is malformed or on a bad row.
    """
    tags, lines = sentence.tags, sentence.lines
    if not tags:
        return
    whole = lines[-1] - lines[0] + 1 == len(lines) and (not malformed or malformed.isdisjoint(tags))
    for first, last in [(0, len(tags))] if whole else _runs(tags, lines, malformed):
        for step in schemes.illegal_transitions(tags[first:last], scheme):
            at_end = step.after == schemes.OUTSIDE and tags[first + step.index] != schemes.OUTSIDE
            at_start = step.index == 0 and not at_end
            if not (at_start and first > 0) and not (at_end and last < len(tags)):
                yield step, lines[first + step.index], _mended(tags[first:last], step, scheme)


def _mended(tags: Sequence[str], step: schemes.Transition, scheme: str) -> str:
    """Say which tag a repair would write at an illegal step; nothing where it would change neither tag."""
    mended = schemes.encode(schemes.decode(tags, scheme), len(tags), scheme)
    for index, where in ((step.index, "here"), (step.index - 1, "on the line before")):
        if index >= 0 and mended[index] != tags[index]:
            return f"{mended[index]} {where}"
    return ""


def _runs(tags: Sequence[str], lines: Sequence[int], malformed: set[str]) -> Iterator[tuple[int, int]]:
    """Half-open stretches of sound tags on neighbouring lines."""
    first = 0
    for index in range(len(tags) + 1):
        ends = index == len(tags) or tags[index] in malformed
        if ends or (index > first and lines[index] != lines[index - 1] + 1):
            if index > first:
                yield first, index
            first = index + 1 if ends else index
