"""Two rows of a suite, found by name, and the cells that both have."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import InputError, UsageError
from benchmark.settings import by_labels
from benchmark.store.record import OK, Record
from benchmark.store.store import Store
from leaderboard.analyses.pairwise import Key
from leaderboard.results.results import OWN, TARGETS, in_order
from leaderboard.results.rows import has_oracle


@dataclass(frozen=True)
class RecordPair:
    """Two rows, in one setting or each in its own.

    ``setting`` is that of the first row, ``against`` that of the second. ``shared`` are the records of
    ``first`` and of ``second`` that ended ok and have the same corpus, domain and seed, pair by pair, by
    domain and rising seed. ``alone`` are the finished cells, as (domain, seed), that only one of the two has.
    ``oracle``: the types of at least one were taken from the gold annotation.
    """

    setting: str
    against: str
    first: Key
    second: Key
    shared: tuple[tuple[Record, Record], ...]
    alone: tuple[tuple[str, int], ...]
    oracle: bool

    @property
    def where(self) -> str:
        """The setting, or both where they differ."""
        return self.setting if self.setting == self.against else f"{self.setting} against {self.against}"

    @property
    def seeds(self) -> dict[str, tuple[int, ...]]:
        """Domain → the seeds that both have there, domains in the order of boards."""
        found: dict[str, dict[int, None]] = {}
        for record, _ in self.shared:
            found.setdefault(record.spec.domain, {})[record.spec.seed] = None
        return {domain: tuple(seeds) for domain, seeds in found.items()}


def pair_rows(
    store: Store,
    suite: str,
    first: str,
    second: str,
    *,
    setting: str | None = None,
    against: str | None = None,
    has: Callable[[str, str], bool] | None = None,
) -> list[RecordPair]:
    """Return two rows of a suite in every setting in which they share a finished cell, or in one.

    With ``against`` the second row is that of this setting, which needs ``setting``. ``has`` says whether the
    cells of a corpus and a domain count; by default all do. A row is named by its label; where rows of
    several backbones share one, by ``label (backbone)``. Raises ``UsageError`` for a name of no row or of
    several, ``InputError`` where the two share no finished cell.
    """
    if against is not None and setting is None:
        raise UsageError("--against names the setting of ROW_B: name that of ROW_A with --setting")
    targets = [record for record in store.records(suite) if not record.spec.in_domain]
    if has is not None:
        targets = [record for record in targets if has(record.spec.corpus, record.spec.domain)]
    records = [record for record in targets if record.spec.corpus != OWN] or targets  # as on the board
    keys = list(dict.fromkeys((record.spec.label, record.spec.backbone) for record in records))
    one, other = (_find(name, keys) for name in (first, second))
    settings = tuple(sorted({record.spec.setting for record in records}, key=by_labels))
    for named in (setting, against):
        if named is not None and named not in settings:
            known = ", ".join(settings) or "none"
            raise UsageError(f"no record of {suite!r} is {named!r}; there are {known}")
    alike = [(one, one) for one in (settings if setting is None else (setting,))]
    wanted = alike if setting is None or against is None else [(setting, against)]
    found = [pair for pair in _pairs(records, one, other, wanted) if pair.shared]
    if not found:
        where = "" if setting is None else f" in {setting}"
        raise InputError(
            f"no finished cell that {first} and {second} share{where}",
            path=Path(store.root) / suite,
            expected="records of both for one setting, domain and seed",
            todo="run both rows on the same domains with the same seeds",
        )
    return found


def name_of(key: Key) -> str:
    """Return a row's full name, which no other row has."""
    return f"{key[0]} ({key[1]})"


def _find(name: str, keys: Sequence[Key]) -> Key:
    """Return the row of that name."""
    full = {name_of(key): key for key in keys}
    meant = [key for key in keys if key[0] == name] or [key for text, key in full.items() if text == name]
    if len(meant) == 1:
        return meant[0]
    if meant:
        names = " or ".join(repr(name_of(key)) for key in meant)
        raise UsageError(f"several rows are called {name!r}: say {names}")
    near = difflib.get_close_matches(name, [label for label, _ in keys], n=2)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(full) or 'none'}"
    raise UsageError(f"no row is called {name!r}; {hint}")


def _pairs(
    records: Sequence[Record], one: Key, other: Key, settings: Sequence[tuple[str, str]]
) -> Iterator[RecordPair]:
    for setting, against in settings:
        rows = [
            [r for r in records if r.spec.setting == where and (r.spec.label, r.spec.backbone) == key]
            for where, key in ((setting, one), (against, other))
        ]
        first, second = (
            {(r.spec.corpus, r.spec.domain, r.spec.seed): r for r in row if r.state == OK} for row in rows
        )
        both = first.keys() & second.keys()
        domains = in_order({domain for _, domain, _ in both}, TARGETS)
        order = sorted(both, key=lambda place: (domains.index(place[1]), place[2]))
        yield RecordPair(
            setting=setting,
            against=against,
            first=one,
            second=other,
            shared=tuple((first[place], second[place]) for place in order),
            alone=tuple(sorted((domain, seed) for _, domain, seed in first.keys() ^ second.keys())),
            oracle=any(has_oracle(record) for row in rows for record in row),
        )
