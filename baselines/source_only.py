"""Source-only: a tagger trained on the source domain, used on the target as it is."""

from __future__ import annotations

from typing import ClassVar, Self

from benchmark.task import ZERO_SHOT, Task
from larbench.tagger.method import TaggerMethod


class SourceOnly(TaggerMethod):
    """The floor of every comparison: no target label, no target text.

    A mention keeps its source type, under the target's name for it, where the target has that type
    (``Task.equal_types``: ``person`` stays ``person``, or becomes ``PER``), and is dropped where it has not.
    It sees the source's train and dev sentences alone.
    """

    settings: ClassVar[frozenset[str]] = frozenset({ZERO_SHOT})
    source_types_alone: ClassVar[frozenset[str]] = frozenset({ZERO_SHOT})
    reading: ClassVar[str] = "source types kept where the target has them"

    def fit(self, task: Task, seed: int) -> Self:
        """Train the source tagger, or take it from the store."""
        from larbench.tagger.pretrained import source_tagger

        self.tagger_ = source_tagger(task, self.backbone, seed)
        self.target_types_ = task.equal_types.target_of
        self.notes_ = {"ceiling": "coarse"}  # it can say source types alone: the board holds it to that
        return self
