"""Mentions carried from one tokenisation of a text to another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from benchmark.domains.corpus import Mention

Span = tuple[int, int]


class Carried(NamedTuple):
    """The mentions that could be carried, sorted and free of overlap, and how many could not."""

    mentions: tuple[Mention, ...]
    lost: int


def carry(mentions: Iterable[Mention], spans: Sequence[Span]) -> Carried:
    """Return the smallest mentions on new tokens that cover all that became of the old ones.

    ``spans[i]`` is the half-open span of the new tokens that hold something of the old token ``i``, empty
    where nothing is left of it. ``mentions`` are sorted and free of overlap. One of which nothing is left, or
    that would share a token with the mention before it, is lost.
    """
    carried: list[Mention] = []
    lost = 0
    for mention in mentions:
        left = [span for span in spans[mention.start : mention.end] if span[0] < span[1]]
        start = min((span[0] for span in left), default=0)
        end = max((span[1] for span in left), default=0)
        if start == end or (carried and start < carried[-1].end):
            lost += 1
        else:
            carried.append(Mention(start, end, mention.type))
    return Carried(tuple(carried), lost)
