"""A noise condition: what is disturbed, how, and at which rate. It holds data and checks it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SOURCE, TARGET = "source", "target"
KINDS = {
    SOURCE: ("types", "boundaries", "missed", "spurious"),
    TARGET: ("typos", "casing", "ocr", "punctuation", "spacing"),
}
EVERYWHERE, INSIDE, OUTSIDE = "everywhere", "inside", "outside"
PLACES = (EVERYWHERE, INSIDE, OUTSIDE)
_FIELDS = ("on", "rate", "kinds", "seed", "confusion", "where")

Confusion = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Noise:
    """One noise condition.

    Attributes
    ----------
    on: ``source``, the annotation of the source's train and dev splits, or ``target``, the text of the
        target's test split.
    rate: which share of the eligible mentions (source) or tokens (target) is hit, from 0 to 1.
    kinds: what may happen to one that is hit: of those that are possible there, each as likely. Sorted.
    seed: what all draws hang on, together with a sentence's id and a place in it.
    confusion: on the source, gold type → other type → weight, how often the one is taken for the other; its
        diagonal does not count, and a type without a row is taken for any other. None: for any other.
    where: on the target, which tokens are eligible: ``everywhere``, or those ``inside`` or ``outside`` gold
        mentions.

    Raises ``ValueError`` for what is none.
    """

    on: str
    rate: float
    kinds: tuple[str, ...] = ()
    seed: int = 0
    confusion: Confusion | None = field(default=None, hash=False)
    where: str = EVERYWHERE

    def __post_init__(self) -> None:
        if self.on not in KINDS:
            raise ValueError(f"on = {self.on!r}: expected source or target")
        if not _is_number(self.rate) or not 0 <= self.rate <= 1:
            raise ValueError(f"a rate of {self.rate!r}: expected a number from 0 to 1")
        known = KINDS[self.on]
        wrong = [kind for kind in self.kinds if kind not in known]
        if wrong or len(set(self.kinds)) < len(self.kinds):
            raise ValueError(f"kinds = {list(self.kinds)}: expected some of {', '.join(known)}, none twice")
        if type(self.seed) is not int or not 0 <= self.seed < 2**32:
            raise ValueError(f"seed = {self.seed!r}: expected a whole number from 0 to 4294967295")
        if self.where not in PLACES or (self.on == SOURCE and self.where != EVERYWHERE):
            expected = "a place is for noise on the target" if self.on == SOURCE else ", ".join(PLACES)
            raise ValueError(f"where = {self.where!r}: {expected}")
        if self.confusion is not None:
            if self.on == TARGET:
                raise ValueError("a confusion is for noise on the source")
            _check_confusion(self.confusion)
        object.__setattr__(self, "rate", float(self.rate))
        object.__setattr__(self, "kinds", tuple(sorted(self.kinds or known)))

    def to_json(self) -> dict[str, Any]:
        """Return the condition as JSON values, without what its side does not have."""
        content: dict[str, Any] = {
            "on": self.on,
            "rate": self.rate,
            "kinds": list(self.kinds),
            "seed": self.seed,
        }
        if self.confusion is not None:
            content["confusion"] = {name: dict(row) for name, row in self.confusion.items()}
        if self.on == TARGET:
            content["where"] = self.where
        return content

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Noise:
        """Return what ``to_json`` made JSON of; other keys are left alone. Raises ``ValueError`` as above."""
        values = {name: content[name] for name in _FIELDS if name in content}
        if not {"on", "rate"} <= set(values) or not isinstance(values.get("kinds", []), list | tuple):
            raise ValueError(f"no noise condition: {dict(content)}")
        return cls(**{**values, "kinds": tuple(values.get("kinds", ()))})


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _check_confusion(confusion: object) -> None:
    expected = "a table of weights, none negative, for each gold type: { person = { organisation = 2 } }"
    good = isinstance(confusion, Mapping) and all(
        isinstance(row, Mapping) and all(_is_number(weight) and weight >= 0 for weight in row.values())
        for row in confusion.values()
    )
    if not good:
        raise ValueError(f"confusion = {confusion!r}: expected {expected}")
