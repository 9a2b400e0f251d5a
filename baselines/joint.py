"""Joint: labelled source and up-sampled labelled target sentences in one training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from benchmark.task import SUPERVISED, Task
from larbench.tagger.method import TaggerMethod

SEARCH: Mapping[str, Sequence[Any]] = {
    "epochs": (4, 6, 9),
    "source_words": (5_000, 10_000),
    "target_share": (0.5, 0.7),
}


class Joint(TaggerMethod):
    """The "jointly train on both domains" row of CrossNER (Liu et al., AAAI 2021, "Experiments").

    One head for the types of both domains, equal ones (``Task.equal_types``) being one; the target's train
    split, far smaller, is repeated. The loss is the mean cross-entropy over the words of a batch, of either
    domain. Mentions of types that the target does not declare are dropped. It sees the labels of the
    source's and the target's train splits, and those of target dev to choose the epoch.

    How it is implemented here: the paper trains on all of the source from the start, once for each target. By
    default (``start="source-tagger"``) training starts from the encoder that has already learned the whole
    source, shared by all targets, and continues on the target and a sample of the source. ``start="scratch",
    source_words=0, epochs=3`` is the paper's way, at some ten times the cost.

    Parameters
    ----------
    backbone : str
        As in ``TaggerMethod``.
    start : str
        ``source-tagger`` or ``scratch``, the pre-trained backbone.
    source_words : int
        About how many words of source sentences an epoch has, drawn once; 0: all.
    target_share : float
        The target's share of an epoch's words, by repeating its train split.
    epochs : int
        Passes over this mixture.
    quick : bool
        Train in larger steps, in the upper third of the encoder alone: a third of the cost.
    """

    settings: ClassVar[frozenset[str]] = frozenset({SUPERVISED})
    reading: ClassVar[str] = (
        "source tagger's encoder, then source and up-sampled target together; epoch chosen on target dev"
    )

    def __init__(
        self,
        *,
        backbone: str = "mini",
        start: str = "source-tagger",
        source_words: int = 5_000,
        target_share: float = 0.7,
        epochs: int = 6,
        quick: bool = False,
    ) -> None:
        super().__init__(backbone=backbone)
        self.start = start
        self.source_words = source_words
        self.target_share = target_share
        self.epochs = epochs
        self.quick = quick

    def fit(self, task: Task, seed: int) -> Self:
        """Train on the mixture."""
        from larbench.tagger.joint_training import fit_mixture, joint_recipe, mix, start_tagger

        mixture = mix(task, seed, source_words=self.source_words, target_share=self.target_share)
        self.tagger_ = start_tagger(self.start, task, self.backbone, seed)
        history = fit_mixture(self.tagger_, mixture, task, joint_recipe(self.epochs, quick=self.quick), seed)
        self.target_types_ = {name: name for name in task.target.type_names}
        self.notes_ = {"mixture": mixture.summary(), "training": history.summary()}
        return self
