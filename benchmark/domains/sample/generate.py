"""Sentences drawn from a grammar, and which split may use which surface.

Every draw comes from ``random.Random`` seeded by a string, through ``random()`` alone, whose sequence Python
promises to keep: the same seed gives the same sentences on every platform and version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import TypeVar

from benchmark.domains.corpus import LabelledSentence, Mention
from benchmark.domains.language import is_english, primary
from benchmark.domains.sample.grammar import Choice, Entry, Grammar, Node, Range, Ref, Reuse, Slot

SURFACE_TRIES = 30
"""Draws of a surface before one that belongs to another split is accepted."""

SENTENCE_TRIES = 20
"""Draws of a sentence before one that stands in the domain already is accepted."""

T = TypeVar("T")


def sentences(
    grammar: Grammar, domain: str, split: str, count: int, seed: int, seen: set[tuple[str, ...]]
) -> Iterator[LabelledSentence]:
    """Yield ``count`` sentences of a split; ``seen`` holds the token sequences that must not come again.

    Templates are used in rounds, each in an order of its own, so that none is favoured by chance. A
    sentence that was seen is drawn again up to ``SENTENCE_TRIES`` times; after that it is let through,
    so that any size can be made.
    """
    templates = grammar.templates[split]
    order: Sequence[int] = ()
    for number in range(count):
        turn = number % len(templates)
        if turn == 0:
            order = _shuffled(
                len(templates), Random(f"{seed}/{domain}/{split}/round {number // len(templates)}")
            )
        rng = Random(f"{seed}/{domain}/{split}/{number}")
        for _ in range(SENTENCE_TRIES):
            draft = _Draft(grammar, split, rng)
            draft.write(templates[order[turn]])
            draft.polish()
            tokens = tuple(draft.tokens)
            if tokens not in seen:
                break
        seen.add(tokens)
        yield LabelledSentence(f"{domain}/{split}/{number}", tokens, tuple(draft.mentions))


@cache
def home(kind: str, surface: str, shares: tuple[tuple[str, int], ...]) -> str:
    """Return the split that alone may use this surface for this type, or ``shared``.

    It hangs on the pair's SHA-256 and on nothing else: not on the seed, nor on what else the pools hold.
    """
    digest = hashlib.sha256(f"{kind}|{surface.lower()}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") % 100
    for name, share in shares:
        place -= share
        if place < 0:
            return name
    raise AssertionError("the shares add up to 100")


@dataclass
class _Draft:
    """A sentence being written."""

    grammar: Grammar
    split: str
    rng: Random
    tokens: list[str] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    bound: dict[str, str] = field(default_factory=dict)

    def write(self, nodes: tuple[Node, ...]) -> None:
        for node in nodes:
            match node:
                case Entry():
                    self._plain(self._text(node)[0])
                case Choice(options):
                    self.write(_pick(options, self.rng))
                case Slot():
                    self._slot(node)
                case Reuse(kind, bind, form):
                    self._mention(kind, _in_form(self.bound[bind], form, self.grammar.language))

    def _plain(self, text: str) -> None:
        """Add text outside of mentions; a comma gives way to the mark that follows it."""
        for word in text.split():
            if word in _MARKS and self.tokens and self.tokens[-1] == ",":
                self.tokens[-1] = word
            else:
                self.tokens.append(word)

    def polish(self) -> None:
        """Begin with a capital, and in English say "an" before a vowel."""
        first = self.tokens[0]
        if first[0].islower() and not (first[1:2].isupper() or first[1:2].isdigit()):  # not mRNA, p53
            self.tokens[0] = first[0].upper() + first[1:]
        if not is_english(self.grammar.language):
            return
        for place, (word, after) in enumerate(zip(self.tokens, self.tokens[1:], strict=False)):
            if word in ("a", "A") and _vowel_sound(after):  # in titles too: "An Arrow of Time"
                self.tokens[place] = word + "n"

    def _slot(self, slot: Slot) -> None:
        for _ in range(SURFACE_TRIES):
            pool = slot.pool or _pick(self.grammar.mix[slot.type], self.rng)
            entry = _pick(self.grammar.pools[slot.type, pool], self.rng)
            surface, article = self._text(entry)
            fresh = surface not in self.bound.values()
            if fresh and home(slot.type, surface, self.grammar.shares) in (self.split, "shared"):
                break
        if slot.article and article and self.tokens[-1:] != ["the"] and self.tokens[-1:] != ["The"]:
            self.tokens.append("the")
        self.bound[slot.bind or f"mention {len(self.mentions)}"] = surface
        self._mention(slot.type, surface)

    def _mention(self, kind: str, surface: str) -> None:
        start = len(self.tokens)
        self.tokens.extend(surface.split())
        self.mentions.append(Mention(start, len(self.tokens), kind))

    def _text(self, entry: Entry) -> tuple[str, bool]:
        """Draw the parts of an entry; return the text, and whether "the" stands before it in running text.

        The mark of a part counts where the part is all there is: ``$river`` is "the" Rhine, ``$river
        Bridge`` is marked by itself.
        """
        if len(entry.pieces) == 1 and isinstance(entry.pieces[0], str):  # most are: spare them the rest
            return entry.pieces[0], entry.article
        drawn: list[str] = []
        article = entry.article
        for piece in entry.pieces:
            match piece:
                case Ref(part):
                    text, marked = self._text(_pick(self.grammar.parts[part], self.rng))
                    article = article or (marked and len(entry.pieces) == 1)
                    drawn.append(text)
                case Range(low, high):
                    drawn.append(str(low + int(self.rng.random() * (high - low + 1))))
                case text:
                    drawn.append(text)
        return "".join(drawn), article


_MARKS = frozenset({",", ".", ";", ":", ")"})


def _in_form(surface: str, form: str, language: str) -> str:
    """Return the surface as it is, its last token (``last``) or its initials."""
    match form:
        case "last":
            return surface.split()[-1]
        case "initials":
            return _initials(surface, _SMALL[primary(language)])
        case _:
            return surface


def _initials(surface: str, small: frozenset[str]) -> str:
    """Return the first letters of its words, small words left out, as capitals: "Party of Unity" is "PU"."""
    words = surface.replace("-", " ").split()
    return "".join(word[0].upper() for word in words if word not in small)


_SMALL = {
    "en": frozenset({"a", "and", "for", "in", "of", "on", "the"}),
    "es": frozenset({"de", "del", "el", "la", "las", "los", "para", "por", "y"}),
    "de": frozenset({"das", "der", "die", "für", "in", "und", "von"}),
}


def _pick(items: Sequence[T], rng: Random) -> T:
    return items[int(rng.random() * len(items))]


def _shuffled(count: int, rng: Random) -> list[int]:
    keys = [rng.random() for _ in range(count)]
    return sorted(range(count), key=keys.__getitem__)


def _vowel_sound(word: str) -> bool:
    """Say whether "an" stands before the word, by spelling: good enough for the words of the data files."""
    if word.isupper() and 1 < len(word) <= 3:
        return word[0] in "AEFHILMNORSX"
    lower = word.lower()
    if lower.startswith(("uni", "eu", "one", "once", "us", "ur", "ut", "uk", "ug", "uz")):
        return False
    return lower[0] in "aeiou" or lower.startswith(("hour", "heir", "honest", "honour"))
