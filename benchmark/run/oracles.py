"""Cells with an oracle: a method's parameter ``oracle`` is the harness's, and the method never sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmark.code import code_digests
from benchmark.domains.corpus import Domain
from benchmark.method import Method
from benchmark.oracle import check_probability, retype
from benchmark.plan.cell import Cell
from benchmark.run.method_output import Answers
from benchmark.store.artefacts import Artefacts

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
    cell: Cell,
    kind: type[Method],
    target: Domain,
    artefacts: Artefacts,
    p: float,
    answer: Callable[[], Answers],
) -> Answers:
    """Return what ``answer`` says of a cell, with the oracle's types and what there is to note of it.

    Rows that differ in their oracle alone have the same answers before it, so one of them asks the method and
    the others take what it said from the artefacts: all of that time is shared.
    """
    plain = {
        **cell.spec.identity,
        "params": {**cell.spec.identity["params"], ORACLE: None},
        "code": code_digests(kind.__module__),
    }
    made = []

    def make() -> dict[str, bytes]:
        made.append(True)
        return answer().to_files()

    said = Answers.from_files(artefacts.get_or_make("answers", {"identity": plain}, make))
    retyped = {
        split: retype(
            {s.id: s.mentions for s in target.split(split)}, found, p, target.type_names, cell.spec.seed
        )
        for split, found in (("test", said.test), ("dev", said.dev))
    }
    notes = {
        name: note for name, note in said.notes.items() if made or name != "llm"
    }  # spent once, noted once
    notes |= {ORACLE: p, "oracle_mentions": {split: one.counts() for split, one in retyped.items()}}
    timings = {"train_seconds": 0.0, "shared_seconds": round(artefacts.seconds, 3)}
    return Answers(retyped["test"].mentions, retyped["dev"].mentions, notes, timings)
