"""The student: a target tagger trained on what the teacher reassigned, and on target labels if allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from torch.optim.swa_utils import AveragedModel

from benchmark.domains.corpus import LabelledSentence, Mention, Sentence
from benchmark.scoring.counts import count_mentions
from benchmark.task import Task
from lar.training.teacher import Teacher
from larbench.tagger.arrays import Floats
from larbench.tagger.labels import best_mentions, label_count
from larbench.tagger.tagger import Tagger
from larbench.tagger.train import Recipe

ROUND = Recipe(epochs=1, learning_rate=2e-4, batch_tokens=256, freeze_embeddings=True)
FURTHER_ROUNDS = 0.5  # the passes of a later round, of the first one's: it goes on where that one ended
STUDENT_SHARE = 0.5  # in what later rounds learn from, and in predictions; the rest is the teacher's
JOINT = Recipe(epochs=3, learning_rate=2e-4, batch_tokens=256, freeze_embeddings=True)
JOINT_REPEATS = 3  # labelled target sentences are few: each stands so often in a joint epoch
SELF = Recipe(epochs=2, learning_rate=2e-4, batch_tokens=128, freeze_embeddings=True)
SELF_REPEATS = 3  # and so often in an epoch of self-training
_TINY = 1e-9


@dataclass(frozen=True)
class TeacherAndStudent:
    """A student and its teacher, who predict together: from the mean of their distributions of each word.

    Without a student, where there was no round of training, the teacher predicts alone.
    """

    student: Tagger | None
    teacher: Teacher

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Mention]]:
        """Return the mentions on the most probable legal path of each sentence."""
        if self.student is None:
            names = [kind.name for kind in self.teacher.types]
            return self.teacher.type(sentences).mentions(names, len(sentences))
        return [best_mentions(scores, self.student.types) for scores in self.log_probs(sentences)]

    def log_probs(self, sentences: Sequence[Sentence]) -> list[Floats]:
        """Return each sentence's label log-probabilities (words, labels); the teacher's without a student."""
        soft = self.teacher.soft_labels(sentences)
        if self.student is None:
            return [np.log(taught + _TINY) for taught in soft]
        return [
            np.log(_mean(taught, learned) + _TINY)
            for taught, learned in zip(soft, self.student.log_probs(sentences), strict=True)
        ]


def zero_shot_student(
    teacher: Teacher, seed: int, *, words: int, rounds: int
) -> tuple[TeacherAndStudent, Mapping[str, Any]]:
    """Train a target tagger on the reassigned unlabelled target text; return both and what to note.

    The first round passes over about ``words`` words of it, in whole passes and one at least. Each further
    round, of ``rounds`` at most, learns from the mean of teacher's and student's distributions. Agreement is
    the micro-F1 of the student's mentions, after a round, against those it had learned from; where it stops
    growing, the rounds end.
    """
    text = teacher.unlabelled
    student = teacher.tagger.with_types([kind.name for kind in teacher.types], seed=seed)
    targets = taught = teacher.reassigned_target()
    labels = teacher.typed.mentions(student.types, len(text))
    passes = max(1, round(words / max(1, sum(len(sentence.tokens) for sentence in text))))
    noted: list[dict[str, Any]] = []
    before = -1.0
    for number in range(rounds):
        recipe = replace(ROUND, epochs=passes if number == 0 else max(1, round(passes * FURTHER_ROUNDS)))
        history = student.fit_targets(text, targets, recipe, seed=seed + number)
        learned = student.log_probs(text)
        predicted = [best_mentions(scores, student.types) for scores in learned]
        agreement = count_mentions(labels, predicted, student.types).micro().f1
        noted.append({**history.summary(), "agreement": round(agreement, 4)})
        if agreement <= before:
            break
        before = agreement
        targets = [_mean(one, other, weigh=True) for one, other in zip(taught, learned, strict=True)]
        labels = predicted
    return TeacherAndStudent(student if rounds else None, teacher), {"rounds": noted}


def _mean(taught: Floats, learned: Floats, *, weigh: bool = False) -> Floats:
    """Return the mean of a teacher's soft labels and a student's log-probabilities (words, labels).

    With ``weigh``, the teacher's confidence counts (its rows may sum to less than one), else all rows alike.
    """
    whole = taught if weigh else taught / np.maximum(taught.sum(axis=1, keepdims=True), _TINY)
    mean: Floats = ((1 - STUDENT_SHARE) * whole + STUDENT_SHARE * np.exp(learned)).astype(np.float32)
    return mean


def supervised_student(
    teacher: Teacher,
    task: Task,
    seed: int,
    *,
    source_sentences: int,
    joint_epochs: int,
    rounds: int,
    epochs: int,
    quick: bool = False,
) -> tuple[Tagger, Mapping[str, Any]]:
    """Train on reassigned source and labelled target together, then on its own soft labels.

    First ``joint_epochs`` passes over a part of the source (``source_sentences``, a fifth of it at most),
    reassigned, and the labelled target. Then, in each of ``rounds`` rounds, the student gives soft labels to
    the target text that has no labels to learn from (the dev split's tokens), and learns from these and the
    labelled target in ``epochs`` passes. What is returned has the mean of the weights after the joint passes
    and after each round (Izmailov et al., UAI 2018, algorithm 1): where labels are few, what the last pass
    ends at hangs on the seed. Without rounds, the joint pass is kept that is best on the target's dev labels.
    ``quick`` is as ``Recipe.quicker``.
    """
    target = task.target
    student = teacher.tagger.with_types(target.type_names, seed=seed)
    source = _drawn(task.source.train, min(source_sentences, len(task.source.train) // 5), seed)
    reassigned, conflicts = teacher.reassigned_source(source, target.train)
    gold = _one_hot(student, target.train)
    sentences: list[Sentence | LabelledSentence] = [*source, *target.train * JOINT_REPEATS]
    joint = student.fit_targets(
        sentences,
        reassigned + gold * JOINT_REPEATS,
        _recipe(JOINT, joint_epochs, quick=quick),
        seed=seed,
        dev=() if rounds else target.dev,
    )
    known = {sentence.id for sentence in target.train}
    text = [sentence for sentence in target.unlabelled if sentence.id not in known]
    mean = AveragedModel(student.model)
    mean.update_parameters(student.model)
    noted: list[dict[str, Any]] = []
    for number in range(1, rounds + 1):
        soft = [np.exp(scores) for scores in student.log_probs(text)]
        history = student.fit_targets(
            [*text, *target.train * SELF_REPEATS],
            soft + gold * SELF_REPEATS,
            _recipe(SELF, epochs, quick=quick),
            seed=seed + number,
        )
        noted.append(history.summary())
        mean.update_parameters(student.model)
    student.model.load_state_dict(mean.module.state_dict())
    return student, {"joint": joint.summary(), "conflicts": asdict(conflicts), "rounds": noted}


def _recipe(recipe: Recipe, epochs: int, *, quick: bool) -> Recipe:
    recipe = replace(recipe, epochs=epochs)
    return recipe.quicker() if quick else recipe


def _drawn(sentences: tuple[LabelledSentence, ...], count: int, seed: int) -> list[LabelledSentence]:
    rng = np.random.default_rng(seed)
    numbers = rng.permutation(len(sentences))[:count]
    return [sentences[number] for number in sorted(numbers.tolist())]


def _one_hot(tagger: Tagger, sentences: tuple[LabelledSentence, ...]) -> list[Floats]:
    identity = np.eye(label_count(len(tagger.types)), dtype=np.float32)
    return [identity[labels] for labels in tagger.targets(sentences)]
