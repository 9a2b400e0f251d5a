"""What rows lost of the answers that they asked a language model for, and what that makes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from benchmark.store.record import INCOMPLETE, Lost, Record, lost_answers

KEYS = ("llm_asked", "llm_lost")


def by_domain(records: Iterable[Record]) -> dict[str, Lost]:
    """Return domain → what its records tell together; a domain that asked no model has no entry."""
    found: dict[str, list[Lost]] = {}
    for record in records:
        lost = lost_answers(record.notes)
        if lost is not None:
            found.setdefault(record.spec.domain, []).append(lost)
    return {domain: together for domain, some in found.items() if (together := total(some)) is not None}


def total(some: Iterable[Lost]) -> Lost | None:
    """Add up; None where nothing was asked of a model."""
    every = list(some)
    if not every:
        return None
    reasons: Counter[str] = Counter()
    for one in every:
        reasons.update(one.reasons)
    return Lost(every[0].unit, sum(one.asked for one in every), dict(sorted(reasons.items())))


def incomplete(records: Iterable[Record]) -> tuple[str, ...]:
    """Return why a row with these records has no rank: its cells that lost too much."""
    return tuple(
        f"{record.spec.domain} (seed {record.spec.seed}) {record.reason}"
        for record in records
        if record.state == INCOMPLETE
    )


def mark(lost: Mapping[str, Lost]) -> str:
    """Return what stands behind the name of a row that lost answers; nothing for any other row."""
    found = total(lost.values())
    return f"[lost {found.count:,} of {found.asked:,}]" if found is not None and found.count else ""


def notes(label: str, lost: Mapping[str, Lost]) -> Iterable[str]:
    """Yield what a row lost in which domain, and why."""
    found = [f"{domain} {one.detail}" for domain, one in lost.items() if one.count]
    if found:
        yield f"{label}: no usable answer of its language model came for some: {'; '.join(found)}"


def numbers(lost: Lost | None) -> dict[str, object]:
    """Return the two columns of CSV; none where nothing was asked."""
    return {} if lost is None else dict(zip(KEYS, (lost.asked, lost.count), strict=True))


def of_row(lost: Mapping[str, Lost]) -> dict[str, object]:
    """Return what JSON tells of a row that asked a model: the sums, and by domain."""
    every = {"": total(lost.values()), **lost}
    found = {
        domain: {"unit": one.unit, "asked": one.asked, "lost": one.count, "reasons": dict(one.reasons)}
        for domain, one in every.items()
        if one is not None
    }
    return {**found.pop("", {}), "domains": found}
