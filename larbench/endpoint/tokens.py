"""How many tokens a request can take, by rule of thumb: no tokenizer is fetched for it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from larbench.endpoint.prices import Price

TOKENS_PER_REQUEST = 12  # the format of its messages
_BYTES_PER_TOKEN_AT_MOST = 3.0  # a token of English is about four


@dataclass(frozen=True)
class Tokens:
    """Tokens sent and tokens received."""

    prompt: int
    completion: int

    @property
    def total(self) -> int:
        """Both together."""
        return self.prompt + self.completion

    def dollars(self, price: Price | None) -> float | None:
        """Return what they cost in US dollars; None where the price is not known."""
        return None if price is None else price.dollars(self.prompt, self.completion)


def at_most(messages: Sequence[Mapping[str, str]], max_tokens: int) -> Tokens:
    """Return what a request can take at most, by all experience: what a budget reserves for it."""
    sent = sum(len(message["content"].encode()) for message in messages)
    return Tokens(math.ceil(sent / _BYTES_PER_TOKEN_AT_MOST) + TOKENS_PER_REQUEST, max_tokens)
