"""Other frameworks' output as predictions: CoNLL columns, and spans by character as spaCy gives them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.domains.corpus import Domain, LabelledSentence, Mention
from benchmark.domains.formats import read_file
from benchmark.domains.tags import PREFIXES, SCHEMES, decode, detect_scheme, split_tag
from benchmark.errors import InputError, UsageError
from benchmark.store.atomic_io import write_atomic
from benchmark.store.predictions import render_predictions
from leaderboard.submit.findings import Findings, shown
from leaderboard.submit.manifest import CellKey, predictions_name
from leaderboard.submit.parse import strict_json

_LABELS = ("label", "entity_group", "type")  # spaCy and GLiNER; transformers; others
_LISTS = ("ents", "entities", "spans")
_EXPECTED = '{"text": "...", "ents": [{"start": 0, "end": 5, "label": "person"}]}, or the list alone'


@dataclass(frozen=True)
class Converted:
    """Predictions of a test set, and what had to be done to them.

    ``widened`` spans did not end at token boundaries, ``dropped`` overlapped a better one, ``undeclared`` had
    types that the domain does not declare: type → number.
    """

    predictions: Mapping[str, list[Mention]]
    widened: int = 0
    dropped: int = 0
    undeclared: Mapping[str, int] | None = None


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


# ---- CoNLL columns


def from_conll(
    path: Path, domain: Domain, *, names: Mapping[str, str] | None = None, scheme: str | None = None
) -> Converted:
    """Return the predictions in a CoNLL file: the test set's tokens in the first column, tags in the last.

    ``names`` maps type → the domain's name for it; ``scheme`` is found out from the tags where it is None.
    Illegal transitions are read as conlleval reads them. Raises ``Refused`` naming every line where tokens
    differ from the test set's, or a tag is malformed or of a type that the domain does not have.
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
    said: dict[str, list[Mention]] = {}
    for tagged, sentence in zip(file.sentences, domain.test, strict=False):
        if tagged.tokens != sentence.tokens:
            index = _first_difference(tagged.tokens, sentence.tokens)
            line = tagged.lines[min(index, len(tagged.lines) - 1)]
            found = shown(tagged.tokens[index]) if index < len(tagged.tokens) else "the sentence's end"
            want = shown(sentence.tokens[index]) if index < len(sentence.tokens) else "the sentence's end"
            findings.add(found, place, line, expected=f"{want}, as in {sentence.id}")
            continue
        tags = [_named(tag, names or {}) for tag in tagged.tags]
        if all(
            _sound(tag, n, scheme, domain, place, findings) for tag, n in zip(tags, tagged.lines, strict=True)
        ):
            said[sentence.id] = decode(tags, scheme)
    findings.refuse()
    return Converted(said)


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
        findings.add(f"the type {shown(kind)}", place, line, expected=expected, todo="name it with --map")
        return False
    return True


# ---- spans by character


def from_spans(
    path: Path, domain: Domain, *, names: Mapping[str, str] | None = None, drop_undeclared: bool = False
) -> Converted:
    """Return predictions from spans by character offset, JSON lines or one JSON array, a sentence an item.

    An item is what ``Doc.to_json()`` of spaCy gives, with ``text`` and ``ents``; or a list of spans, as a
    transformers pipeline or GLiNER gives it. Offsets are into the tokens joined by one space, as ``texts``
    prints them. Items stand in the order of the test set, or have an ``id``. A span that cuts a token is
    widened to whole tokens; of overlapping spans the one with the highest ``score`` stays, then the longest.
    Types that the domain does not declare are refused unless ``drop_undeclared``. Raises ``Refused`` naming
    every line (or item of an array) with something wrong.
    """
    findings = Findings()
    place = str(path)
    sentences = {sentence.id: sentence for sentence in domain.test}
    order = list(sentences)
    said: dict[str, list[Mention]] = {}
    widened = dropped = 0
    undeclared: dict[str, int] = {}
    for index, (line, item) in enumerate(_items(path, findings)):
        item = {"ents": item} if isinstance(item, list) else item
        name = (
            item.get("id", order[index] if index < len(order) else None) if isinstance(item, dict) else None
        )
        if not isinstance(item, dict) or not isinstance(name, str) or name not in sentences or name in said:
            expected = f"{_EXPECTED}; one for each of {len(order):,} test sentences"
            findings.add(f"an item that is none of {domain.name}", place, line, expected=expected)
            continue
        sentence = sentences[name]
        problem = _wrong_item(item, sentence)
        if problem:
            findings.add(problem[0], place, line, expected=problem[1])
            continue
        spans = _spans(item)
        kept, wide = _tokens(spans, sentence, names or {})
        widened += wide
        for _, mention in kept:
            if mention.type not in domain.type_names:
                undeclared[mention.type] = undeclared.get(mention.type, 0) + 1
        kept = [one for one in kept if one[1].type in domain.type_names]
        said[name] = _flat(kept)
        dropped += len(kept) - len(said[name])
    if undeclared and not drop_undeclared:
        told = ", ".join(f"{shown(kind)} ({count})" for kind, count in sorted(undeclared.items())[:10])
        expected = f"types of {domain.name}: {', '.join(domain.type_names)}"
        findings.add(
            f"the types {told}", place, expected=expected, todo="--map FROM=TO, or --drop-undeclared"
        )
    missing = [name for name in order if name not in said]
    if missing and not findings:
        findings.add(f"no item for {missing[0]} and {len(missing) - 1:,} more", place, expected=_EXPECTED)
    findings.refuse()
    return Converted({name: said[name] for name in order}, widened, dropped, undeclared)


def _items(path: Path, findings: Findings) -> Iterator[tuple[int, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"an unreadable file ({error})", path=path, expected="JSON in UTF-8") from error
    try:
        whole = strict_json(text)
    except ValueError:
        whole = None
    if isinstance(whole, list) and not (whole and _is_span(whole[0])):
        yield from enumerate(whole, 1)
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                item = strict_json(line)
            except ValueError as error:
                findings.add(str(error), str(path), number, expected=_EXPECTED)
                continue
            yield number, item


def _is_span(value: object) -> bool:
    return isinstance(value, dict) and "start" in value and "end" in value


def _spans(item: Mapping[str, Any]) -> Any:
    return next((item[key] for key in _LISTS if key in item), None)


def _wrong_item(item: Mapping[str, Any], sentence: LabelledSentence) -> tuple[str, str] | None:
    text = " ".join(sentence.tokens)
    if "text" in item and item["text"] != text:
        return (
            f"the text {shown(item['text'])}",
            f"{shown(text)}, the tokens of {sentence.id} between spaces",
        )
    spans = _spans(item)
    if not isinstance(spans, list):
        return ("no list of spans", _EXPECTED)
    for span in spans:
        if not _is_span(span) or not any(isinstance(span.get(key), str) for key in _LABELS):
            return (
                "a span of another form",
                "start, end and a label; of transformers, with an aggregation_strategy",
            )
        start, end = span["start"], span["end"]
        if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
            found = f"the span {shown(start)} to {shown(end)}"
            return (found, f"0 ≤ start < end ≤ {len(text)}, characters of {sentence.id}")
    return None


def _tokens(
    spans: Sequence[Mapping[str, Any]], sentence: LabelledSentence, names: Mapping[str, str]
) -> tuple[list[tuple[float, Mention]], int]:
    """Return spans as mentions with their scores, and how many had to be widened to whole tokens."""
    starts, at = [], 0
    for token in sentence.tokens:
        starts.append(at)
        at += len(token) + 1
    ends = [start + len(token) for start, token in zip(starts, sentence.tokens, strict=True)]
    found, widened = [], 0
    for span in spans:
        touched = [
            i
            for i, (s, e) in enumerate(zip(starts, ends, strict=True))
            if s < span["end"] and span["start"] < e
        ]
        if not touched:
            continue  # a space alone
        first, last = touched[0], touched[-1]
        widened += (starts[first], ends[last]) != (span["start"], span["end"])
        label = next(span[key] for key in _LABELS if isinstance(span.get(key), str))
        score = span.get("score", 0.0)
        score = score if isinstance(score, int | float) else 0.0  # as it is: an int may be beyond floats
        found.append((score, Mention(first, last + 1, names.get(label, label))))
    return found, widened


def _flat(found: Sequence[tuple[float, Mention]]) -> list[Mention]:
    """Keep, of overlapping mentions, the one with the highest score, then the longest, then the first."""
    kept: list[Mention] = []
    for _, mention in sorted(found, key=lambda one: (-one[0], one[1].start - one[1].end, one[1])):
        if all(mention.end <= other.start or other.end <= mention.start for other in kept):
            kept.append(mention)
    return sorted(kept)
