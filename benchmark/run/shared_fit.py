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
from collections.abc import Callable, Mapping
from typing import Any

from benchmark.plan.cell import Cell
from benchmark.run.method_output import MethodOutput, Predictions
from benchmark.store.atomic_io import canonical_json, sha256
from benchmark.store.store import Store

KIND = "noisy-answers"

_Noise = Mapping[str, Any] | None
_Also = Callable[[_Noise], tuple[Predictions, Mapping[str, Any]]]


def answer_together(
    cell: Cell, store: Store, answer: Callable[[], MethodOutput], also: _Also
) -> MethodOutput:
    """Return the answers of a cell, and keep those of its variants.

    ``answer`` fits and answers the cell's own test set; ``also`` then answers the test set under another
    noise, and tells what the method notes after that. Where a companion has done so already, none of them is
    called, and the time counts as shared.
    """
    files = {_file(noise): noise for noise in cell.variants}
    own = _file(cell.spec.noise)
    key: dict[str, object] = {"fit": dict(cell.spec.identity, noise=None), "tests": sorted(files)}
    start = time.perf_counter()
    with store.hold_lock(
        f"fit-{sha256(canonical_json(key))[:32]}"
    ):  # one of them fits, the others wait for it
        kept = store.artefacts.get(KIND, key)
        if kept is None:
            first = answer()
            every = {} if "llm" in first.notes else _every(first, own, files, also)
            if every:
                store.artefacts.get_or_make(KIND, key, lambda: _files(every))
            return first
    said = MethodOutput.from_files({"answers.json": kept[own]})
    notes = {name: note for name, note in said.notes.items() if name != "llm"}  # spent once, noted once
    shared = round(time.perf_counter() - start, 3)
    return MethodOutput(said.test, said.dev, notes, {"train_seconds": 0.0, "shared_seconds": shared})


def _every(
    first: MethodOutput, own: str, files: Mapping[str, _Noise], also: _Also
) -> dict[str, MethodOutput]:
    """Return the answers for all test sets, by file; nothing where they cannot be trusted to stand alone."""
    made = {}
    for name in (*(name for name in files if name != own), own):
        try:
            test, notes = also(files[name])
        except Exception:  # noqa: BLE001 - whatever a method raises of another test set fails that one's cell
            return {}
        if notes != first.notes:
            return {}
        made[name] = MethodOutput(test, first.dev, first.notes)
    return made if made[own].test == first.test else {}


def _file(noise: _Noise) -> str:
    return f"{sha256(canonical_json(noise))[:32]}.json"


def _files(answers: Mapping[str, MethodOutput]) -> dict[str, bytes]:
    return {name: one.to_files()["answers.json"] for name, one in answers.items()}
