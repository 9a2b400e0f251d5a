"""How often 95 % intervals hold the true figure, by simulation.

Test sets and models are drawn again and again from a population whose F1 is known, an interval is made of
each draw by the functions that boards use, and those that hold the true figure are counted. Sentences differ
in how hard they are, for all systems alike; a seed moves all sentences of a model; and every model errs on
sentences of its own besides. So a mention of a sentence with hardness c is found by a model with luck a with
probability σ(skill + c + a + e), and the true F1 of a system, its mean over all lucks, is an integral.

Beside the intervals of the project stand those of simpler ways: sentences drawn alone, seeds averaged and
copies of a sentence taken for news; and seeds drawn with replacement beside the sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from benchmark.scoring.clusters import clustered
from benchmark.scoring.counts import Counts
from benchmark.scoring.intervals import BootstrapSample, percentile_interval, sampling_distribution
from benchmark.scoring.statistics import Runs, sample_runs, weight_blocks

_MENTIONS, _SPURIOUS = 2.0, 0.2  # a sentence, on average
_HARDNESS, _OWN = 1.0, 0.5  # standard deviations, in logits


@dataclass(frozen=True)
class Scenario:
    """What is drawn of a population.

    ``luck`` is the standard deviation of a seed's luck in logits (0.1 moves F1 by 2 points). ``gap`` is the
    skill that a first system has above a second, in logits; None to measure one system alone. ``copies`` is
    the largest number of copies of a sentence.
    """

    name: str
    sentences: int = 400
    seeds: int = 1
    luck: float = 0.0
    domains: int = 1
    gap: float | None = None
    copies: int = 1
    skill: float = 0.4


SCENARIOS = (
    Scenario("one seed"),
    Scenario("one seed, 100 sentences", sentences=100),
    Scenario("one seed, F1 near 0.85", skill=2.2),
    Scenario("one seed, up to 4 copies of a sentence", copies=4),
    Scenario("2 seeds that matter as much as sentences", seeds=2, luck=0.15),
    Scenario("2 seeds that matter most", seeds=2, luck=0.5),
    Scenario("3 seeds that hardly matter", seeds=3, luck=0.03),
    Scenario("3 seeds that matter as much as sentences", seeds=3, luck=0.15),
    Scenario("3 seeds that matter most", seeds=3, luck=0.5),
    Scenario("5 seeds that matter as much as sentences", seeds=5, luck=0.15),
    Scenario("average of 3 domains, 3 seeds", seeds=3, luck=0.1, domains=3),
    Scenario("difference of two systems", gap=0.1),
    Scenario("difference of two systems, 3 seeds", gap=0.1, seeds=3, luck=0.1),
    Scenario("difference of averages, 3 domains, 3 seeds", gap=0.1, seeds=3, luck=0.1, domains=3),
)


def truth(scenario: Scenario) -> float:
    """Return the true F1 of a system, or the true difference of two."""
    if scenario.gap is None:
        return _true_f1(scenario.skill, scenario.luck)
    return _true_f1(scenario.skill + scenario.gap, scenario.luck) - _true_f1(scenario.skill, scenario.luck)


def _true_f1(skill: float, luck: float) -> float:
    """Return F1 of the expected sums: 2 m · E[p] / (2 m + spurious), with m gold mentions a sentence."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(101)
    found = _sigmoid(skill + np.sqrt(_HARDNESS**2 + _OWN**2 + luck**2) * nodes) @ weights / weights.sum()
    return float(2 * _MENTIONS * found / (2 * _MENTIONS + _SPURIOUS))


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))


def draw(scenario: Scenario, generator: np.random.Generator) -> tuple[list[Runs], Mapping[str, np.ndarray]]:
    """Draw test sets and models: the runs of one system or of two, and each domain's groups of copies."""
    skills = [scenario.skill] if scenario.gap is None else [scenario.skill + scenario.gap, scenario.skill]
    lucks = generator.normal(0, scenario.luck, size=(len(skills), scenario.seeds))
    systems: list[dict[str, dict[int, Counts]]] = [{} for _ in skills]
    groups = {}
    for domain in map(str, range(scenario.domains)):
        times = generator.integers(1, scenario.copies + 1, size=scenario.sentences)
        groups[domain] = np.repeat(np.arange(scenario.sentences), times)
        gold = generator.poisson(_MENTIONS, scenario.sentences)
        hardness = generator.normal(0, _HARDNESS, scenario.sentences)
        for system, skill, of_seeds in zip(systems, skills, lucks, strict=True):
            runs = [_counts(gold, skill + hardness + luck, generator) for luck in of_seeds]
            system[domain] = {seed: _repeated(run, groups[domain]) for seed, run in enumerate(runs)}
    return list(systems), groups


def _counts(gold: np.ndarray, logits: np.ndarray, generator: np.random.Generator) -> Counts:
    p = _sigmoid(logits + generator.normal(0, _OWN, len(gold)))
    tp = generator.binomial(gold, p)
    wrong = gold - tp + generator.poisson(_SPURIOUS, len(gold))
    return Counts(("a",), *(table[:, None].astype(np.int64) for table in (tp, tp + wrong, gold)))


def _repeated(run: Counts, groups: np.ndarray) -> Counts:
    return Counts(run.types, run.tp[groups], run.predicted[groups], run.gold[groups])


def held(scenario: Scenario, trials: int, resamples: int, seed: int = 0) -> dict[str, float]:
    """Return way of making intervals → share of trials whose interval holds the truth."""
    true = truth(scenario)
    generator = np.random.default_rng([seed, *scenario.name.encode()])
    counted = dict.fromkeys(("project", "sentences alone", "seeds drawn"), 0)
    for trial in range(trials):
        systems, groups = draw(scenario, generator)
        whole = [{d: _clustered(runs, groups[d]) for d, runs in system.items()} for system in systems]
        samples = _samples(whole, resamples, trial)
        apart = samples if scenario.copies == 1 else _samples(systems, resamples, trial)
        found = {
            "project": sampling_distribution(samples).interval(),
            "sentences alone": percentile_interval(_mean(apart)),
            "seeds drawn": percentile_interval(_mean(samples, trial)),
        }
        for way, interval in found.items():
            counted[way] += interval.low <= true <= interval.high
    return {way: number / trials for way, number in counted.items()}


def _clustered(runs: Mapping[int, Counts], groups: np.ndarray) -> dict[int, Counts]:
    return {seed: clustered(run, groups) for seed, run in runs.items()}


def _samples(systems: list[Runs], resamples: int, seed: int) -> list[BootstrapSample]:
    """Return the figure of each domain: F1 of the one system, or that of the first minus the second."""
    found = []
    for domain, runs in systems[0].items():
        every = dict(enumerate(run for system in systems for run in system[domain].values()))
        sample = sample_runs({domain: every}, resamples=resamples, seed=seed)[domain]
        observed, drawn = (np.split(some, len(systems)) for some in (sample.observed, sample.drawn))
        if len(systems) == 2:
            observed, drawn = [observed[0] - observed[1]], [drawn[0] - drawn[1]]
        found.append(BootstrapSample(tuple(runs), observed[0], drawn[0]))
    return found


def _mean(samples: list[BootstrapSample], seed: int | None = None) -> np.ndarray:
    """Return the resamples of the average; with a ``seed``, the models' seeds are drawn as well."""
    drawn = np.mean([sample.drawn for sample in samples], axis=0)
    if seed is None:
        return np.asarray(drawn.mean(axis=0))
    times = np.concatenate(list(weight_blocks(len(drawn), drawn.shape[1], seed, "seeds")))
    return np.asarray((drawn.T * times).mean(axis=1))
