"""How often the gate fires without cause, and how often with one, found by simulation.

Re-runs are simulated from stored counts, so nothing is trained. Another seed changes three things: single
mentions come and go (``churn``), which leaves F1 the same on average; all domains of a row are better or
worse together (``shared``, the luck of a source tagger, say); and each domain is for itself (``own``). A
planted loss turns right mentions into wrong ones, spread over the test set at random.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.gate.decide import CountedCells, Decision, Row, decide
from benchmark.gate.spread import averages, pooled
from benchmark.scoring.counts import Counts
from benchmark.scoring.spans import Ints
from benchmark.scoring.statistics import f1_of


@dataclass(frozen=True)
class Stored:
    """What a store knows of a place: the totals per sentence (right, predicted, gold) of each seed."""

    key: str
    row: Row
    domain: str
    runs: Mapping[int, Ints]
    apart: bool = False


@dataclass(frozen=True)
class SeedVariance:
    """What another seed changes.

    churn: the share of mentions that come or go. shared, own: standard deviations of F1, as fractions.
    uneven: by how much rows differ in both: from that factor below to that factor above.
    """

    churn: float
    shared: float
    own: float
    uneven: float = 1.0


@dataclass(frozen=True)
class Trial:
    """A kind of re-run: so many seeds a side, the same ones or others, and what is planted where."""

    seeds: int
    run_seeds: int
    other_seeds: bool
    loss: float = 0.0
    row: Row | None = None
    domain: str | None = None


def seed_variance(stored: Sequence[Stored], churn: float) -> SeedVariance | None:
    """Return what the stored seeds tell of luck; None where every place has one seed only.

    From the variances of a domain's F1, shared² + own², and of a row's average over k domains, shared² + own²
    / k. The little that churn adds is not taken off: simulated seeds differ somewhat more than the stored
    ones.
    """
    rows: dict[Row, dict[str, dict[int, float]]] = {}
    for place in stored:
        if not place.apart:
            f1 = {seed: float(f1_of(run.sum(axis=0))) for seed, run in place.runs.items()}
            rows.setdefault(place.row, {})[place.domain] = f1
    single = pooled([list(f1.values()) for row in rows.values() for f1 in row.values()])
    mean = pooled(averages(row) for row in rows.values())
    if single is None or mean is None:
        return None
    k = float(np.mean([len(row) for row in rows.values()]))
    own = max(0.0, (single.deviation**2 - mean.deviation**2) / (1 - 1 / k)) if k > 1 else 0.0
    shared = max(0.0, single.deviation**2 - own)
    return SeedVariance(churn, float(np.sqrt(shared)), float(np.sqrt(own)))


def another_seed(totals: Ints, churn: float, generator: np.random.Generator) -> Ints:
    """Return the totals of a run in which single mentions have come and gone."""
    right, predicted, gold = totals.T
    wrong, missed = predicted - right, gold - right
    back = min(1.0, churn * right.sum() / max(missed.sum(), 1))
    right = right - generator.binomial(right, churn) + generator.binomial(missed, back)
    wrong = wrong - generator.binomial(wrong, churn) + generator.poisson(churn * wrong.mean(), len(wrong))
    return np.stack([right, right + wrong, gold], axis=1)


def inject_loss(totals: Ints, gain: float, generator: np.random.Generator) -> Ints:
    """Return the totals with F1 changed by ``gain`` (a fraction; a loss is negative), as far as that can be.

    Right mentions become wrong ones, or wrong ones right where gold has one that is missed.
    """
    right, predicted, gold = totals.T
    movable = right if gain < 0 else np.minimum(predicted, gold) - right
    count = min(round(abs(gain) * float(predicted.sum() + gold.sum()) / 2), int(movable.sum()))
    moved = generator.multivariate_hypergeometric(movable, count, method="marginals")
    return np.stack([right + (moved if gain > 0 else -moved), predicted, gold], axis=1)


def rerun(
    stored: Sequence[Stored], luck: SeedVariance, trial: Trial, generator: np.random.Generator
) -> list[CountedCells]:
    """Return a simulated baseline and a simulated re-run of it, place by place."""
    base_seeds = range(trial.seeds)
    first = 1000 if trial.other_seeds else 0
    run_seeds = range(first, first + trial.run_seeds)
    rows = sorted({place.row for place in stored})
    factor = dict(zip(rows, np.geomspace(1 / luck.uneven, luck.uneven, len(rows)).tolist(), strict=True))
    shared = {
        (row, seed): generator.normal(0, luck.shared * factor[row])
        for row in rows
        for seed in [("base", s) for s in base_seeds] + [("run", s) for s in run_seeds]
    }
    found = []
    for place in stored:
        sides: dict[str, dict[int, Counts]] = {"base": {}, "run": {}}
        hit = (trial.row in (None, place.row)) and (trial.domain in (None, place.domain))
        for side, seeds in (("base", base_seeds), ("run", run_seeds)):
            for seed in seeds:
                gain = shared[place.row, (side, seed)] + generator.normal(0, luck.own * factor[place.row])
                gain -= trial.loss if side == "run" and hit else 0.0
                template = place.runs[sorted(place.runs)[seed % len(place.runs)]]
                totals = inject_loss(another_seed(template, luck.churn, generator), gain, generator)
                sides[side][seed] = _counts(totals)
        stored_f1 = {seed: counts.micro().f1 for seed, counts in sides["base"].items()}
        found.append(
            CountedCells(
                place.key, place.row, place.domain, sides["base"], sides["run"], stored_f1, apart=place.apart
            )
        )
    return found


def alarms(decision: Decision, alpha: float) -> set[tuple[Row | None, str]]:
    """Return what fires: (None, a place's key) or (a row, ``average``)."""
    places = {(None, key) for key, one in decision.places.items() if one.adjusted <= alpha}
    return places | {(row, "average") for row, one in decision.averages.items() if one.adjusted <= alpha}


def rate(
    stored: Sequence[Stored],
    luck: SeedVariance,
    trial: Trial,
    *,
    times: int,
    alpha: float = 0.05,
    resamples: int = 1000,
    seed: int = 0,
) -> int:
    """Return how many of so many simulated re-runs the gate fires in.

    With a planted loss it counts only what fires where the loss is: in one of the places hit, or in the
    average of a row that was hit.
    """
    count = 0
    for number in range(times):
        generator = np.random.default_rng([seed, number])
        counted = rerun(stored, luck, trial, generator)
        decision = decide(counted, alpha=alpha, resamples=resamples)
        count += bool(alarms(decision, alpha) & _hit(counted, trial))
    return count


def _hit(counted: Iterable[CountedCells], trial: Trial) -> set[tuple[Row | None, str]]:
    hit: set[tuple[Row | None, str]] = set()
    for place in counted:
        if trial.row in (None, place.row) and trial.domain in (None, place.domain):
            hit |= {(None, place.key), (place.row, "average")}
    return hit


def _counts(totals: Ints) -> Counts:
    return Counts(("all",), *(totals[:, [column]] for column in range(3)))
