"""Students: what each round of training learns from, when rounds end, how teacher and student answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from benchmark.domains.corpus import EntityType, LabelledSentence, Mention, Sentence
from benchmark.task import SourceData, TargetData, Task
from lar.inference.mentions import TypedMentions
from lar.training.conflicts import Conflicts
from lar.training.soft_labels import soft_labels
from lar.training.student import (
    FURTHER_ROUNDS,
    JOINT_REPEATS,
    SELF_REPEATS,
    STUDENT_SHARE,
    TeacherAndStudent,
    supervised_student,
    zero_shot_student,
)
from larbench.tagger.labels import encode_labels
from larbench.tagger.train import History, Recipe

Floats = npt.NDArray[np.float32]
TYPES = (EntityType("river", "river", ""), EntityType("bridge", "bridge", ""))
NAMES = ("river", "bridge")
TEXT = (Sentence("s/0", ("Ems", "and", "Elbe")), Sentence("s/1", ("Skyway",)))
WORDS = 4


def _spoken(*mentions: Mention, length: int, sure: float = 0.96) -> Floats:
    """Log-probabilities of a tagger that says these mentions of a sentence, with so much belief each word."""
    rows = np.full((length, 5), (1 - sure) / 4, dtype=np.float32)
    rows[np.arange(length), encode_labels(mentions, length, NAMES)] = sure
    return np.log(rows)


def _all(*names: str | None) -> list[Floats]:
    """What is said of ``TEXT``: types of Ems, Elbe and Skyway, None where one is not found."""
    ems, elbe, skyway = names
    first = [Mention(at, at + 1, name) for at, name in ((0, ems), (2, elbe)) if name]
    second = [Mention(0, 1, skyway)] if skyway else []
    return [_spoken(*first, length=3), _spoken(*second, length=1)]


class Scripted:
    """A tagger that says after each training what its script has next, and keeps what it was trained on."""

    def __init__(self, *script: list[Floats]) -> None:
        self.script = script
        self.types: tuple[str, ...] = ()
        self.trained: list[tuple[list[Floats], Recipe, int]] = []

    def with_types(self, types: Sequence[str], *, seed: int) -> Scripted:
        self.types = tuple(types)
        return self

    def fit_targets(
        self, sentences: Sequence[Any], targets: list[Floats], recipe: Recipe, *, seed: int
    ) -> History:
        assert list(sentences) == list(TEXT)
        self.trained.append((targets, recipe, seed))
        return History((0.5,), (), None, 1, 4)

    def log_probs(self, sentences: Sequence[Sentence]) -> list[Floats]:
        return self.script[len(self.trained) - 1]


@dataclass
class Taught:
    """A teacher that is sure that Ems and Elbe are rivers and Skyway is a bridge."""

    tagger: Scripted
    types = TYPES
    unlabelled = TEXT
    typed = TypedMentions(
        np.array([0, 0, 1]), [(0, 1), (2, 3), (0, 1)], np.array([[1, 0], [1, 0], [0.2, 0.8]], np.float32)
    )

    def reassigned_target(self) -> list[Floats]:
        return soft_labels(self.typed, [3, 1])

    def type(self, sentences: Sequence[Sentence]) -> TypedMentions:
        return self.typed

    def soft_labels(self, sentences: Sequence[Sentence]) -> list[Floats]:
        return self.reassigned_target()


def _trained(
    *script: list[Floats], words: int = WORDS, rounds: int = 3
) -> tuple[TeacherAndStudent, Any, Scripted]:
    tagger = Scripted(*script)
    pair, notes = zero_shot_student(Taught(tagger), 7, words=words, rounds=rounds)  # type: ignore[arg-type]
    return pair, notes["rounds"], tagger


TAUGHT = _all("river", "river", "bridge")


def test_without_rounds_the_teacher_answers_alone() -> None:
    pair, noted, tagger = _trained(rounds=0)
    assert pair.student is None
    assert (noted, tagger.trained) == ([], [])
    assert pair.predict(TEXT) == [[Mention(0, 1, "river"), Mention(2, 3, "river")], [Mention(0, 1, "bridge")]]


def test_one_round_is_one() -> None:
    _, noted, tagger = _trained(TAUGHT, rounds=1)
    assert len(tagger.trained) == len(noted) == 1
    assert noted[0]["agreement"] == 1
    assert noted[0]["steps"] == 1


def test_rounds_go_on_while_agreement_grows() -> None:
    # of three mentions, one is as it was learned, then two, then all three
    one = _all("river", "bridge", "river")
    two = _all("river", "bridge", "bridge")
    _, noted, tagger = _trained(one, two, two)
    assert [training["agreement"] for training in noted] == [0.3333, 0.6667, 1]
    assert len(tagger.trained) == 3


@pytest.mark.parametrize(
    ("script", "agreements"),
    [
        ((TAUGHT, TAUGHT), [1, 1]),
        # a third, and a third again: what the rounding for the record loses is no growth
        ((_all("river", "bridge", "river"), _all("river", "river", "bridge")), [0.3333, 0.3333]),
        ((_all("river", "river", "river"), _all("bridge", "bridge", "river")), [0.6667, 0.3333]),
    ],
)
def test_rounds_end_where_agreement_stops_growing(
    script: tuple[list[Floats], ...], agreements: list[float]
) -> None:
    _, noted, tagger = _trained(*script, TAUGHT)
    assert [training["agreement"] for training in noted] == agreements
    assert len(tagger.trained) == 2


def test_each_round_agrees_with_what_it_learned_from_not_with_the_first_labels() -> None:
    other = _all("bridge", "bridge", "river")  # the opposite of all that the teacher says
    _, noted, _ = _trained(other, other, other)
    assert [training["agreement"] for training in noted] == [0, 1, 1]


def test_later_rounds_learn_from_the_mean_of_both() -> None:
    said = _all("river", "bridge", None)
    _, _, tagger = _trained(said, TAUGHT, rounds=2)
    (first, _, _), (second, _, _) = tagger.trained
    taught = soft_labels(Taught.typed, [3, 1])
    for learned, own, rows, mixed in zip(said, taught, first, second, strict=True):
        np.testing.assert_array_equal(rows, own)
        np.testing.assert_allclose(
            mixed, (1 - STUDENT_SHARE) * own + STUDENT_SHARE * np.exp(learned), rtol=1e-6
        )
        assert mixed.dtype == np.float32
    # the teacher is unsure of Skyway: it weighs less than the words around
    assert second[1].sum() == pytest.approx((1 - STUDENT_SHARE) * 0.8 + STUDENT_SHARE)


def test_rounds_pass_over_so_many_words_and_differ_in_seed() -> None:
    _, _, tagger = _trained(_all(None, None, None), TAUGHT, words=10 * WORDS, rounds=2)
    assert [(recipe.epochs, seed) for _, recipe, seed in tagger.trained] == [
        (10, 7),
        (10 * FURTHER_ROUNDS, 8),
    ]
    _, _, tagger = _trained(_all(None, None, None), TAUGHT, words=1, rounds=2)
    assert [recipe.epochs for _, recipe, _ in tagger.trained] == [1, 1]


def test_teacher_and_student_answer_together() -> None:
    # 0.3 and 0.7 by the teacher; the mean with 0.7 and 0.1, then with 0.45 and 0.1, by the student
    for sure, expected in ((0.7, "river"), (0.45, "bridge")):
        student = Scripted([np.log(_word(river=sure, bridge=0.1))])
        student.types = NAMES
        student.trained.append(([], Recipe(epochs=1), 0))
        pair = TeacherAndStudent(student, _Of(1))  # type: ignore[arg-type]
        assert pair.predict(TEXT[1:]) == [[Mention(0, 1, expected)]]


def _word(*, river: float, bridge: float) -> Floats:
    """Beliefs (1, labels) in one word: that it begins a river, that it begins a bridge, the rest outside."""
    return np.array([[1 - river - bridge, river, 1e-9, bridge, 1e-9]], dtype=np.float32)


@dataclass
class _Of:
    """A teacher that believes 0.3 in a river and 0.7 in a bridge, weighted by its confidence or not."""

    weight: float

    def soft_labels(self, sentences: Sequence[Sentence]) -> list[Floats]:
        return [self.weight * _word(river=0.3, bridge=0.7)]


@pytest.mark.parametrize("weight", [1, 0.6, 0.01])
def test_in_the_answer_a_teachers_confidence_does_not_count(weight: float) -> None:
    student = Scripted([np.log(_word(river=0.6, bridge=0.1))])
    student.types = NAMES
    student.trained.append(([], Recipe(epochs=1), 0))
    # (0.3 + 0.6) / 2 for a river against (0.7 + 0.1) / 2 for a bridge, whatever the weight
    assert TeacherAndStudent(student, _Of(weight)).predict(TEXT[1:]) == [[Mention(0, 1, "river")]]  # type: ignore[arg-type]


# --- with target labels


def _labelled(name: str, text: str, *mentions: Mention) -> LabelledSentence:
    return LabelledSentence(name, tuple(text.split()), mentions)


SOURCE = SourceData(
    name="towns",
    types=(EntityType("place", "place", ""),),
    train=tuple(_labelled(f"towns/train/{n}", "Rome", Mention(0, 1, "place")) for n in range(10)),
    dev=(),
)
TRAIN = (_labelled("waters/train/0", "the Elbe", Mention(1, 2, "river")),)
DEV = (_labelled("waters/dev/0", "Skyway", Mention(0, 1, "bridge")),)
TASK = Task(
    setting="supervised",
    source=SOURCE,
    target=TargetData(
        name="waters",
        language="en",
        types=TYPES,
        train=TRAIN,
        dev=DEV,
        unlabelled=tuple(sentence.unlabelled() for sentence in TRAIN + DEV),
    ),
)
SAID = [_spoken(Mention(0, 1, "river"), length=1)]  # what the student says of the dev split's text


class Supervised:
    """A tagger, and the teacher that has it, for the supervised setting; it keeps what it was trained on."""

    def __init__(self) -> None:
        self.tagger = self
        self.types: tuple[str, ...] = ()
        self.trained: list[dict[str, Any]] = []
        self.looked: list[list[Any]] = []
        self.reassigned: list[Any] = []
        self.model = torch.nn.Linear(1, 1, bias=False)  # its weight is the number of trainings

    def with_types(self, types: Sequence[str], *, seed: int) -> Supervised:
        self.types = tuple(types)
        return self

    def targets(self, sentences: Sequence[LabelledSentence]) -> list[Any]:
        return [encode_labels(s.mentions, len(s.tokens), self.types) for s in sentences]

    def reassigned_source(self, sentences: Any, labelled: Any) -> tuple[list[Floats], Conflicts]:
        assert labelled == TRAIN
        self.reassigned = list(sentences)
        return [np.full((1, 5), 0.2, dtype=np.float32) for _ in sentences], Conflicts(3, 2)

    def fit_targets(
        self, sentences: Any, targets: list[Floats], recipe: Recipe, *, seed: int, dev: Any = ()
    ) -> History:
        assert [len(s.tokens) for s in sentences] == [len(rows) for rows in targets]
        self.trained.append(
            {
                "ids": [s.id for s in sentences],
                "targets": targets,
                "epochs": recipe.epochs,
                "seed": seed,
                "dev": dev,
            }
        )
        torch.nn.init.constant_(self.model.weight, len(self.trained))
        return History((0.5,), ((1, 0.25),) if dev else (), 1 if dev else None, 1, 4)

    def log_probs(self, sentences: Sequence[Sentence]) -> list[Floats]:
        self.looked.append(list(sentences))
        return SAID


def _supervised(rounds: int, source_sentences: int = 500) -> tuple[Supervised, Any]:
    teacher = Supervised()
    student, notes = supervised_student(
        teacher,  # type: ignore[arg-type]
        TASK,
        7,
        source_sentences=source_sentences,
        joint_epochs=4,
        rounds=rounds,
        epochs=5,
    )
    assert student is teacher
    return teacher, notes


GOLD = np.eye(5, dtype=np.float32)[[0, 1]]


def test_reassigned_source_and_labelled_target_come_first() -> None:
    teacher, notes = _supervised(rounds=0)
    (joint,) = teacher.trained
    # a fifth of the source at most
    assert len(teacher.reassigned) == 2
    assert len(_supervised(rounds=0, source_sentences=1)[0].reassigned) == 1
    assert {s.id for s in teacher.reassigned} <= {s.id for s in SOURCE.train}
    assert joint["ids"] == [s.id for s in teacher.reassigned] + ["waters/train/0"] * JOINT_REPEATS
    assert (joint["epochs"], joint["seed"], joint["dev"]) == (
        4,
        7,
        DEV,
    )  # nothing follows: weights are chosen
    np.testing.assert_array_equal(joint["targets"][2], GOLD)
    assert notes["conflicts"] == {"found": 3, "to_target": 2}
    assert notes["joint"]["steps"] == 1
    assert notes["rounds"] == []


def test_then_what_is_believed_of_text_without_labels_to_learn_from() -> None:
    teacher, notes = _supervised(rounds=2)
    joint, *rounds = teacher.trained
    assert joint["dev"] == ()
    assert teacher.looked == [[DEV[0].unlabelled()]] * 2
    for number, trained in enumerate(rounds, start=1):
        assert trained["ids"] == ["waters/dev/0"] + ["waters/train/0"] * SELF_REPEATS
        np.testing.assert_allclose(trained["targets"][0], np.exp(SAID[0]), rtol=1e-6)
        np.testing.assert_array_equal(trained["targets"][1], GOLD)
        assert (trained["epochs"], trained["seed"]) == (5, 7 + number)
        assert trained["dev"] == ()  # no pass is chosen
    assert len(notes["rounds"]) == 2


@pytest.mark.parametrize(("rounds", "mean"), [(0, 1.0), (1, 1.5), (3, 2.5)])
def test_the_student_has_the_mean_of_its_weights_after_each_training(rounds: int, mean: float) -> None:
    assert _supervised(rounds=rounds)[0].model.weight.item() == mean
