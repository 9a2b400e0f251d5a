"""Which models answered for the cells of a row: a name of a model may stand for other weights tomorrow."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from benchmark.store.record import Record

# of a record's notes on its language model → what it is called
_TOLD = {"served_model": "model", "fingerprint": "fingerprint", "model_entry": "entry under /v1/models"}


def served_by(records: Iterable[Record]) -> dict[str, tuple[str, ...]]:
    """Return what the servers said of the model behind a row's name, where they did not always say the same.

    Names and fingerprints of one cell stand in one text, between commas, where it met several.
    """
    found: dict[str, dict[str, None]] = {name: {} for name in _TOLD}
    for record in records:
        llm = record.notes.get("llm")
        for name in _TOLD:
            value = llm.get(name) if isinstance(llm, Mapping) else None
            if isinstance(value, str):
                found[name] |= dict.fromkeys(value.split(", "))
            elif value is not None:
                found[name][json.dumps(value, sort_keys=True)] = None
    return {_TOLD[name]: tuple(sorted(values)) for name, values in found.items() if len(values) > 1}


def notes(label: str, served: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
    """Yield what is to be said below a table of a row that several models answered for."""
    if served:
        told = "; ".join(f"{what}: {' or '.join(values)}" for what, values in served.items())
        told = f"{label}: its answers come from more than one model of that name ({told})"
        yield f"{told}; where the weights differ, --llm-revision keeps them apart"
