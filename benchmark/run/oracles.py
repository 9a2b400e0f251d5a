"""Cells with an oracle: what the method predicted, with the types that the oracle says."""

from __future__ import annotations

from collections.abc import Callable

from benchmark.code import code_digests
from benchmark.domains.corpus import Domain
from benchmark.method import Method
from benchmark.oracle import retype
from benchmark.plan.cell import Cell
from benchmark.plan.oracle_parameter import ORACLE
from benchmark.run.method_output import MethodOutput
from benchmark.store.artefacts import Artefacts


def ask_oracle(
    cell: Cell,
    kind: type[Method],
    target: Domain,
    artefacts: Artefacts,
    p: float,
    answer: Callable[[], MethodOutput],
) -> MethodOutput:
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

    said = MethodOutput.from_files(artefacts.get_or_make("answers", {"identity": plain}, make))
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
    return MethodOutput(retyped["test"].mentions, retyped["dev"].mentions, notes, timings)
