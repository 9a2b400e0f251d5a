"""Direct: the target's labelled sentences alone, without any source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from benchmark.task import SUPERVISED, Task
from larbench.tagger.method import TaggerMethod

SEARCH: Mapping[str, Sequence[Any]] = {"epochs": (12, 24, 36)}


class Direct(TaggerMethod):
    """What the target's few labels teach by themselves, which shows what the source is worth.

    The training of ``fine-tune`` (its recipe, its choice of the epoch on the target's dev split), but from
    the pre-trained backbone instead of the source tagger. It sees the target's train and dev labels, and no
    source sentence. "Directly fine-tune", the target-only row of CrossNER (Liu et al., AAAI 2021,
    "Experiments").

    Parameters
    ----------
    backbone : str
        As in ``TaggerMethod``.
    epochs : int
        Passes over the target's train split; more than ``fine-tune`` makes, which starts from a tagger.
    quick : bool
        Train in larger steps, in the upper third of the encoder alone: a third of the cost.
    """

    settings: ClassVar[frozenset[str]] = frozenset({SUPERVISED})
    stands_alone: ClassVar[bool] = True
    reading: ClassVar[str] = "the backbone on target train alone, no source; epoch chosen on target dev"

    def __init__(self, *, backbone: str = "mini", epochs: int = 24, quick: bool = False) -> None:
        super().__init__(backbone=backbone)
        self.epochs = epochs
        self.quick = quick

    def fit(self, task: Task, seed: int) -> Self:
        """Fine-tune the backbone."""
        from larbench.tagger.pretrained import fine_tune, untrained_tagger

        types = task.target.type_names
        start = untrained_tagger(task, types, self.backbone, seed)
        self.tagger_, history = fine_tune(start, task, seed, epochs=self.epochs, quick=self.quick)
        self.notes_ = {"training": history.summary()}
        return self
