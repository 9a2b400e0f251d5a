"""Any two rows of a suite, one held against the other."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.scoring.counts import Counts
from benchmark.scoring.statistics import PAIRED_RESAMPLES, Paired, Runs, paired_difference
from benchmark.store.store import Store
from leaderboard.analyses.pairing import Key, RecordPair, name_of, pair_rows
from leaderboard.analyses.pairwise import how_paired
from leaderboard.output.numbers import (
    STAR,
    difference_values,
    interval_facts,
    number_range,
    places,
    points,
    rounded,
    span,
    starred,
)
from leaderboard.output.table import Table
from leaderboard.results.gold import GoldCache
from leaderboard.results.load import scored
from leaderboard.results.measure import ScoredCell

SCHEMA = 1


@dataclass(frozen=True)
class RowDifference:
    """``first`` minus ``second`` in one setting, on the cells that both have; scores are fractions.

    ``f1`` maps domain to the F1 of the two there. ``alone`` are the finished cells, as (domain, seed), that
    only one of the two has. ``oracle``: the types of at least one were taken from the gold annotation.
    """

    setting: str
    first: Key
    second: Key
    paired: Paired
    f1: Mapping[str, tuple[float, float]]
    alone: tuple[tuple[str, int], ...]
    oracle: bool


def compare_rows(
    store_root: Path | str,
    suite: str,
    first: str,
    second: str,
    *,
    setting: str | None = None,
    data_dir: Path | str | None = None,
    own: Iterable[Path | str] = (),
    resamples: int = PAIRED_RESAMPLES,
) -> list[RowDifference]:
    """Return how far one row is above another in every setting that both have, or in one.

    A row is named by its label; where rows of several backbones share one, by ``label (backbone)``. Raises
    ``UsageError`` for a name of no row or of several, ``InputError`` where the two share no finished cell.
    """
    store, shelf = Store(store_root), GoldCache(data_dir, own)
    pairs = pair_rows(store, suite, first, second, setting=setting)
    return [_difference(store, shelf, pair, resamples) for pair in pairs]


def _difference(store: Store, shelf: GoldCache, pair: RecordPair, resamples: int) -> RowDifference:
    sides = zip(*pair.shared, strict=True)
    one, other = (runs_of([scored(r, shelf, store=store) for r in side], pair.domains) for side in sides)
    paired = paired_difference(one, other, resamples=resamples)
    return RowDifference(
        setting=pair.setting,
        first=pair.first,
        second=pair.second,
        paired=paired,
        f1=_both(one, other, paired),
        alone=pair.alone,
        oracle=pair.oracle,
    )


def runs_of(cells: Iterable[ScoredCell], domains: Iterable[str]) -> Runs:
    """Return the counts of one row's finished cells: domain → seed → counts, domains in their order."""
    found: dict[str, dict[int, Counts]] = {domain: {} for domain in domains}
    for cell in cells:
        if cell.counts is not None and cell.record.spec.domain in found:
            found[cell.record.spec.domain][cell.record.spec.seed] = cell.counts
    return {domain: dict(sorted(runs.items())) for domain, runs in found.items() if runs}


def _mean_f1(runs: Runs, seeds: Mapping[str, Iterable[int]]) -> dict[str, float]:
    """Return domain → F1, the mean over the seeds given for it."""
    means = {}
    for domain, some in seeds.items():
        scores = [runs[domain][seed].micro().f1 for seed in some]
        means[domain] = sum(scores) / len(scores)
    return means


def _both(one: Runs, other: Runs, paired: Paired) -> dict[str, tuple[float, float]]:
    first, second = _mean_f1(one, paired.seeds), _mean_f1(other, paired.seeds)
    return {domain: (first[domain], second[domain]) for domain in first}


def difference_grid(found: RowDifference, resamples: int = PAIRED_RESAMPLES) -> Table:
    """Return a difference as a table: a line a domain, and the average."""
    names = [name_of(key) for key in (found.first, found.second)]
    header = ("domain", *names, "difference", "95% interval", "seeds")
    rows = [
        (
            domain,
            *map(points, found.f1[domain]),
            starred(one),
            span(one),
            str(len(found.paired.seeds[domain])),
        )
        for domain, one in found.paired.domains.items()
    ]
    whole = found.paired.average
    if whole is not None:
        seeds = number_range({len(some) for some in found.paired.seeds.values()})
        rows.append(("average", *map(points, _averages(found)), starred(whole), span(whole), seeds))
    notes = [how_paired(resamples, found.paired.seeds.values()), f"{STAR} the interval holds no 0."]
    if found.alone:
        notes.append(f"Left out, since only one of the two has it: {places(found.alone)}.")
    if found.oracle:
        notes.append(
            "[oracle] at least one of the two is not a method: types taken from the gold annotation."
        )
    return Table(
        f"{found.setting}: {names[0]} minus {names[1]}", header, tuple(rows), tuple(notes), (1, None)
    )


def _averages(found: RowDifference) -> tuple[float, float]:
    first, second = zip(*found.f1.values(), strict=True)
    return sum(first) / len(first), sum(second) / len(second)


def to_json(found: Sequence[RowDifference], suite: str, resamples: int = PAIRED_RESAMPLES) -> str:
    """Render differences as one JSON object; scores are fractions."""
    content = {
        "schema": SCHEMA,
        "suite": suite,
        "units": "scores and differences are fractions of F1",
        "interval": interval_facts(resamples),
        "settings": {one.setting: _values(one) for one in found},
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _values(found: RowDifference) -> dict[str, Any]:
    whole = found.paired.average
    return {
        "first": dict(zip(("label", "backbone"), found.first, strict=True)),
        "second": dict(zip(("label", "backbone"), found.second, strict=True)),
        "oracle": found.oracle,
        "average": None
        if whole is None
        else {**_f1(_averages(found)), **difference_values(whole), "cells": found.paired.cells},
        "domains": {
            domain: {**_f1(found.f1[domain]), **difference_values(one), "seeds": found.paired.seeds[domain]}
            for domain, one in found.paired.domains.items()
        },
        "left_out": [{"domain": domain, "seed": seed} for domain, seed in found.alone],
    }


def _f1(pair: tuple[float, float]) -> dict[str, float | None]:
    return {"first_f1": rounded(pair[0]), "second_f1": rounded(pair[1])}
