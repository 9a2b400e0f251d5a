"""What tokens cost: a small dated list of prices, and the user's own over it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

OVERRIDE = "LARBENCH_LLM_PRICES"  # environment variable: path of a file of the same form

_DATED = re.compile(r"-(?:\d{4}|\d{4}-\d{2}-\d{2}|\d{8})$")


@dataclass(frozen=True)
class Price:
    """US dollars for a million tokens; ``source`` says where and when that was read."""

    prompt: float
    completion: float
    source: str

    def dollars(self, prompt_tokens: int, completion_tokens: int) -> float:
        """Return what so many tokens cost."""
        return (self.prompt * prompt_tokens + self.completion * completion_tokens) / 1e6


def price_of(model: str, override: Path | str | None = None) -> Price | None:
    """Return a model's price, or None where it is not known.

    ``override`` is a file of prices whose lines win; by default the one that ``LARBENCH_LLM_PRICES`` names.
    Raises ``InputError`` where that file does not hold prices.
    """
    override = override or os.environ.get(OVERRIDE) or None
    prices = _shipped() | (_read(Path(override)) if override else {})
    return prices.get(model) or prices.get(_DATED.sub("", model))


def _shipped() -> dict[str, Price]:
    with resources.as_file(resources.files("larbench.endpoint").joinpath("prices.toml")) as path:
        return _read(path)


def _read(path: Path) -> dict[str, Price]:
    from larbench.endpoint.price_file import read_price_file

    found = read_price_file(path, todo=f"check {OVERRIDE}")
    source = " ".join(part for part in (found.source, found.date) if part) or path.name
    return {name: Price(one.prompt, one.completion, source) for name, one in found.models.items()}
