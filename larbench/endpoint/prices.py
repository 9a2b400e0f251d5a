"""What tokens cost: a small dated list of prices, and the user's own over it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from benchmark.validation import read_toml, validate

OVERRIDE = "LARBENCH_LLM_PRICES"  # environment variable: path of a file of the same form

_EXPECTED = 'prices: a table [models] with lines such as "model" = { prompt = 0.5, completion = 1.5 }'
_DATED = re.compile(r"-(?:\d{4}|\d{4}-\d{2}-\d{2}|\d{8})$")


Dollars = Annotated[float, Field(ge=0, strict=True, allow_inf_nan=False)]
Text = Annotated[str, BeforeValidator(str)]  # a date of TOML too


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    prompt: Dollars
    completion: Dollars


class _Prices(BaseModel):
    models: dict[str, _Entry] = Field(description=_EXPECTED)
    source: Text = ""
    date: Text = ""


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
    content, text = read_toml(path, expected=_EXPECTED, todo=f"check {OVERRIDE}")
    found = validate(_Prices, content, path=path, text=text, expected=_EXPECTED)
    source = " ".join(part for part in (found.source, found.date) if part) or path.name
    return {name: Price(one.prompt, one.completion, source) for name, one in found.models.items()}
