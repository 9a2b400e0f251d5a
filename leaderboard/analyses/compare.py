"""Where do two rows differ? By domain and type with the paired test, and in which sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from benchmark.domains.corpus import Mention
from benchmark.errors import InputError
from benchmark.scoring.clusters import clustered
from benchmark.scoring.counts import Counts, count_mentions
from benchmark.scoring.intervals import LEVEL, Difference, sampling_distribution
from benchmark.scoring.multiple_testing import ALPHA, holm
from benchmark.scoring.permutation import p_of_difference
from benchmark.scoring.spans import Ints
from benchmark.scoring.statistics import RESAMPLES
from benchmark.store.record import Record
from benchmark.store.store import Store
from leaderboard.analyses.pairing import RecordPair, name_of, pair_rows
from leaderboard.analyses.pairwise import DomainFigures, Key, how_paired
from leaderboard.output.escape import plain
from leaderboard.output.numbers import (
    STAR,
    difference_values,
    interval_facts,
    number_range,
    places,
    points,
    rounded,
    signed,
    span,
    starred,
)
from leaderboard.output.table import Table
from leaderboard.results.gold import Gold, GoldCache

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 1
Answers = Sequence[Sequence[Mention]]  # of one run: the mentions of each test sentence

_Name = TypeVar("_Name")
_Side = tuple[str | None, int]  # a type, or None for all together; 0 for the first row, 1 for the second
_WIDEST = 22  # characters of a domain or type in a table: longer ones are cut


@dataclass(frozen=True)
class Part:
    """Two rows on a part of the test sets: F1 of both (fractions, means over seeds) and their paired test.

    ``corrected`` is ``p`` after Holm's correction over all parts of its kind in the setting. ``only_first``
    and ``only_second`` count what one has right and the other wrong, over all shared seeds: whole sentences
    of a domain, gold mentions of a type. ``of`` is how many there are of them in gold, seeds not counted. All
    three are 0 in a comparison of scores alone.
    """

    first_f1: float
    second_f1: float
    difference: Difference
    p: float
    corrected: float
    of: int = 0
    only_first: int = 0
    only_second: int = 0


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


@dataclass(frozen=True, repr=False)
class Comparison:
    """Two rows in one setting, on the cells that both have; ``types`` maps (domain, type) → part.

    ``types`` and ``examples`` are empty in a comparison of scores alone.
    """

    rows: RecordPair
    average: Part
    domains: Mapping[str, Part]
    types: Mapping[tuple[str, str], Part]
    examples: tuple[Example, ...]

    def __repr__(self) -> str:
        first, second = name_of(self.rows.first), name_of(self.rows.second)
        one, where = self.average, self.rows.where
        ends = f"{100 * one.difference.interval.low:+.1f} to {100 * one.difference.interval.high:+.1f}"
        return (
            f"<Comparison of {first} with {second}, {where}: {100 * one.difference.observed:+.1f} F1 on "
            f"average ({ends}), p = {one.p:.3g}>"
        )

    def frame(self) -> pd.DataFrame:
        """Return the comparison by domain, the average of the domains in the last line.

        Returns
        -------
        pandas.DataFrame
            ``domain``; F1 of both rows, their ``difference`` and the ``low`` and ``high`` end of its 95%
            interval, all in points; ``p`` of the paired test and ``corrected``, after Holm over the domains.
        """
        import pandas as pd

        lines = []
        for name, part in (*self.domains.items(), ("average", self.average)):
            ends = part.difference.interval
            points = (part.first_f1, part.second_f1, part.difference.observed, ends.low, ends.high)
            lines.append([name, *(100 * value for value in points), part.p, part.corrected])
        names = [name_of(self.rows.first), name_of(self.rows.second)]
        columns = ["domain", *names, "difference", "low", "high", "p", "corrected"]
        return pd.DataFrame(lines, columns=columns)

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
    against: str | None = None,
    data_dir: Path | str | None = None,
    own: Iterable[Path | str] = (),
    resamples: int = RESAMPLES,
    examples: int = 3,
    scores_alone: bool = False,
) -> list[Comparison]:
    """Return where two rows of a suite differ, in every setting that both have or in one.

    Parameters
    ----------
    store_root, suite : Path or str, str
        The store, and the suite in it.
    first, second : str
        The rows' labels, or ``label (backbone)`` where rows of several backbones share one.
    setting : str, optional
        Only this setting.
    against : str, optional
        The setting of the second row, where it is another than that of the first.
    data_dir : Path or str, optional
        The folder of CrossNER.
    own : iterable of Path or str
        Folders of your own corpora. With any of them, other domains of your own are left out.
    resamples : int
        Of the bootstrap, and swaps of the permutation test.
    examples : int
        How many sentences to show that only the first has right, and again of the second.
    scores_alone : bool
        Compares F1 by domain, no types and sentences: rows under different noise can be compared so.

    Returns
    -------
    list of Comparison
        One a setting; one alone with ``against``.

    Raises
    ------
    UsageError
        For a name of no row or of several, and a setting that is not there.
    InputError
        Where the two share no finished cell, or their text differs and sentences were asked for.
    """
    own = tuple(own)
    store, gold = Store(store_root), GoldCache(data_dir, own)
    has = gold.has if own else None
    found = []
    for rows in pair_rows(store, suite, first, second, setting=setting, against=against, has=has):
        domains = _read(store, gold, rows, same_text=not scores_alone)
        compared = _compare_scores(rows, domains, resamples, by_type=not scores_alone)
        found.append(compared if scores_alone else _with_sentences(compared, domains, examples))
    return found


@dataclass(frozen=True, eq=False)
class _Domain:
    """The answers of two rows on one domain, and their counts, by seed; ``gold`` is that of the first."""

    gold: Gold
    answers: dict[int, tuple[Answers, Answers]] = field(default_factory=dict)
    counts: dict[int, tuple[Counts, Counts]] = field(default_factory=dict)


def _read(store: Store, cache: GoldCache, rows: RecordPair, *, same_text: bool) -> dict[str, _Domain]:
    domains: dict[str, _Domain] = {}
    for pair in rows.shared:
        one, other = _golds(cache, pair, same_text)
        first = one.align(store.predictions(pair[0]), store.predictions_path(pair[0]))
        second = other.align(store.predictions(pair[1]), store.predictions_path(pair[1]))
        here = domains.setdefault(pair[0].spec.domain, _Domain(one))
        here.answers[pair[0].spec.seed] = (first, second)
        here.counts[pair[0].spec.seed] = (_counts(one, first), _counts(other, second))
    return domains


def _golds(cache: GoldCache, pair: tuple[Record, Record], same_text: bool) -> tuple[Gold, Gold]:
    """Return the test sets of a pair of cells; ``InputError`` where noise gave each another text."""
    gold, other = map(cache.gold, pair)
    if same_text and gold is not other:  # the cache has one of each
        raise InputError(
            f"{pair[0].cell} and {pair[1].cell}, whose test sets have other text",
            expected="rows under the same noise on the target's text",
            todo="`python -m leaderboard difference` compares their scores, `robustness.md` clean and noisy",
        )
    return gold, other


def _counts(gold: Gold, answers: Answers) -> Counts:
    return clustered(count_mentions(gold.mentions, answers, gold.types), gold.groups)


def _compare_scores(
    rows: RecordPair, domains: Mapping[str, _Domain], resamples: int, *, by_type: bool
) -> Comparison:
    """Test each domain, their average and, if asked, each type that gold has."""
    figures: dict[str, DomainFigures[_Side]] = {}
    types: dict[tuple[str, str], Part] = {}
    for domain, here in domains.items():
        counts = next(iter(here.counts.values()))[0]
        names = [name for name, gold in counts.support().items() if gold] if by_type else []
        totals = {
            (name, side): [_totals(pair[side], name) for pair in here.counts.values()]
            for name in (None, *names)
            for side in (0, 1)
        }
        drawn = DomainFigures.resampled(totals, tuple(here.counts), resamples=resamples, domain=domain)
        figures[domain] = drawn
        types |= {(domain, name): _part([drawn], name) for name in names}
    return Comparison(
        rows=rows,
        average=_part(list(figures.values())),
        domains=_corrected({domain: _part([one]) for domain, one in figures.items()}),
        types=_corrected(types),
        examples=(),
    )


def _totals(counts: Counts, name: str | None) -> Ints:
    """Return (groups, 3): true positives, predicted, gold of one type, or of all."""
    if name is None:
        return counts.by_sentence()
    column = counts.types.index(name)
    return np.stack([table[:, column] for table in (counts.tp, counts.predicted, counts.gold)], axis=1)


def _part(domains: Sequence[DomainFigures[_Side]], name: str | None = None) -> Part:
    """Return what domains tell together of a type or of all, each with equal weight; not corrected yet."""
    sides = (name, 0), (name, 1)
    average = sampling_distribution([one.difference(*sides) for one in domains])
    p = p_of_difference([one.permuted(*sides) for one in domains], average)
    first, second = (float(np.mean([one.samples[side].mean for one in domains])) for side in sides)
    return Part(first, second, average.difference(), p, p)


def _corrected(parts: dict[_Name, Part]) -> dict[_Name, Part]:
    corrected = holm({name: part.p for name, part in parts.items()})
    return {name: replace(part, corrected=corrected[name]) for name, part in parts.items()}


def _with_sentences(found: Comparison, domains: Mapping[str, _Domain], number: int) -> Comparison:
    """Add how often one row alone is right, and examples."""
    alone = {domain: _sentences(here) for domain, here in domains.items()}
    whole = [sum(column) for column in zip(*alone.values(), strict=True)]
    examples = [example for here in domains.values() for example in _examples(here)]
    return replace(
        found,
        average=_counted(found.average, whole),
        domains={domain: _counted(part, alone[domain]) for domain, part in found.domains.items()},
        types={(d, n): _counted(part, _mentions(domains[d], n)) for (d, n), part in found.types.items()},
        examples=(*_best(examples, True, number), *_best(examples, False, number)),
    )


def _counted(part: Part, numbers: Sequence[int]) -> Part:
    of, first, second = numbers
    return replace(part, of=of, only_first=first, only_second=second)


def _sentences(here: _Domain) -> tuple[int, int, int]:
    """Return the number of sentences, and how often only the first, or only the second, has one right."""
    only = [0, 0]
    for first, second in here.answers.values():
        for gold, one, other in zip(here.gold.mentions, first, second, strict=True):
            right = set(one) == set(gold), set(other) == set(gold)
            only[0] += right == (True, False)
            only[1] += right == (False, True)
    return len(here.gold.test), only[0], only[1]


def _mentions(here: _Domain, name: str) -> tuple[int, int, int]:
    """Return a type's number of gold mentions, and how often only one of the two finds one."""
    only = [0, 0]
    gold = [{m for m in mentions if m.type == name} for mentions in here.gold.mentions]
    for first, second in here.answers.values():
        for wanted, one, other in zip(gold, first, second, strict=True):
            only[0] += len(wanted & set(one) - set(other))
            only[1] += len(wanted & set(other) - set(one))
    return sum(map(len, gold)), only[0], only[1]


def _examples(here: _Domain) -> Iterable[Example]:
    """Yield the sentences that exactly one of the two has right, with the first seed that they share."""
    seed, (first, second) = next(iter(here.answers.items()))
    for sentence, one, other in zip(here.gold.test, first, second, strict=True):
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


def tables(found: Comparison, types: int = 10) -> tuple[Table, Table]:
    """Return the scores of each domain with their average, and ``types`` types, surest differences first."""
    names = [name_of(key) for key in (found.rows.first, found.rows.second)]
    parts = [*found.domains.items(), ("average", found.average)]
    title = f"{found.rows.where}: A = {names[0]}, B = {names[1]}"
    scores = _parts_table(title, "domain", "sentences", parts)
    surest = sorted(
        found.types.items(),
        key=lambda item: (item[1].corrected, item[1].p, -abs(item[1].difference.observed)),
    )[:types]
    title = f"Types ({len(surest)} of {len(found.types)}, the surest differences first)"
    named = [(f"{domain} {name}", part) for (domain, name), part in surest]
    by_type = _parts_table(title, "type", "gold", named)
    notes = []
    if found.rows.alone:
        notes.append(f"Left out, since only one has it: {places(found.rows.alone)}.")
    if found.rows.oracle:
        notes.append("[oracle] at least one is not a method: types taken from the gold annotation.")
    return replace(scores, notes=(_how(found),)), replace(by_type, notes=tuple(notes))


def _parts_table(title: str, what: str, of: str, parts: Iterable[tuple[str, Part]]) -> Table:
    header = (what, of, "A", "B", "A − B", f"{LEVEL:.0%} interval", "p", "only A", "only B")
    return Table(title, header, tuple((_cut(name), *_cells(part)) for name, part in parts), numbers=(1, None))


def _cut(name: str) -> str:
    text = plain(name)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _cells(part: Part) -> tuple[str, ...]:
    return (
        f"{part.of:,}",
        points(part.first_f1),
        points(part.second_f1),
        signed(part.difference.observed) + (STAR if part.corrected < ALPHA else ""),
        span(part.difference),
        f"{part.corrected:.4f}" if part.corrected >= 0.0001 else "<0.0001",
        f"{part.only_first:,}",
        f"{part.only_second:,}",
    )


def _how(found: Comparison) -> str:
    seeds = found.seeds
    several = len(seeds) > 1
    runs = f"seeds {', '.join(map(str, seeds))}" if several else f"seed {seeds[0]}"
    varied = "sentences and seeds" if several else "sentences, not of the seed"
    return (
        f"F1 × 100 on the cells that both have ({runs}). p: paired permutation test, {RESAMPLES:,} swaps of"
        f" sentences, after Holm's correction over the domains (over all types, in their table); {STAR} below"
        f" {ALPHA}. Interval: of the difference, uncorrected, for the draw of {varied}. only A, only B: whole"
        " sentences (of types: gold mentions) that one has right and the other wrong"
        + (", over all seeds." if several else ".")
    )


def difference_table(found: Comparison) -> Table:
    """Return the scores alone: a line a domain, and the average, marked where the interval holds no 0."""
    rows = found.rows
    names = [name_of(key) for key in (rows.first, rows.second)]

    def line(name: str, part: Part, seeds: Iterable[Sequence[int]]) -> tuple[str, ...]:
        scores = points(part.first_f1), points(part.second_f1), starred(part.difference)
        return (name, *scores, span(part.difference), number_range({len(some) for some in seeds}))

    lines = [line(domain, part, [rows.seeds[domain]]) for domain, part in found.domains.items()]
    lines.append(line("average", found.average, rows.seeds.values()))
    notes = [how_paired(RESAMPLES, rows.seeds.values()), f"{STAR} the interval holds no 0."]
    if rows.alone:
        notes.append(f"Left out, since only one of the two has it: {places(rows.alone)}.")
    if rows.oracle:
        notes.append(
            "[oracle] at least one of the two is not a method: types taken from the gold annotation."
        )
    header = ("domain", *names, "difference", f"{LEVEL:.0%} interval", "seeds")
    title = f"{rows.where}: {names[0]} minus {names[1]}"
    return Table(title, header, tuple(lines), tuple(notes), (1, None))


def document(found: Sequence[Comparison], suite: str) -> dict[str, Any]:
    """Return comparisons as JSON values: fractions, ids and spans, and no text of any corpus."""
    settings = {one.rows.where: _values(one) for one in found}
    return {**_about(suite), "level": LEVEL, "alpha": ALPHA, "settings": settings}


def difference_document(found: Sequence[Comparison], suite: str) -> dict[str, Any]:
    """Return the scores of comparisons alone as JSON values; fractions."""
    settings = {one.rows.where: _score_values(one) for one in found}
    return {**_about(suite), "interval": interval_facts(RESAMPLES), "settings": settings}


def _about(suite: str) -> dict[str, Any]:
    return {"schema": SCHEMA, "suite": suite, "units": "scores and differences are fractions of F1"}


def _values(found: Comparison) -> dict[str, Any]:
    types: dict[str, dict[str, Any]] = {domain: {} for domain in found.domains}
    for (domain, name), part in found.types.items():
        types[domain][name] = _part_values(part)
    return {
        "first": _row(found.rows.first),
        "second": _row(found.rows.second),
        "seeds": found.seeds,
        "oracle": found.rows.oracle,
        "average": _part_values(found.average),
        "domains": {domain: _part_values(part) for domain, part in found.domains.items()},
        "types": types,
        "examples": [_example_values(example) for example in found.examples],
        "left_out": _left_out(found.rows),
    }


def _score_values(found: Comparison) -> dict[str, Any]:
    seeds = found.rows.seeds
    return {
        "first": _row(found.rows.first),
        "second": _row(found.rows.second),
        "oracle": found.rows.oracle,
        "average": {**_f1_values(found.average), "cells": sum(map(len, seeds.values()))},
        "domains": {
            domain: {**_f1_values(part), "seeds": seeds[domain]} for domain, part in found.domains.items()
        },
        "left_out": _left_out(found.rows),
    }


def _row(key: Key) -> dict[str, str]:
    return dict(zip(("label", "backbone"), key, strict=True))


def _left_out(rows: RecordPair) -> list[dict[str, Any]]:
    return [{"domain": domain, "seed": seed} for domain, seed in rows.alone]


def _f1_values(part: Part) -> dict[str, Any]:
    both = {"first_f1": rounded(part.first_f1), "second_f1": rounded(part.second_f1)}
    return {**both, **difference_values(part.difference)}


def _part_values(part: Part) -> dict[str, Any]:
    return {
        **_f1_values(part),
        "p": rounded(part.p),
        "p_holm": rounded(part.corrected),
        "of": part.of,
        "only_first": part.only_first,
        "only_second": part.only_second,
    }


def _example_values(example: Example) -> dict[str, Any]:
    sides = {"gold": example.gold, "first": example.first, "second": example.second}
    return {
        "sentence": example.sentence,
        "seed": example.seed,
        "right": "first" if example.first_is_right else "second",
        **{name: [list(mention) for mention in mentions] for name, mentions in sides.items()},
    }
