"""What asking took, and what it met: the figures that a record keeps under ``llm``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from larbench.endpoint.prices import Price
from larbench.endpoint.reply import Fault, Reply


@dataclass
class Usage:
    """Sums over all calls of one chat.

    ``requests`` were answered by the endpoint in this run, ``from_cache`` by an answer kept from before;
    ``tries`` counts what was sent, failed tries included; ``unmetered`` are requests whose tokens the server
    did not report, so that they are missing in the sums. ``met`` is fault → how often it was met: of the
    endpoint, and of answers where whoever reads them enters those. ``said`` is fault → what the server said
    when it was first met.
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
    repaired: Counter[str] = field(default_factory=Counter)
    said: dict[str, str] = field(default_factory=dict)
    served: set[str] = field(default_factory=set)
    fingerprints: set[str] = field(default_factory=set)
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
        self.served.update(filter(None, [reply.model]))
        self.fingerprints.update(filter(None, [reply.fingerprint]))
        self.structured.add(reply.structured)

    def failed(self, fault: Fault) -> None:
        """Enter a fault of the endpoint."""
        self.met[fault.kind] += 1
        self.said.setdefault(fault.kind, fault.detail)

    def notes(self, model: str, price: Price | None) -> dict[str, Any]:
        """Return it as JSON, as a record keeps it. Tokens and cost are what this run paid for."""
        counts = {name: value for name, value in vars(self).items() if isinstance(value, int)}
        return {
            "model": model,
            "served_model": ", ".join(sorted(self.served)) or None,
            "fingerprint": ", ".join(sorted(self.fingerprints)) or None,
            "structured": self.structured == {True} if self.structured else None,
            **counts,
            "cost_usd": self.cost(price),
            "price": None if price is None else price.source,
            "faults_met": dict(sorted(self.met.items())),
            "repaired": dict(sorted(self.repaired.items())),
            "said": dict(sorted(self.said.items())),
        }

    def cost(self, price: Price | None) -> float | None:
        """Return US dollars; None for a model without a known price that was asked."""
        if price is None:
            return None if self.requests else 0.0
        return round(price.dollars(self.prompt_tokens, self.completion_tokens), 9)


def answers_note(unit: str, asked: int, lost: Mapping[str, int]) -> dict[str, Any]:
    """Return the notes on what became of all that was asked, for a method to put under ``llm``.

    Parameters
    ----------
    unit : str
        What is counted: ``sentences``, ``mentions``.
    asked : int
        How many of them needed an answer, distinct ones, those answered from the cache included.
    lost : Mapping[str, int]
        Reason → how many of them got none that could be used.
    """
    found = {reason: count for reason, count in sorted(lost.items()) if count}
    return {"unit": unit, "asked": asked, "answered": asked - sum(found.values()), "lost": found}
