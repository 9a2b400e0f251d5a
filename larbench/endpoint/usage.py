"""The account of all that was asked: what it took, and what was met."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from larbench.endpoint.prices import Price
from larbench.endpoint.reply import Reply


@dataclass
class Account:
    """Sums over all calls of one chat.

    ``requests`` were answered by the endpoint in this run, ``from_cache`` by an answer kept from before;
    ``tries`` counts what was sent, failed tries included; ``unmetered`` are requests whose tokens the server
    did not report, so that they are missing in the sums. ``met`` is fault → how often it was met: of the
    endpoint, and of answers where whoever reads them enters those.
    """

    requests: int = 0
    tries: int = 0
    from_cache: int = 0
    unmetered: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_prompt_tokens: int = 0
    cached_completion_tokens: int = 0
    met: Counter[str] = field(default_factory=Counter)
    served: set[str] = field(default_factory=set)
    structured: set[bool] = field(default_factory=set)

    def replied(self, reply: Reply, *, cached: bool) -> None:
        """Enter a reply: of the endpoint, or of the cache."""
        prompt, completion = reply.prompt_tokens or 0, reply.completion_tokens or 0
        if cached:
            self.from_cache += 1
            self.cached_prompt_tokens += prompt
            self.cached_completion_tokens += completion
        else:
            self.requests += 1
            self.unmetered += reply.prompt_tokens is None or reply.completion_tokens is None
            self.prompt_tokens += prompt
            self.completion_tokens += completion
        if reply.model is not None:
            self.served.add(reply.model)
        self.structured.add(reply.structured)

    def notes(self, model: str, price: Price | None) -> dict[str, Any]:
        """Return it as JSON, as a record keeps it. Tokens and cost are what this run paid for."""
        return {
            "model": model,
            "served_model": ", ".join(sorted(self.served)) or None,
            "structured": self.structured == {True} if self.structured else None,
            "requests": self.requests,
            "tries": self.tries,
            "from_cache": self.from_cache,
            "unmetered": self.unmetered,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "cost_usd": self.cost(price),
            "price": None if price is None else price.source,
            "cached_prompt_tokens": self.cached_prompt_tokens,
            "cached_completion_tokens": self.cached_completion_tokens,
            "faults_met": dict(sorted(self.met.items())),
        }

    def cost(self, price: Price | None) -> float | None:
        """Return US dollars; None for a model without a known price that was asked."""
        if price is None:
            return None if self.requests else 0.0
        return round(price.dollars(self.prompt_tokens, self.completion_tokens), 9)
