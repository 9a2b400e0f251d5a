"""What seqeval says of every cell beside the scorer: they agree to the last bit, or something is wrong."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.domains.corpus import Mention
from benchmark.domains.tags import encode_bio
from benchmark.errors import LarbenchError
from benchmark.scoring.counts import count_mentions
from benchmark.store.store import Store
from leaderboard.results.gold import Gold, GoldCache
from leaderboard.submit.store import submissions
from leaderboard.submit.suite_cells import suite_cells

Figures = tuple[float, float, float]  # precision, recall, F1, as fractions


class NoSecondOpinion(LarbenchError):  # noqa: N818 - named for what is missing
    """Nothing could be verified, because seqeval is not installed."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the scorer and seqeval say of a cell."""

    cell: str
    ours: Figures
    seqevals: Figures

    @property
    def agrees(self) -> bool:
        """Whether they are equal to the last bit."""
        return self.ours == self.seqevals


def opinions(store: Store, suite: str, cache: GoldCache) -> Iterator[Opinion]:
    """Yield both opinions of every finished cell of a suite, own and submitted, hashes checked on the way.

    Raises ``InputError`` where a file is damaged, ``NoSecondOpinion`` without seqeval.
    """
    for record in store.records(suite):
        if record.has_predictions and cache.has(record.spec.corpus, record.spec.domain):
            gold = cache.gold(record)
            predicted = store.predictions(record)
            yield opinion(record.cell, gold, predicted, store.predictions_path(record))
    stored = list(submissions(store.root, suite))
    cells = suite_cells(store, suite) if stored else None
    for one in stored:
        for key in one.digests:
            corpus = None if cells is None else cells.corpora.get(key[1])
            if corpus is not None and cache.has(corpus, key[1]):
                gold = cache.test(corpus, key[1])
                name = f"{one.card.name} {key[0]} {key[1]} (seed {key[2]})"
                yield opinion(name, gold, one.predictions(key), one.path(key))


def opinion(name: str, gold: Gold, predicted: Mapping[str, list[Mention]], path: Path) -> Opinion:
    """Return both opinions of one cell."""
    said = gold.align(predicted, path)
    ours = count_mentions(gold.mentions, said, gold.types).micro()
    lengths = [len(tokens) for tokens in gold.tokens]
    return Opinion(name, (ours.precision, ours.recall, ours.f1), _seqeval(gold.mentions, said, lengths))


def _seqeval(
    gold: Sequence[Sequence[Mention]], predicted: Sequence[Sequence[Mention]], lengths: Sequence[int]
) -> Figures:
    """Ask seqeval for micro precision, recall and F1 of the mentions written as IOB2 tags."""
    try:
        from seqeval.metrics import sequence_labeling
    except ImportError:
        todo = "install it: `pip install seqeval`"
        raise NoSecondOpinion(f"seqeval, the second opinion, is not installed; {todo}") from None
    sides = [
        [encode_bio(mentions, length) for mentions, length in zip(side, lengths, strict=True)]
        for side in (gold, predicted)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a side without mentions, where it says 0 as we do
        precision, recall, f1, _ = sequence_labeling.precision_recall_fscore_support(*sides, average="micro")
    return (float(precision), float(recall), float(f1))
