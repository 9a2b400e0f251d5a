"""Solvers of the alignment: from similarities (targets, sources) to each target type's partner.

Plain functions on plain matrices. ``same`` (targets, sources) is True where two types are equal;
such a pair is made whatever the similarities say. A target type with no similarity of at least
``threshold`` has no partner: it is `novel`, given as None.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

Floats = npt.NDArray[np.floating]
Flags = npt.NDArray[np.bool_]

SOLVERS = ("hungarian", "argmax", "source-votes", "transport", "none")


@dataclass(frozen=True)
class Solution:
    """Partners by number: ``pairs[target]`` is a source type or None; ``core`` holds the one-to-one pairs.

    A core type means what its partner means, less what the target's finer types take out of it.
    """

    pairs: tuple[int | None, ...]
    core: Mapping[int, int]


def hungarian(similarity: Floats, same: Flags, threshold: float = -np.inf) -> Solution:
    """Match one to one for the greatest sum; each target type left over joins its nearest source type.

    The matching (``scipy.optimize.linear_sum_assignment``) is as large as the smaller side. A type left
    over whose nearest source type is less than ``threshold`` like it is novel, and a pair below it is none.
    """
    rows, columns = linear_sum_assignment(raised(similarity, same), maximize=True)
    core = {
        row: column
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if same[row, column] or similarity[row, column] >= threshold
    }
    nearest = _nearest(similarity, threshold)
    return Solution(tuple(core.get(row, nearest[row]) for row in range(len(similarity))), core)


def argmax(similarity: Floats, same: Flags, threshold: float = -np.inf) -> Solution:
    """Give each target type its nearest source type: many to one. The core are the equal pairs."""
    core = named_pairs(same)
    nearest = _nearest(similarity, threshold)
    return Solution(tuple(core.get(row, nearest[row]) for row in range(len(similarity))), core)


def source_votes(votes: Floats, same: Flags) -> Solution:
    """Give each target type the source type that most of its mentions were called.

    ``votes`` is (targets, sources) or (targets, sources + 1): how often, or with what probability, the source
    tagger called a mention of each target type each source type; a last column counts the mentions that it
    left untagged. A type that is mostly untagged is novel, and one without any vote has no partner either.
    The core are the equal pairs.
    """
    sources = same.shape[1]
    core = named_pairs(same)
    pairs: list[int | None] = []
    for row, counts in enumerate(np.asarray(votes, dtype=float)):
        tagged, total = counts[:sources].sum(), counts.sum()
        has_partner = tagged > 0 and 2 * tagged >= total
        pairs.append(core.get(row, int(np.argmax(counts[:sources])) if has_partner else None))
    return Solution(tuple(pairs), core)


def transport(
    similarity: Floats,
    same: Flags,
    threshold: float = -np.inf,
    *,
    capacities: Sequence[int] | None = None,
) -> Solution:
    """Send each target type to a source type, none above its capacity, for the greatest sum.

    Many to one: the transport problem with unit supplies, which an assignment solves exactly once each
    source type stands there as often as its capacity says. Going novel costs ``threshold`` and has no
    capacity; with a threshold of minus infinity a type is novel only where all capacities are used up.
    Without ``capacities`` each source type takes an equal share of the target types, rounded up.
    """
    targets, sources = similarity.shape
    shares = [-(-targets // sources)] * sources if capacities is None else list(capacities)
    owner = np.repeat(np.arange(sources), shares)
    gains = raised(similarity, same).astype(float)
    never = float(gains.min(initial=0)) - _weight(gains) * targets
    novel = np.full((targets, targets), threshold if np.isfinite(threshold) else never)
    novel[same.any(axis=1)] = never
    rows, columns = linear_sum_assignment(np.hstack([gains[:, owner], novel]), maximize=True)
    chosen: list[int | None] = [None] * targets
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        chosen[row] = int(owner[column]) if column < len(owner) else None
    core = {row: column for row, column in named_pairs(same).items() if chosen[row] == column}
    return Solution(tuple(chosen), core)


def named_pairs(same: Flags) -> dict[int, int]:
    """Return the pairs of equal types, target to source."""
    return {int(row): int(column) for row, column in np.argwhere(same)}


def raised(similarity: Floats, same: Flags) -> Floats:
    """Return the similarities with equal pairs lifted above what any exchange of pairs can gain."""
    lifted: Floats = similarity + _weight(similarity) * same
    return lifted


def _weight(similarity: Floats) -> float:
    """More than an exchange of two pairs can gain or lose; at least 5, as among cosines."""
    return max(5.0, 1.0 + 2.0 * float(np.ptp(similarity))) if similarity.size else 5.0


def _nearest(similarity: Floats, threshold: float) -> list[int | None]:
    return [int(np.argmax(row)) if row.max() >= threshold else None for row in similarity]
