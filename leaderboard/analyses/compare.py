"""Where do two rows differ? By domain and type with the paired test, and in which sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmark.domains.corpus import Mention
from benchmark.errors import InputError
from benchmark.scoring.clusters import clustered
from benchmark.scoring.counts import Counts, count_mentions
from benchmark.scoring.intervals import BootstrapSample, Difference, FloatArray, sampling_distribution
from benchmark.scoring.multiple_testing import holm
from benchmark.scoring.permutation import p_of_difference, permute
from benchmark.scoring.spans import Ints
from benchmark.scoring.statistics import RESAMPLES, f1_of, resampled_f1
from benchmark.store.record import Record
from benchmark.store.store import Store
from leaderboard.analyses.pairing import RecordPair, pair_rows
from leaderboard.results.gold import Gold, GoldCache

Answers = Sequence[Sequence[Mention]]  # of one run: the mentions of each test sentence

_Name = TypeVar("_Name")


@dataclass(frozen=True)
class Part:
    """Two rows on a part of the test sets: F1 of both (fractions, means over seeds) and their paired test.

    ``only_first`` and ``only_second`` count what one has right and the other wrong, over all shared seeds:
    whole sentences of a domain, gold mentions of a type. ``of`` is how many there are of them in gold, seeds
    not counted. ``corrected`` is ``p`` after Holm's correction over all parts of its kind in the setting.
    """

    first_f1: float
    second_f1: float
    difference: Difference
    p: float
    corrected: float
    of: int
    only_first: int
    only_second: int


@dataclass(frozen=True)
class Example:
    """A test sentence that one row has right and the other wrong, with one seed.

    ``gold``, ``first`` and ``second`` hold the mentions that are not in all three. ``words`` maps the offsets
    of these to their text, which comes from the reader's own corpus.
    """

    sentence: str
    seed: int
    gold: tuple[Mention, ...]
    first: tuple[Mention, ...]
    second: tuple[Mention, ...]
    words: Mapping[tuple[int, int], str]

    @property
    def first_is_right(self) -> bool:
        """Whether it is the first row that has the sentence right."""
        return self.first == self.gold


@dataclass(frozen=True)
class Comparison:
    """Two rows in one setting, on the cells that both have; ``types`` maps (domain, type) → part."""

    rows: RecordPair
    average: Part
    domains: Mapping[str, Part]
    types: Mapping[tuple[str, str], Part]
    examples: tuple[Example, ...]

    @property
    def seeds(self) -> tuple[int, ...]:
        """All seeds that the two share."""
        return tuple(sorted({record.spec.seed for record, _ in self.rows.shared}))


def compare(
    store_root: Path | str,
    suite: str,
    first: str,
    second: str,
    *,
    setting: str | None = None,
    data_dir: Path | str | None = None,
    own: Iterable[Path | str] = (),
    resamples: int = RESAMPLES,
    examples: int = 3,
) -> list[Comparison]:
    """Return where two rows of a suite differ, in every setting that both have or in one.

    ``examples`` is how many sentences to show of those that only the first has right, and again of those that
    only the second has. Raises as ``pair_rows`` does, and as reading predictions and gold does.
    """
    store, shelf = Store(store_root), GoldCache(data_dir, own)
    pairs = pair_rows(store, suite, first, second, setting=setting)
    return [_compare(store, shelf, pair, resamples, examples) for pair in pairs]


@dataclass(frozen=True)
class _Both:
    """The answers of two rows on one domain, by seed."""

    gold: Gold
    first: Mapping[int, Answers]
    second: Mapping[int, Answers]


def _compare(store: Store, shelf: GoldCache, rows: RecordPair, resamples: int, examples: int) -> Comparison:
    domains: dict[str, _Both] = {}
    for pair in rows.shared:
        gold = _gold_of_both(shelf, pair)
        answers = [gold.align(store.predictions(r), store.predictions_path(r)) for r in pair]
        both = domains.get(pair[0].spec.domain) or _Both(gold, {}, {})
        seed = pair[0].spec.seed
        domains[pair[0].spec.domain] = _Both(
            gold, {**both.first, seed: answers[0]}, {**both.second, seed: answers[1]}
        )
    tested = {domain: _test(domain, both, resamples) for domain, both in domains.items()}
    whole = {domain: found[None] for domain, found in tested.items()}
    types = {(d, name): t for d, found in tested.items() for name, t in found.items() if name is not None}
    alone = {domain: _sentences(both) for domain, both in domains.items()}
    found = [example for both in domains.values() for example in _examples(both)]
    return Comparison(
        rows=rows,
        average=_average(whole, alone),
        domains=_corrected({d: _part([t], *alone[d]) for d, t in whole.items()}),
        types=_corrected({(d, n): _part([t], *_mentions(domains[d], n)) for (d, n), t in types.items()}),
        examples=(*_best(found, True, examples), *_best(found, False, examples)),
    )


def _gold_of_both(shelf: GoldCache, pair: tuple[Record, Record]) -> Gold:
    """Return the test set of a pair of cells; ``InputError`` where noise gave each another text."""
    gold, other = map(shelf.gold, pair)
    if gold is not other:  # the shelf has one of each
        raise InputError(
            f"{pair[0].cell} and {pair[1].cell}, whose test sets have other text",
            expected="rows under the same noise on the target's text",
            todo="`python -m leaderboard difference` compares their scores, `robustness.md` clean and noisy",
        )
    return gold


@dataclass(frozen=True, eq=False)
class _Tested:
    """A part of one test set: F1 of both by seed, the sampled difference, and the difference under swaps."""

    domain: str
    first: FloatArray
    second: FloatArray
    gap: BootstrapSample
    swapped: tuple[float, FloatArray]


def _test(domain: str, both: _Both, resamples: int) -> dict[str | None, _Tested]:
    """Return type → test of a domain's two rows; None stands for all types together.

    One matrix of weights and one of swaps serve all types.
    """
    gold, seeds = both.gold, tuple(both.first)
    counts = [_counts(gold, side[seed]) for side in (both.first, both.second) for seed in seeds]
    names: list[str | None] = [None, *(name for name, gold in counts[0].support().items() if gold)]
    totals = [_totals(one, name) for name in names for one in counts]
    observed = f1_of(np.stack([total.sum(axis=0) for total in totals]))
    drawn = resampled_f1(totals, resamples=resamples, stream=domain)
    swapped = permute(totals, swaps=resamples, stream=domain)
    found = {}
    for place, name in enumerate(names):
        start = place * len(counts)
        one, other = (list(range(start + at, start + at + len(seeds))) for at in (0, len(seeds)))
        gap = BootstrapSample(seeds, observed[one] - observed[other], drawn[one] - drawn[other])
        moved = swapped.difference(one, other)
        found[name] = _Tested(domain, observed[one], observed[other], gap, moved)
    return found


def _counts(gold: Gold, answers: Answers) -> Counts:
    return clustered(count_mentions(gold.mentions, answers, gold.types), gold.groups)


def _totals(counts: Counts, name: str | None) -> Ints:
    """Return (groups, 3): true positives, predicted, gold of one type, or of all."""
    if name is None:
        return counts.by_sentence()
    column = counts.types.index(name)
    return np.stack([table[:, column] for table in (counts.tp, counts.predicted, counts.gold)], axis=1)


def _part(tests: Sequence[_Tested], of: int, only_first: int, only_second: int) -> Part:
    """Return what parts of test sets tell together, each with equal weight; not corrected yet."""
    gaps = {test.domain: test.gap for test in tests}
    p = p_of_difference(gaps, {test.domain: test.swapped for test in tests})
    first = float(np.mean([test.first.mean() for test in tests]))
    second = float(np.mean([test.second.mean() for test in tests]))
    return Part(
        first, second, sampling_distribution(gaps.values()).difference(), p, p, of, only_first, only_second
    )


def _average(tests: Mapping[str, _Tested], alone: Mapping[str, tuple[int, int, int]]) -> Part:
    of, first, second = (sum(column) for column in zip(*alone.values(), strict=True))
    return _part(list(tests.values()), of, first, second)


def _corrected(parts: dict[_Name, Part]) -> dict[_Name, Part]:
    corrected = holm({name: part.p for name, part in parts.items()})
    return {name: replace(part, corrected=corrected[name]) for name, part in parts.items()}


def _sentences(both: _Both) -> tuple[int, int, int]:
    """Return the number of sentences, and how often only the first, or only the second, has one right."""
    only = [0, 0]
    for seed in both.first:
        for gold, one, other in zip(both.gold.mentions, both.first[seed], both.second[seed], strict=True):
            right = set(one) == set(gold), set(other) == set(gold)
            only[0] += right == (True, False)
            only[1] += right == (False, True)
    return len(both.gold.test), only[0], only[1]


def _mentions(both: _Both, name: str) -> tuple[int, int, int]:
    """Return a type's number of gold mentions, and how often only one of the two finds one."""
    only = [0, 0]
    gold = [{m for m in mentions if m.type == name} for mentions in both.gold.mentions]
    for seed in both.first:
        for wanted, one, other in zip(gold, both.first[seed], both.second[seed], strict=True):
            only[0] += len(wanted & set(one) - set(other))
            only[1] += len(wanted & set(other) - set(one))
    return sum(map(len, gold)), only[0], only[1]


def _examples(both: _Both) -> Iterable[Example]:
    """Yield the sentences that exactly one of the two has right, with the first seed that they share."""
    seed = next(iter(both.first))
    for sentence, one, other in zip(both.gold.test, both.first[seed], both.second[seed], strict=True):
        sides = [set(sentence.mentions), set(one), set(other)]
        if (sides[1] == sides[0]) != (sides[2] == sides[0]):
            common = sides[0] & sides[1] & sides[2]
            differ = [tuple(sorted(side - common)) for side in sides]
            spans = {mention[:2] for side in differ for mention in side}
            words = {(start, end): " ".join(sentence.tokens[start:end]) for start, end in sorted(spans)}
            yield Example(sentence.id, seed, differ[0], differ[1], differ[2], words)


def _best(found: Iterable[Example], first_is_right: bool, number: int) -> list[Example]:
    """Return those with the most mentions in dispute, in the order of the test sets where they are alike."""
    chosen = [example for example in found if example.first_is_right == first_is_right]
    return sorted(chosen, key=lambda example: -len(example.words))[:number]
