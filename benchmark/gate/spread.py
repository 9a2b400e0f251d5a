"""What another seed alone does: the spread of F1 over the baseline's stored seeds.

Three seeds tell little of one domain's spread, so variances are pooled, weighted by their degrees of freedom
(the pooled variance of the t-test and of analysis of variance: Snedecor and Cochran, *Statistical Methods*,
8th edition 1989, section 6.8): for a domain over the domains of its row, for an average over all rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Spread:
    """The standard deviation of F1 (fraction) from seed to seed, and the degrees of freedom it rests on."""

    deviation: float
    freedom: int


def pooled(groups: Iterable[Sequence[float]]) -> Spread | None:
    """Return the spread inside groups of F1s, one group a place; None where none has two seeds."""
    kept = [group for group in groups if len(group) > 1]
    freedom = sum(len(group) - 1 for group in kept)
    if not freedom:
        return None
    squares = sum(float(np.var(group)) * len(group) for group in kept)
    return Spread(float(np.sqrt(squares / freedom)), freedom)


def averages(domains: Mapping[str, Mapping[int, float]]) -> list[float]:
    """Return a row's average over its domains for each seed that all of them have (domain → seed → F1)."""
    seeds = set.intersection(*(set(one) for one in domains.values())) if domains else set()
    return [float(np.mean([one[seed] for one in domains.values()])) for seed in sorted(seeds)]
