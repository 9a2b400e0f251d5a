"""What may become of one token: every outcome of a kind of noise, as the tokens that stand in its place.

All outcomes differ from the token. Characters are what a reader takes for one (extended grapheme clusters,
Unicode Standard Annex 29), so that no accent, vowel sign or emoji is torn apart.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

import regex

from benchmark.domains.noise.confusions import KEYBOARD, LOOK_ALIKES

Outcome = tuple[str, ...]


def characters(token: str) -> list[str]:
    """Return the characters that a reader sees."""
    found: list[str] = regex.findall(r"\X", token)
    return found


def is_punctuation(token: str) -> bool:
    """Return whether a token is of punctuation and symbols alone."""
    return bool(token) and all(unicodedata.category(character)[0] in "PS" for character in token)


def is_word(token: str) -> bool:
    """Return whether a token holds a letter or a digit, of any script."""
    return any(map(str.isalnum, token))


@lru_cache(maxsize=1 << 17)  # the same words come again, and all rates ask for the same
def outcomes(kind: str, token: str) -> tuple[Outcome, ...]:
    """Return what noise of a kind can make of a token, sorted; empty where it cannot touch it.

    ``punctuation``: nothing is left of it, or it stands there twice. ``spacing``: it falls apart in two.
    The others leave one token.
    """
    return tuple(sorted({found for found in _OUTCOMES[kind](token) if found != (token,) and all(found)}))


def _typos(token: str) -> Iterator[Outcome]:
    """Yield a wrong key, a key twice, a key left out, two keys in the wrong order."""
    parts = characters(token)
    for place, part in enumerate(parts):
        before, after = parts[:place], parts[place + 1 :]
        if not part[0].isalpha():  # marks behind a letter do not count
            continue
        for other in _near(part):
            yield ("".join([*before, other, *after]),)
        yield ("".join([*before, part, part, *after]),)
        if len(parts) > 1:
            yield ("".join([*before, *after]),)
        if after and after[0][0].isalpha():
            yield ("".join([*before, after[0], part, *after[1:]]),)


def _near(character: str) -> list[str]:
    """Return the neighbours of a letter on the keyboard, in its case; an accent does not count."""
    base = unicodedata.normalize("NFD", character)[:1]
    near = KEYBOARD.get(base.lower(), "")
    return list(near.upper() if base.isupper() else near)


def _casing(token: str) -> Iterator[Outcome]:
    """Yield all small, all capital, and the first letter's case turned."""
    parts = characters(token)
    yield (token.lower(),)
    yield (token.upper(),)
    if parts:
        yield (parts[0].swapcase() + "".join(parts[1:]),)


def _ocr(token: str) -> Iterator[Outcome]:
    """Yield one or two characters read as what looks like them."""
    parts = characters(token)
    for size in (1, 2):
        for place in range(len(parts) - size + 1):
            for read in LOOK_ALIKES.get("".join(parts[place : place + size]), ()):
                yield ("".join([*parts[:place], read, *parts[place + size :]]),)


def _punctuation(token: str) -> Iterable[Outcome]:
    return [(), (token, token)] if is_punctuation(token) else []


def _spacing(token: str) -> Iterator[Outcome]:
    """Yield the token in two parts."""
    if is_word(token):
        parts = characters(token)
        for place in range(1, len(parts)):
            yield "".join(parts[:place]), "".join(parts[place:])


_OUTCOMES: Mapping[str, Callable[[str], Iterable[Outcome]]] = {
    "typos": _typos,
    "casing": _casing,
    "ocr": _ocr,
    "punctuation": _punctuation,
    "spacing": _spacing,
}
