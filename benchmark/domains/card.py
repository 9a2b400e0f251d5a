"""A corpus's data card: sizes, types, lengths, duplicates, and how much of test was seen in train."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.domains.corpus import SPLITS, Domain, EntityType, LabelledSentence
from benchmark.domains.load import resolve

RARE = 10
_EXAMPLES = 5


@dataclass(frozen=True)
class SplitCard:
    """One split's sizes.

    ``outside`` is the share (0..1) of tokens in no mention; ``length`` holds tokens per sentence (min,
    median, mean, p95, max); ``repeated`` counts sentences whose tokens stand earlier in the same split.
    """

    sentences: int
    tokens: int
    mentions: int
    outside: float
    length: dict[str, float]
    repeated: int


@dataclass(frozen=True)
class Overlap:
    """Test sentences whose exact tokens stand elsewhere, their mentions, and those as a share (0..1)."""

    sentences: int
    mentions: int
    share_of_mentions: float


@dataclass(frozen=True)
class TypeCard:
    """A declared type with its mentions per split, and how many test mentions of it are seen in train."""

    name: str
    readable: str
    description: str
    mentions: dict[str, int]
    seen: int


@dataclass(frozen=True)
class Card:
    """A domain in figures. Shares are fractions; a share of nothing is 0.

    ``shared_sentences``: pair of splits ("train, test") → distinct token sequences that stand in both.
    ``duplicate_pairs``: pairs of sentences with equal tokens, over all splits, and ``disagreeing_pairs``
    those among them whose mentions differ. ``seen_mentions``: share of test mentions whose surface (exact
    tokens) carries the same type somewhere in train. ``rare_types``: those with fewer than ten mentions in
    train. ``ambiguous_surfaces`` carry more than one type, over all splits.
    """

    corpus: str
    name: str
    language: str
    content_hash: str
    splits: dict[str, SplitCard]
    types: tuple[TypeCard, ...]
    shared_sentences: dict[str, int]
    test_in_train_or_dev: Overlap
    duplicate_pairs: int
    disagreeing_pairs: int
    seen_mentions: float
    rare_types: dict[str, int]
    surfaces: int
    ambiguous_surfaces: int
    ambiguous_examples: dict[str, dict[str, int]]

    def as_dict(self) -> dict[str, Any]:
        """Return the card as JSON values."""
        return asdict(self)

    def __str__(self) -> str:
        from benchmark.domains.card_text import render  # needs tabulate, which a notebook may not

        return render(self)


def describe_domain(domain: Domain | str | Path, *, data_dir: Path | str | None = None) -> Card:
    """Return the data card of a domain, or of what names one: ``crossner/politics``, a folder's path."""
    if not isinstance(domain, Domain):
        domain = resolve(domain, data_dir=data_dir)
    seen = {(surface, kind) for surface, kind in _surfaces(domain.train)}
    test_seen = Counter(kind for surface, kind in _surfaces(domain.test) if (surface, kind) in seen)
    by_split = {split: Counter(kind for _, kind in _surfaces(domain.split(split))) for split in SPLITS}
    senses = _senses(domain)
    ambiguous = {surface: kinds for surface, kinds in senses.items() if len(kinds) > 1}
    most = sorted(ambiguous, key=lambda surface: (-ambiguous[surface].total(), surface))[:_EXAMPLES]
    pairs, disagreeing = _duplicates(domain)
    return Card(
        corpus=domain.corpus,
        name=domain.name,
        language=domain.language,
        content_hash=domain.content_hash,
        splits={split: _split_card(domain.split(split)) for split in SPLITS},
        types=tuple(_type_card(kind, by_split, test_seen) for kind in domain.types),
        shared_sentences=_shared(domain),
        test_in_train_or_dev=_test_overlap(domain),
        duplicate_pairs=pairs,
        disagreeing_pairs=disagreeing,
        seen_mentions=_share(test_seen.total(), by_split["test"].total()),
        rare_types={
            kind: by_split["train"][kind] for kind in domain.type_names if by_split["train"][kind] < RARE
        },
        surfaces=len(senses),
        ambiguous_surfaces=len(ambiguous),
        ambiguous_examples={surface: dict(ambiguous[surface].most_common()) for surface in most},
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _surfaces(sentences: Iterable[LabelledSentence]) -> Iterable[tuple[str, str]]:
    for sentence in sentences:
        for start, end, kind in sentence.mentions:
            yield " ".join(sentence.tokens[start:end]), kind


def _split_card(sentences: Sequence[LabelledSentence]) -> SplitCard:
    lengths = np.array([len(sentence.tokens) for sentence in sentences])
    tokens = int(lengths.sum())
    inside = sum(end - start for sentence in sentences for start, end, _ in sentence.mentions)
    spread = (
        {
            "min": int(lengths.min()),
            "median": float(np.median(lengths)),
            "mean": round(float(lengths.mean()), 2),
            "p95": float(np.percentile(lengths, 95)),
            "max": int(lengths.max()),
        }
        if len(lengths)
        else {}
    )
    return SplitCard(
        sentences=len(sentences),
        tokens=tokens,
        mentions=sum(len(sentence.mentions) for sentence in sentences),
        outside=_share(tokens - inside, tokens),
        length=spread,
        repeated=len(sentences) - len({sentence.tokens for sentence in sentences}),
    )


def _type_card(kind: EntityType, by_split: dict[str, Counter[str]], seen: Counter[str]) -> TypeCard:
    mentions = {split: by_split[split][kind.name] for split in SPLITS}
    return TypeCard(kind.name, kind.readable, kind.description, mentions, seen[kind.name])


def _shared(domain: Domain) -> dict[str, int]:
    texts = {split: {sentence.tokens for sentence in domain.split(split)} for split in SPLITS}
    return {f"{one}, {other}": len(texts[one] & texts[other]) for one, other in combinations(SPLITS, 2)}


def _test_overlap(domain: Domain) -> Overlap:
    elsewhere = {sentence.tokens for sentence in domain.train + domain.dev}
    twice = [sentence for sentence in domain.test if sentence.tokens in elsewhere]
    mentions = sum(len(sentence.mentions) for sentence in twice)
    total = sum(len(sentence.mentions) for sentence in domain.test)
    return Overlap(len(twice), mentions, _share(mentions, total))


def _duplicates(domain: Domain) -> tuple[int, int]:
    """Pairs of sentences with equal tokens, and those whose mentions differ; counted, not listed."""
    readings: defaultdict[tuple[str, ...], Counter[object]] = defaultdict(Counter)
    for split in SPLITS:
        for sentence in domain.split(split):
            readings[sentence.tokens][sentence.mentions] += 1
    pairs = same = 0
    for counts in readings.values():
        pairs += counts.total() * (counts.total() - 1) // 2
        same += sum(count * (count - 1) // 2 for count in counts.values())
    return pairs, pairs - same


def _senses(domain: Domain) -> dict[str, Counter[str]]:
    senses: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for split in SPLITS:
        for surface, kind in _surfaces(domain.split(split)):
            senses[surface][kind] += 1
    return senses
