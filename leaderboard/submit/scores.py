"""Recomputed scores beside claimed ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from leaderboard.submit.card import AVERAGE

Place = tuple[str, str, int]  # setting, domain, seed


@dataclass(frozen=True, slots=True)
class Held:
    """A claimed F1 in points beside the recomputed one, a fraction; None where there are no predictions."""

    setting: str
    domain: str
    claimed: Decimal
    recomputed: float | None

    @property
    def agrees(self) -> bool:
        """Whether the recomputed score rounds to the claimed one, at the claim's own decimals."""
        if self.recomputed is None:
            return True
        exponent = self.claimed.as_tuple().exponent
        unit = Decimal(1).scaleb(min(0, exponent if isinstance(exponent, int) else 0))
        return abs(Decimal(100 * self.recomputed) - self.claimed) <= unit / 2 + Decimal("1e-9")

    def __str__(self) -> str:
        found = "no predictions" if self.recomputed is None else f"{100 * self.recomputed:.4f}"
        return f"{self.setting} {self.domain}: claimed {self.claimed}, recomputed {found}"


def hold_claims(
    claims: Mapping[tuple[str, str], Decimal], f1: Mapping[Place, float], domains: Sequence[str]
) -> tuple[Held, ...]:
    """Return each claim beside what the predictions give: the mean over seeds, then over ``domains``.

    ``f1`` are fractions by cell.
    """
    means: dict[tuple[str, str], float] = {}
    for setting, domain in {place[:2] for place in f1}:
        values = [value for place, value in sorted(f1.items()) if place[:2] == (setting, domain)]
        means[setting, domain] = sum(values) / len(values)
    for setting in {place[0] for place in f1}:
        found = [means.get((setting, domain)) for domain in domains]
        whole = [value for value in found if value is not None]
        if whole and len(whole) == len(found):
            means[setting, AVERAGE] = sum(whole) / len(whole)
    return tuple(Held(*place, claimed, means.get(place)) for place, claimed in sorted(claims.items()))
