"""The embedded default corpus: a news source and five target domains, written by this project.

Two targets more are in other languages: ``news-es``, Spanish with the types of the source, where the language
alone changes, and ``politics-de``, German with the types of politics, where both do.

Its sentences come from gazetteers and templates that are data files (see ``grammar``), drawn from a seed.
It has CrossNER's type inventories and nothing else of CrossNER: scores on it cannot be compared with scores
on CrossNER, and boards made from it say ``sample``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from benchmark.domains.corpus import SPLITS, Domain, EntityType
from benchmark.domains.sample.generate import sentences
from benchmark.domains.sample.grammar import read_grammar
from benchmark.domains.types.entity_types import TYPES_DIR, load_types
from benchmark.errors import UsageError

__all__ = ["DEFAULT_SIZES", "FOREIGN_DOMAINS", "SAMPLE_DOMAINS", "Sizes", "sample_domain"]


@dataclass(frozen=True)
class Sizes:
    """How many sentences each split holds."""

    train: int
    dev: int
    test: int


DEFAULT_SIZES = {
    "news": Sizes(750, 50, 150),
    "politics": Sizes(100, 50, 150),
    "science": Sizes(120, 50, 150),
    "music": Sizes(100, 50, 150),
    "literature": Sizes(100, 50, 150),
    "ai": Sizes(100, 50, 150),
    "news-es": Sizes(100, 200, 300),
    "politics-de": Sizes(100, 200, 300),
}
"""The sizes of the domains unless others are asked for."""

SAMPLE_DOMAINS = ("news", "politics", "science", "music", "literature", "ai")
"""Names of the English domains: the source first, then the targets."""

FOREIGN_DOMAINS = ("news-es", "politics-de")
"""Names of the targets in other languages."""

_TYPES_OF = {"news": "conll2003", "news-es": "conll2003", "politics-de": "politics"}


def sample_domain(name: str, *, size: Sizes | None = None, seed: int = 0) -> Domain:
    """Return a domain of the sample, the same for the same name, size and seed.

    Parameters
    ----------
    name : str
        One of ``SAMPLE_DOMAINS`` or ``FOREIGN_DOMAINS``. The texts of types are English in all of them.
    size : Sizes, optional
        Sentences a split; by default those of ``DEFAULT_SIZES``. No sentence stands twice in a domain of
        the default size; far beyond it templates run out of variety, and then sentences may come again
        (after ``SENTENCE_TRIES`` draws), so that the making ends.
    seed : int
        What all draws depend on. Which split may use which surface does not depend on it.

    Returns
    -------
    Domain
        With the splits train, dev and test.

    Raises
    ------
    UsageError
        For an unknown name or a negative size.
    """
    if name not in DEFAULT_SIZES:
        raise UsageError(f"no domain {name!r} in the sample: it has {', '.join(DEFAULT_SIZES)}")
    size = size or DEFAULT_SIZES[name]
    if min(size.train, size.dev, size.test) < 0:
        raise UsageError(f"a split cannot hold fewer than 0 sentences: {size}")
    rules = read_grammar(name)
    seen: set[tuple[str, ...]] = set()
    made = {split: tuple(sentences(rules, name, split, getattr(size, split), seed, seen)) for split in SPLITS}
    types = _types(_TYPES_OF.get(name, name))
    return Domain("sample", name, rules.language, types, made["train"], made["dev"], made["test"])


@cache
def _types(name: str) -> tuple[EntityType, ...]:
    return load_types(TYPES_DIR / f"{name}.toml")[1]
