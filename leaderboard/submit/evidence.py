"""What was found out about a submission after it was added: cells run again, and overlap with training data.

verification.json   each cell that was run again, and whether its predictions came out the same (sealed)
overlap.json        how much of each test set stands in the corpora that were scanned (sealed)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmark.store.atomic_io import read_sealed_json, sealed_json, write_atomic
from benchmark.store.store import Store
from leaderboard.submit.manifest import CellKey

SCHEMA = 1
VERIFICATION, OVERLAP = "verification.json", "overlap.json"
LIMIT = 0.01  # share of a test set that may stand in training data by chance: stock phrases, headlines
_TODO = "remove the file, and look again"


@dataclass(frozen=True, slots=True)
class RerunResult:
    """A cell that was run again: ``expected`` and ``found`` are the SHA-256 of its predictions.

    ``found`` is None where it did not end ok, ``told`` what it ended with; ``machine`` is where it was run.
    """

    setting: str
    domain: str
    seed: int
    expected: str
    found: str | None
    told: str = ""
    machine: str = ""

    @property
    def key(self) -> CellKey:
        """Setting, domain and seed."""
        return (self.setting, self.domain, self.seed)

    @property
    def agrees(self) -> bool:
        """Whether the same predictions came out, to the byte."""
        return self.found == self.expected


@dataclass(frozen=True, slots=True)
class Contamination:
    """How much of a domain's test set stands in scanned corpora: sentences, and distinct mentions.

    ``judged`` are the sentences long enough to tell, ``inside`` those of them that were found, ``examples``
    the ids of the first few; ``mentions`` and ``mentions_inside`` are distinct gold surfaces of at least two
    words, and those that the corpora hold: for information, as names are everywhere.
    """

    domain: str
    judged: int
    inside: int
    examples: tuple[str, ...]
    mentions: int
    mentions_inside: int
    corpora: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        """Whether more of the test set was found than chance explains."""
        return self.inside > LIMIT * self.judged


@dataclass(frozen=True)
class Evidence:
    """All that was found out about a submission."""

    reruns: tuple[RerunResult, ...] = ()
    contamination: tuple[Contamination, ...] = ()


def read_evidence(folder: Path, digests: Mapping[CellKey, str]) -> Evidence:
    """Read what was found out; what was run against other predictions than ``digests`` no longer counts."""
    reruns: tuple[RerunResult, ...] = ()
    contamination: tuple[Contamination, ...] = ()
    if (folder / VERIFICATION).is_file():
        found = read_sealed_json(folder / VERIFICATION, "verification", schema=SCHEMA, todo=_TODO)
        reruns = tuple(RerunResult(**one) for one in found["cells"])
    if (folder / OVERLAP).is_file():
        found = read_sealed_json(folder / OVERLAP, "overlap", schema=SCHEMA, todo=_TODO)
        contamination = tuple(
            Contamination(**{**one, "examples": tuple(one["examples"]), "corpora": tuple(one["corpora"])})
            for one in found["domains"]
        )
    return Evidence(tuple(one for one in reruns if digests.get(one.key) == one.expected), contamination)


def keep_reruns(
    store: Store, folder: Path, digests: Mapping[CellKey, str], reruns: Iterable[RerunResult]
) -> None:
    """Add cells that were run again to a submission's evidence; of one cell, the last run counts."""
    kept = {one.key: one for one in (*read_evidence(folder, digests).reruns, *reruns)}
    _write(store, folder / VERIFICATION, "verification", {"cells": [asdict(kept[p]) for p in sorted(kept)]})


def keep_contamination(store: Store, folder: Path, contamination: Iterable[Contamination]) -> None:
    """Keep what a scan found as a submission's evidence, instead of what an earlier one did."""
    domains = [asdict(one) for one in sorted(contamination, key=lambda one: one.domain)]
    _write(store, folder / OVERLAP, "overlap", {"domains": domains})


def _write(store: Store, path: Path, kind: str, content: Mapping[str, Any]) -> None:
    with store.writing(path):
        write_atomic(path, sealed_json({"schema": SCHEMA, **content}, kind), temporary=store.temporary)
