"""Cells with an oracle: what the method predicted, with the types that the oracle says."""

from __future__ import annotations

from dataclasses import replace

from benchmark.code import code_digests
from benchmark.oracle import retype
from benchmark.plan.oracle_parameter import ORACLE
from benchmark.run.fit_predict import FitPredict
from benchmark.run.method_output import MethodOutput
from benchmark.run.shared_fit import method_output

KIND = "answers"


def oracle_output(work: FitPredict, probability: float) -> MethodOutput:
    """Return the output of a cell's method with the oracle's types, and what there is to note of these.

    Rows that differ in their oracle alone have the same output before it, so one of them fits the method and
    the others take it from the artefacts: all of that time is shared.
    """
    spec, artefacts, target = work.cell.spec, work.store.artefacts, work.corpora.target
    without = {
        **spec.identity,
        "params": {**spec.identity["params"], ORACLE: None},
        "code": code_digests(type(work.method).__module__),
    }
    fitted_here = False

    def make() -> dict[str, bytes]:
        nonlocal fitted_here
        fitted_here = True
        return method_output(work).to_files()

    stored = MethodOutput.from_files(artefacts.get_or_make(KIND, {"identity": without}, make))
    shared = round(artefacts.seconds, 3)
    output = stored.reused(shared)
    notes = dict(stored.notes if fitted_here else output.notes)
    retyped = {
        split: retype(
            {s.id: s.mentions for s in target.split(split)}, found, probability, target.type_names, spec.seed
        )
        for split, found in (("test", stored.test), ("dev", stored.dev))
    }
    notes |= {ORACLE: probability, "oracle_mentions": {split: one.counts() for split, one in retyped.items()}}
    return replace(output, test=retyped["test"].mentions, dev=retyped["dev"].mentions, notes=notes)
