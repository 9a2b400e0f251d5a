"""Noise as a suite names it: series of conditions, and which of them a user selects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.domains.noise.condition import Confusion, Noise
from benchmark.errors import UsageError

CLEAN = "clean"


@dataclass(frozen=True)
class NoiseSeries:
    """Conditions that differ in their rate alone: one curve of each row. All fields as in ``Noise``.

    ``rates`` ascend and hold no 0: that is the clean cell, which every suite has.
    """

    name: str
    on: str
    rates: tuple[float, ...]
    kinds: tuple[str, ...] = ()
    seed: int = 0
    confusion: Confusion | None = None
    where: str = "everywhere"

    def conditions(self) -> tuple[Condition, ...]:
        """Return a condition for each rate."""
        return tuple(
            Condition(
                f"{self.name}-{rate:g}",
                self.name,
                Noise(self.on, rate, self.kinds, self.seed, self.confusion, self.where),
            )
            for rate in self.rates
        )


@dataclass(frozen=True)
class Condition:
    """A noise condition with its name (``annotation-0.2``) and that of its series (``annotation``)."""

    name: str
    series: str
    noise: Noise


def choose_conditions(
    series: Sequence[NoiseSeries], wanted: Sequence[str] | None
) -> tuple[Condition | None, ...]:
    """Return the conditions that are meant, None for clean cells: all of them where ``wanted`` is None.

    One is meant by its own name, by that of its series, or as ``clean``. Raises ``UsageError`` for others.
    """
    known: list[Condition | None] = [None, *(one for some in series for one in some.conditions())]
    if wanted is None:
        return tuple(known)
    for name in wanted:
        if not any(name in _names(one) for one in known):
            names = [CLEAN, *dict.fromkeys(one.series for one in known if one is not None)]
            raise UsageError(f"no noise of this suite is called {name!r}; there is {', '.join(names)}")
    return tuple(one for one in known if set(_names(one)) & set(wanted))


def _names(condition: Condition | None) -> tuple[str, ...]:
    return (CLEAN,) if condition is None else (condition.name, condition.series)
