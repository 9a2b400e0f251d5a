"""JSON as a submission may hold it: no NaN, no key twice, no nesting that overflows, no endless number."""

from __future__ import annotations

import json
from typing import Any


def strict_json(text: str) -> Any:
    """Parse JSON; ``ValueError`` says what is wrong in a few words, never repeating the text."""
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
