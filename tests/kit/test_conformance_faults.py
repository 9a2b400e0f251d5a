"""The suite that methods inherit finds each fault that it asks about, by the test that is meant to."""

from __future__ import annotations

import inspect
import pickle
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from pickle import dumps
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, ClassVar, Self

import numpy as np
import pytest

from benchmark import registry
from benchmark.domains.corpus import Mention, Sentence
from benchmark.method import Method
from benchmark.task import SUPERVISED, ZERO_SHOT, Task
from larbench.testing import SOURCE, MemoryStore, MethodConformance, conformance
from larbench.testing.compute_spy import ComputeSpy, is_pickle


class Sound(Method):
    """Tags the words that stood in labelled text as persons."""

    reading: ClassVar[str] = "words seen as persons"

    def __init__(self) -> None:
        """Has no parameters."""

    def fit(self, task: Task, seed: int) -> Self:
        read = task.source.train + task.target.train
        found = ({s.tokens[m.start] for m in s.mentions if m.type == "person"} for s in read)
        self.words_ = set().union(*found)
        return self

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Mention]]:
        return [self.tag(sentence.tokens) for sentence in sentences]

    def tag(self, tokens: tuple[str, ...]) -> list[Mention]:
        return [Mention(at, at + 1, "person") for at, word in enumerate(tokens) if word in self.words_]


class FitsToNothing(Sound):
    def fit(self, task: Task, seed: int) -> Any:
        super().fit(task, seed)


class Overlapping(Sound):
    def tag(self, tokens):
        return [one for one in super().tag(tokens) for _ in range(2)]


class Backwards(Sound):
    def tag(self, tokens):
        return super().tag(tokens)[::-1]


class NeedsAWord(Sound):
    def tag(self, tokens):
        return [Mention(0, 1, "person")]


class OfNumpy(Sound):
    def tag(self, tokens):
        return [Mention(np.int64(m.start), m.end, m.type) for m in super().tag(tokens)]


class OfSourceTypes(Sound):
    def tag(self, tokens):
        return [Mention(m.start, m.end, "city") for m in super().tag(tokens)]


class DropsTheEmpty(Sound):
    def predict(self, sentences):
        return [mentions for mentions in super().predict(sentences) if mentions]


class RefusesNone(Sound):
    def predict(self, sentences):
        longest = max(len(sentence.tokens) for sentence in sentences)
        return super().predict(sentences)[:longest]


class ByLuck(Sound):
    def fit(self, task: Task, seed: int) -> Self:
        super().fit(task, seed)
        if random.random() < 0.5:
            self.words_ = set()
        return self


class ByOtherLuck(Sound):
    def fit(self, task: Task, seed: int) -> Self:
        super().fit(task, seed)
        if np.random.rand() < 0.5:
            self.words_ = set()
        return self


class NotesOtherwise(Sound):
    count: ClassVar[int] = 0

    def fit(self, task: Task, seed: int) -> Self:
        type(self).count += 1
        self.count_ = self.count
        return super().fit(task, seed)

    def notes(self) -> Mapping[str, Any]:
        return {"fits": self.count_}


class NotesNaN(Sound):
    def notes(self) -> Mapping[str, Any]:
        return {"loss": float("nan")}


class LooksAround(Sound):
    def predict(self, sentences):
        return [[] for _ in sentences] if len(sentences) < 8 else super().predict(sentences)


class Pickles(Sound):
    def fit(self, task: Task, seed: int) -> Self:
        self.copy_ = pickle.loads(pickle.dumps(task.source.train))  # noqa: S301 - the fault
        return super().fit(task, seed)


class KeepsPickles(Sound):
    """By a name that it took before anything was watched."""

    def fit(self, task: Task, seed: int) -> Self:
        super().fit(task, seed)
        task.workspace.artefacts.get_or_make("words", {}, lambda: {"words": dumps(self.words_)})
        return self


class OnAnyDevice(Sound):
    def fit(self, task: Task, seed: int) -> Self:
        import torch

        torch.nn.Linear(2, 2)(torch.zeros(1, 2))
        return super().fit(task, seed)


class OnAnotherDevice(Sound):
    def fit(self, task: Task, seed: int) -> Self:
        import torch

        assert task.workspace.device
        torch.nn.Identity()(torch.zeros(1, 2, device="meta"))
        return super().fit(task, seed)


class OnItsDevice(Sound):
    def fit(self, task: Task, seed: int) -> Self:
        import torch

        device = task.workspace.device
        torch.nn.Linear(2, 2, device=device)(torch.zeros(1, 2, device=device))
        return super().fit(task, seed)


class ChangesItsTask(Sound):
    def fit(self, task: Task, seed: int) -> Self:
        vars(task.target)["unlabelled"] = ()
        return super().fit(task, seed)


class Nameless(Sound):
    """Does not say how it reads anything."""

    reading: ClassVar[str] = ""


class Forgetful(Sound):
    """Keeps a parameter under another name."""

    def __init__(self, *, rate: float = 0.5) -> None:
        self.rate = min(rate, 0.1)


class ForNothing(Sound):
    """Is made for no setting."""

    settings: ClassVar[frozenset[str]] = frozenset()


class Coarse(Sound):
    """Claims to say the source's types alone, and says another."""

    def tag(self, tokens):
        return [Mention(m.start, m.end, "river") for m in super().tag(tokens)]

    def notes(self) -> Mapping[str, Any]:
        return {"ceiling": "coarse"}


class HoldsSourceTagger(Sound):
    """Holds a tagger of the source's types, and gives its mentions types of the target: honest."""

    def fit(self, task, seed):
        self.tagger_ = SimpleNamespace(types=SOURCE.type_names)
        return super().fit(task, seed)

    def tag(self, tokens):
        return [Mention(m.start, m.end, "river") for m in super().tag(tokens)]


class SaysSourceTypesAlone(HoldsSourceTagger):
    """Gives them types of the source alone, and does not note it, whatever its tagger is called."""

    def fit(self, task, seed):
        super().fit(task, seed)
        self.base = self.__dict__.pop("tagger_")
        return self

    def tag(self, tokens):
        return [Mention(m.start, m.end, "person") for m in super().tag(tokens)]


def suite_of(faulty: type[Method]) -> MethodConformance:
    """Return a suite for a class that is registered nowhere."""
    body = {"method": "faulty", "kind": lambda self: faulty, "store": MemoryStore()}
    made: type[MethodConformance] = type("Suite", (MethodConformance,), body)
    return made()


def ask(suite: MethodConformance, test: str, setting: str = SUPERVISED) -> None:
    function: Callable[..., None] = getattr(suite, test)
    with TemporaryDirectory() as folder:
        wanted = {"setting": setting, "backbone": "", "tmp_path": Path(folder)}
        parameters = inspect.signature(function).parameters
        function(**{name: value for name, value in wanted.items() if name in parameters})


TESTS = [
    name for name, _ in inspect.getmembers(MethodConformance, inspect.isfunction) if name.startswith("test")
]
INSTALLED = {
    "test_its_class_says_what_it_is",
    "test_planning_imports_nothing_heavy",
}  # asked of a registered one


@pytest.mark.parametrize("setting", [ZERO_SHOT, SUPERVISED])
@pytest.mark.parametrize("kind", [Sound, OnItsDevice])
def test_a_sound_method_passes(kind: type[Method], setting: str) -> None:
    suite = suite_of(kind)
    for test in sorted(set(TESTS) - INSTALLED):
        with suppress(pytest.skip.Exception):  # what it does not do at all is not asked
            ask(suite, test, setting)


@pytest.mark.parametrize(
    ("faulty", "test"),
    [
        (FitsToNothing, "test_predictions_are_legal"),
        (Overlapping, "test_predictions_are_legal"),
        (Backwards, "test_predictions_are_legal"),
        (NeedsAWord, "test_predictions_are_legal"),
        (OfNumpy, "test_predictions_are_legal"),
        (OfSourceTypes, "test_predictions_are_legal"),
        (DropsTheEmpty, "test_predictions_are_legal"),
        (ByLuck, "test_the_same_seed_gives_the_same_predictions"),
        (ByOtherLuck, "test_the_same_seed_gives_the_same_predictions"),
        (NotesOtherwise, "test_the_same_seed_gives_the_same_predictions"),
        (LooksAround, "test_who_adapts_to_the_sentences_asked_about_says_so"),
        (Pickles, "test_it_pickles_nothing"),
        (KeepsPickles, "test_it_pickles_nothing"),
        (OnAnyDevice, "test_it_computes_where_it_is_told"),
        (OnAnotherDevice, "test_it_computes_where_it_is_told"),
        (ChangesItsTask, "test_what_it_is_given_stays_as_it_is"),
        (Forgetful, "test_parameters_go_round"),
        (ForNothing, "test_it_says_why_a_setting_is_not_for_it"),
        (SaysSourceTypesAlone, "test_a_tagger_of_source_types_is_held_to_their_ceiling"),
        (Coarse, "test_a_tagger_of_source_types_is_held_to_their_ceiling"),
    ],
)
def test_a_fault_is_found(faulty: type[Method], test: str) -> None:
    with pytest.raises(AssertionError):
        ask(suite_of(faulty), test)


def test_who_predicts_target_types_is_not_taken_for_a_tagger_of_source_types() -> None:
    ask(suite_of(HoldsSourceTagger), "test_a_tagger_of_source_types_is_held_to_their_ceiling")


def test_a_note_that_is_no_json_is_found() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        ask(suite_of(NotesNaN), "test_notes_and_components_are_json")


def test_who_cannot_answer_nothing_is_found() -> None:
    with pytest.raises(ValueError, match="empty"):
        ask(suite_of(RefusesNone), "test_predictions_are_legal")


def test_a_setting_that_a_method_declines_is_skipped() -> None:
    for test in ("test_predictions_are_legal", "test_it_pickles_nothing"):
        with pytest.raises(pytest.skip.Exception, match="supervised"):
            ask(suite_of(ForNothing), test)


def test_a_class_that_does_not_say_how_it_reads_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "registered", lambda: {"faulty": "here:Faulty"})
    ask(suite_of(Sound), "test_its_class_says_what_it_is")
    with pytest.raises(AssertionError, match="reading"):
        ask(suite_of(Nameless), "test_its_class_says_what_it_is")
    monkeypatch.setattr(conformance, "registered", dict)
    with pytest.raises(AssertionError):
        ask(suite_of(Sound), "test_its_class_says_what_it_is")


@pytest.mark.parametrize("heavy", [False, True])
def test_a_plan_that_imports_too_much_is_found(
    heavy: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``colorsys`` plays a heavy package: nothing else imports it."""
    info = tmp_path / "larbench_weights-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: larbench-weights\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[larbench.methods]\nweighty = larbench_weights:Weighty\n")
    lines = ["import colorsys"] if heavy else []
    lines += ["from benchmark.method import Method", "class Weighty(Method):"]
    lines += ["    def __init__(self): ..."]
    lines += ["    def fit(self, task, seed): ...", "    def predict(self, sentences): ..."]
    (tmp_path / "larbench_weights.py").write_text("\n".join(lines))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(conformance, "HEAVY", ("colorsys",))
    suite = type("Suite", (MethodConformance,), {"method": "weighty"})()
    if heavy:
        with pytest.raises(AssertionError, match="heavy imports"):
            ask(suite, "test_planning_imports_nothing_heavy")
    else:
        ask(suite, "test_planning_imports_nothing_heavy")
    assert "weighty" not in registry.registered()


def test_a_pickler_may_be_derived_while_it_is_watched() -> None:
    spy = ComputeSpy()
    with spy.open():
        own = type("Own", (pickle.Pickler,), {})
        assert spy.pickled == set()
        own(BytesIO()).dump(1)
    assert spy.pickled == {"pickle.Pickler"}


def test_pickles_are_told_from_other_files(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save

    torch.save({"a": torch.zeros(2)}, tmp_path / "saved")
    assert is_pickle((tmp_path / "saved").read_bytes())
    assert all(is_pickle(dumps({"a": 1}, protocol)) for protocol in range(2, 6))
    others = (b"", b"\x80", b"{}", b"PK\x03\x04", save({"a": torch.zeros(2)}), '{"a": "\u0080."}'.encode())
    assert not any(map(is_pickle, others))
