"""Which place a checked bundle would take: its average in each setting, among the complete rows there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmark.domains.corpus import Mention
from benchmark.scoring.counts import count_mentions
from benchmark.settings import by_labels
from benchmark.store.record import OK
from benchmark.store.record_gold import DomainCache
from benchmark.store.store import Store
from leaderboard.submit.check import Checked
from leaderboard.submit.manifest import CellKey
from leaderboard.submit.store import submissions
from leaderboard.submit.suite_cells import SuiteCells, suite_cells

_Rows = dict[tuple[str, str], dict[CellKey, float]]  # setting, name of the row → F1 of its cells


@dataclass(frozen=True)
class Standing:
    """A setting's average as a fraction, and the place that it would take among ``others``, best first."""

    setting: str
    average: float
    others: tuple[tuple[str, float], ...]

    @property
    def place(self) -> int:
        """1 for the best; rows with the same average stand before it."""
        return 1 + sum(f1 >= self.average for _, f1 in self.others)

    def __str__(self) -> str:
        line = f"{self.setting}: average F1 {100 * self.average:.2f}"
        line += f", place {self.place} of {len(self.others) + 1}"
        sides = {"below": self.others[: self.place - 1][-1:], "above": self.others[self.place - 1 :][:1]}
        beside = [f"{side} {name} {100 * f1:.2f}" for side, some in sides.items() for name, f1 in some]
        return f"{line} ({', '.join(beside)})" if beside else line


def standings(checked: Checked, store: Store, domains: DomainCache) -> list[Standing]:
    """Return the standing in each setting of which a bundle has every cell.

    The averages are those of the board: over seeds, then over domains. Whether a difference is more than
    chance, the board's paired test says.
    """
    suite = suite_cells(store, checked.manifest.suite)
    lacking = {setting for setting, _, _ in checked.missing}
    wanted = sorted({setting for setting, _, _ in checked.f1} - lacking, key=by_labels)
    rows: _Rows = defaultdict(dict)
    for setting, name, key, predicted in _others(store, suite, wanted):
        domain = domains.domain(suite.corpora[key[1]], key[1])
        gold = [sentence.mentions for sentence in domain.test]
        said = [predicted.get(sentence.id, []) for sentence in domain.test]
        rows[setting, name][key] = count_mentions(gold, said, domain.type_names).micro().f1
    found = []
    for setting in wanted:
        own = _average({key: f1 for key, f1 in checked.f1.items() if key[0] == setting}, suite)
        others = [(name, _average(f1, suite)) for (where, name), f1 in rows.items() if where == setting]
        whole = [(name, f1) for name, f1 in others if f1 is not None]
        if own is not None:
            found.append(Standing(setting, own, tuple(sorted(whole, key=lambda one: (-one[1], one[0])))))
    return found


def _others(
    store: Store, suite: SuiteCells, settings: list[str]
) -> Iterator[tuple[str, str, CellKey, Mapping[str, list[Mention]]]]:
    """Yield the cells of all rows in these settings, computed here or submitted, with their predictions."""
    for record in store.records(suite.suite):
        spec = record.spec
        place = (spec.setting, spec.domain, spec.seed)
        if record.state != OK or spec.noise is not None or spec.in_domain:
            continue
        if any(where.get("oracle") is not None for where in (spec.params, record.notes)):
            continue
        if spec.setting in settings and spec.domain in suite.domains:
            yield spec.setting, f"{spec.label} ({spec.backbone})", place, store.predictions(record)
    for stored in submissions(store.root, suite.suite):
        for place in stored.digests:
            if place[0] in settings and place[1] in suite.domains:
                yield place[0], f"{stored.card.name} [submitted]", place, stored.predictions(place)


def _average(f1: Mapping[CellKey, float], suite: SuiteCells) -> float | None:
    """Return the mean over seeds, then over domains; None where a cell of the suite is missing."""
    by_domain: dict[str, list[float]] = defaultdict(list)
    for (_, domain, _), value in f1.items():
        by_domain[domain].append(value)
    if any(len(by_domain[domain]) < len(suite.seeds) for domain in suite.domains):
        return None
    means = [sum(by_domain[domain]) / len(by_domain[domain]) for domain in suite.domains]
    return sum(means) / len(means)
