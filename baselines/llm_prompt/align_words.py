"""From the words of an answered mention back to its tokens, without guessing in silence.

A language model answers with words; a mention is a span of tokens. The words are looked for in the sentence
as it was shown, its tokens joined by spaces, and count only where they begin and end with a token. White
space is compared by kind, not by amount: any run of it is one space. Where that finds nothing, white space is
left out on both sides ("Washington, D.C." for the tokens "Washington , D.C."), and that is counted; so is a
letter with its accent as two characters where the sentence has one (Unicode's forms NFD and NFC), or the
other way round. Letters, their case, and punctuation have to be the same.

Words that are not found, or found more than once without a word on which is meant, are counted; so are
answers that are there already, and those that give way to an overlapping one.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from benchmark.domains.corpus import Mention
from larbench.endpoint.prompts import without_surrogates

# what an answer may meet; see Aligned
ANSWERED, PLACED = "answered", "placed"
NOT_FOUND, FOUND_TWICE = "not-found", "found-twice"
RESPACED, NORMALISED = "respaced", "normalised"
WRONG_OCCURRENCE, REPEATED, OVERLAPPING = "wrong-occurrence", "repeated", "overlapping"

FIRST, ALL, DROP = "first", "all", "drop"
AMBIGUOUS = (FIRST, ALL, DROP)

Span = tuple[int, int]


class Answered(NamedTuple):
    """A mention as answered: its words, its type, and which occurrence of the words is meant, from 1."""

    text: str
    type: str
    occurrence: int | None = None


@dataclass(frozen=True)
class Aligned:
    """The mentions of a sentence, and how often each thing was met on the way to them.

    ``placed`` counts spans: ``placed`` = mentions + ``repeated`` + ``overlapping``. Each answer is placed
    once, but for those ``not-found``; and of those ``found-twice``, none is placed (``drop``), or each at all
    its places (``all``). ``wrong-occurrence`` (named, but there are not so many), ``respaced`` and
    ``normalised`` (distinct words found only without white space, or in another form of Unicode) say how
    answers were read, not what became of them.
    """

    mentions: list[Mention]
    met: Counter[str] = field(default_factory=Counter)


class ShownSentence:
    """A sentence as it is shown to a language model, and where its tokens stand in it."""

    def __init__(self, tokens: Sequence[str]) -> None:
        words = [(number, squeeze(token)) for number, token in enumerate(tokens)]
        self._words = [(number, word) for number, word in words if word]
        self.text = " ".join(word for _, word in self._words)

    def places(self, text: str) -> tuple[list[Span], str | None]:
        """Return the token spans that read like ``text``, in order, and how it had to be read for that."""
        wanted = squeeze(text)
        for between, normal, repair in (
            (" ", False, None),
            (" ", True, NORMALISED),
            ("", False, RESPACED),
            ("", True, RESPACED),
        ):
            if found := self._find(wanted, between, normal=normal):
                return found, repair
        return [], None

    def _find(self, wanted: str, between: str, *, normal: bool) -> list[Span]:
        def form(text: str) -> str:
            text = text if between else text.replace(" ", "")
            return unicodedata.normalize("NFC", text) if normal else text

        wanted = form(wanted)
        if not wanted:
            return []
        starts: dict[int, int] = {}
        ends: dict[int, int] = {}
        at = 0
        parts = []
        for number, word in self._words:
            word = form(word)
            starts[at], ends[at + len(word)] = number, number + 1
            at += len(word) + len(between)
            parts.append(word)
        text, found = between.join(parts), []
        at = text.find(wanted)
        while at >= 0:
            if at in starts and at + len(wanted) in ends:
                found.append((starts[at], ends[at + len(wanted)]))
            at = text.find(wanted, at + 1)
        return found


def squeeze(text: str) -> str:
    """Return a text with each run of white space as one space, none at its ends; lone surrogates replaced.

    A lone surrogate has no UTF-8, so it reaches no model, and comes back from none.
    """
    return without_surrogates(" ".join(text.split()))


def align(answers: Sequence[Answered], tokens: Sequence[str], *, ambiguous: str = FIRST) -> Aligned:
    """Return the mentions that the answers mean, sorted and free of overlap, with all that was met.

    Words that stand in the sentence once mean that place; words that stand there more than once mean the
    named occurrence. Answers that name none take the places that are left in their order, if there are as
    many of them. Left are those that no named occurrence took and that do not overlap what is certain by now
    (mentions do not overlap, so "Lima" in "New Lima" is not meant where "New Lima" is answered). Else nobody
    knows which is meant, each counts as found twice, and ``ambiguous`` decides:

    - ``first``: each takes the first place that is left, or the first of all where none is;
    - ``all``: each means all places;
    - ``drop``: they are left out.

    Of overlapping mentions the longer one stays, of equally long ones the one that begins earlier, of two
    types for the same words the one that was answered first.
    """
    if ambiguous not in AMBIGUOUS:
        raise ValueError(f"unknown rule {ambiguous!r}: use {', '.join(AMBIGUOUS)}")
    shown, met = ShownSentence(tokens), Counter({ANSWERED: len(answers)})
    keys = [squeeze(answer.text) for answer in answers]
    found: dict[str, list[Span]] = {}
    for key in keys:
        if key not in found:
            found[key], repair = shown.places(key)
            if repair is not None:
                met[repair] += 1
    placed = _certain(answers, keys, found, met)
    certain = {span for spans in placed.values() for span in spans}
    for key in found:
        open_ = [number for number in range(len(answers)) if keys[number] == key and number not in placed]
        placed |= _in_order(open_, found[key], certain, ambiguous, met)
    spans = [Mention(*span, answer.type) for n, answer in enumerate(answers) for span in placed[n]]
    met[PLACED] = len(spans)
    return Aligned(_without_overlap(spans, met), +met)


def _certain(
    answers: Sequence[Answered],
    keys: Sequence[str],
    found: Mapping[str, Sequence[Span]],
    met: Counter[str],
) -> dict[int, list[Span]]:
    """Return the spans of answers about which there is no doubt: number of the answer → its spans."""
    placed: dict[int, list[Span]] = {}
    for number, answer in enumerate(answers):
        places, named = found[keys[number]], answer.occurrence
        met[NOT_FOUND] += not places
        exists = named is not None and 1 <= named <= len(places)
        met[WRONG_OCCURRENCE] += bool(places) and named is not None and not exists
        if len(places) < 2:
            placed[number] = list(places)
        elif named is not None and exists:
            placed[number] = [places[named - 1]]
    return placed


def _in_order(
    open_: Sequence[int], places: Sequence[Span], certain: set[Span], ambiguous: str, met: Counter[str]
) -> dict[int, list[Span]]:
    """Return the spans of answers that name no occurrence of words that have several."""
    left = [place for place in places if not any(_overlap(place, other) for other in certain)]
    if len(open_) != len(left):
        met[FOUND_TWICE] += len(open_)
        if ambiguous != FIRST:
            return {number: list(places) if ambiguous == ALL else [] for number in open_}
    return {number: [left[row] if row < len(left) else places[0]] for row, number in enumerate(open_)}


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _without_overlap(mentions: Sequence[Mention], met: Counter[str]) -> list[Mention]:
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (m.start - m.end, m.start)):  # stable: answered first
        if mention in kept:
            met[REPEATED] += 1
        elif any(_overlap(mention[:2], other[:2]) for other in kept):
            met[OVERLAPPING] += 1
        else:
            kept.append(mention)
    return sorted(kept)
