"""Spans with offsets, as annotation tools and taggers write them, as predictions of a test set.

Read are JSON lines or one JSON array, a sentence an item: spaCy's ``Doc.to_json()`` and its training pairs,
pipelines of transformers, GLiNER, Prodigy, doccano, Label Studio. What an item says of its text, and a span
of its own, is held against the test set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.domains.corpus import Domain, LabelledSentence, Mention
from benchmark.domains.formats.text_spans import (
    CHARACTERS,
    EXPECTED,
    TOKENS,
    UTF16,
    Span,
    Wrong,
    characters,
    holds,
    is_span,
    span_of,
    text_fields,
)
from benchmark.errors import InputError, UsageError, shown
from leaderboard.submit.convert import Converted, all_there, renaming, undeclared
from leaderboard.submit.findings import Findings
from leaderboard.submit.parse import strict_json

UNITS = (CHARACTERS, UTF16, TOKENS)


@dataclass(frozen=True, slots=True)
class Item:
    """What a file says of one sentence, and on which line (of an array: as which item)."""

    line: int
    sentence: LabelledSentence
    spans: tuple[Span, ...]


def from_spans(
    path: Path,
    domain: Domain,
    *,
    names: Mapping[str, str] | None = None,
    common: bool = False,
    drop_undeclared: bool = False,
    offsets: str | None = None,
) -> Converted:
    """Return predictions from spans with offsets into the tokens joined by one space, as of ``texts``.

    A span that cuts a token is widened to whole tokens; one on a blank alone is left out; of overlapping
    spans the one with the highest ``score`` stays, then the longest. All of those are named.

    Parameters
    ----------
    path : Path
        JSON lines or one JSON array. Items stand in the order of the test set, or have an ``id``: a
        sentence's, or its number from 0.
    domain : Domain
        The domain whose test set was predicted.
    names : mapping of str to str, optional
        Type as written → the domain's name for it.
    common : bool
        Whether types that are the domain's but for the spelling are mapped too.
    drop_undeclared : bool
        Leave out spans of types that the domain does not declare, which are refused otherwise.
    offsets : {"characters", "utf-16", "tokens"}, optional
        What is counted, ends exclusive; without it, whatever the most spans' own texts agree with.

    Raises
    ------
    Refused
        With every line that has something wrong: another text than the test set's, a span whose text is not
        what its offsets hold, types that are not declared (all of them, with their numbers).
    """
    if offsets is not None and offsets not in UNITS:
        raise UsageError(f"no offsets {offsets!r}: there are {', '.join(UNITS)}")
    findings = Findings()
    items = list(_items(path, domain, findings))
    unit = offsets or _unit(items)
    written = {span.label for item in items for span in item.spans}
    renamed, mapped = renaming(written, domain, names, common=common)
    made = _Conversion(path, domain, renamed, unit, findings)
    said = {item.sentence.id: made.mentions(item) for item in items}
    if made.undeclared and not drop_undeclared:
        findings.add(*undeclared(path, domain, made.undeclared))
    all_there(path, domain, said, findings, EXPECTED)
    findings.refuse()
    return Converted(
        {sentence.id: said[sentence.id] for sentence in domain.test},
        tuple(made.widened),
        tuple(made.overlapping),
        tuple(made.blank),
        dict(made.undeclared),
        _offsets_said(items, unit, offsets),
        mapped,
    )


# ---- items


def _items(path: Path, domain: Domain, findings: Findings) -> Iterator[Item]:
    sentences = {sentence.id: sentence for sentence in domain.test}
    seen: set[str] = set()
    for index, (line, raw) in enumerate(raw_items(path, findings)):
        try:
            fields = text_fields(raw)
            sentence = _sentence(fields, index, domain.test, sentences)
            if sentence.id in seen:
                raise Wrong(f"the sentence {sentence.id} a second time", "one item for each sentence")
            seen.add(sentence.id)
            text = " ".join(sentence.tokens)
            if fields.get("text", text) != text:
                told = f"{shown(text)}, the tokens of {sentence.id} between spaces"
                raise Wrong(f"the text {shown(fields['text'])}", told)
            if not isinstance(fields["spans"], list):
                raise Wrong("no list of spans")
            spans = tuple(span_of(span) for span in fields["spans"])
        except Wrong as wrong:
            findings.add(wrong.found, str(path), line, expected=wrong.expected)
            continue
        yield Item(line, sentence, spans)


def raw_items(path: Path, findings: Findings, expected: str = EXPECTED) -> Iterator[tuple[int, Any]]:
    """Yield the items of JSON lines or of one JSON array, with their lines (of an array: their numbers)."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"an unreadable file ({error})", path=path, expected="JSON in UTF-8") from error
    try:
        whole = strict_json(text)
    except ValueError:
        whole = None
    if isinstance(whole, list) and not (whole and is_span(whole[0])):
        yield from enumerate(whole, 1)
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, strict_json(line)
            except ValueError as error:
                findings.add(str(error), str(path), number, expected=expected)


def _sentence(
    fields: Mapping[str, Any],
    index: int,
    test: Sequence[LabelledSentence],
    sentences: Mapping[str, LabelledSentence],
) -> LabelledSentence:
    """Return the sentence that an item is of; a number counts from 0, unless its text says otherwise."""
    name, here = fields.get("id", index), test[index] if index < len(test) else None
    if isinstance(name, str) and name in sentences:
        return sentences[name]
    if type(name) is int:
        stated = test[name] if 0 <= name < len(test) else None
        fits = [one for one in (stated, here) if one and fields.get("text") == " ".join(one.tokens)]
        if fits or stated is not None:
            return fits[0] if fits else test[name]
    found = f"the id {shown(name)}" if "id" in fields else "an item more than there are test sentences"
    last = f"the number of a test sentence, 0 to {len(test) - 1:,}"
    raise Wrong(found, f"an id such as {next(iter(sentences), '')!r}, or {last}")


# ---- offsets


def _in_characters(span: Span, sentence: LabelledSentence, unit: str) -> tuple[int, int] | None:
    """Return which characters of the tokens between spaces a span holds; None where it goes beyond them."""
    if unit != TOKENS:
        return characters(span, " ".join(sentence.tokens), unit)
    if span.end > len(sentence.tokens):
        return None
    starts = _starts(sentence)
    return starts[span.start], starts[span.end - 1] + len(sentence.tokens[span.end - 1])


def _starts(sentence: LabelledSentence) -> list[int]:
    starts, at = [], 0
    for token in sentence.tokens:
        starts.append(at)
        at += len(token) + 1
    return starts


def _holds(span: Span, sentence: LabelledSentence, unit: str) -> bool:
    """Whether a span's offsets hold the text that it states."""
    return holds(span, " ".join(sentence.tokens), _in_characters(span, sentence, unit))


def _unit(items: Sequence[Item]) -> str:
    stated = [(span, item.sentence) for item in items for span in item.spans if span.text is not None]
    return max(UNITS, key=lambda unit: sum(_holds(span, sentence, unit) for span, sentence in stated))


def _offsets_said(items: Sequence[Item], unit: str, stated: str | None) -> str:
    texts = sum(span.text is not None for item in items for span in item.spans)
    if stated is not None:
        return f"{unit}, as stated"
    said = f"{unit}, as the texts of the spans say ({texts:,})"
    return said if texts else f"taken for {unit}: no span states its text"


# ---- tokens


class _Conversion:
    """Turns the spans of items into mentions, and keeps what had to be done to them."""

    def __init__(
        self, path: Path, domain: Domain, names: Mapping[str, str], unit: str, findings: Findings
    ) -> None:
        self.path, self.names, self.unit, self.findings = str(path), names, unit, findings
        self.types = frozenset(domain.type_names)
        self.widened: list[str] = []
        self.overlapping: list[str] = []
        self.blank: list[str] = []
        self.undeclared: Counter[str] = Counter()

    def mentions(self, item: Item) -> list[Mention]:
        """Return an item's mentions, none overlapping another."""
        text, starts = " ".join(item.sentence.tokens), _starts(item.sentence)
        ends = [start + len(token) for start, token in zip(starts, item.sentence.tokens, strict=True)]
        found: list[tuple[float, Mention]] = []
        for span in item.spans:
            place = self._place(span, item, text)
            if place is None:
                continue
            touched = [n for n in range(len(starts)) if starts[n] < place[1] and place[0] < ends[n]]
            if not touched:
                self.blank.append(f"line {item.line}: {span.start} to {span.end}")
                continue
            first, last = touched[0], touched[-1]
            held, whole = text[place[0] : place[1]], text[starts[first] : ends[last]]
            if held != whole:
                self.widened.append(f"line {item.line}: {shown(held)} to {shown(whole)}")
            kind = self.names.get(span.label, span.label)
            if kind in self.types:
                found.append((span.score, Mention(first, last + 1, kind)))
            else:
                self.undeclared[kind] += 1
        return self._flat(found, item)

    def _place(self, span: Span, item: Item, text: str) -> tuple[int, int] | None:
        place = _in_characters(span, item.sentence, self.unit)
        if place is None:
            found = f"the span {span.start} to {span.end}"
            expected = f"offsets in {item.sentence.id}, which has {len(text)} characters"
            expected += f" and {len(item.sentence.tokens)} tokens; offsets are {self.unit}"
        elif not _holds(span, item.sentence, self.unit):
            found = f"the span {span.start} to {span.end}, which is {shown(text[place[0] : place[1]])}"
            expected = f"{shown(span.text)}, the text that it states; offsets are {self.unit}"
        else:
            return place
        todo = "say what offsets count with --offsets"
        self.findings.add(found, self.path, item.line, expected=expected, todo=todo)
        return None

    def _flat(self, found: Sequence[tuple[float, Mention]], item: Item) -> list[Mention]:
        """Keep, of overlapping mentions, the one with the highest score, then the longest, then the first."""
        kept: list[Mention] = []
        for _, mention in sorted(found, key=lambda one: (-one[0], one[1].start - one[1].end, one[1])):
            if all(mention.end <= other.start or other.end <= mention.start for other in kept):
                kept.append(mention)
            else:
                words = " ".join(item.sentence.tokens[mention.start : mention.end])
                self.overlapping.append(f"line {item.line}: {shown(words)} as {shown(mention.type)}")
        return sorted(kept)
