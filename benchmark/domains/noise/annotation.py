"""Noise on the source's annotation: types flipped, boundaries moved, mentions missed, spurious mentions.

Each gold mention has one way in which it goes wrong if it is hit, drawn among those that are possible for it:

- ``types``: another declared type stands there, any with equal probability or by a confusion matrix;
- ``boundaries``: one end moves by one token, inwards, or outwards over a token of no mention;
- ``missed``: the mention is not annotated;
- ``spurious``: the mention stays, and another is annotated in its sentence, of its type and at most its
  length, on tokens of no mention that hold a letter or digit.

Which way, and where a spurious mention would lie, is settled for all mentions before any rate is looked at.
So errors never touch each other, the annotation stays legal, and what is wrong at one rate is wrong in the
same way at every higher one. A sentence without gold mentions stays without.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmark.domains.corpus import Domain, LabelledSentence, Mention
from benchmark.domains.noise.condition import SOURCE, Confusion, Noise
from benchmark.domains.noise.random_draws import is_hit, pick, pick_weighted, shuffled
from benchmark.domains.noise.report import NoiseReport, add_up

UNIT = "mentions"


@dataclass(frozen=True, slots=True)
class _Error:
    """What goes wrong with a mention: the mentions that stand in its place."""

    kind: str
    instead: tuple[Mention, ...]


def corrupt_annotation(domain: Domain, noise: Noise) -> tuple[Domain, NoiseReport]:
    """Return a domain whose train and dev splits are annotated with errors, and how much of them is.

    Its test split stays as it is. Raises ``ValueError`` for noise that is not on the source, or a confusion
    that names an undeclared type.
    """
    train, dev = (
        [corrupt_sentence_annotation(sentence, domain.type_names, noise) for sentence in split]
        for split in (domain.train, domain.dev)
    )
    noisy = replace(domain, train=tuple(one for one, _ in train), dev=tuple(one for one, _ in dev))
    return noisy, add_up(UNIT, noise.rate, noise.kinds, (report for _, report in (*train, *dev)))


def corrupt_sentence_annotation(
    sentence: LabelledSentence, types: Sequence[str], noise: Noise
) -> tuple[LabelledSentence, NoiseReport]:
    """Return a sentence with errors in its annotation, and how many there are; raises as above."""
    if noise.on != SOURCE:
        raise ValueError("noise on the target's text does not change an annotation")
    _check_declared(noise.confusion, types)
    errors = _errors(sentence, types, noise)
    found: list[Mention] = []
    done: Counter[str] = Counter()
    for number, (mention, error) in enumerate(zip(sentence.mentions, errors, strict=True)):
        if error is not None and is_hit(noise.seed, sentence.id, number, noise.rate):
            found += error.instead
            done[error.kind] += 1
        else:
            found.append(mention)
    report = NoiseReport(
        UNIT,
        noise.rate,
        total=len(errors),
        eligible=sum(error is not None for error in errors),
        changed=sum(done.values()),
        kinds=done,
        mentions=len(errors),
        lost=done["missed"],
    )
    return replace(sentence, mentions=tuple(sorted(found))), report


def _errors(sentence: LabelledSentence, types: Sequence[str], noise: Noise) -> list[_Error | None]:
    """Return what goes wrong with each mention if it is hit; None where nothing can."""
    free = [any(map(str.isalnum, token)) for token in sentence.tokens]  # may be part of a spurious mention
    open_ = [True] * len(sentence.tokens)  # belongs to no mention, true or spurious
    for mention in sentence.mentions:
        for place in range(mention.start, mention.end):
            free[place] = open_[place] = False
    errors = []
    for number in range(len(sentence.mentions)):
        error = None
        for kind in shuffled(noise.seed, sentence.id, number, noise.kinds):
            error = _error(kind, sentence, number, types, noise, open_, free)
            if error is not None:
                break
        errors.append(error)
        for one in () if error is None else error.instead:
            for place in range(one.start, one.end):
                free[place] = open_[place] = False
    return errors


def _error(
    kind: str,
    sentence: LabelledSentence,
    number: int,
    types: Sequence[str],
    noise: Noise,
    open_: Sequence[bool],
    free: Sequence[bool],
) -> _Error | None:
    mention = sentence.mentions[number]
    where = (noise.seed, sentence.id, number)
    if kind == "missed":
        return _Error(kind, ())
    if kind == "types":
        others = _others(mention.type, types, noise.confusion)
        if not others:
            return None
        return _Error(kind, (mention._replace(type=pick_weighted(*where, "type", others)),))
    if kind == "boundaries":
        moved = _moved(mention, open_)
        return _Error(kind, (pick(*where, "move", moved),)) if moved else None
    spans = _room(mention.end - mention.start, free)
    if not spans:
        return None
    start, end = pick(*where, "span", spans)
    return _Error(kind, (mention, Mention(start, end, mention.type)))


def _others(name: str, types: Sequence[str], confusion: Confusion | None) -> list[tuple[str, float]]:
    """Return what a type may be taken for, with weights."""
    row = (confusion or {}).get(name)
    if row is None:
        return [(other, 1.0) for other in types if other != name]
    return [(other, row[other]) for other in types if other != name and row.get(other, 0) > 0]


def _moved(mention: Mention, open_: Sequence[bool]) -> list[Mention]:
    """Return the mention with one of its ends moved by one token."""
    start, end, kind = mention
    moved = []
    if end - start > 1:
        moved += [Mention(start + 1, end, kind), Mention(start, end - 1, kind)]
    if start > 0 and open_[start - 1]:
        moved.append(Mention(start - 1, end, kind))
    if end < len(open_) and open_[end]:
        moved.append(Mention(start, end + 1, kind))
    return moved


def _room(length: int, free: Sequence[bool]) -> list[tuple[int, int]]:
    """Return the spans of free tokens that are so long; of shorter ones where there is none."""
    for size in range(length, 0, -1):
        spans = [(s, s + size) for s in range(len(free) - size + 1) if all(free[s : s + size])]
        if spans:
            return spans
    return []


def _check_declared(confusion: Confusion | None, types: Sequence[str]) -> None:
    named = {name for row in (confusion or {}).items() for name in (row[0], *row[1])}
    foreign = sorted(named - set(types))
    if foreign:
        raise ValueError(f"the confusion names {', '.join(foreign)}; declared are {', '.join(types)}")
