"""A file of prices, checked as it is read; import it where prices are wanted: pydantic is slow to import."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from benchmark.validation import read_toml, validate

EXPECTED = 'prices: a table [models] with lines such as "model" = { prompt = 0.5, completion = 1.5 }'

Dollars = Annotated[float, Field(ge=0, strict=True, allow_inf_nan=False)]
Text = Annotated[str, BeforeValidator(str)]  # a date of TOML too


class Entry(BaseModel):
    """What a million tokens cost."""

    model_config = ConfigDict(extra="forbid")
    prompt: Dollars
    completion: Dollars


class PriceFile(BaseModel):
    """Model → what it costs; ``source`` and ``date`` say where and when that was read."""

    models: dict[str, Entry] = Field(description=EXPECTED)
    source: Text = ""
    date: Text = ""


def read_price_file(path: Path, todo: str) -> PriceFile:
    """Read a file of prices; ``InputError``, which says ``todo``, where it holds none."""
    content, text = read_toml(path, expected=EXPECTED, todo=todo)
    return validate(PriceFile, content, path=path, text=text, expected=EXPECTED, todo=todo)
