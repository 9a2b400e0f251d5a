"""Backbones that know English alone: a warning where a corpus is said to be in another language."""

from __future__ import annotations

from benchmark.domains.corpus import Domain
from benchmark.domains.language import UNKNOWN, is_english

ENGLISH_BACKBONES = frozenset({"mini", "base", "large"})


def language_warning(backbone: str, target: Domain) -> str:
    """Return a warning where a backbone has not read a corpus's language; empty where nothing is known."""
    if backbone not in ENGLISH_BACKBONES or target.language == UNKNOWN or is_english(target.language):
        return ""
    return (
        f"the backbone {backbone} has read English alone, and {target.name} is in another language"
        f" ({target.language}): take one that has read it, such as --backbone FacebookAI/xlm-roberta-base"
    )
