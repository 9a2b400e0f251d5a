"""What another seed alone does: the spread of F1 over the baseline's stored seeds.

Three seeds tell little of one domain's spread, so variances are pooled, weighted by their degrees of freedom
(the pooled variance of the t-test: Snedecor and Cochran, *Statistical Methods*, 8th edition 1989, section
6.8): over the domains of a row, and over all rows. The larger of the two counts, because some methods have
a wider spread than others, and a noisy one must not be held to what is usual. The domains of a row started
from one source tagger and vary together, so for the degrees of freedom a row counts once, however many
domains it has.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

Name = TypeVar("Name", bound=Hashable)
Domains = Mapping[str, Mapping[int, float]]  # domain → seed → F1


@dataclass(frozen=True)
class Spread:
    """The standard deviation of F1 (fraction) from seed to seed, and the degrees of freedom it rests on."""

    deviation: float
    freedom: int


def pooled(groups: Iterable[Sequence[float]]) -> Spread | None:
    """Return the spread inside groups of F1s; None where none has two."""
    kept = [group for group in groups if len(group) > 1]
    freedom = sum(len(group) - 1 for group in kept)
    if not freedom:
        return None
    squares = sum(float(np.var(group)) * len(group) for group in kept)
    return Spread(float(np.sqrt(squares / freedom)), freedom)


def of_domains(rows: Mapping[Name, Domains]) -> dict[Name, Spread]:
    """Return row → the spread of one domain's F1; empty where no row has two seeds."""
    values = {row: [list(f1.values()) for f1 in domains.values()] for row, domains in rows.items()}
    freedom = sum(max((len(f1) - 1 for f1 in of_row), default=0) for of_row in values.values())
    return _larger(values, freedom)


def of_averages(rows: Mapping[Name, Domains]) -> dict[Name, Spread]:
    """Return row → the spread of its average over domains; empty where no row has two seeds."""
    values = {row: [averages(domains)] for row, domains in rows.items() if len(domains) > 1}
    return _larger(values, sum(max(len(of_row[0]) - 1, 0) for of_row in values.values()))


def averages(domains: Domains) -> list[float]:
    """Return a row's average over its domains for each seed that all of them have."""
    seeds = set.intersection(*(set(one) for one in domains.values())) if domains else set()
    return [float(np.mean([one[seed] for one in domains.values()])) for seed in sorted(seeds)]


def _larger(values: Mapping[Name, Sequence[Sequence[float]]], freedom: int) -> dict[Name, Spread]:
    """Return row → the larger of its own deviation and that of all rows."""
    usual = pooled(group for of_row in values.values() for group in of_row)
    if usual is None:
        return {}
    own = {row: pooled(of_row) for row, of_row in values.items()}
    deviations = {row: max(usual.deviation, one.deviation if one else 0.0) for row, one in own.items()}
    return {row: Spread(deviation, freedom) for row, deviation in deviations.items()}
