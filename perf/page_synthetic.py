"""A board out of thin air for what measures or draws the page: many rows, noise, a base row, views, badges.

Its gold is the first test sentences of the sample; what its rows find there is drawn at random, each row with
its own chances. Its figures say nothing about any method.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmark.domains.corpus import LabelledSentence, Mention
from benchmark.domains.load import load_domain
from benchmark.domains.noise.condition import Noise
from benchmark.store.comparison import Comparison
from benchmark.store.noisy_corpora import CONTENT
from benchmark.store.record import Record
from leaderboard.analyses.noise_impact import NoiseImpact, noise_impact, noise_impacts
from leaderboard.board import Board, analyse
from leaderboard.results.gold import Gold, Training
from leaderboard.results.measure import measure
from leaderboard.results.results import results_of

DOMAINS = ("politics", "science", "music", "literature", "ai")
SETTINGS = ("zero-shot", "supervised")
RATES = (0.1, 0.2, 0.4)
SERIES = {"annotation": "source", "text": "target"}
_NOTES: tuple[Mapping[str, Any], ...] = (
    {"transductive": True},
    {"llm": {"prompt_tokens": 180_000, "completion_tokens": 9_000, "cost_usd": 0.42}},
    {"training_data": "a further corpus", "parameters": 190_000_000},
)


def synthetic(
    methods: int = 50, seeds: int = 3, sentences: int = 40, noisy: int = 6, resamples: int = 200
) -> Board:
    """Return a board of so many rows in each setting; the first ``noisy`` of them were run under noise too.

    With few ``resamples`` it is made soon, and hardly any row is told apart from another.
    """
    domains = [load_domain("sample", name) for name in DOMAINS]
    golds = {d.name: Gold(d.name, d.type_names, d.test[:sentences]) for d in domains}
    cut = {gold.domain: len({sentence.tokens for sentence in gold.test}) for gold in golds.values()}
    trained = {("sample", d.name): Training.of(d) for d in domains}
    known = {place: Training(one.known, one.kept[: cut[place[1]]]) for place, one in trained.items()}
    cells, impacts = [], {}
    for record, found, clean in _cells(golds, methods, seeds, noisy):
        gold = golds[record.spec.domain]
        surfaces = None if record.spec.noise else known["sample", record.spec.domain].known
        cell = measure(record, gold, found, Path("predictions.jsonl"), surfaces)
        cells.append(cell)
        if clean is not None:
            impacts[record.cell] = _impact(gold, clean, found)
    labels = tuple(_label(method) for method in range(methods))
    results = results_of(
        cells,
        suite="synthetic",
        resamples=resamples,
        comparison=Comparison(labels[0], labels[:12]),
        training=known,
        found={noise_impacts: impacts},
    )
    return analyse(results)


_Found = dict[str, list[Mention]]


def _cells(
    golds: Mapping[str, Gold], methods: int, seeds: int, noisy: int
) -> Iterator[tuple[Record, _Found, _Found | None]]:
    """Yield records with what they found; a noisy one with what its clean twin found besides."""
    chance = random.Random(0)
    for setting in SETTINGS:
        for method in range(methods):
            skill, weak = chance.uniform(0.35, 0.95), chance.uniform(0.3, 1.2)
            for gold in golds.values():
                for seed in range(seeds):
                    found = _found(gold, skill, chance)
                    yield _record(method, setting, gold.domain, seed, chance), found, None
                    if method < noisy:
                        for series, on in SERIES.items():
                            for rate in RATES:
                                noise = {**Noise(on, rate).to_json(), CONTENT: "none"}
                                name = f"{series}-{rate:g}"
                                record = _record(method, setting, gold.domain, seed, chance, name, noise)
                                yield record, _found(gold, skill * (1 - weak * rate), chance), found


def _label(method: int) -> str:
    return f"method-number-{method}"


def _record(
    method: int,
    setting: str,
    domain: str,
    seed: int,
    chance: random.Random,
    condition: str = "",
    noise: Mapping[str, Any] | None = None,
) -> Record:
    label = _label(method) + (f"~{condition}" if condition else "")
    slot = label.replace("~", "-")
    return Record.from_fields(
        cell=f"{slot}-{setting}-{domain}-mini-s{seed}-0123456789ab",
        suite="synthetic",
        corpus="sample",
        source="news",
        method=_label(method),
        label=label,
        setting=setting,
        domain=domain,
        backbone="mini",
        seed=seed,
        state="ok",
        identity={} if noise is None else {"noise": noise},
        notes=_NOTES[method] if method < len(_NOTES) else {},
        timings={
            "train_seconds": chance.uniform(1, 900),
            "sentences_per_second": chance.uniform(5, 500),
        },
        machine={"cpu": "a processor", "cores": 8},
    )


def _found(gold: Gold, skill: float, chance: random.Random) -> _Found:
    return {one.id: sorted(_in_sentence(one, gold.types, skill, chance)) for one in gold.test}


def _in_sentence(
    sentence: LabelledSentence, types: tuple[str, ...], skill: float, chance: random.Random
) -> Iterator[Mention]:
    """Yield gold mentions, some of them with another type or cut short."""
    for start, end, kind in sentence.mentions:
        if chance.random() < skill:
            yield Mention(start, end, kind)
        elif chance.random() < 0.5:
            yield Mention(start, end, chance.choice(types))
        elif end - start > 1 and chance.random() < 0.5:
            yield Mention(start, end - 1, kind)


def _impact(gold: Gold, clean: _Found, noisy: _Found) -> NoiseImpact:
    sides = [[found[one.id] for one in gold.test] for found in (clean, noisy)]
    return noise_impact(gold, sides[0], gold, sides[1])
