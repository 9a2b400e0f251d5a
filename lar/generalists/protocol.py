"""What a generalist is asked, and what it is: something that types a mention in its context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class TypingRequest:
    """One sentence with the mentions to type.

    ``spans`` are half-open token offsets; ``candidates`` holds for each span the names of the target types to
    choose from, the most probable first, and ``probabilities`` those of direct inference; without any, all
    candidates are alike.
    """

    id: str
    tokens: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    candidates: tuple[tuple[str, ...], ...]
    probabilities: tuple[tuple[float, ...], ...] = ()


Answer = str | Mapping[str, float] | None


class Generalist(Protocol):
    """Types mentions. ``name`` stands in the label of a row: ``embedding``, ``gpt-3.5-turbo``."""

    name: str

    def learn(self, text: Sequence[TypingRequest]) -> None:
        """Read the target's unlabelled text, before the first question; many learn nothing from it."""

    def answer(self, asked: Sequence[TypingRequest]) -> Sequence[tuple[Answer, ...]]:
        """Return for each sentence the type of each span, or the probability of each of its candidates.

        None where direct inference decides.
        """

    def notes(self) -> Mapping[str, Any]:
        """Return what is worth keeping on the record (JSON); under ``llm`` where answers cost tokens."""
