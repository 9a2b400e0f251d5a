"""A method's parameter ``oracle`` is the harness's: the method is made, fitted and asked without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmark.code import code_digests
from benchmark.method import Method
from benchmark.oracle import check_probability

ORACLE = "oracle"


def oracle_of(kind: type[Method], params: Mapping[str, Any]) -> float | None:
    """Return the probability of the oracle that a row asks for, None for a row without one.

    ``params`` are those that differ from the method's defaults. Only a method that has a parameter ``oracle``
    can be given one. Raises ``ValueError`` for what is no probability.
    """
    p = {**kind.parameter_defaults(), **params}.get(ORACLE)
    return None if p is None else check_probability(p)


def method_params(kind: type[Method], params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that the method is made with: it is to fit and predict as without an oracle."""
    given = {name: value for name, value in params.items() if name != ORACLE}
    return {**given, ORACLE: None} if ORACLE in kind.parameter_defaults() else given


def row_code(kind: type[Method], params: Mapping[str, Any]) -> dict[str, str]:
    """Return the digests of all the code that a row's predictions come from, its oracle's included."""
    code = code_digests(kind.__module__)
    if oracle_of(kind, params) is not None:
        code |= code_digests("benchmark.oracle")
    return dict(sorted(code.items()))
