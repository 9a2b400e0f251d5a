"""What tokens cost: a small dated list of prices, and the user's own over it."""

from __future__ import annotations

import math
import os
import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from benchmark.errors import InputError

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
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError("no readable file of prices", path=path, todo=f"check {OVERRIDE}") from error
    except ValueError as error:  # not TOML, not UTF-8
        raise InputError(f"no TOML ({error})", path=path, expected="a file of prices") from error
    source = " ".join(str(content[key]) for key in ("source", "date") if key in content)
    models = content.get("models")
    if not isinstance(models, dict):
        raise InputError(
            "no table [models]", path=path, expected='"model" = { prompt = 0.5, completion = 1 }'
        )
    return {name: _price(path, name, entry, source or path.name) for name, entry in models.items()}


def _price(path: Path, name: str, entry: Any, source: str) -> Price:
    table: dict[str, Any] = entry if isinstance(entry, dict) else {}
    values: list[Any] = [table.get(key) for key in ("prompt", "completion")]
    for value in values:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(value) or value < 0:
            raise InputError(
                f"{entry!r} for {name}",
                path=path,
                expected="{ prompt = 0.5, completion = 1.5 }, US dollars for a million tokens",
            )
    return Price(float(values[0]), float(values[1]), source)
