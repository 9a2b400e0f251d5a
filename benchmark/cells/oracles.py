"""Cells with an oracle: a method's parameter ``oracle`` is the harness's, and the method never sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmark.code import code_digests
from benchmark.domains.corpus import Domain, Mention
from benchmark.method import Method
from benchmark.oracle import check_probability, retype

ORACLE = "oracle"


def oracle_of(kind: type[Method], params: Mapping[str, Any]) -> float | None:
    """Return the probability of the oracle that a row asks for, None for a row without one.

    ``params`` are those that differ from the method's defaults. Only a method that has a parameter ``oracle``
    can be given one. Raises ``ValueError`` for what is no probability.
    """
    p = {**kind.parameter_defaults(), **params}.get(ORACLE)
    return None if p is None else check_probability(p)


def for_method(kind: type[Method], params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that the method is made with: it is to fit and predict as without an oracle."""
    given = {name: value for name, value in params.items() if name != ORACLE}
    return {**given, ORACLE: None} if ORACLE in kind.parameter_defaults() else given


def code_of(kind: type[Method], params: Mapping[str, Any]) -> dict[str, str]:
    """Return the digests of all the code that a row's predictions come from, its oracle's included."""
    code = code_digests(kind.__module__)
    if oracle_of(kind, params) is not None:
        code |= code_digests("benchmark.oracle")
    return dict(sorted(code.items()))


def ask_oracle(
    target: Domain, predictions: Mapping[str, Mapping[str, list[Mention]]], p: float, seed: int
) -> tuple[dict[str, dict[str, list[Mention]]], dict[str, Any]]:
    """Return predictions (split → sentence id → mentions) with the oracle's types, and what to note of it."""
    retyped = {
        split: retype({s.id: s.mentions for s in target.split(split)}, found, p, target.type_names, seed)
        for split, found in predictions.items()
    }
    notes = {ORACLE: p, "oracle_mentions": {split: one.counts() for split, one in retyped.items()}}
    return {split: one.mentions for split, one in retyped.items()}, notes
