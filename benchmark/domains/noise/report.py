"""What noise did, beside what it was asked to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class NoiseReport:
    """How much of a corpus was disturbed.

    Attributes
    ----------
    unit: what is counted: ``mentions`` (source) or ``tokens`` (target).
    requested: the rate that was asked for.
    total, eligible, changed: units that there are; that some kind of noise could have changed; that were.
    kinds: kind → how many units it changed; kinds that are asked for and changed nothing have 0.
    mentions, lost: gold mentions, and those of them that could not be carried to the disturbed text.
    """

    unit: str
    requested: float
    total: int = 0
    eligible: int = 0
    changed: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    mentions: int = 0
    lost: int = 0

    @property
    def realised(self) -> float:
        """The share of the eligible units that were changed; 0 where none is eligible."""
        return self.changed / self.eligible if self.eligible else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return all of it as JSON values; rates are fractions."""
        return {
            "unit": self.unit,
            "requested": self.requested,
            "realised": round(self.realised, 6),
            "total": self.total,
            "eligible": self.eligible,
            "changed": self.changed,
            "kinds": dict(self.kinds),
            "mentions": self.mentions,
            "lost": self.lost,
        }


def add_up(unit: str, requested: float, kinds: Iterable[str], parts: Iterable[NoiseReport]) -> NoiseReport:
    """Return the report of a corpus from those of its sentences."""
    by_kind = dict.fromkeys(kinds, 0)
    total = eligible = changed = mentions = lost = 0
    for part in parts:
        total, eligible, changed = total + part.total, eligible + part.eligible, changed + part.changed
        mentions, lost = mentions + part.mentions, lost + part.lost
        for kind, count in part.kinds.items():
            by_kind[kind] += count
    return NoiseReport(unit, requested, total, eligible, changed, by_kind, mentions, lost)
