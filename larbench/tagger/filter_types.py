"""Keeping to the types that a target declares."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from benchmark.domains.corpus import Mention


def declared(found: Sequence[Sequence[Mention]], names: Collection[str]) -> list[list[Mention]]:
    """Return each sentence's mentions without those of a type that is not among ``names``."""
    return [[mention for mention in mentions if mention.type in names] for mentions in found]
