"""A corpus's data card, as data and as text: sizes, types, lengths, duplicates, what of test is in train."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from benchmark.domains.corpus import SPLITS
from benchmark.domains.types.look_alikes import visible

RARE = 10  # mentions in train, below which a type is marked


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
    train. ``ambiguous_surfaces`` carry more than one type, over all splits. ``notes`` say how an own corpus
    was read and its splits were made.
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
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the card as JSON values."""
        return asdict(self)

    def __str__(self) -> str:
        return _render(self)


def _render(card: Card) -> str:
    """Return the card as plain text: sizes, types, repetition, and what a reader should mind."""
    title = f"{card.corpus}/{card.name} (language {card.language}; content {card.content_hash[:12]})"
    heading = "\n".join([title, *card.notes])
    return visible("\n\n".join([heading, _sizes(card), _types(card), "\n".join(_facts(card))]))


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _sizes(card: Card) -> str:
    rows = [
        [
            name,
            f"{split.sentences:,}",
            f"{split.tokens:,}",
            f"{split.mentions:,}",
            _percent(split.outside),
            *(
                f"{split.length[key]:g}" if split.length else "-"
                for key in ("min", "median", "mean", "p95", "max")
            ),
        ]
        for name, split in card.splits.items()
    ]
    headers = [
        "split",
        "sentences",
        "tokens",
        "mentions",
        "O",
        "length: min",
        "median",
        "mean",
        "p95",
        "max",
    ]
    return _table(rows, headers)


def _types(card: Card) -> str:
    rows = [
        [
            kind.name,
            kind.readable if kind.readable != kind.name else "",
            *(f"{kind.mentions[split]:,}" for split in SPLITS),
            _percent(kind.seen / kind.mentions["test"]) if kind.mentions["test"] else "-",
            f"fewer than {RARE} in train" if kind.name in card.rare_types else "",
        ]
        for kind in card.types
    ]
    return _table(
        rows, [f"type ({len(card.types)})", "read as", *SPLITS, "of test seen in train", ""], texts=2
    )


def _table(rows: list[list[str]], headers: list[str], texts: int = 1) -> str:
    from tabulate import tabulate  # here: whoever only reads figures need not have it

    align = ["left"] * texts + ["right"] * (len(headers) - texts)
    if not headers[-1]:
        align[-1] = "left"
    return tabulate(rows, headers, tablefmt="simple", colalign=align if rows else None, disable_numparse=True)


def _facts(card: Card) -> list[str]:
    overlap = card.test_in_train_or_dev
    repeated = ", ".join(f"{name} {split.repeated:,}" for name, split in card.splits.items())
    shared = ", ".join(
        f"{pair.replace(', ', '/')} {count:,}" for pair, count in card.shared_sentences.items()
    )
    rare = ", ".join(f"{name} {count}" for name, count in card.rare_types.items())
    examples = "; ".join(
        f"{surface} ({', '.join(f'{kind} {count}' for kind, count in kinds.items())})"
        for surface, kinds in card.ambiguous_examples.items()
    )
    ambiguous = card.ambiguous_surfaces / card.surfaces if card.surfaces else 0.0
    return [
        f"test mentions whose surface and type stand in train: {_percent(card.seen_mentions)}",
        f"test sentences that stand in train or dev: {overlap.sentences:,} (with {overlap.mentions:,} "
        f"mentions, {_percent(overlap.share_of_mentions)} of test's)",
        f"sentences repeated within a split: {repeated}",
        f"distinct sentences shared by splits: {shared}",
        f"pairs of equal sentences: {card.duplicate_pairs:,}, tagged differently: {card.disagreeing_pairs:,}",
        f"types with fewer than {RARE} mentions in train: {rare or 'none'}",
        f"surfaces with more than one type: {card.ambiguous_surfaces:,} of {card.surfaces:,} "
        f"({_percent(ambiguous)})" + (f": {examples}" if examples else ""),
    ]
