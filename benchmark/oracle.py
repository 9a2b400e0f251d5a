"""An oracle for types: what a method would score if something better typed the mentions that it finds.

No method and no rank: the types come from the gold annotation. The harness applies it to finished
predictions, so a method never sees it, and the boundaries stay the method's own.

A predicted mention with the boundaries of a gold mention gets the gold type with probability p, and else
another declared type, drawn uniformly. All other predicted mentions stay as they are. With p = 1 that is
the "if every type were right" of ``benchmark.scoring.decomposition``.

Both draws are read off a hash of the seed, the sentence's id and the span. So they do not depend on the order
of sentences or on what else was predicted, and a mention that is right at one p is right at every greater p.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.domains.corpus import Mention

_SPACE = 1 << 64


@dataclass(frozen=True, slots=True)
class Retyped:
    """Predictions after the oracle, and how many mentions it typed.

    ``mentions`` are by sentence id, in the order of the predictions. ``right`` mentions got their gold type,
    ``wrong`` ones another; ``left_alone`` have the boundaries of no gold mention.
    """

    mentions: dict[str, list[Mention]]
    right: int
    wrong: int
    left_alone: int

    def counts(self) -> dict[str, int]:
        """Return the three numbers by name."""
        return {"right": self.right, "wrong": self.wrong, "left_alone": self.left_alone}


def check_probability(p: Any) -> float:
    """Return ``p`` as a float, or raise ``ValueError`` where it is no number from 0 to 1."""
    if isinstance(p, bool) or not isinstance(p, int | float) or not 0 <= p <= 1:
        raise ValueError(f"oracle = {p!r}: expected a probability, a number from 0 to 1, or nothing")
    return float(p)


def retype(
    gold: Mapping[str, Sequence[Mention]],
    predicted: Mapping[str, Sequence[Mention]],
    p: float,
    types: Sequence[str],
    seed: int,
) -> Retyped:
    """Give predicted mentions that are found rightly their gold type with probability ``p``.

    ``gold`` and ``predicted`` are by sentence id; ``types`` are the declared types. Raises ``ValueError``
    where ``p`` is no probability, or a wrong type is to be drawn and no other type is declared.
    """
    p = check_probability(p)
    right = wrong = left_alone = 0
    retyped: dict[str, list[Mention]] = {}
    for name, found in predicted.items():
        true = {(start, end): kind for start, end, kind in gold.get(name, ())}
        retyped[name] = []
        for mention in found:
            kind = true.get((mention.start, mention.end))
            if kind is None:
                left_alone += 1
                retyped[name].append(mention)
                continue
            said = _answer(kind, p, types, _draw(seed, name, mention))
            right, wrong = right + (said == kind), wrong + (said != kind)
            retyped[name].append(mention._replace(type=said))
    return Retyped(retyped, right, wrong, left_alone)


def _draw(seed: int, name: str, mention: Mention) -> tuple[int, int]:
    """Return two independent whole numbers, uniform below 2**64."""
    place = f"{seed}\0{name}\0{mention.start}\0{mention.end}"
    digest = hashlib.sha256(place.encode()).digest()
    return int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big")


def _answer(kind: str, p: float, types: Sequence[str], draw: tuple[int, int]) -> str:
    if draw[0] < p * _SPACE:
        return kind
    others = [name for name in types if name != kind]
    if not others:
        raise ValueError("an oracle that errs needs a second declared type to say")
    return others[draw[1] % len(others)]
