"""Mentions that nest or overlap, made flat by a stated rule."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.domains.corpus import Mention


def flatten(mentions: Sequence[Mention]) -> tuple[list[Mention], int]:
    """Return mentions without overlap, sorted, and the number of those left out.

    Of two that share a token the longer one is kept, of equally long ones the one that begins first, then
    the one that is stated first.
    """
    kept: list[Mention] = []
    taken: set[int] = set()
    for mention in sorted(mentions, key=lambda one: (one.start - one.end, one.start)):
        tokens = range(mention.start, mention.end)
        if taken.isdisjoint(tokens):
            kept.append(mention)
            taken.update(tokens)
    return sorted(kept), len(mentions) - len(kept)
