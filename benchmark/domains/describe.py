"""Describing a corpus: going through it once, sentence by sentence, to its data card."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmark.domains.card import RARE, Card, Overlap, SplitCard, TypeCard
from benchmark.domains.corpus import SPLITS, Domain, LabelledSentence, content_hash
from benchmark.domains.load import open_domain

_EXAMPLES = 5
Numbers = npt.NDArray[np.uint64]


def describe_domain(domain: Domain | str | Path, *, data_dir: Path | str | None = None) -> Card:
    """Return the data card of a domain, or of what names one: ``crossner/politics``, a folder's path.

    A sound folder is gone through sentence by sentence: what is held are some thirty bytes of each, and the
    surfaces of its mentions.

    Parameters
    ----------
    domain : Domain, str or Path
        The domain, ``crossner/politics``, ``sample/music``, or the path of a folder.
    data_dir : Path or str, optional
        The folder of CrossNER, as for ``load_domain``.

    Returns
    -------
    Card
        Sizes, types, surfaces that train and test share, duplicates; ``print`` shows it as a page.

    Raises
    ------
    UsageError, InputError
        As ``load_domain`` does.

    Examples
    --------
    >>> import larbench
    >>> card = larbench.describe_domain("sample/music")
    >>> card.splits["test"].sentences, card.types[0].readable
    (150, 'music genre')
    """
    corpus = domain if isinstance(domain, Domain) else open_domain(domain, data_dir=data_dir)
    gauges = {split: _Gauge() for split in SPLITS}
    digest = content_hash(corpus.types, *(gauges[split].passing(corpus.split(split)) for split in SPLITS))
    train, dev, test = (gauges[split] for split in SPLITS)
    senses = train.surfaces + dev.surfaces + test.surfaces
    by_split = {split: gauge.kinds() for split, gauge in gauges.items()}
    test_seen: Counter[str] = Counter()
    for (surface, kind), count in test.surfaces.items():
        test_seen[kind] += count if (surface, kind) in train.surfaces else 0
    ambiguous = _ambiguous(senses)
    most = sorted(ambiguous, key=lambda surface: (-ambiguous[surface].total(), surface))[:_EXAMPLES]
    pairs, disagreeing = _duplicates(gauges.values())
    return Card(
        corpus=corpus.corpus,
        name=corpus.name,
        language=corpus.language,
        content_hash=digest,
        splits={split: gauge.card() for split, gauge in gauges.items()},
        types=tuple(
            TypeCard(
                kind.name,
                kind.readable,
                kind.description,
                {split: kinds[kind.name] for split, kinds in by_split.items()},
                test_seen[kind.name],
            )
            for kind in corpus.types
        ),
        shared_sentences={
            f"{one}, {other}": len(np.intersect1d(gauges[one].texts, gauges[other].texts))
            for one, other in combinations(SPLITS, 2)
        },
        test_in_train_or_dev=_overlap(test, np.concatenate([train.texts, dev.texts])),
        duplicate_pairs=pairs,
        disagreeing_pairs=disagreeing,
        seen_mentions=_share(test_seen.total(), by_split["test"].total()),
        rare_types={
            kind.name: by_split["train"][kind.name]
            for kind in corpus.types
            if by_split["train"][kind.name] < RARE
        },
        surfaces=len({surface for surface, _ in senses}),
        ambiguous_surfaces=len(ambiguous),
        ambiguous_examples={surface: dict(ambiguous[surface].most_common()) for surface in most},
        notes=corpus.notes,
    )


class _Gauge:
    """What is kept of a split that passes by: numbers of each sentence, and the surfaces of its mentions.

    Texts and readings (a text with its mentions) are numbers that equal ones share. Two different ones share
    theirs with a chance of one in 10¹⁹: for a million sentences, one in forty million that any two do.
    """

    def __init__(self) -> None:
        self._lengths, self._mentions = array("L"), array("L")
        self._texts, self._readings = array("Q"), array("Q")
        self._inside = 0
        self.surfaces: Counter[tuple[str, str]] = Counter()  # each with its type

    def passing(self, sentences: Iterable[LabelledSentence]) -> Iterator[LabelledSentence]:
        """Yield the sentences, and gauge them."""
        for sentence in sentences:
            tokens, mentions = sentence.tokens, sentence.mentions
            self._lengths.append(len(tokens))
            self._mentions.append(len(mentions))
            text = repr(tokens)
            self._texts.append(_number(text))
            self._readings.append(_number(text + repr([tuple(mention) for mention in mentions])))
            self.surfaces.update((" ".join(tokens[start:end]), kind) for start, end, kind in mentions)
            self._inside += sum(end - start for start, end, _ in mentions)
            yield sentence

    def kinds(self) -> Counter[str]:
        """Return how many mentions there are of each type."""
        found: Counter[str] = Counter()
        for (_, kind), count in self.surfaces.items():
            found[kind] += count
        return found

    @property
    def texts(self) -> Numbers:
        """The number of each sentence's text."""
        return np.array(self._texts, dtype=np.uint64)

    @property
    def readings(self) -> Numbers:
        """The number of each sentence's text and mentions together."""
        return np.array(self._readings, dtype=np.uint64)

    @property
    def mentions(self) -> npt.NDArray[np.int64]:
        """How many mentions each sentence has."""
        return np.array(self._mentions, dtype=np.int64)

    def card(self) -> SplitCard:
        """Return the split's sizes."""
        lengths = np.array(self._lengths, dtype=np.int64)
        tokens = int(lengths.sum())
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
            sentences=len(lengths),
            tokens=tokens,
            mentions=int(self.mentions.sum()),
            outside=_share(tokens - self._inside, tokens),
            length=spread,
            repeated=len(lengths) - len(np.unique(self.texts)),
        )


def _number(text: str) -> int:
    # surrogates that stand alone are escaped by repr already
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _overlap(test: _Gauge, elsewhere: Numbers) -> Overlap:
    mentions = test.mentions
    twice = np.isin(test.texts, elsewhere)
    both = int(mentions[twice].sum())
    return Overlap(int(twice.sum()), both, _share(both, int(mentions.sum())))


def _duplicates(gauges: Iterable[_Gauge]) -> tuple[int, int]:
    """Pairs of sentences with equal tokens, and those whose mentions differ; counted, not listed."""
    pairs, same = (
        _pairs(np.concatenate(numbers))
        for numbers in zip(*((gauge.texts, gauge.readings) for gauge in gauges), strict=True)
    )
    return pairs, pairs - same


def _pairs(numbers: Numbers) -> int:
    counts = np.unique(numbers, return_counts=True)[1]
    return int((counts * (counts - 1) // 2).sum())


def _ambiguous(senses: Counter[tuple[str, str]]) -> dict[str, Counter[str]]:
    """Return the surfaces that carry more than one type, with how often they carry each."""
    several = {surface for surface, count in Counter(surface for surface, _ in senses).items() if count > 1}
    found: dict[str, Counter[str]] = {}
    for (surface, kind), count in senses.items():
        if surface in several:
            found.setdefault(surface, Counter())[kind] = count
    return found
