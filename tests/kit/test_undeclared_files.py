"""The suite names what a method reads, or loads as it runs, that no component of its identity covers."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import larbench
from benchmark.errors import UsageError
from benchmark.task import SUPERVISED
from larbench.testing import MemoryStore, MethodConformance
from larbench.testing.file_spy import undeclared
from larbench.testing.fitting import fitted

METHOD = '''
import importlib
from pathlib import Path

from larbench import Method, file_digests

HERE = Path(__file__).parent


class Gazetteer(Method):
    """Words of a list."""

    reading = "words of a list"

    def __init__(self):
        """Has no parameters."""

    def components(self):
        return COMPONENTS

    def fit(self, task, seed):
        from gaz_a.plain import kind  # followed by itself

        self.kind = kind(task)
        self.words = set((HERE / "data" / "words.txt").read_text().split())
        self.late = importlib.import_module("gaz_a." + "late")
        return self

    def predict(self, sentences):
        return [self.late.find(s.tokens, self.words, self.kind) for s in sentences]
'''
PLAIN = "def kind(task):\n    return task.target.type_names[0]\n"
LATE = (
    "from benchmark.domains.corpus import Mention\n"
    "def find(tokens, words, kind):\n"
    "    return [Mention(n, n + 1, kind) for n, word in enumerate(tokens) if word in words]\n"
)


@pytest.fixture
def gazetteer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A function that makes a package with a method which has these components; its folder."""

    def make(components: str) -> tuple[Any, Path]:
        folder = tmp_path / "site" / "gaz_a"
        (folder / "data").mkdir(parents=True)
        for name, text in (("__init__.py", ""), ("plain.py", PLAIN), ("late.py", LATE)):
            (folder / name).write_text(text)
        (folder / "method.py").write_text(METHOD.replace("COMPONENTS", components))
        (folder / "data" / "words.txt").write_text("Nile Elbe\n")
        monkeypatch.syspath_prepend(str(tmp_path / "site"))
        return importlib.import_module("gaz_a.method").Gazetteer, folder

    yield make
    for name in [name for name in sys.modules if name.startswith("gaz_a")]:
        del sys.modules[name]


def ask(kind: Any) -> None:
    body = {"method": "gazetteer", "kind": lambda self: kind, "store": MemoryStore()}
    suite: Any = type("Suite", (MethodConformance,), body)()
    suite.test_what_it_reads_is_part_of_its_identity(SUPERVISED, "")


def test_a_file_and_a_module_that_nothing_covers_are_named(gazetteer: Any) -> None:
    kind, folder = gazetteer("{}")
    with pytest.raises(AssertionError, match="declare it in components"):
        ask(kind)
    found = fitted(kind(), SUPERVISED, MemoryStore(), device="cpu", global_seed=0)
    assert str(folder / "data" / "words.txt") in undeclared(set(found.read), kind.__module__, {})


def test_one_of_them_declared_leaves_the_other(gazetteer: Any) -> None:
    kind, _ = gazetteer('file_digests(__file__, "data")')
    with pytest.raises(AssertionError) as caught:
        ask(kind)
    assert "words.txt" not in str(caught.value)
    assert "late.py" in str(caught.value)


def test_one_line_declares_them_all(gazetteer: Any) -> None:
    kind, folder = gazetteer('file_digests(__file__, "data", "late.py")')
    ask(kind)
    before = kind().components()
    assert list(before) == ["data/words.txt", "late.py"]
    (folder / "data" / "words.txt").write_text("Rhine\n")
    assert kind().components() != before


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"words\.txt: no such file"):
        larbench.file_digests(str(tmp_path / "method.py"), "words.txt")


def test_what_packages_announce_is_nobodys_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "temporary"))
    folder = tmp_path / "mine.egg-info"
    folder.mkdir()
    (folder / "entry_points.txt").write_text("[larbench.methods]\n")
    (tmp_path / "words.txt").write_text("Nile\n")
    read = {folder / "entry_points.txt", tmp_path / "words.txt"}
    assert undeclared(read, "baselines.crf", {}) == (str(tmp_path / "words.txt"),)
