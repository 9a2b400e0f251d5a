"""How a submission stands: its tier, why it is not ranked, and what a reader is told beside its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from leaderboard.submit.evidence import Evidence, Overlap
from leaderboard.submit.scores import Held, Place
from leaderboard.submit.stored import Stored
from leaderboard.submit.tiers import RECOMPUTED, REPORTED, RERUN, SAMPLED

_NAMED = 6


@dataclass(frozen=True)
class Standing:
    """What is known of a submission beyond its scores, as its rows' records note it.

    ``unranked`` says why it has no rank, a line each; empty for one that has.
    """

    notes: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        stored: Stored,
        claims: Sequence[Held],
        missing: Sequence[Place],
        twins: Mapping[str, int],
        evidence: Evidence,
    ) -> Standing:
        """Put together what was declared and what was found."""
        card = stored.card
        unranked = []
        if not stored.digests:
            unranked.append("claims without predictions")
        elif missing:
            unranked.append(f"missing cells: {named(missing)}")
        false = [held for held in claims if not held.agrees]
        if false:
            unranked.append(f"claims that its predictions do not bear out: {'; '.join(map(str, false))}")
        hidden = [one for one in evidence.overlaps if one.over and one.domain not in card.contains_test]
        if hidden:
            unranked.append(f"test sentences in its training data, not declared: {_overlap(hidden)}")
        return cls(
            {
                "tier": tier_of(stored.digests, evidence),
                "run_again": [{**asdict(one), "agrees": one.agrees} for one in evidence.again],
                "overlap": [
                    {**asdict(one), "over": one.over, "declared": one.domain in card.contains_test}
                    for one in evidence.overlaps
                ],
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


def tier_of(digests: Mapping[Place, str], evidence: Evidence) -> str:
    """Return how far a submission was verified; a cell that came out otherwise takes re-runs' worth away."""
    if not digests:
        return REPORTED
    if not evidence.again or not all(one.agrees for one in evidence.again):
        return RECOMPUTED
    return RERUN if {one.place for one in evidence.again} == set(digests) else SAMPLED


def _overlap(found: Sequence[Overlap]) -> str:
    return "; ".join(
        f"{one.domain}: {one.inside} of {one.judged} in {', '.join(one.corpora)} (such as {one.examples[0]})"
        for one in found
    )


def named(places: Sequence[Place]) -> str:
    """Name cells by setting and domain with their seeds, the first few of them."""
    seeds: dict[str, list[str]] = {}
    for setting, domain, seed in places:
        seeds.setdefault(f"{setting} {domain}", []).append(str(seed))
    parts = [f"{place} (seed {', '.join(some)})" for place, some in seeds.items()]
    more = f" and {len(parts) - _NAMED} more" if len(parts) > _NAMED else ""
    return ", ".join(parts[:_NAMED]) + more
