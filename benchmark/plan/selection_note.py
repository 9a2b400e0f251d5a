"""What the runs of a store were asked for, kept beside the results: <root>/<suite>/selection.json.

A gate that holds such a run against a larger baseline knows by it what was never meant to be there. It is
only written where every run of the store named a part of the suite.
"""

from __future__ import annotations

from dataclasses import asdict

from benchmark.plan.cell_filter import CellFilter
from benchmark.plan.planner import Selection
from benchmark.store.atomic_io import read_sealed_json, sealed_json
from benchmark.store.store import Store

SCHEMA = 1
KIND = "selection"
FILE = "selection.json"


def note_selection(store: Store, suite: str, selection: Selection) -> None:
    """Note what a run is asked for, beside what earlier ones were; call it before its cells are planned."""
    domains = selection.domains
    if selection.own_domains:
        domains = (*(domains or ()), *(folder.name for folder in selection.own_domains))
    chosen = CellFilter(selection.methods, domains, selection.settings, selection.seeds)
    folder = store.root / suite
    before = read_selections(store, suite)
    if chosen in before:
        return
    whole = chosen == CellFilter() or ((folder / "ledger.json").is_file() and not before)
    content = None
    if not whole:
        parts = [asdict(one) for one in dict.fromkeys((*before, chosen))]
        content = sealed_json({"schema": SCHEMA, "suite": suite, "selections": parts}, KIND)
    elif not before:
        return
    store.write_sidecar(suite, FILE, content)


def read_selections(store: Store, suite: str) -> tuple[CellFilter, ...]:
    """Return what the runs of a store were asked for; nothing where one was asked for all of the suite."""
    path = store.root / suite / FILE
    if not path.is_file():
        return ()
    content = read_sealed_json(path, KIND, schema=SCHEMA, todo="run the suite again: it is written anew")
    return tuple(
        CellFilter(**{name: None if some is None else tuple(some) for name, some in part.items()})
        for part in content["selections"]
    )
