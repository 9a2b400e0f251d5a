"""Prototype: nearest-neighbour tagging over labelled target words (NNShot, StructShot)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from benchmark.domains.corpus import LabelledSentence, Mention, Sentence
from benchmark.errors import UsageError
from benchmark.task import SUPERVISED, Task
from larbench.tagger.method import TaggerMethod

if TYPE_CHECKING:
    from larbench.tagger.arrays import Ints

NNSHOT, STRUCTSHOT = "nnshot", "structshot"
SEARCH: Mapping[str, Sequence[Any]] = {
    "decoding": (NNSHOT, STRUCTSHOT),
    "tau": (0.002, 0.005, 0.01, 0.02, 0.05),
}
_FEW_SHOT = re.compile(r"few-shot-[1-9]\d*")


class Prototype(TaggerMethod):
    """NNShot and StructShot (Yang and Katiyar, EMNLP 2020, section 3; arXiv 2010.02405).

    The source tagger's encoder is not trained any further: each word of a sentence is compared with every
    word of the target's labelled train split, the support. With f(x) the word's vector (what the source
    tagger's head sees), scaled to length one,

        d_c(x) = min over support words s tagged c of |f(x) − f(s)|²

    NNShot tags a word with the c of least distance. StructShot turns distances into
    p(c | x) ∝ exp(−d_c(x)) and finds the best path by Viterbi, whose transitions between the abstract tags O,
    I, another I are counted on the source's train split, shared evenly by the target's types, raised to the
    power ``tau`` and normalised again. Tags are I-O, as in the paper, so two mentions of one type that touch
    are one. What differs from the authors' code (github.com/asappresearch/structshot): the source tagger is
    this project's, and with an uncased encoder the words' shapes stand beside their hidden states.

    It sees the source's train and dev sentences and the target's train split. The target's dev is for
    choosing ``decoding`` and ``tau`` beforehand; ``fit`` does not look at it. In a few-shot setting the
    sentences that were drawn are the support.

    Parameters
    ----------
    backbone : str
        As in ``TaggerMethod``.
    decoding : str
        ``structshot`` or ``nnshot``.
    tau : float
        Power of the transitions; 0 makes all steps alike, which is NNShot again. The authors tune it on dev;
        ``python -m baselines.search prototype`` does the same.
    """

    settings: ClassVar[frozenset[str]] = frozenset({SUPERVISED})
    reading: ClassVar[str] = "NNShot/StructShot: nearest target train words under the source tagger's encoder"

    def __init__(self, *, backbone: str = "mini", decoding: str = STRUCTSHOT, tau: float = 0.01) -> None:
        super().__init__(backbone=backbone)
        self.decoding = decoding
        self.tau = tau

    def skip(self, setting: str) -> str | None:
        """Return why it cannot run in ``setting``: without labelled target words there is no support."""
        return None if _FEW_SHOT.fullmatch(setting) else super().skip(setting)

    def fit(self, task: Task, seed: int) -> Self:
        """Take the source tagger, the vectors of the support's words, and the source's transitions."""
        from baselines.prototype.nearest import AbstractTransitions, Support, io_tags
        from larbench.tagger.pretrained import source_tagger

        self._check()
        self.tagger_ = source_tagger(task, self.backbone, seed)
        self.types_ = task.target.type_names
        support = task.target.train
        tags = [io_tags(s.mentions, len(s.tokens), self.types_) for s in support]
        self.support_ = Support.of(self.tagger_.word_vectors(support), tags)
        self.transitions_ = AbstractTransitions.counted(task.source.train, self.tagger_.types)
        seen = {mention.type for sentence in support for mention in sentence.mentions}
        self.notes_ = {
            "support": {
                "sentences": len(support),
                "words": len(self.support_.vectors),
                "types_without": [name for name in self.types_ if name not in seen],
            },
            "transitions": {
                "start": _rounded(self.transitions_.start),
                "outside": _rounded(self.transitions_.outside),
                "inside": _rounded(self.transitions_.inside),
            },
        }
        return self

    def predict(self, sentences: Sequence[Sentence | LabelledSentence]) -> list[list[Mention]]:
        """Return the runs of words that are tagged alike."""
        from baselines.prototype.nearest import mentions_of

        return [
            mentions_of(self._path(vectors).tolist(), self.types_)
            for vectors in self.tagger_.word_vectors(sentences)
        ]

    def _path(self, vectors: Any) -> Ints:
        from baselines.prototype.nearest import emissions, viterbi

        distances = self.support_.distances(vectors, 1 + len(self.types_))
        if self.decoding == NNSHOT:
            nearest: Ints = distances.argmin(axis=1)
            return nearest
        return viterbi(emissions(distances), *self.transitions_.projected(len(self.types_), self.tau))

    def _check(self) -> None:
        if self.decoding not in (NNSHOT, STRUCTSHOT):
            raise UsageError(f"unknown decoding {self.decoding!r}: use {NNSHOT} or {STRUCTSHOT}")
        if not self.tau >= 0:
            raise UsageError(f"tau is {self.tau!r}: it must be 0 or more")


def _rounded(shares: Sequence[float]) -> list[float]:
    return [round(share, 6) for share in shares]
