"""Two methods × two domains × two seeds, three and two sentences: small enough to compute by hand.

================  ========  ==========================  =====  ====
label             seed      politics                    ai     mean
================  ========  ==========================  =====  ====
alpha             1         3 of 3, F1 1                0.4
alpha             2         2 right of 2, 3 gold, 0.8   0
alpha             mean      0.9                         0.2    0.55
beta (persons)    both      2 right of 2, 3 gold, 0.8   0.5    0.65
================  ========  ==========================  =====  ====
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from submission_bundles import write_corpora

from benchmark.domains.corpus import LabelledSentence, Mention
from benchmark.store.atomic_io import sha256
from benchmark.store.ledger import Entry
from benchmark.store.predictions import render_predictions
from benchmark.store.record import Record, predictions_path
from benchmark.store.store import Store
from leaderboard.results.gold import Gold
from leaderboard.results.measure import ScoredCell, measure, unfinished

Predictions = dict[str, list[Mention]]

CONLL = {
    "politics": "Ada B-person\nmet O\nthe O\nBlue B-party\nParty I-party\n\n"
    "Bob B-person\nleft O\n\nnothing O\n",
    "ai": "Eve B-person\ndid O\nparsing B-task\n\ntagging B-task\nworks O\n",
    "news": "Ann B-person\nspoke O\n",
}
PERSON, PARTY = Mention(0, 1, "person"), Mention(3, 5, "party")
RIGHT: dict[str, Predictions] = {
    "politics": {"politics/test/0": [PERSON, PARTY], "politics/test/1": [PERSON], "politics/test/2": []},
    "ai": {"ai/test/0": [PERSON, Mention(2, 3, "task")], "ai/test/1": [Mention(0, 1, "task")]},
}
PERSONS: dict[str, Predictions] = {
    domain: {name: [m for m in found if m.type == "person"] for name, found in right.items()}
    for domain, right in RIGHT.items()
}
ALPHA: dict[tuple[str, int], Predictions] = {
    ("politics", 1): RIGHT["politics"],
    ("politics", 2): {**RIGHT["politics"], "politics/test/1": []},
    ("ai", 1): {"ai/test/0": [PERSON, Mention(2, 3, "person")], "ai/test/1": []},
    ("ai", 2): {"ai/test/0": [], "ai/test/1": []},
}
SENTENCES = {
    "politics": (("Ada", "met", "the", "Blue", "Party"), ("Bob", "left"), ("nothing",)),
    "ai": (("Eve", "did", "parsing"), ("tagging", "works")),
}
TYPES = {"politics": ("party", "person"), "ai": ("person", "task")}


def a_record(label: str, domain: str, seed: int, **changes: Any) -> Record:
    slot = f"{changes.get('slot', label)}-{changes.get('setting', 'zero-shot')}-{domain}-mini-s{seed}"
    changes.pop("slot", None)
    fields: dict[str, Any] = {
        "cell": f"{slot}-0123456789ab",
        "suite": "tiny",
        "corpus": "own",
        "source_corpus": "own",
        "source": "news",
        "method": label,
        "label": label,
        "setting": "zero-shot",
        "domain": domain,
        "backbone": "mini",
        "seed": seed,
        "state": "ok",
        "timings": {"train_alone_seconds": 10.0 * seed, "sentences_per_second": 100.0},
    }
    return Record.from_fields(**fields | changes)


def a_gold(domain: str) -> Gold:
    names = RIGHT[domain]
    test = tuple(
        LabelledSentence(name, tokens, tuple(names[name]))
        for name, tokens in zip(names, SENTENCES[domain], strict=True)
    )
    return Gold(domain, TYPES[domain], test)


def all_predictions() -> list[tuple[Record, Predictions]]:
    pairs = [(a_record("alpha", domain, seed), found) for (domain, seed), found in ALPHA.items()]
    notes = {"ceiling": "coarse", "reading": "persons only"}
    pairs += [
        (a_record("beta", domain, seed, notes=notes), PERSONS[domain])
        for domain in ("politics", "ai")
        for seed in (1, 2)
    ]
    return pairs


@pytest.fixture
def record() -> Callable[..., Record]:
    """Make a record: ``record(label, domain, seed, **changes)``."""
    return a_record


@pytest.fixture
def gold() -> Callable[[str], Gold]:
    """Return the gold of a domain by name."""
    return a_gold


@pytest.fixture
def right() -> dict[str, Predictions]:
    """Perfect predictions by domain."""
    return RIGHT


@pytest.fixture
def cells() -> list[ScoredCell]:
    """The eight measured cells of the table above."""
    return [
        measure(r, a_gold(r.spec.domain), found, Path("predictions.jsonl")) for r, found in all_predictions()
    ]


@pytest.fixture
def but() -> Callable[..., list[ScoredCell]]:
    """Return cells with one cell's outcome changed: ``but(cells, label, domain, seed, state, reason)``."""

    def change(
        cells: list[ScoredCell], label: str, domain: str, seed: int, state: str, reason: str = "", **more: Any
    ) -> list[ScoredCell]:
        hole = unfinished(a_record(label, domain, seed, state=state, reason=reason, **more))
        place = (label, domain, seed)
        kept = [c for c in cells if (c.record.spec.label, c.record.spec.domain, c.record.spec.seed) != place]
        return [*kept, hole]

    return change


@pytest.fixture
def corpora(tmp_path: Path) -> list[Path]:
    """Folders of the two target domains and the source, as CoNLL files."""
    return write_corpora(tmp_path, CONLL)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store that holds the suite ``tiny`` with the eight cells."""
    store = Store(tmp_path / "runs")
    for record, predicted in all_predictions():
        save(store, record, predicted)
    return store


@pytest.fixture
def keep() -> Callable[..., None]:
    """Store a record with its predictions: ``keep(store, record, predictions)``."""
    return save


def save(store: Store, record: Record, predicted: Predictions | None = None) -> None:
    content = None
    if predicted is not None:
        content = render_predictions(predicted)
        record = replace(
            record, predictions=predictions_path(record.cell), predictions_sha256=sha256(content)
        )
    store.save(record, content)
    slot = record.cell.rsplit("-", 1)[0]
    store.update_ledger(record.spec.suite, {slot: Entry(record.cell, record.state)})
