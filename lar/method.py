"""The method ``lar-direct``: align types, reassign labels, train on the result."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from benchmark.domains.corpus import Mention, Sentence
from benchmark.task import SUPERVISED, ZERO_SHOT, Task
from lar.generalists.protocol import Generalist
from lar.training.base import SOURCE_ONLY, base_code
from larbench.tagger.method import STATE, TaggerMethod

if TYPE_CHECKING:
    from larbench.tagger.arrays import Floats

SOURCE_SENTENCES = 500  # of the reassigned source: a share of each joint epoch, not its bulk


class LarDirect(TaggerMethod):
    """LAR with direct inference (Bao and Yang, arXiv 2407.17344), as it is implemented here.

    1. A tagger with source types finds mentions; the Hungarian algorithm aligns the embedded types
       (``lar.alignment.align``), and a target type without a partner attaches softly to those it resembles.
    2. Each mention gets a distribution over target types from similarities and the alignment
       (``lar.inference.direct``), and takes a share of its neighbours' (``lar.inference.neighbours``). One
       for which too little speaks is of none of them, or of the target type that its source type is
       (``lar.inference.evidence``). All places of the same words count (``lar.inference.occurrences``).
    3. Zero-shot: the reassigned unlabelled target text (tokens of train and dev) trains a target tagger in
       up to ``rounds`` rounds, and both predict together (``lar.training.student``). Supervised: the
       reassigned source joins the target's labelled sentences; then the student learns from those and from
       its own soft labels of the target's unlabelled text, round by round, and ends at the mean of its
       weights after each.

    Where each target type is a source type, there is nothing to reassign: without target labels the source
    tagger's types stay, there is no student, and only what a text says elsewhere of the same words counts.

    What the description leaves open was chosen once for all targets, for the zero-shot setting on
    development domains alone. See docs/lar.md.

    Parameters
    ----------
    backbone : str
        As in ``TaggerMethod``.
    base : str
        The method whose tagger finds the mentions: any that tags with source types without target labels.
    solver, type_text, similarity : str
        See ``lar.training.teacher.Choices``.
    context, prior, reassign, numbers, occurrences, neighbours, evidence, fallback : bool
        See ``lar.training.teacher.Choices``.
    rounds : int
        Zero-shot; rounds of self-training at most, 0 for inference alone.
    zero_shot_words : int
        Zero-shot; words of target text that the first round passes over.
    joint_epochs : int
        Supervised; passes over reassigned source and labelled target together.
    self_rounds, epochs : int
        Supervised; rounds of self-training that follow, and passes in each over labelled target and the rest
        of the target's text. The weights after each, and before them, are averaged.
    quick : bool
        Supervised; train in larger steps, in the upper third of the encoder alone: a third of the cost.
    oracle : float or None
        The probability with which the harness corrects a type afterwards; for ablations, never a rank.
    """

    reading: ClassVar[str] = (
        "Hungarian core, other target types attach softly; direct inference; a target tagger on the result"
    )

    def __init__(
        self,
        *,
        backbone: str = "mini",
        base: str = SOURCE_ONLY,
        solver: str = "hungarian",
        type_text: str = "kinds",
        similarity: str = "cosine",
        context: bool = True,
        prior: bool = True,
        reassign: bool = True,
        numbers: bool = True,
        occurrences: bool = True,
        neighbours: bool = True,
        evidence: bool = True,
        fallback: bool = True,
        rounds: int = 3,
        zero_shot_words: int = 40_000,
        joint_epochs: int = 3,
        self_rounds: int = 2,
        epochs: int = 2,
        quick: bool = False,
        oracle: float | None = None,
    ) -> None:
        super().__init__(backbone=backbone)
        self.base = base
        self.solver = solver
        self.type_text = type_text
        self.similarity = similarity
        self.context = context
        self.prior = prior
        self.reassign = reassign
        self.numbers = numbers
        self.occurrences = occurrences
        self.neighbours = neighbours
        self.evidence = evidence
        self.fallback = fallback
        self.rounds = rounds
        self.zero_shot_words = zero_shot_words
        self.joint_epochs = joint_epochs
        self.self_rounds = self_rounds
        self.epochs = epochs
        self.quick = quick
        self.oracle = oracle

    def variant(self) -> str | None:
        """Return the base, where it is not the source tagger alone."""
        return None if self.base == SOURCE_ONLY else self.base

    def components(self) -> Mapping[str, str]:
        """Return the backbone's fingerprint, and the code of a base other than the source tagger."""
        parts = dict(super().components())
        if self.base != SOURCE_ONLY:
            parts |= {f"base.{name}": digest for name, digest in base_code(self.base).items()}
        return parts

    def fit(self, task: Task, seed: int) -> Self:
        """Fit the teacher, reassign, and train the target tagger."""
        from lar.training.base import base_key, base_tagger
        from lar.training.student import supervised_student, zero_shot_student
        from lar.training.teacher import Choices, Teacher

        generalist = self.generalist_ = self._generalist(task, seed)
        choices = Choices(**{field.name: getattr(self, field.name) for field in fields(Choices)})
        tagger = base_tagger(task, self.base, self.backbone, seed)
        key = base_key(task, self.base, self.backbone, seed)
        self.teacher_ = Teacher.fit(task, tagger, choices, key=key, generalist=generalist)
        self.notes_ = {"alignment": self.teacher_.alignment.to_json()}
        if task.setting == SUPERVISED:
            self.tagger_, noted = supervised_student(
                self.teacher_,
                task,
                seed,
                source_sentences=SOURCE_SENTENCES,
                joint_epochs=self.joint_epochs,
                rounds=self.self_rounds,
                epochs=self.epochs,
                quick=self.quick,
            )
        else:
            # a student would learn from the tagger's own answers
            rounds = 0 if self.teacher_.alignment.nothing_to_reassign else self.rounds
            self.teacher_and_student_, noted = zero_shot_student(
                self.teacher_, seed, words=self.zero_shot_words, rounds=rounds
            )
        self.notes_.update(noted)
        self.setting_, self.task_ = task.setting, task
        return self

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Mention]]:
        """Return the mentions on the most probable legal tag path of each sentence."""
        if self.setting_ == SUPERVISED:
            return super().predict(sentences)
        return self.teacher_and_student_.predict(sentences)

    def label_log_probs(self, sentences: Sequence[Sentence]) -> tuple[Sequence[str], list[Floats]]:
        """Return types, and each sentence's log-probabilities (words, labels) of O, B- and I- of these."""
        if self.setting_ == SUPERVISED:
            return super().label_log_probs(sentences)
        both = self.teacher_and_student_
        return both.teacher.type_names, both.log_probs(sentences)

    def save(self, folder: Path) -> None:
        """Write the tagger, or teacher and student, into an empty folder."""
        if self.setting_ == SUPERVISED:
            self._save_tagger(folder)
            return
        from lar.training.saved import save_teacher_and_student

        save_teacher_and_student(self.teacher_and_student_, self.task_, folder)
        (folder / STATE).write_text(json.dumps({"notes": self.notes_}, ensure_ascii=False), encoding="utf-8")

    def load(self, folder: Path, *, device: str = "cpu") -> Self:
        """Take up what ``save`` wrote, in place of ``fit``."""
        from lar.training.saved import load_teacher_and_student

        if "target_types" in json.loads((folder / STATE).read_bytes()):
            self.setting_ = SUPERVISED
            return super().load(folder, device=device)
        self.setting_ = ZERO_SHOT
        self.teacher_and_student_ = load_teacher_and_student(
            folder, self.backbone, device, lambda task: self._generalist(task, 0)
        )
        self.teacher_ = self.teacher_and_student_.teacher
        self.notes_ = json.loads((folder / STATE).read_bytes())["notes"]
        return self

    def notes(self) -> Mapping[str, Any]:
        """Return what the last ``fit`` noted, and what a generalist was asked since."""
        generalist = getattr(self, "generalist_", None)
        return {**super().notes(), **({} if generalist is None else generalist.notes())}

    def _generalist(self, task: Task, seed: int) -> Generalist | None:
        """Return what corrects direct inference; None here."""
        del task, seed
        return None
