"""Fine-tune: pre-train on the source, then fine-tune on the target's labelled sentences."""

from __future__ import annotations

from typing import ClassVar, Self

from benchmark.task import SUPERVISED, Task
from larbench.tagger.method import FINE_TUNE_EPOCHS, TaggerMethod


class FineTune(TaggerMethod):
    """The "pre-train then fine-tune" row of CrossNER (Liu et al., AAAI 2021, section 4).

    The source tagger's encoder under a fresh head for the target's types, trained on the target's train
    split; the epoch is chosen on the whole of the target's dev split, which is larger than train.

    Parameters
    ----------
    backbone : str
        As in ``TaggerMethod``.
    epochs : int
        Passes over the target's train split.
    quick : bool
        Train in larger steps, in the upper third of the encoder alone: a third of the cost.
    """

    settings: ClassVar[frozenset[str]] = frozenset({SUPERVISED})
    reading: ClassVar[str] = "source tagger's encoder, fresh head, target train; epoch chosen on target dev"

    def __init__(
        self, *, backbone: str = "mini", epochs: int = FINE_TUNE_EPOCHS, quick: bool = False
    ) -> None:
        super().__init__(backbone=backbone)
        self.epochs = epochs
        self.quick = quick

    def fit(self, task: Task, seed: int) -> Self:
        """Train source tagger and fine-tuned one, or take them from the store: ``tent`` has the same."""
        from larbench.tagger.pretrained import fine_tuned_tagger

        self.tagger_, training = fine_tuned_tagger(
            task, self.backbone, seed, epochs=self.epochs, quick=self.quick
        )
        self.notes_ = {"training": training}
        return self
