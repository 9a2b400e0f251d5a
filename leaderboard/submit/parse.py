"""Texts of a submission as checked models: JSON and TOML read strictly, every problem a finding.

The files are bounded before they are read; here the number of values is, before a model sees any of them.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from benchmark.errors import shown
from benchmark.validation import expectation, fields_at, line_of
from leaderboard.submit.findings import Findings

VALUES = 20_000  # of one file: a model tells of each of them what is wrong

_Model = TypeVar("_Model", bound=BaseModel)


def json_model(model: type[_Model], content: bytes, path: str, findings: Findings) -> _Model | None:
    """Parse JSON into a model; what is wrong goes to ``findings``, and None comes back where anything is."""
    try:
        found = strict_json(content.decode("utf-8"))
    except UnicodeDecodeError:
        findings.add("bytes that are not UTF-8", path, expected="JSON in UTF-8")
        return None
    except ValueError as error:
        findings.add(str(error), path, expected="JSON")
        return None
    return _checked(model, found, path, findings)


def toml_model(model: type[_Model], content: bytes, path: str, findings: Findings) -> _Model | None:
    """Parse TOML into a model as ``json_model`` does JSON; numbers with a point become ``Decimal``."""
    try:
        text = content.decode("utf-8")
        found = tomllib.loads(text, parse_float=_decimal)
    except UnicodeDecodeError:
        findings.add("bytes that are not UTF-8", path, expected="TOML in UTF-8")
        return None
    except RecursionError:
        findings.add("nested too deep", path, expected="TOML")
        return None
    except ValueError as error:
        where = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(where[1]) if where else None
        findings.add(f"what is no TOML: {shown(str(error))}", path, line, expected="TOML")
        return None
    return _checked(model, found, path, findings, text)


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if not value.is_finite() or abs(value.adjusted()) > 20 or len(text) > 40:
        raise ValueError(f"the number {shown(text)}")
    return value


def strict_json(text: str) -> Any:
    """Parse JSON without NaN, a key twice, nesting that overflows, or a number without an end.

    Raises
    ------
    ValueError
        What is wrong in a few words, never repeating the text.
    """
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deep") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"broken JSON ({error.msg} at character {error.pos + 1})") from None
    except ValueError as error:
        if "int" in str(error) and "digits" in str(error):
            raise ValueError("a number of thousands of digits") from None
        raise


def _no_constant(name: str) -> None:
    raise ValueError(f"{name}, which is no JSON value")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number beyond all bounds")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("one key twice in an object")
    return found


# ---- models


def _checked(
    model: type[_Model], found: Any, path: str, findings: Findings, toml: str | None = None
) -> _Model | None:
    if not isinstance(found, dict):
        findings.add(shown(found), path, expected=f"the keys {', '.join(fields_at(model, ()))}")
        return None
    if _number(found) > VALUES:
        findings.add(f"more than {VALUES:,} values", path, expected=f"at most {VALUES:,}")
        return None
    try:
        return model.model_validate(found)
    except ValidationError as wrong:
        for error in wrong.errors(include_url=False):
            if findings.full(path):
                findings.add("", path)  # is only counted
                continue
            line = None if toml is None else line_of(toml, error["loc"])
            said = _found(error, " " if toml is None else " = ")
            findings.add(said, path, line, expected=_expected(error, model))
        return None


def _number(value: Any) -> int:
    """Return how many values lie in each other, counted to just above the bound."""
    waiting, number = [value], 0
    while waiting and number <= VALUES:
        one = waiting.pop()
        number += 1
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return number


def _found(error: Mapping[str, Any], sign: str) -> str:
    location = error["loc"]
    if not location:
        return shown(error["input"])
    *above, last = location
    if error["type"] == "missing":
        return f"no {_name(location)}"
    if error["type"] == "extra_forbidden":
        return f"the unknown key {shown(last)}" + (f" in {_name(above)}" if above else "")
    if last == "[key]":
        return f"the key {shown(above[-1])} in {_name(above[:-1])}"
    value = error["input"]
    return f"{_name(location)}{sign}{value if isinstance(value, Decimal) else shown(value)}"


def _expected(error: Mapping[str, Any], model: type[BaseModel]) -> str:
    if error["type"] not in ("missing", "extra_forbidden"):
        return expectation(error)
    *above, last = error["loc"]
    fields = fields_at(model, above)
    if error["type"] == "extra_forbidden":
        return f"one of {', '.join(fields)}"
    return f"{last}: {fields[last].description}"


def _name(location: list[int | str] | tuple[int | str, ...]) -> str:
    parts = ""
    for part in location:
        if isinstance(part, int):
            parts += f"[{part}]"
        else:
            parts += ("." if parts else "") + (part if re.fullmatch(r"[\w-]{1,60}", part) else shown(part))
    return parts
