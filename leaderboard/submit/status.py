"""What is known of a submission beyond its scores: tier, claims, missing cells, duplicates, rank."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from benchmark.settings import by_labels
from leaderboard.submit.card import AVERAGE, Card
from leaderboard.submit.evidence import Contamination, Evidence
from leaderboard.submit.manifest import CellKey
from leaderboard.submit.suite_cells import SuiteCells

# how far a submission was verified, in rising order
REPORTED, RECOMPUTED, SAMPLED, RERUN = "reported", "recomputed", "sampled", "re-run"
TIERS = {
    REPORTED: "scores as claimed, without predictions",
    RECOMPUTED: "scores computed here from the predictions",
    SAMPLED: "and some of its cells run again, with the same predictions",
    RERUN: "and every cell run again, with the same predictions",
}
_NAMED = 6


# ---- claimed scores


@dataclass(frozen=True, slots=True)
class ClaimCheck:
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


def check_claims(
    claims: Mapping[tuple[str, str], Decimal], f1: Mapping[CellKey, float], domains: Sequence[str]
) -> tuple[ClaimCheck, ...]:
    """Return each claim beside what the predictions give: the mean over seeds, then over ``domains``.

    ``f1`` are fractions by cell.
    """
    means: dict[tuple[str, str], float] = {}
    for setting, domain in {key[:2] for key in f1}:
        values = [value for key, value in sorted(f1.items()) if key[:2] == (setting, domain)]
        means[setting, domain] = sum(values) / len(values)
    for setting in {key[0] for key in f1}:
        found = [means.get((setting, domain)) for domain in domains]
        whole = [value for value in found if value is not None]
        if whole and len(whole) == len(found):
            means[setting, AVERAGE] = sum(whole) / len(whole)
    return tuple(ClaimCheck(*place, claimed, means.get(place)) for place, claimed in sorted(claims.items()))


# ---- missing cells, and those that other rows have too


def missing_cells(there: Collection[CellKey], card: Card, suite: SuiteCells) -> tuple[CellKey, ...]:
    """Return the cells that a complete row would have besides, in each setting that it has or claims."""
    settings = {setting for setting, _, _ in there} | {setting for setting, _ in card.claimed}
    return tuple(
        (setting, domain, seed)
        for setting in sorted(settings, key=by_labels)
        for domain in suite.domains
        for seed in suite.seeds
        if (setting, domain, seed) not in there
    )


def duplicates_of(
    digests: Mapping[CellKey, str], known_digests: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]]
) -> dict[str, int]:
    """Return row → in how many cells its predictions are, to the byte, those of the submission."""
    found: dict[str, int] = {}
    for (setting, domain, _), digest in digests.items():
        for name in sorted(set(known_digests.get((setting, domain), {}).get(digest, ()))):
            found[name] = found.get(name, 0) + 1
    return found


# ---- all of it


def status_notes(
    card: Card,
    digests: Mapping[CellKey, str],
    added: str,
    *,
    claims: Sequence[ClaimCheck],
    missing: Sequence[CellKey],
    duplicates: Mapping[str, int],
    evidence: Evidence,
) -> dict[str, Any]:
    """Return what was declared of a submission and what was found, as the records of its rows note it.

    ``unranked`` says why it has no rank, a line each; empty for one that has.
    """
    declared = card.model_dump(mode="json")
    unranked = []
    if not digests:
        unranked.append("claims without predictions")
    elif missing:
        unranked.append(f"missing cells: {named(missing)}")
    false = [claim for claim in claims if not claim.agrees]
    if false:
        unranked.append(f"claims that its predictions do not bear out: {'; '.join(map(str, false))}")
    hidden = [one for one in evidence.contamination if one.over and one.domain not in card.contains_test]
    if hidden:
        unranked.append(f"test sentences in its training data, not declared: {_overlap(hidden)}")
    return {
        "tier": tier_of(digests, evidence),
        "run_again": [{**asdict(one), "agrees": one.agrees} for one in evidence.reruns],
        "overlap": [
            {**asdict(one), "over": one.over, "declared": one.domain in card.contains_test}
            for one in evidence.contamination
        ],
        "added": added,
        "unranked": unranked,
        "missing": [list(key) for key in missing],
        "claims": [
            {
                "setting": claim.setting,
                "domain": claim.domain,
                "claimed": str(claim.claimed),
                "recomputed": claim.recomputed,
                "agrees": claim.agrees,
            }
            for claim in claims
        ],
        "same_predictions": dict(duplicates),
        "cells": len(digests),
        **{name: declared[name] for name in ("authors", "licence", "uses_llm", "llm", "training")},
        "contains_test": list(card.contains_test),
        **{name: declared[name] for name in ("parameters", "hardware", "code", "paper", "description")},
    }


def tier_of(digests: Mapping[CellKey, str], evidence: Evidence) -> str:
    """Return how far a submission was verified; a cell that came out otherwise takes re-runs' worth away."""
    if not digests:
        return REPORTED
    if not evidence.reruns or not all(one.agrees for one in evidence.reruns):
        return RECOMPUTED
    return RERUN if {one.key for one in evidence.reruns} == set(digests) else SAMPLED


def _overlap(found: Sequence[Contamination]) -> str:
    return "; ".join(
        f"{one.domain}: {one.inside} of {one.judged} in {', '.join(one.corpora)} (such as {one.examples[0]})"
        for one in found
    )


def named(keys: Sequence[CellKey]) -> str:
    """Name cells by setting and domain with their seeds, the first few of them."""
    seeds: dict[str, list[str]] = {}
    for setting, domain, seed in keys:
        seeds.setdefault(f"{setting} {domain}", []).append(str(seed))
    parts = [f"{place} (seed {', '.join(some)})" for place, some in seeds.items()]
    more = f" and {len(parts) - _NAMED} more" if len(parts) > _NAMED else ""
    return ", ".join(parts[:_NAMED]) + more
