"""Coordinate search: one parameter at a time over a stated grid, keeping what raises a dev score."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

SCHEMA = 1
ROUNDS = 3
Params = dict[str, Any]
Space = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Trial:
    """Values of the searched parameters, and the dev F1 (a fraction) with them: domain → seed → F1."""

    params: Params
    f1: Mapping[str, Mapping[str, float]]

    @property
    def mean(self) -> float:
        """The mean over domains of the mean over seeds."""
        return fmean(fmean(seeds.values()) for seeds in self.f1.values())


def coordinate_search(
    space: Space, start: Params, trial: Callable[[Params], Trial], *, rounds: int = ROUNDS
) -> Iterator[Trial]:
    """Yield the trials of a search in order, none twice; ``best_of`` them is the choice.

    Each round goes through ``space`` in its order and takes, for each parameter, the value of the greatest
    score where that beats the best so far; so a tie changes nothing. A round without a change is the last.

    Parameters
    ----------
    space : mapping of str to sequence
        The values to try, by parameter.
    start : dict
        The values of the first trial.
    trial : callable
        Makes the trial of given values.
    rounds : int
        How many rounds there are at most.
    """
    best = trial(start)
    tried = {params_text(start)}
    yield best
    for _ in range(rounds):
        before = best
        for parameter, values in space.items():
            around = best
            for value in values:
                params = {**around.params, parameter: value}
                if params_text(params) in tried:
                    continue
                tried.add(params_text(params))
                found = trial(params)
                yield found
                best = best_of([best, found])
        if best is before:
            return


def best_of(trials: Sequence[Trial]) -> Trial:
    """Return the trial of the greatest score, the earliest of equals."""
    return max(trials, key=lambda one: one.mean)


def params_text(params: Params) -> str:
    """Return parameters as JSON, sorted by name."""
    return json.dumps(params, sort_keys=True)


def search_content(about: Mapping[str, Any], space: Space, trials: Sequence[Trial]) -> dict[str, Any]:
    """Return a search as JSON values; ``about`` says of what and on what, ``trials`` begin with the start."""
    return {
        "schema": SCHEMA,
        **about,
        "space": {name: list(values) for name, values in space.items()},
        "trials": [{"params": one.params, "mean": round(one.mean, 6), "f1": one.f1} for one in trials],
        "start": trials[0].params,
        "chosen": best_of(trials).params,
    }
