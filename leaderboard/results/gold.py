"""Gold: the test set that a cell is measured on, and what no tagger of source types can exceed on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from secrets import token_hex
from typing import Any, TypeVar, cast

import numpy as np

from benchmark.domains.corpus import Domain, LabelledSentence, Mention
from benchmark.domains.language import UNKNOWN
from benchmark.domains.types.equal_types import EqualTypes, equal_types
from benchmark.errors import InputError
from benchmark.scoring.clusters import duplicate_clusters
from benchmark.scoring.dialects import Texts
from benchmark.scoring.frequency import ByClass, Surfaces, surfaces
from benchmark.scoring.spans import Bools, Ints, MentionLists, Spans, pair_mentions
from benchmark.store.atomic_io import canonical_json
from benchmark.store.predictions import Triple
from benchmark.store.record import Record
from benchmark.store.record_gold import DomainCache, has_noisy_test, measured_on

_Answer = TypeVar("_Answer")

_NAMED = 3  # how many ids an error names before it counts the rest


@dataclass(frozen=True)
class Gold:
    """A domain's test set and declared types.

    ``language`` is the tag of its text, as in BCP 47. ``clean`` are, of a noisy test set, the groups of the
    clean one: noise makes copies differ, and all that is measured on a domain is resampled together.
    """

    domain: str
    types: tuple[str, ...]
    test: tuple[LabelledSentence, ...]
    clean: Ints | None = field(default=None, compare=False)
    language: str = UNKNOWN
    _classed: dict[int, ByClass] = field(default_factory=dict, init=False, compare=False, repr=False)

    @classmethod
    def of(cls, domain: Domain, clean: Ints | None = None) -> Gold:
        """Keep of a domain what measuring needs."""
        return cls(domain.name, domain.type_names, domain.test, clean, domain.language)

    @cached_property
    def mentions(self) -> list[tuple[Mention, ...]]:
        """Gold mentions, a tuple a sentence."""
        return [sentence.mentions for sentence in self.test]

    @cached_property
    def tokens(self) -> list[tuple[str, ...]]:
        """Tokens, a tuple a sentence."""
        return [sentence.tokens for sentence in self.test]

    @cached_property
    def lengths(self) -> list[int]:
        """The number of each sentence's tokens."""
        return [len(tokens) for tokens in self.tokens]

    @cached_property
    def texts(self) -> Texts:
        """The texts of its spans, made when a score asks for them."""
        return Texts(self.tokens)

    @cached_property
    def groups(self) -> Ints:
        """The number of each sentence's group of equal sentences."""
        return duplicate_clusters(self.tokens) if self.clean is None else self.clean

    def by_class(self, known: Surfaces) -> ByClass:
        """Return the classes of spans by the mentions of a train set, made once for each."""
        if id(known) not in self._classed:  # what is made holds it, so its id stays its own
            self._classed[id(known)] = ByClass(self.tokens, self.types, known)
        return self._classed[id(known)]

    @cached_property
    def ids(self) -> list[str]:
        """The sentences' ids."""
        return [sentence.id for sentence in self.test]

    @cached_property
    def spans(self) -> Spans:
        """Gold mentions in one stream with the tokens."""
        return pair_mentions(self.mentions, [()] * len(self.test), self.types, self.lengths)[0]

    def sides(self, predicted: Mapping[str, Sequence[Triple]], path: Path) -> tuple[Spans, Spans]:
        """Return gold and predicted mentions in one stream with the tokens.

        Raises ``InputError`` naming ``path`` as ``align`` does, and for predicted mentions that overlap or
        lie outside their sentence.
        """
        aligned = cast(MentionLists, self.align(predicted, path))  # they are looked at by place only
        try:
            _, found = pair_mentions([()] * len(self.test), aligned, self.types, self.lengths)
        except InputError as error:
            raise InputError(error.found, path=path, expected=error.expected, todo=error.todo) from error
        return self.spans, found

    def align(self, predicted: Mapping[str, _Answer], path: Path) -> list[_Answer]:
        """Return what was predicted in the order of the test set.

        Raises ``InputError`` where predictions and test set do not hold exactly the same sentences.
        """
        ids = self.ids
        if list(predicted) == ids:
            return list(predicted.values())
        missing = [name for name in ids if name not in predicted]
        foreign = sorted(predicted.keys() - set(ids))
        if missing or foreign:
            parts = [
                f"{what} {_some(names)}" for what, names in (("no", missing), ("foreign", foreign)) if names
            ]
            raise InputError(
                f"{' and '.join(parts)} among the predicted sentences",
                path=path,
                expected=f"exactly the {len(ids)} test sentences of {self.domain}",
                todo="run the cell again on the same corpus",
            )
        return [predicted[name] for name in ids]


@dataclass(frozen=True)
class Training:
    """What a target's train and dev sets tell of its test set.

    ``known`` are the mentions of train. ``kept`` says of each group of equal test sentences whether it is
    free of leaks: stands neither in train nor in dev.
    """

    known: Surfaces
    kept: Bools

    @classmethod
    def of(cls, domain: Domain) -> Training:
        """Look through the three splits of a domain."""
        elsewhere = {sentence.tokens for split in (domain.train, domain.dev) for sentence in split}
        first = dict.fromkeys(sentence.tokens for sentence in domain.test)  # in the order of their groups
        kept = np.array([tokens not in elsewhere for tokens in first], dtype=np.bool_)
        return cls(surfaces(domain.train), kept)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What a tagger that can only say the source's types cannot exceed on a test set: F1 as a fraction.

    With s the share of gold mentions whose type is a source type: ``all_spans`` finds every
    span and can type only those rightly (precision = recall = s); ``source_spans`` predicts those alone
    (precision 1, recall s, so F1 = 2s / (1 + s)), and no predictions of source types score higher.
    """

    all_spans: float
    source_spans: float


def ceiling(mentions: Iterable[Sequence[Mention]], source_types: Collection[str]) -> Ceiling:
    """Return the ceilings of a test set for a tagger of ``source_types``, by the names that the target has.

    They are 0 without gold mentions.
    """
    names = [mention.type for sentence in mentions for mention in sentence]
    share = sum(name in source_types for name in names) / len(names) if names else 0.0
    return Ceiling(share, 2 * share / (1 + share))


class GoldCache:
    """The gold of the domains that a board's records name, each loaded once.

    ``own`` are the folders of corpora of your own: a record names such a domain, not where it lies.
    """

    def __init__(self, data_dir: Path | str | None = None, own: Iterable[Path | str] = ()) -> None:
        self._from = (data_dir, tuple(own))
        self._token = token_hex(8)
        self._domains = DomainCache(*self._from)
        self._gold: dict[tuple[str, str], Gold] = {}
        self._training: dict[tuple[str, str], Training] = {}
        self._noisy: dict[tuple[str, str, str], Gold] = {}

    def __reduce__(self) -> tuple[Any, ...]:  # to another process it goes empty, and is filled there
        return _kept_cache, (*self._from, self._token)

    def has(self, corpus: str, name: str) -> bool:
        """Return whether a domain can be asked for: a corpus of your own only where its folder was given."""
        return self._domains.has(corpus, name)

    def gold(self, record: Record) -> Gold:
        """Return the test set that a record was made for, under noise where its cell was.

        Raises ``MissingDataError`` where its corpus is not on this machine, and ``InputError`` as
        ``measured_on`` does.
        """
        domain = self._domains.domain(record.spec.corpus, record.spec.domain)
        if not has_noisy_test(record):
            measured_on(record, domain)  # raises for other content
            return self.test(record.spec.corpus, record.spec.domain)
        key = (record.spec.corpus, record.spec.domain, canonical_json(record.spec.noise))
        if key not in self._noisy:
            clean = self.test(record.spec.corpus, record.spec.domain)
            self._noisy[key] = Gold.of(measured_on(record, domain), clean.groups)
        return self._noisy[key]

    def test(self, corpus: str, name: str) -> Gold:
        """Return a domain's test set; ``MissingDataError`` where its corpus is not on this machine."""
        if (corpus, name) not in self._gold:
            self._gold[corpus, name] = Gold.of(self._domains.domain(corpus, name))
        return self._gold[corpus, name]

    def training(self, corpus: str, name: str) -> Training:
        """Return what train and dev of a domain tell of its test set; raises as ``test`` does."""
        if (corpus, name) not in self._training:
            self._training[corpus, name] = Training.of(self._domains.whole(corpus, name))
        return self._training[corpus, name]

    def equal_types(self, source: tuple[str, str], target: tuple[str, str]) -> EqualTypes:
        """Return which types of a target are a source's, each given as (corpus, name)."""
        return equal_types(self._domains.domain(*target).types, self._domains.domain(*source).types)


@lru_cache(maxsize=1)
def _kept_cache(data_dir: Path | str | None, own: tuple[Path | str, ...], token: str) -> GoldCache:
    """Return one cache for all that comes to this process of one build; another build has another."""
    del token
    return GoldCache(data_dir, own)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
