"""Two results, read and paired place by place: what both have, what is missing, what must not be compared."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmark.errors import InputError
from benchmark.few_shot import FEW_SHOT
from benchmark.gate.report import CouldNotMeasure
from benchmark.plan.cell_filter import CellFilter
from benchmark.plan.identity import RULE
from benchmark.plan.selection_note import read_selections
from benchmark.scoring import SCORER_VERSION
from benchmark.store.atomic_io import canonical_json
from benchmark.store.cell_spec import differences
from benchmark.store.ledger import PLANNED, Entry
from benchmark.store.record import OK, SKIPPED, Record
from benchmark.store.store import Store

# components of identity that say what was measured, not what measured it
_DATA = ("source", "target", "noise", "source_limit")
_HASH = re.compile("[0-9a-f]{64}")
_KEY = re.compile(r"(?P<place>.+)-s(?P<seed>\d+)")


@dataclass(frozen=True)
class StoredSuite:
    """A suite's results: its store, its name, and its ledger."""

    store: Store
    suite: str
    entries: Mapping[str, Entry]


@dataclass(frozen=True)
class PairedCells:
    """One row in one domain on both sides: seed → record of what ended ok, and what stands in the way.

    ``stored`` are all of the baseline's records, also those of seeds that are not to be checked: its spread
    is theirs. ``ended`` are records of either side that ended otherwise than ok. ``paired``: the two sides
    have the same seeds.
    """

    key: str
    base: Mapping[int, Record] = field(default_factory=dict)
    run: Mapping[int, Record] = field(default_factory=dict)
    stored: Mapping[int, Record] = field(default_factory=dict)
    ended: tuple[Record, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def record(self) -> Record | None:
        """Any record of it, for its names; None where all are planned or damaged."""
        return next(iter((*self.stored.values(), *self.run.values(), *self.ended)), None)

    @property
    def paired(self) -> bool:
        """Whether the two sides have the same seeds."""
        return self.base.keys() == self.run.keys()

    @property
    def equal(self) -> bool:
        """Whether the predictions are the same, byte for byte."""
        hashes = [
            {seed: record.predictions_sha256 for seed, record in side.items()}
            for side in (self.base, self.run)
        ]
        return bool(hashes[0]) and hashes[0] == hashes[1]

    @property
    def changed(self) -> tuple[str, ...]:
        """The components of identity in which the two sides differ, seeds apart."""
        if not self.base or not self.run:
            return ()
        one, other = (min(side.items())[1].spec.identity for side in (self.base, self.run))
        of_seed = ("seed",) if one.get("seed") == other.get("seed") else ("seed", FEW_SHOT)
        return tuple(name for name in differences(one, other) if name.split(".")[0] not in of_seed)


def open_suite(path: Path, what: str, suite: str | None = None) -> StoredSuite:
    """Return the results in a suite's folder, or of ``suite`` in the store that ``path`` is.

    Raises ``CouldNotMeasure`` where there is no ledger, or one that is damaged or empty.
    """
    folder = path
    if (
        suite is not None
        and not (path / "ledger.json").is_file()
        and (path / suite / "ledger.json").is_file()
    ):
        folder = path / suite
    folder = folder.resolve()
    if not (folder / "ledger.json").is_file():
        raise CouldNotMeasure(f"the {what}, {path}, holds no results: there is no ledger.json in it")
    store = Store(folder.parent)
    try:
        entries = store.ledger(folder.name)
    except InputError as error:
        raise CouldNotMeasure(f"the {what} is damaged: {error}") from error
    if not entries:
        raise CouldNotMeasure(f"the {what}, {path}, has no cells")
    return StoredSuite(store, folder.name, entries)


def pair(
    base: StoredSuite, run: StoredSuite, only: CellFilter, *, any_seed: bool = False
) -> tuple[list[PairedCells], list[str], int, int]:
    """Return what is to be checked, and what is left out of it.

    That is: the places to be checked, the run's cells that the baseline lacks, how many places are declined,
    and how many the run was not asked for.
    Every cell of the baseline is to be there in the run, but for those that the run was not asked for
    (``benchmark.plan.selection_note``); with ``any_seed`` a place may have other seeds.
    Raises ``CouldNotMeasure`` where a wanted name is of no cell, or nothing is left to check.
    """
    old, new = _by_place(base, run), _by_place(run, base)
    asked = read_selections(run.store, run.suite)
    inside = replace(only, seeds=_seeds_asked(only, asked, old))
    places, declined, left_out, known = [], 0, 0, []
    for key, slots in old.items():
        place, skipped = _place(key, slots, new.get(key, {}), base, run, inside, any_seed=any_seed)
        record = place.record
        known += [] if record is None else [record]
        if record is not None and not only.has_place(record):
            continue
        if record is not None and asked and not any(one.has_place(record) for one in asked):
            left_out += not skipped
        elif skipped:
            declined += 1
        elif place.base or place.problems:
            places.append(place)
    _refuse_unknown(only, known, [seed for slots in old.values() for seed in slots])
    if not places:
        raise CouldNotMeasure("zero cells to check: of those wanted, the baseline has none that ended ok")
    added = [
        entry.cell.rpartition("-")[0]
        for key, seeds in new.items()
        for seed, entry in seeds.items()
        if seed not in old.get(key, {})
    ]
    return places, sorted(added), declined, left_out


def _seeds_asked(
    only: CellFilter, asked: Sequence[CellFilter], old: Mapping[str, Mapping[int, Entry]]
) -> tuple[int, ...] | None:
    """Return the seeds to check: those that are wanted, and that some run was asked for."""
    if not asked or any(one.seeds is None for one in asked):
        return only.seeds
    stored = {seed for slots in old.values() for seed in slots}
    return tuple(s for s in sorted(stored) if only.has_seed(s) and any(one.has_seed(s) for one in asked))


def _by_place(side: StoredSuite, other: StoredSuite) -> dict[str, dict[int, Entry]]:
    """Return place → seed → entry, of a side; ``other`` is what it is to be compared with."""
    found: dict[str, dict[int, Entry]] = {}
    for key, entry in side.entries.items():
        name = key if key in other.entries else _key_now(side, key, entry)
        match = _KEY.fullmatch(name)
        if match is None:
            raise CouldNotMeasure(f"the ledger names a place without a seed: {name!r}")
        found.setdefault(match["place"], {})[int(match["seed"])] = entry
    return found


def _key_now(side: StoredSuite, key: str, entry: Entry) -> str:
    """Return what today's rule calls the place of an entry: the two sides may be of different rules."""
    try:
        return side.store.record(side.suite, entry.cell).spec.ledger_key_of(RULE)
    except InputError:
        return key


def _place(
    key: str,
    old: Mapping[int, Entry],
    new: Mapping[int, Entry],
    base: StoredSuite,
    run: StoredSuite,
    only: CellFilter,
    *,
    any_seed: bool,
) -> tuple[PairedCells, bool]:
    """Return a place, and whether it is one that the method declines."""
    stored, faults, ended = _read(old, base, "baseline")
    if ended and not stored and not faults:  # all of them skipped
        return PairedCells(key, ended=tuple(ended.values())), True
    wanted = {seed: record for seed, record in stored.items() if only.has_seed(seed)}
    problems = [text for seed, text in faults.items() if only.has_seed(seed)]
    needed = new if any_seed else {seed: new[seed] for seed in old if seed in new and only.has_seed(seed)}
    found, run_faults, run_ended = _read(needed, run, "run")
    declined = [seed for seed in run_ended if seed not in run_faults]
    problems += [*run_faults.values(), *(f"the run skips seed {seed}" for seed in declined)]
    if any_seed and not found.keys() <= wanted.keys():
        pairs = (wanted, found)  # other seeds: all against all
    else:
        shared = wanted.keys() & found.keys()
        pairs = ({s: wanted[s] for s in wanted if s in shared}, {s: found[s] for s in wanted if s in shared})
    lost = [] if any_seed else [seed for seed in wanted if seed not in new]
    problems += [f"the run has no cell with seed {', '.join(map(str, lost))}"] if lost else []
    if any_seed and wanted and not found and not run_faults and not declined:
        problems.append("the run has no cell of it")
    problems += _incomparable([*wanted.values(), *found.values()])
    others = (*ended.values(), *run_ended.values())
    return PairedCells(
        key, *pairs, stored=stored, ended=others, problems=tuple(dict.fromkeys(problems))
    ), False


def _read(
    entries: Mapping[int, Entry], side: StoredSuite, what: str
) -> tuple[dict[int, Record], dict[int, str], dict[int, Record]]:
    """Return seed → record of what ended ok and is intact, seed → what is wrong, and what ended otherwise.

    What was skipped is among the last, and nothing is wrong with it.
    """
    good: dict[int, Record] = {}
    faults: dict[int, str] = {}
    ended: dict[int, Record] = {}
    for seed, entry in sorted(entries.items()):
        if entry.state == PLANNED:
            faults[seed] = f"the {what} planned seed {seed} and has not finished it"
            continue
        try:
            record = side.store.record(side.suite, entry.cell)
            if record.has_predictions:
                side.store.predictions_bytes(record)
        except InputError as error:
            faults[seed] = f"damaged in the {what}: {error}"
            continue
        if record.state == OK:
            good[seed] = record
            continue
        ended[seed] = record
        if record.state != SKIPPED:
            faults[seed] = f"seed {seed} ended {record.state} in the {what}: {record.reason}"
    return good, faults, ended


def _incomparable(records: Sequence[Record]) -> Iterable[str]:
    """Yield why records must not be compared: made on other data, or by another scorer."""
    for name in _DATA:
        values = {canonical_json(record.spec.identity.get(name)) for record in records}
        if len(values) > 1:
            yield f"other data: {name} is {' or '.join(map(_short, sorted(values)))}"
    for seed in dict.fromkeys(record.spec.seed for record in records):  # each seed draws sentences of its own
        drawn = {canonical_json(r.spec.identity.get(FEW_SHOT)) for r in records if r.spec.seed == seed}
        if len(drawn) > 1:
            yield f"other data: seed {seed} drew other sentences for {records[0].spec.setting}"
    for record in records:
        scorer = record.spec.identity.get("scorer")
        if scorer != SCORER_VERSION:
            yield (
                f"other scorer: {record.cell} has version {scorer}, this is {SCORER_VERSION}; "
                "`python -m benchmark rescore` carries a store over"
            )


def _short(value: str) -> str:
    """Return a value as it is, or the beginning of a hash."""
    text = value.strip('"')
    return f"{text[:12]}…" if _HASH.fullmatch(text) else text


def _refuse_unknown(only: CellFilter, known: Sequence[Record], seeds: Sequence[int]) -> None:
    """Refuse a wanted name that no cell of the baseline has: what it would check is not there."""
    has: dict[str, tuple[Sequence[Any] | None, Callable[[Record], set[Any]]]] = {
        "method": (only.methods, lambda r: {r.spec.label, r.spec.method}),
        "domain": (only.domains, lambda r: {r.spec.domain}),
        "setting": (only.settings, lambda r: {r.spec.setting}),
    }
    for what, (names, of) in has.items():
        there = {name for record in known for name in of(record)}
        for name in names or ():
            if name not in there:
                raise CouldNotMeasure(
                    f"no cell of the baseline has the {what} {name!r}; there are {', '.join(sorted(there))}"
                )
    for seed in only.seeds or ():
        if seed not in seeds:
            stored = ", ".join(map(str, sorted(set(seeds))))
            raise CouldNotMeasure(f"no cell of the baseline has seed {seed}; there are {stored}")
