"""The method ``lar-direct``: align types, reassign labels by direct inference, train on the result."""

from __future__ import annotations

from typing import ClassVar, Self

from benchmark.task import SUPERVISED, Task
from tagger.method import TaggerMethod


class LarDirect(TaggerMethod):
    """LAR with direct inference (Bao and Yang, arXiv 2407.17344), as this project reads it.

    1. A source tagger finds mentions; the Hungarian algorithm aligns the embedded types
       (``lar.alignment``), and a target type without a partner attaches softly to those it resembles.
    2. Each mention gets a distribution over target types from similarities and the alignment
       (``lar.direct``).
    3. Zero-shot: the reassigned unlabelled target text (tokens of train and dev) trains a target tagger.
       Supervised: the reassigned source joins the target's labelled sentences in a first phase, which the
       fine-tuning of every supervised method follows.

    What the description leaves open was chosen on the dev set of politics for all domains (zero-shot);
    in the supervised setting the epoch is chosen on the target's own dev.

    Parameters
    ----------
    backbone: as in ``TaggerMethod``.
    zero_shot_epochs: passes over the reassigned target text.
    joint_epochs: supervised; passes over reassigned source and labelled target together.
    epochs: supervised; passes over the target's train split in the fine-tuning that follows.
    """

    reading: ClassVar[str] = (
        "Hungarian core, other target types attach softly; direct inference; a target tagger on the result"
    )

    def __init__(
        self, *, backbone: str = "mini", zero_shot_epochs: int = 4, joint_epochs: int = 3, epochs: int = 12
    ) -> None:
        super().__init__(backbone=backbone)
        self.zero_shot_epochs = zero_shot_epochs
        self.joint_epochs = joint_epochs
        self.epochs = epochs

    def fit(self, task: Task, seed: int) -> Self:
        """Fit the teacher, reassign, and train the target tagger."""
        from lar.student import supervised_student, zero_shot_student
        from lar.teacher import Teacher

        teacher = Teacher.fit(task, self.backbone, seed)
        if task.setting == SUPERVISED:
            self.tagger_, noted = supervised_student(
                teacher, task, seed, joint_epochs=self.joint_epochs, epochs=self.epochs
            )
        else:
            self.tagger_, noted = zero_shot_student(teacher, task, seed, epochs=self.zero_shot_epochs)
        self.notes_ = {"alignment": teacher.alignment.to_json(), **noted}
        return self
