"""How a submission stands: its tier, why it is not ranked, and what a reader is told beside its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leaderboard.submit.scores import Held, Place
from leaderboard.submit.stored import Stored

REPORTED, RECOMPUTED, SAMPLED, RERUN = (
    "reported",
    "recomputed from predictions",
    "sampled cells re-run",
    "fully re-run",
)
TIERS = (REPORTED, RECOMPUTED, SAMPLED, RERUN)
_NAMED = 6


@dataclass(frozen=True)
class Standing:
    """What is known of a submission beyond its scores, as its rows' records note it.

    ``unranked`` says why it has no rank, a line each; empty for one that has.
    """

    notes: Mapping[str, Any]

    @classmethod
    def of(
        cls, stored: Stored, claims: Sequence[Held], missing: Sequence[Place], twins: Mapping[str, int]
    ) -> Standing:
        """Put together what was declared and what was found."""
        card = stored.card
        tier = RECOMPUTED if stored.digests else REPORTED
        unranked = []
        if not stored.digests:
            unranked.append("claims without predictions")
        elif missing:
            unranked.append(f"missing cells: {named(missing)}")
        false = [held for held in claims if not held.agrees]
        if false:
            unranked.append(f"claims that its predictions do not bear out: {'; '.join(map(str, false))}")
        return cls(
            {
                "tier": tier,
                "added": stored.added,
                "unranked": unranked,
                "missing": [list(place) for place in missing],
                "claims": [
                    {
                        "setting": held.setting,
                        "domain": held.domain,
                        "claimed": str(held.claimed),
                        "recomputed": held.recomputed,
                        "agrees": held.agrees,
                    }
                    for held in claims
                ],
                "same_predictions": dict(twins),
                "cells": len(stored.digests),
                "authors": list(card.authors),
                "licence": card.licence,
                "uses_llm": card.uses_llm,
                "llm": card.llm,
                "training": [
                    {"name": c.name, "link": c.link, "contains_test": list(c.contains_test)}
                    for c in card.training
                ],
                "contains_test": list(card.contains_test),
                "parameters": card.parameters,
                "hardware": card.hardware,
                "code": card.code,
                "paper": card.paper,
                "description": card.description,
            }
        )


def named(places: Sequence[Place]) -> str:
    """Name cells by setting and domain with their seeds, the first few of them."""
    seeds: dict[str, list[str]] = {}
    for setting, domain, seed in places:
        seeds.setdefault(f"{setting} {domain}", []).append(str(seed))
    parts = [f"{place} (seed {', '.join(some)})" for place, some in seeds.items()]
    more = f" and {len(parts) - _NAMED} more" if len(parts) > _NAMED else ""
    return ", ".join(parts[:_NAMED]) + more
