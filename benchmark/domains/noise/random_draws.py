"""Draws that hang on a seed, a sentence's id and a place in it, and on nothing else.

So noise does not depend on the order of sentences, on other sentences or on the number of jobs. Whether a
place is hit is a draw of its own, held against the rate: what is hit at one rate is hit, in the same way, at
every higher rate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")

_SPACE = 1 << 64


def draw(seed: int, sentence: str, place: int, purpose: str) -> int:
    """Return a whole number, uniform from 0 to 2**64 - 1."""
    digest = hashlib.sha256(f"{seed}\0{sentence}\0{place}\0{purpose}".encode()).digest()
    return int.from_bytes(digest[:8], "big")


def is_hit(seed: int, sentence: str, place: int, rate: float) -> bool:
    """Return whether a place is hit at a rate from 0 (never) to 1 (always)."""
    return draw(seed, sentence, place, "hit") < rate * _SPACE


def shuffled(seed: int, sentence: str, place: int, names: Iterable[str]) -> list[str]:
    """Return the names in an order that is drawn; the order in which they are given does not count."""
    return sorted(names, key=lambda name: (draw(seed, sentence, place, f"kind {name}"), name))


def pick(seed: int, sentence: str, place: int, purpose: str, options: Sequence[T]) -> T:
    """Return one of the options, each as likely as the others. Raises ``IndexError`` where there is none."""
    if not options:
        raise IndexError("nothing to pick from")
    return options[draw(seed, sentence, place, purpose) % len(options)]


def pick_weighted(
    seed: int, sentence: str, place: int, purpose: str, options: Sequence[tuple[str, float]]
) -> str:
    """Return one of (name, weight), as likely as its weight says; weights are positive."""
    left = draw(seed, sentence, place, purpose) / _SPACE * sum(weight for _, weight in options)
    for name, weight in options:
        left -= weight
        if left < 0:
            return name
    return options[-1][0]  # rounding: the draw was next to the end
