"""Several test sets answered by one fitted method: noise on a target's text costs no further training.

The cells that differ in the noise on their test set alone have the same fit. The first of them to be
computed fits, answers all test sets that the run asks for, and keeps the answers for the others. Each is
still a cell of its own, with its own identity, record and predictions.

That is honest only where an answer does not depend on what was asked before. ``Method.predict`` is to be
like that, and it is held to it: at the end it is asked the first test set once more. Where it then answers
otherwise, where a test set makes it fail or changes what it notes (the notes are then of that test set), or
where it pays for its answers, nothing is kept, and every cell fits for itself.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from benchmark.run.fit_predict import FitPredict
from benchmark.run.method_output import MethodOutput
from benchmark.store.atomic_io import canonical_json, sha256

KIND = "noisy-answers"

_Noise = Mapping[str, Any] | None


def method_output(work: FitPredict) -> MethodOutput:
    """Return the output of a cell's method, and keep that of its variants.

    Where a variant's cell has kept it already the method is not fitted, and the time counts as shared.
    """
    cell, store = work.cell, work.store
    if not cell.variants:
        return work.fit_and_predict()
    work.on_phase("fitting, or waiting for the cell that does")
    files = {_file(noise): noise for noise in cell.variants}
    own = _file(cell.spec.noise)
    key: dict[str, object] = {"fit": dict(cell.spec.identity, noise=None), "tests": sorted(files)}
    start = time.perf_counter()
    with store.hold_lock(f"fit-{sha256(canonical_json(key))[:32]}"):  # one of them fits, the others wait
        kept = store.artefacts.get(KIND, key)
        if kept is None:
            first = work.fit_and_predict()
            every = {} if "llm" in first.notes else _output_of_all(work, first, own, files)
            if every:
                store.artefacts.get_or_make(KIND, key, lambda: _rendered(every))
            return first
    shared = round(time.perf_counter() - start, 3)
    return MethodOutput.from_files({"answers.json": kept[own]}).reused(shared)


def _output_of_all(
    work: FitPredict, first: MethodOutput, own: str, files: Mapping[str, _Noise]
) -> dict[str, MethodOutput]:
    """Return the output for all test sets, by file; nothing where it cannot be trusted to stand alone."""
    made = {}
    for name in (*(name for name in files if name != own), own):
        try:
            test, notes = work.predict_under(files[name])
        except Exception:  # noqa: BLE001 - whatever a method raises of another test set fails that one's cell
            return {}
        if notes != first.notes:
            return {}
        made[name] = MethodOutput(test, first.dev, first.notes)
    return made if made[own].test == first.test else {}


def _file(noise: _Noise) -> str:
    return f"{sha256(canonical_json(noise))[:32]}.json"


def _rendered(outputs: Mapping[str, MethodOutput]) -> dict[str, bytes]:
    return {name: one.to_files()["answers.json"] for name, one in outputs.items()}
