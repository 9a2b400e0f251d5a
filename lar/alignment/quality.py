"""How good an alignment is: held against the hand-made ones of ``lar/alignment/gold_alignment``."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import InputError, UsageError
from lar.alignment.align import NOVEL

GOLD_DIR = Path(__file__).parent / "gold_alignment"
DOMAINS = ("politics", "science", "music", "literature", "ai")

_HEADER = ["target", "source", "reason"]


@dataclass(frozen=True)
class Quality:
    """Fractions between 0 and 1.

    ``precision``: of the pairs that were made, the share that the gold alignment has. ``recall``: of the
    gold alignment's pairs, the share that was made. ``accuracy``: of all target types, the share whose
    partner, or whose having none, is the gold alignment's. A share of nothing is 1.
    """

    precision: float
    recall: float
    accuracy: float


def measure(pairs: Mapping[str, str | None], gold: Mapping[str, str | None]) -> Quality:
    """Hold the partner of each target type (None: novel) against the gold alignment's.

    Raises ``ValueError`` where the two are not about the same target types.
    """
    if set(pairs) != set(gold):
        raise ValueError(f"different target types: {sorted(set(pairs) ^ set(gold))}")
    made = {name for name, partner in pairs.items() if partner is not None}
    wanted = {name for name, partner in gold.items() if partner is not None}
    right = {name for name in made & wanted if pairs[name] == gold[name]}
    same = sum(pairs[name] == gold[name] for name in gold)
    return Quality(_share(len(right), len(made)), _share(len(right), len(wanted)), _share(same, len(gold)))


def average(qualities: Sequence[Quality]) -> Quality:
    """Return the mean over domains, each domain counting once."""
    count = len(qualities)
    return Quality(
        sum(one.precision for one in qualities) / count,
        sum(one.recall for one in qualities) / count,
        sum(one.accuracy for one in qualities) / count,
    )


def gold_alignment(
    domain: str,
    *,
    source_types: Sequence[str],
    target_types: Sequence[str],
    folder: Path = GOLD_DIR,
) -> dict[str, str | None]:
    """Return the gold partner of each target type, in the order of ``target_types``; None: `novel`.

    Raises ``UsageError`` where there is none for this domain and ``InputError``, with file and line, where
    the file has another form, names types that are not declared, or leaves a target type out.
    """
    path = folder / f"{domain}.csv"
    if domain not in {file.stem for file in folder.glob("*.csv")}:
        raise UsageError(f"no gold alignment for {domain!r}: there are {', '.join(DOMAINS)}")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    if not rows or rows[0] != _HEADER:
        raise InputError("another header", path=path, line=1, expected=",".join(_HEADER))
    found: dict[str, str | None] = {}
    for line, row in enumerate(rows[1:], start=2):
        if len(row) != len(_HEADER) or not row[2].strip():
            raise InputError("a row of another form", path=path, line=line, expected=",".join(_HEADER))
        target, source, _ = row
        if target not in target_types or target in found:
            problem = "a repeated" if target in found else "an undeclared"
            raise InputError(f"{problem} target type {target!r}", path=path, line=line)
        if source != NOVEL and source not in source_types:
            expected = f"{', '.join(source_types)} or {NOVEL}"
            raise InputError(f"the source type {source!r}", path=path, line=line, expected=expected)
        found[target] = None if source == NOVEL else source
    missing = [name for name in target_types if name not in found]
    if missing:
        raise InputError(f"no row for {', '.join(missing)}", path=path, expected="a row for each target type")
    return {name: found[name] for name in target_types}


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
