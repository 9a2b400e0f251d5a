"""Texts without tokens: tokens made by a rule, sentences at line ends, spans of characters laid on them.

The rule: a run of letters, digits, underscores and their marks is a token, and so is every other character
that shows. Characters of scripts that put no spaces between words (Chinese, Japanese, Thai, Lao, Burmese,
Khmer) are tokens one by one, each with its marks. Characters that do not show stand between tokens.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmark.domains.corpus import Mention
from benchmark.domains.formats.flatten import flatten
from benchmark.domains.formats.text_spans import CHARACTERS, UTF16, Span, Wrong, characters, holds, span_of
from benchmark.domains.tagged_file import Findings
from benchmark.domains.tags import encode_bio
from benchmark.errors import shown

NESTED = "nested or overlapping mention"
RULE = "tokens made here: runs of letters and digits, each other character alone; sentences end at line ends"
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+|\S")
_JOINERS = "\u00ad\u200c\u200d"  # soft hyphen, zero width non-joiner and joiner: within words
_LINE_END = re.compile(r"[\r\n]")
Places = list[tuple[int, int]]


def token_places(text: str) -> Places:
    """Return where the tokens of a text begin and end, by the module's rule."""
    places: Places = []
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        first = text[start]
        follows = places and places[-1][1] == start
        if follows and (_joins(first) or (_joins(text[start - 1]) and _in_word(first))):
            places[-1] = places[-1][0], end
        elif unicodedata.category(first) not in ("Cc", "Cf"):
            places.append((start, end))
    return places


def _joins(character: str) -> bool:
    return character > "\x7f" and (character in _JOINERS or unicodedata.category(character)[0] == "M")


def _in_word(character: str) -> bool:
    return (character.isalnum() or character == "_") and not re.match(f"[{_UNSPACED}]", character)


def stated_places(words: Any, text: str) -> Places | None:
    """Return where tokens lie that are stated by their places alone, as spaCy's ``Doc.to_json()`` does."""
    if not isinstance(words, list) or not words:
        return None
    places: Places = []
    for one in words:
        start, end = (one.get("start"), one.get("end")) if isinstance(one, dict) else (None, None)
        least = places[-1][1] if places else 0
        if type(start) is not int or type(end) is not int or not least <= start < end <= len(text):
            return None
        places.append((start, end))
    return [place for place in places if text[slice(*place)].strip()]


def sentences_of(
    item: Mapping[str, Any], words: Any, findings: Findings
) -> Iterator[tuple[list[str], list[str]]]:
    """Yield tokens and tags of the sentences in a text, and tell ``findings`` what became of its spans.

    Parameters
    ----------
    item : mapping
        Its ``text``, and its ``spans`` as ``benchmark.domains.formats.text_spans.span_of`` takes them.
    words : object
        Its tokens as places of characters, where it has such.
    findings : Findings
        Told of what was widened, cut or left out.

    Raises
    ------
    Wrong
        For an object without spans, and a span beyond its text or of another text than it states.
    """
    text = item["text"]
    if not isinstance(item["spans"], list):
        raise Wrong("a text with neither tokens nor spans")
    spans = [span_of(one) for one in item["spans"]]
    places = stated_places(words, text)
    findings.taken = f"JSON lines of texts with spans; {'tokens as stated' if places else RULE}"
    places = token_places(text) if places is None else places
    if not places:
        findings.counts["text without a token"] += 1
        return
    starts = [start for start, _ in places]
    firsts = [0]  # the first token of each sentence
    for end in (match.start() for match in _LINE_END.finditer(text)):
        if (first := bisect_left(starts, end)) not in (firsts[-1], len(places)):
            firsts.append(first)
    unit = max((CHARACTERS, UTF16), key=lambda one: sum(_agrees(span, text, one) for span in spans))
    found = [_laid(span, text, places, firsts, unit, findings) for span in spans]
    mentions, left_out = flatten([mention for mention in found if mention is not None])
    if left_out:
        findings.counts[NESTED] += left_out
    tags = encode_bio(mentions, len(places))
    tokens = [text[start:end] for start, end in places]
    for first, last in zip(firsts, [*firsts[1:], len(places)], strict=True):
        yield tokens[first:last], tags[first:last]


def _agrees(span: Span, text: str, unit: str) -> bool:
    return span.text is not None and holds(span, text, characters(span, text, unit))


def _laid(
    span: Span, text: str, places: Places, firsts: Sequence[int], unit: str, findings: Findings
) -> Mention | None:
    """Return the mention of a span: whole tokens of one sentence; None for one that holds no token."""
    place = characters(span, text, unit)
    if place is None:
        raise Wrong(f"the span {span.start} to {span.end}", f"offsets in a text of {len(text):,} characters")
    if not holds(span, text, place):
        found = f"the span {span.start} to {span.end}, which is {shown(text[slice(*place)])}"
        raise Wrong(found, f"{shown(span.text)}, the text that it states")
    first = bisect_right(places, place[0], key=lambda one: one[1])
    last = bisect_left(places, place[1], key=lambda one: one[0])
    if first >= last:
        findings.counts["span on white space"] += 1
        return None
    end = bisect_right(firsts, first)
    if end < len(firsts) and firsts[end] < last:
        findings.spans["cut at a line end"] += 1
        last = firsts[end]
    elif text[slice(*place)].strip() != text[places[first][0] : places[last - 1][1]]:
        findings.spans["widened to whole tokens"] += 1
    return Mention(first, last, span.label)
