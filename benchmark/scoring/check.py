"""Checking what a method predicts before it is stored: only sound mentions are ever scored."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import pairwise

from benchmark.domains.corpus import Mention
from benchmark.errors import InputError


def check_mentions(
    mentions: Iterable[tuple[int, int, str]], length: int, types: Collection[str], *, sentence: str
) -> tuple[Mention, ...]:
    """Return the mentions of one sentence sorted by start, or refuse them.

    Parameters
    ----------
    mentions: (start, end, type) with half-open token offsets, in any order.
    length: the sentence's number of tokens.
    types: the declared types.
    sentence: the sentence's id, for messages.

    Raises ``InputError`` where one is not two whole numbers and a text, is empty, lies out of range, has a
    type that is not declared, or overlaps another (equal ones included).
    """
    place = f"in sentence {sentence}"
    checked = []
    for mention in mentions:
        match mention:
            case (int() as start, int() as end, str() as kind) if bool not in (type(start), type(end)):
                pass
            case _:
                raise InputError(
                    f"{mention!r} {place}", expected="a mention: start, end (whole numbers) and type"
                )
        shown = f"the mention ({start}, {end}, {kind!r}) {place}"
        if not 0 <= start < end <= length:
            raise InputError(shown, expected=f"0 ≤ start < end ≤ {length}, the sentence's number of tokens")
        if kind not in types:
            raise InputError(shown, expected=f"one of the declared types: {', '.join(sorted(types))}")
        checked.append(Mention(start, end, kind))
    checked.sort()
    for left, right in pairwise(checked):
        if right.start < left.end:
            raise InputError(
                f"the mentions {tuple(left)} and {tuple(right)} {place}",
                expected="mentions that do not overlap",
            )
    return tuple(checked)
