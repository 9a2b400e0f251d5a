"""What each method of a run cost, and what it would have cost without sharing.

    python perf/costs.py runs/crossner-mini [--seed 666]

Tokens are real sub-tokens of training steps, as the records' notes tell them; seconds are of one core. A
source tagger, an adapted encoder and the tagger that tent starts from are made once and shared: they stand
under `computed` once, and under `alone` in every cell that rests on them. What sharing saved in seconds is
what the records say of it (`saved_seconds`); older records do not.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmark.domains.load import load_domain
from benchmark.store.record import OK, Record
from benchmark.store.store import Store
from larbench.tagger.backbones import find_backbone
from larbench.tagger.encoding import encode
from larbench.tagger.model import load_encoder
from larbench.tagger.pretrained import source_recipe

# methods that start from the source tagger, which notes nothing of its training
FROM_SOURCE = {
    *("source-only", "fine-tune", "joint", "dann", "tent", "tent-guarded", "prototype"),
    *("lar-direct", "lar-enhanced"),
}
# stages that cells share, by what they are called in the notes
SHARED = {"da-ner": ("masked_lm", "source"), "tent": ("training",), "tent-guarded": ("training",)}
WINDOW = 256


@dataclass
class Cost:
    """What the cells of one row and setting cost."""

    cells: int = 0
    own: int = 0  # tokens of training that no other cell rests on
    alone: int = 0  # tokens if nothing were shared
    seconds: float = 0.0  # all but shared work
    shared: float = 0.0
    saved: float = 0.0
    stages: dict[str, int] = field(default_factory=dict)  # tokens of shared stages, by what they are


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("suite", type=Path)
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    records = [
        record
        for record in Store(given.suite.parent).records(given.suite.name)
        if record.state == OK and given.seed in (None, record.spec.seed)
    ]
    for line in table(records):
        print(line)
    return 0


def table(records: Iterable[Record]) -> Iterator[str]:
    """Yield the lines of the table, in Markdown."""
    rows: dict[tuple[str, str], Cost] = defaultdict(Cost)
    stages: dict[str, int] = {}
    source = 0
    for record in records:
        if record.spec.method in FROM_SOURCE:
            source = source or source_tokens(record)
        cost = rows[record.spec.label, record.spec.setting]
        add(cost, record, source)
        stages |= cost.stages
        if record.spec.method in FROM_SOURCE:
            stages[f"source tagger of seed {record.spec.seed}"] = source
    yield "| row | setting | cells | tokens of its own | tokens alone | seconds | shared | saved |"
    yield "|---|---|---|---|---|---|---|---|"
    for (label, setting), cost in sorted(rows.items()):
        seconds = f"{cost.seconds:,.0f} | {cost.shared:,.0f} | {cost.saved:,.0f}"
        yield f"| {label} | {setting} | {cost.cells} | {cost.own:,} | {cost.alone:,} | {seconds} |"
    own, alone = (sum(getattr(cost, name) for cost in rows.values()) for name in ("own", "alone"))
    spent = sum(cost.seconds + cost.shared for cost in rows.values())
    shared = sum(stages.values())
    yield ""
    yield f"computed: {own + shared:,} tokens, {shared:,} of them in {len(stages)} shared stages"
    yield f"alone: {alone:,} tokens, {alone / max(1, own + shared):.1f} times as many"
    yield f"{spent:,.0f} seconds of one core"


def add(cost: Cost, record: Record, source: int) -> None:
    """Add a cell to its row."""
    shared = SHARED.get(record.spec.method, ())
    trained = {name: tokens_of(note) for name, note in record.notes.items()}
    own = sum(tokens for name, tokens in trained.items() if name not in shared)
    timings: Mapping[str, float] = record.timings
    cost.cells += 1
    cost.own += own
    cost.alone += sum(trained.values()) + (source if record.spec.method in FROM_SOURCE else 0)
    cost.seconds += timings["total_seconds"] - timings.get("shared_seconds", 0.0)
    cost.shared += timings.get("shared_seconds", 0.0)
    cost.saved += timings.get("saved_seconds", 0.0)
    for name in shared:
        if name in trained:  # equal trainings are one
            note = json.dumps(record.notes[name], sort_keys=True)
            cost.stages[f"{record.spec.domain} {name} {note}"] = trained[name]


def tokens_of(note: Any) -> int:
    """Return the sub-tokens of all trainings that a note tells of."""
    if isinstance(note, Mapping):
        own = note["tokens"] if "steps" in note and isinstance(note.get("tokens"), int) else 0
        return own + sum(tokens_of(part) for part in note.values())
    return sum(map(tokens_of, note)) if isinstance(note, list) else 0


def source_tokens(record: Record) -> int:
    """Return the sub-tokens that a source tagger is trained on: all epochs over the source."""
    train = load_domain(record.spec.source_corpus or record.spec.corpus, record.spec.source).train[
        : record.spec.source_limit
    ]
    _, tokenizer = load_encoder(find_backbone(record.spec.backbone).path)
    pieces = encode([sentence.tokens for sentence in train], tokenizer, WINDOW)
    epochs = source_recipe(sum(len(sentence.tokens) for sentence in train)).epochs
    return round(epochs * sum(map(len, pieces)))


if __name__ == "__main__":
    sys.exit(main())
