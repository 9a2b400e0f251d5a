"""The account of mentions: what became of each that a chat model was asked about."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class MentionAccount:
    """Sums over all calls of one generalist: mentions = answered + fell back + not asked.

    ``not_asked`` stays 0 unless asking was broken off. ``by_fault`` is fault → mentions that fell back for
    it.
    """

    mentions: int = 0
    answered: int = 0
    asked_again: int = 0
    fell_back: int = 0
    not_asked: int = 0
    by_fault: Counter[str] = field(default_factory=Counter)

    def notes(self) -> dict[str, Any]:
        """Return it as JSON, as a record keeps it."""
        return {
            "mentions": self.mentions,
            "answered": self.answered,
            "asked_again": self.asked_again,
            "fell_back": self.fell_back,
            "not_asked": self.not_asked,
            "by_fault": dict(sorted(self.by_fault.items())),
        }
