"""What the harness asks of every method, whoever wrote it: a class of tests to inherit."""

from __future__ import annotations

import importlib.util
import inspect
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from benchmark.domains.corpus import Mention
from benchmark.errors import UsageError
from benchmark.method import Method
from benchmark.registry import method_class, registered
from benchmark.settings import contract_of, few_shot
from benchmark.task import SUPERVISED, ZERO_SHOT
from larbench.models.saveable import Saveable
from larbench.testing.backbone import tiny_backbone
from larbench.testing.compute_spy import is_pickle
from larbench.testing.file_spy import undeclared
from larbench.testing.fitting import SENTENCES, TARGET, Fitted, fitted
from larbench.testing.store import MemoryStore
from larbench.testing.toy_corpus import SOURCE

SETTINGS = (ZERO_SHOT, SUPERVISED)
HEAVY = ("torch", "transformers")
each_setting = pytest.mark.parametrize("setting", SETTINGS)
and_one_shot = pytest.mark.parametrize("setting", (*SETTINGS, few_shot(1)))

_FITTED: dict[tuple[type, str, int], Fitted] = {}


class MethodConformance:
    """Inherit this in a file of tests, say which ``method`` is meant, and pytest asks the rest.

    Each method is fitted twice a setting, on a few dozen sentences of a toy corpus, and asked about others.

    Attributes
    ----------
    method : str
        The name under which it is registered.
    params : Mapping of str to JSON values
        Parameters for these tests, fewer epochs say. A parameter ``backbone`` that is not among them gets a
        tiny encoder.
    device : str
        Where torch is to compute; ``cuda`` in a subclass asks the same on a GPU.
    store : MemoryStore
        What it shares with other cells.

    Examples
    --------
    >>> from larbench.testing import MethodConformance
    >>> class TestGazetteer(MethodConformance):
    ...     method = "gazetteer"
    """

    method: ClassVar[str]
    params: ClassVar[Mapping[str, Any]] = {}
    device: ClassVar[str] = "cpu"
    store: ClassVar[MemoryStore] = MemoryStore()  # one for all: source taggers are the same

    @pytest.fixture
    def backbone(self, tmp_path_factory: pytest.TempPathFactory) -> str:
        """Return the path of a tiny encoder, where the method has a backbone."""
        wanted = "backbone" in self.kind().parameter_defaults() and "backbone" not in self.params
        return tiny_backbone(tmp_path_factory.getbasetemp()) if wanted else ""

    def kind(self) -> type[Method]:
        """Return the method's class."""
        return method_class(self.method)

    def make(self, backbone: str) -> Method:
        """Return the method as it is tested; ``backbone`` is empty where it takes none."""
        return self.kind()(**({"backbone": backbone} if backbone else {}), **self.params)

    def fitted(self, setting: str, backbone: str, number: int = 0) -> Fitted:
        """Return the method after its ``number``-th fit in a setting; skip where it does not run there."""
        for earlier in range(number + 1):
            key = (type(self), setting, earlier)
            if key not in _FITTED:
                method = self.make(backbone)
                if reason := method.skip(contract_of(setting)):
                    pytest.skip(f"{self.method}: {setting}: {reason}")
                _FITTED[key] = fitted(method, setting, self.store, device=self.device, global_seed=earlier)
        return _FITTED[type(self), setting, number]

    def test_its_class_says_what_it_is(self) -> None:
        assert self.method in registered()
        kind = self.kind()
        assert not inspect.isabstract(kind)
        assert kind.__doc__
        assert kind.reading, "`reading` says on the board how the method is read"
        assert "\n" not in kind.reading
        assert kind.settings
        # what a worker imports beforehand has to exist
        assert all(importlib.util.find_spec(module) is not None for module in kind.preload)

    def test_parameters_go_round(self, backbone: str) -> None:
        method = self.make(backbone)
        params = method.get_params()
        assert set(params) == set(type(method).parameter_defaults())
        assert type(method)(**params).get_params() == params
        assert type(method)().get_params() == type(method).parameter_defaults()
        assert json.loads(json.dumps(params)) == params

    def test_it_says_why_a_setting_is_not_for_it(self) -> None:
        method = self.kind()()
        reasons = {setting: method.skip(setting) for setting in SETTINGS}
        # where it is made for, it may still lack a package, weights, an endpoint
        assert method.settings & set(SETTINGS), "no setting is left"
        assert all(reason is None or reason.strip() for reason in reasons.values())
        assert all(reasons[setting] for setting in SETTINGS if setting not in method.settings)

    def test_planning_imports_nothing_heavy(self) -> None:
        code = (
            "import sys\n"
            "from benchmark.registry import method_class\n"
            f"method = method_class({self.method!r})()\n"
            "method.get_params(), method.skip('zero-shot'), method.components(), method.variant()\n"
            f"print(*sorted({{*{HEAVY!r}}} & set(sys.modules)))\n"
        )
        # from elsewhere, so that what is imported is what is installed
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="/")
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == [], "heavy imports belong inside fit and predict"

    @and_one_shot
    def test_predictions_are_legal(self, setting: str, backbone: str) -> None:
        """With few shots as well: a handful of labelled sentences, and a dev split that is empty."""
        found = self.fitted(setting, backbone)
        assert len(found.predicted) == len(SENTENCES)
        for sentence, mentions in zip(SENTENCES, found.predicted, strict=True):
            end = 0
            for mention in mentions:
                assert isinstance(mention, Mention)
                assert (type(mention.start), type(mention.end)) == (int, int)
                assert end <= mention.start < mention.end <= len(sentence.tokens)
                assert mention.type in TARGET.type_names
                end = mention.end
        assert found.method.predict([]) == []

    @and_one_shot
    def test_what_it_is_given_stays_as_it_is(self, setting: str, backbone: str) -> None:
        assert self.fitted(setting, backbone).changed == ()

    @each_setting
    def test_notes_and_components_are_json(self, setting: str, backbone: str) -> None:
        method = self.fitted(setting, backbone).method
        assert json.loads(json.dumps(dict(method.notes()), allow_nan=False)) == dict(method.notes())
        assert all(isinstance(value, str) for value in method.components().values())

    @each_setting
    def test_what_it_reads_is_part_of_its_identity(self, setting: str, backbone: str) -> None:
        """Files that it opens, modules that it loads as it runs: imports are followed by themselves."""
        method, read = self.make(backbone), set(self.fitted(setting, backbone).read)
        found = undeclared(read, type(method).__module__, method.components())
        assert found == (), "declare it in components(): larbench.file_digests(__file__, 'its name')"

    @each_setting
    def test_the_same_seed_gives_the_same_predictions(self, setting: str, backbone: str) -> None:
        """The second fit comes after other questions, and finds the global random generators elsewhere."""
        first, second = self.fitted(setting, backbone), self.fitted(setting, backbone, 1)
        assert second.predicted == first.predicted
        assert second.method.notes() == first.method.notes()
        assert first.method.predict(SENTENCES) == first.predicted

    @each_setting
    def test_no_word_of_a_test_sentence_reaches_it_before_it_is_asked(
        self, setting: str, backbone: str
    ) -> None:
        first, second = (self.fitted(setting, backbone, number).detector for number in (0, 1))
        assert first.looks["the task"] == second.looks["the task"] == 1
        assert (first.found, second.found) == (set(), set()), "test sentences leaked"

    @each_setting
    def test_who_adapts_to_the_sentences_asked_about_says_so(self, setting: str, backbone: str) -> None:
        found = self.fitted(setting, backbone)
        transductive = getattr(type(found.method), "transductive", False)
        assert found.method.notes().get("transductive", False) is transductive  # the board marks its row
        if not transductive:  # it answers each sentence by itself, whatever is asked besides, in any order
            answers = found.method.predict(SENTENCES[::-2])
            assert answers == found.predicted[::-2], "the answer to one sentence depends on others"

    @each_setting
    def test_a_saved_one_predicts_the_same(self, setting: str, backbone: str, tmp_path: Path) -> None:
        """Where it can be saved at all: ``save`` and ``load`` are for methods that keep what ``fit`` left."""
        method = self.fitted(setting, backbone).method
        if not isinstance(method, Saveable):
            pytest.skip(f"{self.method} has no save(folder) and load(folder)")
        try:
            method.save(tmp_path)
        except UsageError as error:
            pytest.skip(str(error))
        other = self.make(backbone).load(tmp_path, device=self.device)  # type: ignore[attr-defined]
        assert other.predict(SENTENCES) == method.predict(SENTENCES)

    @each_setting
    def test_it_pickles_nothing(self, setting: str, backbone: str) -> None:
        assert self.fitted(setting, backbone).spy.pickled == set()
        kept = [(key, name, data) for key, files in self.store.files.items() for name, data in files.items()]
        assert [(key, name) for key, name, data in kept if is_pickle(data)] == []

    @each_setting
    def test_it_computes_where_it_is_told(self, setting: str, backbone: str) -> None:
        spy = self.fitted(setting, backbone).spy
        assert spy.devices <= {self.device.partition(":")[0]}
        assert spy.asked or not spy.modules, "it runs torch and never asks for workspace.device"

    def test_a_tagger_of_source_types_is_held_to_their_ceiling(self, backbone: str) -> None:
        found = self.fitted(ZERO_SHOT, backbone)
        coarse = found.method.notes().get("ceiling") == "coarse"
        said = {mention.type for mentions in found.predicted for mention in mentions}
        holds = any(getattr(one, "types", None) == SOURCE.type_names for one in vars(found.method).values())
        if holds and said and said <= set(SOURCE.type_names):
            assert coarse, 'what predicts source types alone notes "ceiling": "coarse", so that a leak shows'
        if coarse:
            assert said <= set(SOURCE.type_names)
