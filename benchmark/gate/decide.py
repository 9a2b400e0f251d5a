"""The decision: from counts of both sides to the evidence of every line. Pure: no file is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from benchmark.gate.line_test import LineTest, Runs, average, compare, draw
from benchmark.gate.report import Evidence
from benchmark.gate.spread import Spread, of_averages, of_domains
from benchmark.scoring.multiple_testing import holm

Row = tuple[str, str, str]  # label, backbone, setting
Name = TypeVar("Name")
Group = tuple[Row, bool]  # a row, and whether on the source in its own domain, whose spread is another


@dataclass(frozen=True)
class CountedCells:
    """A place with its counts, seed → counts of each side.

    key: its name. row, domain: where it stands. stored: seed → F1 of all of the baseline's seeds. equal: the
    predictions are the baseline's. blank: it could not be counted. apart: no average holds it (the source in
    its own domain).
    """

    key: str
    row: Row
    domain: str
    base: Runs = field(default_factory=dict)
    run: Runs = field(default_factory=dict)
    stored: Mapping[int, float] = field(default_factory=dict)
    equal: bool = False
    blank: bool = False
    apart: bool = False

    @property
    def group(self) -> Group:
        """The places whose spread is alike."""
        return self.row, self.apart

    @property
    def paired(self) -> bool:
        """Whether the two sides have the same seeds."""
        return self.base.keys() == self.run.keys()


@dataclass(frozen=True)
class Decision:
    """Evidence by place (those that could be tested) and by row, corrected over so many comparisons."""

    places: Mapping[str, Evidence]
    averages: Mapping[Row, Evidence]
    comparisons: int


def decide(places: Sequence[CountedCells], *, alpha: float, resamples: int) -> Decision:
    """Test every place whose predictions differ, and the average of every row that has one.

    Places with equal bytes cannot have regressed: they are no comparisons. Those that could not be counted or
    tested are: they count in Holm's correction as if they had shown nothing. Half of ``alpha`` is for the
    averages, which are few and sharp, and half for the places, of which a big board has many.
    """
    rows: dict[Row, list[CountedCells]] = {}
    for place in places:
        if not place.apart:
            rows.setdefault(place.row, []).append(place)
    differ = [place for place in places if not place.equal]
    touched = {row: those for row, those in rows.items() if not all(one.equal for one in those)}
    wanted = [one for one in places if not one.equal or one.row in touched]
    groups: dict[Group, dict[str, Mapping[int, float]]] = {}
    for place in places:
        if not place.blank:
            groups.setdefault(place.group, {})[place.key] = place.stored
    compared = _compare(wanted, of_domains(groups), resamples)
    counted = {row: groups.get((row, False), {}) for row in rows}
    spreads = of_averages({row: one for row, one in counted.items() if len(one) == len(rows[row])})
    means = {row: one for row, those in touched.items() if (one := _mean(those, compared, spreads.get(row)))}
    single = {place.key: compared[place.key] for place in differ}
    return Decision(_corrected(single, alpha / 2), _corrected(means, alpha / 2), len(single) + len(means))


def _corrected(compared: Mapping[Name, LineTest | None], alpha: float) -> dict[Name, Evidence]:
    """Return the evidence of those that could be compared, corrected over all that were planned.

    The p-values are doubled, because this is one of two families and has half of the whole error.
    """
    tests = {name: one for name, one in compared.items() if one is not None}
    adjusted = holm({name: one.p for name, one in tests.items()}, len(compared))
    level = alpha / max(len(compared), 1)
    return {name: _evidence(one, min(1.0, 2 * adjusted[name]), level) for name, one in tests.items()}


def _compare(
    places: Sequence[CountedCells], spreads: Mapping[Group, Spread], resamples: int
) -> dict[str, LineTest | None]:
    """Return place → its comparison; None where there is none.

    With other seeds on the two sides, and no spread to hold their difference against, nothing can be told.
    """
    found: dict[str, LineTest | None] = {place.key: None for place in places}
    domains: dict[str, list[CountedCells]] = {}
    for place in places:
        if not place.blank and (place.paired or place.group in spreads):
            domains.setdefault(place.domain, []).append(place)
    for domain, those in domains.items():
        runs = [[*place.base.values(), *place.run.values()] for place in those]
        drawn = draw([counts for one in runs for counts in one], resamples, domain)
        parts = np.split(drawn, np.cumsum([len(one) for one in runs])[:-1])
        for place, part in zip(those, parts, strict=True):
            found[place.key] = compare(place.base, place.run, part, spreads.get(place.group))
    return found


def _mean(
    places: Sequence[CountedCells], compared: Mapping[str, LineTest | None], spread: Spread | None
) -> LineTest | None:
    """Return the comparison of a row's average; None where a domain is missing, or is the only one."""
    whole = [one for place in places if (one := compared[place.key]) is not None]
    seeds = {(tuple(place.base), tuple(place.run)) for place in places}
    if len(whole) < max(2, len(places)) or len(seeds) > 1:
        return None
    return average(whole, spread)


def _evidence(one: LineTest, adjusted: float, level: float) -> Evidence:
    return Evidence(
        baseline_f1=one.baseline_f1,
        run_f1=one.run_f1,
        difference=one.difference,
        interval=one.interval,
        spread=None if one.spread is None else one.spread.deviation,
        threshold=one.threshold(level),
        p=one.p,
        adjusted=adjusted,
    )
