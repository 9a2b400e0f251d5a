"""What a user allows a run to spend on language models, in tokens or in US dollars."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final, Literal

from benchmark.errors import UsageError

Unit = Literal["tokens", "dollars"]
TOKENS: Final = "tokens"
DOLLARS: Final = "dollars"

_NANO = 10**9
_LIMIT = re.compile(r"(\d+(?:[_,]\d{3})*)(?:\s*tokens)?|(\d+(?:\.\d+)?)\s*USD", re.IGNORECASE | re.ASCII)
_MOST = 10**15  # of either unit: more is a slip of the finger


@dataclass(frozen=True)
class Limit:
    """The most that a run may spend: ``amount`` tokens, or thousand-millionths of a US dollar."""

    amount: int
    unit: Unit

    def __str__(self) -> str:
        return money(self.amount / _NANO) if self.unit == DOLLARS else f"{self.amount:,} tokens"

    def of(self, tokens: int, dollars: float | None) -> int | None:
        """Return what this many tokens at this price take of it, rounded up; None for a price not known."""
        if self.unit == TOKENS:
            return tokens
        return None if dollars is None else math.ceil(round(dollars * _NANO, 3))


def money(dollars: float) -> str:
    """Render an amount of US dollars: two places, or as many more as it takes, up to six."""
    whole, _, places = f"{dollars:,.6f}".partition(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')} USD"


def parse_limit(text: str | int | Limit) -> Limit:
    """Read ``200000`` or ``200_000`` (tokens), ``5USD`` or ``0.50 USD``; ``UsageError`` for anything else."""
    if isinstance(text, Limit):
        return text
    found = _LIMIT.fullmatch(str(text).strip())
    if found is not None:
        if found[1]:
            limit = Limit(int(re.sub("[_,]", "", found[1])), TOKENS)
        else:
            limit = Limit(round(float(found[2]) * _NANO), DOLLARS)
        if limit.amount <= _MOST:
            return limit
    raise UsageError(f"{text!r} is no budget: write 200000 for so many tokens, or 5USD for US dollars")
