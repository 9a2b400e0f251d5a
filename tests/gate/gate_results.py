"""Records and predictions that no method made."""

from __future__ import annotations

import random
from typing import Any

from benchmark.domains.corpus import Domain, Mention
from benchmark.plan.identity import make_identity
from benchmark.store.atomic_io import sha256
from benchmark.store.cell_spec import identity_hash
from benchmark.store.ledger import Entry
from benchmark.store.predictions import render_predictions
from benchmark.store.record import OK, Record, predictions_path
from benchmark.store.store import Store

Predictions = dict[str, list[Mention]]


def predictions_with(domain: Domain, share: float, seed: int) -> Predictions:
    """Gold mentions, each found with this probability; what is not found has the wrong type."""
    chance = random.Random(f"{domain.name} {seed} {share}")
    wrong = {"person": "place", "place": "person"}
    return {
        s.id: [m if chance.random() < share else Mention(m.start, m.end, wrong[m.type]) for m in s.mentions]
        for s in domain.test
    }


def a_record(domain: Domain, label: str, seed: int, **changes: Any) -> Record:
    identity = make_identity(
        method=label,
        params={},
        code={"m": "00"},
        components={},
        setting="zero-shot",
        seed=seed,
        source_hash="aa",
        source_limit=None,
        target_hash=domain.content_hash,
        language="en",
    )
    return Record.from_fields(
        cell="",
        suite="tiny",
        corpus="own",
        source_corpus="own",
        source="news",
        method=label,
        label=label,
        setting="zero-shot",
        domain=domain.name,
        seed=seed,
        state=OK,
        identity=identity,
        machine={"cpu": "one"},
        **changes,
    )


def keep(store: Store, record: Record, predicted: Predictions | None) -> Record:
    """Store a record, named by its identity, with its predictions, and enter it into the ledger."""
    slot = record.spec.ledger_key
    digest = identity_hash(record.spec.identity)
    cell = f"{slot}-{digest[:12]}"
    content = None if predicted is None else render_predictions(predicted)
    record = record.changed(cell=cell, identity_hash=digest)
    if content is not None:
        record = record.changed(predictions=predictions_path(cell), predictions_sha256=sha256(content))
    store.save(record, content)
    store.update_ledger(record.spec.suite, {slot: Entry(cell, record.state)})
    return record
