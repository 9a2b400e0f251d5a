"""Noise as a suite names it: series of conditions, and which of them a user selects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from benchmark.domains.noise.condition import PLACES, Noise
from benchmark.errors import UsageError
from benchmark.validation import Seed, listed, matching, must

CLEAN = "clean"
_RATES = "a list of at least one rate above 0, ascending"
_NAME = re.compile(rf"(?!{CLEAN}$)[A-Za-z][A-Za-z0-9-]{{0,19}}")


def _ascend(rates: Any) -> bool:
    numbers = isinstance(rates, list) and all(type(rate) in (int, float) for rate in rates)
    return numbers and all(low < high for low, high in pairwise((0, *rates)))


class NoiseSeries(BaseModel):
    """Conditions that differ in their rate alone: one curve of each row. All fields as in ``Noise``."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: Annotated[str, *matching(_NAME, f"at most 20 letters, digits and -, not {CLEAN!r}")] = Field(
        description="at most 20 letters, digits and -"
    )
    on: Literal["source", "target"] = Field(description="source or target")
    # no 0 among them: that is the clean cell, which every suite has
    rates: Annotated[tuple[float, ...], must(_ascend, _RATES)] = Field(min_length=1, description=_RATES)
    kinds: Annotated[tuple[str, ...], listed("a list of kinds of noise, none twice", 1)] = Field(
        (), description="kinds of noise; by default all of its side"
    )
    seed: Seed = Field(0, description="what all draws hang on")
    confusion: dict[str, dict[str, Any]] | None = Field(
        None, description="on the source: gold type, other type, weight"
    )
    where: Literal[PLACES] = Field("everywhere", description="on the target: which tokens")  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _sound(self) -> Self:
        self.conditions()
        return self

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
