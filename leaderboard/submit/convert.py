"""Test sentences for other frameworks, and their output as predictions: CoNLL columns."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmark.domains.corpus import Domain, Mention
from benchmark.domains.formats import read_file
from benchmark.domains.tags import PREFIXES, SCHEMES, decode, detect_scheme, split_tag
from benchmark.domains.types.equal_types import common_map
from benchmark.errors import UsageError, shown
from benchmark.store.atomic_io import write_atomic
from benchmark.store.predictions import render_predictions
from leaderboard.submit.findings import Findings
from leaderboard.submit.manifest import CellKey, predictions_name

_TYPES = 1_000  # undeclared ones that are listed
_MAP = "name it with --map; --map common does so for common spellings"


@dataclass(frozen=True)
class Converted:
    """Predictions of a test set, and what had to be done to them, each a line with its place.

    ``widened`` spans did not end at token boundaries, ``overlapping`` ones gave way to a better one,
    ``blank`` ones held no token. ``undeclared`` are types that the domain does not declare and the number of
    their spans, ``offsets`` says what was counted. ``mapped`` is the map of common spellings, where it was
    asked for. Of answers in words, ``missing`` ones are not in their sentence, ``ambiguous`` ones stand there
    more than once, ``unread`` ones have no form that is known.
    """

    predictions: Mapping[str, list[Mention]]
    widened: tuple[str, ...] = ()
    overlapping: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()
    undeclared: Mapping[str, int] = field(default_factory=dict)
    offsets: str = ""
    mapped: Mapping[str, str] | None = None
    missing: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def texts(domain: Domain) -> Iterator[str]:
    """Yield the test sentences to predict as JSON lines: id, text (the tokens between spaces) and tokens."""
    for sentence in domain.test:
        line = {"id": sentence.id, "text": " ".join(sentence.tokens), "tokens": sentence.tokens}
        yield json.dumps(line, ensure_ascii=False)


def save(folder: Path, key: CellKey, predictions: Mapping[str, list[Mention]]) -> Path:
    """Write predictions where ``submit pack`` looks for them, and return the path."""
    path = folder / predictions_name(key)
    write_atomic(path, render_predictions(predictions), temporary=folder)
    return path


def undeclared(path: Path, domain: Domain, counts: Mapping[str, int]) -> tuple[str, str, None, str, str]:
    """Return what ``Findings.add`` is told of types that a domain does not declare."""
    listed = [f"{shown(kind)} ({count:,})" for kind, count in sorted(counts.items())]
    more = f" and {len(listed) - _TYPES:,} more" if len(listed) > _TYPES else ""
    known = common_map(sorted(counts), domain.type_names)
    proposed = " ".join(f"--map {kind}={name}" for kind, name in known.items())
    todo = f"{f'--map common or {proposed}' if proposed else '--map FROM=TO'}, or --drop-undeclared"
    expected = f"types of {domain.name}: {', '.join(domain.type_names)}"
    return f"the types {', '.join(listed[:_TYPES])}{more}", str(path), None, expected, todo


def renaming(
    written: Iterable[str], domain: Domain, names: Mapping[str, str] | None, *, common: bool
) -> tuple[dict[str, str], dict[str, str] | None]:
    """Return written type → the domain's name for it, and those of them that are so by common spellings.

    ``names`` goes before these, which count where ``common`` asks for them; without it there are none.
    """
    stated = dict(names or {})
    if not common:
        return stated, None
    found = common_map(sorted(set(written) - set(stated)), domain.type_names)
    return {**found, **stated}, found


def all_there(path: Path, domain: Domain, said: Container[str], findings: Findings, expected: str) -> None:
    """Note which test sentences have no item, where nothing else is wrong with a file."""
    missing = [sentence.id for sentence in domain.test if sentence.id not in said]
    if missing and not findings:
        more = f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""
        findings.add(f"no item for {missing[0]}{more}", str(path), expected=expected)


# ---- CoNLL columns


def from_conll(
    path: Path,
    domain: Domain,
    *,
    names: Mapping[str, str] | None = None,
    common: bool = False,
    scheme: str | None = None,
) -> Converted:
    """Return the predictions in a CoNLL file: the test set's tokens in the first column, tags in the last.

    ``names`` maps type → the domain's name for it, ``common`` says to map types that are the domain's but for
    the spelling too; ``scheme`` is found out from the tags where it is None. Illegal transitions are read as
    conlleval reads them. Raises ``Refused`` naming every line where tokens differ from the test set's, or a
    tag is malformed or of a type that the domain does not have.
    """
    if scheme is not None and scheme not in SCHEMES:
        raise UsageError(f"no scheme {scheme!r}: there are {', '.join(SCHEMES)}")
    file = read_file(path).must_be_sound()
    findings = Findings()
    place = str(path)
    if len(file.sentences) != len(domain.test):
        found = f"{len(file.sentences):,} sentences"
        findings.add(found, place, expected=f"{len(domain.test):,}, the test sentences of {domain.name}")
    scheme = scheme or detect_scheme(sentence.tags for sentence in file.sentences)
    kinds = {tag.partition("-")[2] for sentence in file.sentences for tag in sentence.tags} - {""}
    renamed, mapped = renaming(kinds, domain, names, common=common)
    said: dict[str, list[Mention]] = {}
    for tagged, sentence in zip(file.sentences, domain.test, strict=False):
        if tagged.tokens != sentence.tokens:
            index = _first_difference(tagged.tokens, sentence.tokens)
            line = tagged.lines[min(index, len(tagged.lines) - 1)]
            found = shown(tagged.tokens[index]) if index < len(tagged.tokens) else "the sentence's end"
            want = shown(sentence.tokens[index]) if index < len(sentence.tokens) else "the sentence's end"
            findings.add(found, place, line, expected=f"{want}, as in {sentence.id}")
            continue
        tags = [_named(tag, renamed) for tag in tagged.tags]
        if all(
            _sound(tag, n, scheme, domain, place, findings) for tag, n in zip(tags, tagged.lines, strict=True)
        ):
            said[sentence.id] = decode(tags, scheme)
    findings.refuse()
    return Converted(said, mapped=mapped)


def _first_difference(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = zip(one, other, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _named(tag: str, names: Mapping[str, str]) -> str:
    prefix, hyphen, kind = tag.partition("-")
    return f"{prefix}-{names.get(kind, kind)}" if hyphen else tag


def _sound(tag: str, line: int, scheme: str, domain: Domain, place: str, findings: Findings) -> bool:
    try:
        prefix, kind = split_tag(tag)
    except ValueError:
        findings.add(
            f"the tag {shown(tag)}", place, line, expected="O, or a prefix and a type such as B-person"
        )
        return False
    if prefix != "O" and prefix not in PREFIXES[scheme]:
        findings.add(f"the tag {shown(tag)}", place, line, expected=f"a tag of {scheme}")
        return False
    if kind and kind not in domain.type_names:
        expected = f"one of {', '.join(domain.type_names)}"
        findings.add(f"the type {shown(kind)}", place, line, expected=expected, todo=_MAP)
        return False
    return True
