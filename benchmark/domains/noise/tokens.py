"""What may become of one token: every outcome of a kind of noise, as the tokens that stand in its place.

All outcomes differ from the token, and each of their tokens shows something. Characters are what a reader
takes for one (extended grapheme clusters, Unicode Standard Annex 29), so that no accent, vowel sign or emoji
is torn apart. Keyboard, letter case and look-alikes are those of the text's language.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

import regex

from benchmark.domains.language import ENGLISH, is_english, lower, upper
from benchmark.domains.noise.confusions import look_alikes
from benchmark.domains.noise.layouts import keyboard

Outcome = tuple[str, ...]


def characters(token: str) -> list[str]:
    """Return the characters that a reader sees.

    A mark behind a sign of direction, which Unicode counts as one of its own, is the letter's before it.
    """
    found: list[str] = regex.findall(r"\X(?:\p{C}+\p{M}+)*", token)
    return found


@lru_cache(maxsize=1 << 17)
def is_punctuation(token: str) -> bool:
    """Return whether a token is of punctuation and symbols alone, emoji of several code points included."""
    return bool(token) and all(unicodedata.category(part[0])[0] in "PS" for part in characters(token))


def is_word(token: str) -> bool:
    """Return whether a token holds a letter or a digit, of any script."""
    return any(map(str.isalnum, token))


def shows(token: str) -> bool:
    """Return whether there is something to see: more than spaces, joiners and marks of direction."""
    return any(character.isprintable() and not character.isspace() for character in token)


@lru_cache(maxsize=1 << 17)  # the same words come again, and all rates ask for the same
def outcomes(kind: str, token: str, language: str = ENGLISH) -> tuple[Outcome, ...]:
    """Return what noise of a kind can make of a token, sorted; empty where it cannot touch it.

    ``punctuation``: nothing is left of it, or it stands there twice. ``spacing``: it falls apart in two.
    The others leave one token. ``language`` is the text's, a tag as in BCP 47.
    """
    made = _OUTCOMES[kind](token, language)
    return tuple(sorted({found for found in made if found != (token,) and all(map(shows, found))}))


def _typos(token: str, language: str) -> Iterator[Outcome]:
    """Yield a wrong key, a key twice, a key left out, two keys in the wrong order."""
    parts = characters(token)
    for place, part in enumerate(parts):
        before, after = parts[:place], parts[place + 1 :]
        if not part[0].isalpha():  # marks behind a letter do not count
            continue
        for other in _near(part, language):
            yield ("".join([*before, other, *after]),)
        yield ("".join([*before, part, part, *after]),)
        if len(parts) > 1:
            yield ("".join([*before, *after]),)
        if after and after[0][0].isalpha():
            yield ("".join([*before, after[0], part, *after[1:]]),)


def _near(character: str, language: str) -> list[str]:
    """Return the neighbours of a letter on the keyboard, in its case.

    An accent that has no key with its letter does not count; the vowel signs of other scripts are keys of
    their own, and stay.
    """
    keys = keyboard(language)
    whole = unicodedata.normalize("NFC", character)
    letter, signs = whole[:1], whole[1:]
    near = keys.get(lower(letter, language), "")
    if not near:
        letter, signs = unicodedata.normalize("NFD", character)[:1], ""
        near = keys.get(lower(letter, language), "")
    if unicodedata.name(letter, "").startswith("LATIN "):
        signs = ""
    return [other + signs for other in (upper(near, language) if letter.isupper() else near)]


def _casing(token: str, language: str) -> Iterator[Outcome]:
    """Yield all small, all capital, and the first letter's case turned."""
    parts = characters(token)
    yield (lower(token, language),)
    yield (upper(token, language),)
    if parts:
        first = parts[0]
        small = lower(first, language) == first
        turned = upper(first, language) if small else lower(first, language)
        yield (turned + "".join(parts[1:]),)


def _ocr(token: str, language: str) -> Iterator[Outcome]:
    """Yield one or two characters read as what looks like them; beyond English, marks may be lost too."""
    parts, alike = characters(token), look_alikes(language)
    for size in (1, 2):
        for place in range(len(parts) - size + 1):
            seen = "".join(parts[place : place + size])
            reads = list(alike.get(seen, ()))
            if size == 1 and not is_english(language):
                reads += _without_marks(seen)
                reads += [other + seen[1:] for other in alike.get(seen[0], ())]
            for read in reads:
                yield ("".join([*parts[:place], read, *parts[place + size :]]),)


def _without_marks(character: str) -> list[str]:
    """Return the letter alone, where there is one with marks: ``é`` → ``e``; syllables have none."""
    bare = unicodedata.normalize("NFD", character)
    letter = bare[0]
    marked = len(bare) > 1 and all(unicodedata.category(mark) == "Mn" for mark in bare[1:])
    return [letter] if marked and letter.isalpha() else []


def _punctuation(token: str, _: str) -> Iterable[Outcome]:
    return [(), (token, token)] if is_punctuation(token) else []


def _spacing(token: str, _: str) -> Iterator[Outcome]:
    """Yield the token in two parts."""
    if is_word(token):
        parts = characters(token)
        for place in range(1, len(parts)):
            yield "".join(parts[:place]), "".join(parts[place:])


_OUTCOMES: Mapping[str, Callable[[str, str], Iterable[Outcome]]] = {
    "typos": _typos,
    "casing": _casing,
    "ocr": _ocr,
    "punctuation": _punctuation,
    "spacing": _spacing,
}
