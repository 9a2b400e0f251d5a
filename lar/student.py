"""The student: a target tagger trained on what the teacher reassigned, and on target labels if allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from benchmark.domains.corpus import LabelledSentence, Sentence
from benchmark.task import Task
from lar.direct import Floats
from lar.teacher import Teacher
from tagger.labels import label_count
from tagger.method import told
from tagger.tagger import Tagger
from tagger.target import RECIPE
from tagger.train import Recipe

ZERO_SHOT = Recipe(epochs=4, learning_rate=2e-4, batch_tokens=256, freeze_embeddings=True)
JOINT = Recipe(epochs=3, learning_rate=2e-4, batch_tokens=256, freeze_embeddings=True)
SOURCE_SENTENCES = 500  # of the reassigned source, a fifth at most: a share of each joint epoch, not its bulk
TARGET_REPEATS = 3  # labelled target sentences are few: each stands so often in a joint epoch


def zero_shot_student(
    teacher: Teacher, task: Task, seed: int, *, epochs: int
) -> tuple[Tagger, Mapping[str, Any]]:
    """Train a target tagger on the reassigned unlabelled target text; return it and what is worth noting."""
    student = teacher.tagger.with_types(task.target.type_names, seed=seed)
    recipe = replace(ZERO_SHOT, epochs=epochs)
    history = student.fit_targets(teacher.unlabelled, teacher.reassigned_target(), recipe, seed=seed)
    return student, {"training": told(history)}


def supervised_student(
    teacher: Teacher, task: Task, seed: int, *, joint_epochs: int, epochs: int
) -> tuple[Tagger, Mapping[str, Any]]:
    """Train first on reassigned source and labelled target together, then on the labelled target alone."""
    student = teacher.tagger.with_types(task.target.type_names, seed=seed)
    source = _drawn(task.source.train, min(SOURCE_SENTENCES, len(task.source.train) // 5), seed)
    sentences: list[Sentence | LabelledSentence] = [*source, *task.target.train * TARGET_REPEATS]
    targets = teacher.reassigned_source(source) + _one_hot(student, task.target.train) * TARGET_REPEATS
    joint = student.fit_targets(sentences, targets, replace(JOINT, epochs=joint_epochs), seed=seed)
    history = student.fit(task.target.train, replace(RECIPE, epochs=epochs), seed=seed, dev=task.target.dev)
    return student, {"joint": told(joint), "training": told(history)}


def _drawn(sentences: tuple[LabelledSentence, ...], count: int, seed: int) -> list[LabelledSentence]:
    rng = np.random.default_rng(seed)
    numbers = rng.permutation(len(sentences))[:count]
    return [sentences[number] for number in sorted(numbers.tolist())]


def _one_hot(tagger: Tagger, sentences: tuple[LabelledSentence, ...]) -> list[Floats]:
    identity = np.eye(label_count(len(tagger.types)), dtype=np.float32)
    return [identity[labels] for labels in tagger.targets(sentences)]
