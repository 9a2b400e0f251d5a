"""An exported folder finds what the model finds, with transformers alone."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from cells_cli import call
from toys import SOURCE, TARGET, write_backbone

from benchmark.domains.corpus import Sentence
from benchmark.errors import UsageError
from benchmark.store.store import Store
from benchmark.task import SUPERVISED, ZERO_SHOT
from larbench.models.export import compare_exported, export_transformers, tagger_of
from larbench.models.folder import load_model
from larbench.models.training import Training, train_model

SENTENCES = [Sentence(one.id, one.tokens) for one in (*TARGET.test, *TARGET.dev, *SOURCE.dev)]
# what loads the folder in a process that cannot import this project
LOADER = """
import sys
sys.modules.update(dict.fromkeys(("larbench", "benchmark", "lar", "baselines"), None))
from transformers import AutoModelForTokenClassification, pipeline
folder, code = sys.argv[1], sys.argv[2] == "code"
AutoModelForTokenClassification.from_pretrained(folder, trust_remote_code=code)
find = pipeline("token-classification", model=folder, aggregation_strategy="simple", trust_remote_code=code)
print([(one["entity_group"], one["start"], one["end"]) for one in find("Anna swam in the Blue Nile.")])
"""


@pytest.fixture(scope="module", params=["uncased", "cased"])
def model(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tiny_backbone: str
) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    backbone = tiny_backbone
    if request.param == "cased":
        backbone = str(write_backbone(folder / "backbone", cased=True))
    training = Training("fine-tune", SOURCE, TARGET, SUPERVISED, 7, {"backbone": backbone})
    train_model(training, folder / "model", store=Store(folder / "store"))
    return folder / "model"


def test_it_finds_the_same(model: Path, tmp_path: Path) -> None:
    loaded = load_model(model)
    exported = export_transformers(loaded, model, tmp_path / "out")
    assert exported.code is ("uncased" in str(model))
    assert any(loaded.predict(SENTENCES))
    long = Sentence(
        "long", tuple(word for one in 3 * SENTENCES for word in one.tokens)
    )  # two windows and more
    same = compare_exported(exported, loaded, [*SENTENCES, long])
    # transformers' own class labels every piece of a word by itself, and takes any sequence of labels
    assert same == 1.0 if exported.code else same > 0.9
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert ("trust_remote_code=True" in card) is exported.code
    done = subprocess.run(
        [sys.executable, "-c", LOADER, str(tmp_path / "out"), "code" if exported.code else ""],
        capture_output=True,
        text=True,
        env={"HF_HOME": str(tmp_path / "home"), "PATH": "", "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stderr
    found = eval(done.stdout)  # noqa: S307 - a list that the lines above print
    assert ("river", 17, 26) in found or not exported.code
    assert [kind for kind, _, _ in found][:1] == ["person"]


def test_what_is_no_tagger_by_itself_is_refused_and_its_student_is_not(
    tiny_backbone: str, tmp_path: Path
) -> None:
    training = Training("lar-direct", SOURCE, TARGET, ZERO_SHOT, 7, {"backbone": tiny_backbone})
    train_model(training, tmp_path / "model", store=Store(tmp_path / "store"))
    loaded = load_model(tmp_path / "model")
    with pytest.raises(UsageError, match="--student"):
        export_transformers(loaded, tmp_path / "model", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    code, out, _ = call("export", str(tmp_path / "model"), "--out", str(tmp_path / "out"), "--student")
    assert code == 0
    assert "mentions agree with the model's at F1" in out


@pytest.mark.parametrize("student", [False, True])
def test_where_there_is_no_student_it_is_said(tiny_backbone: str, tmp_path: Path, *, student: bool) -> None:
    same = replace(SOURCE, name="same")  # nothing to reassign: no student is trained
    training = Training("lar-direct", SOURCE, same, ZERO_SHOT, 7, {"backbone": tiny_backbone})
    train_model(training, tmp_path / "model", store=Store(tmp_path / "store"))
    loaded = load_model(tmp_path / "model")
    assert any(loaded.predict(SENTENCES))
    with pytest.raises(UsageError, match="has no student here"):
        tagger_of(loaded, student=student)


ONNX_LOADER = """
import sys
hidden = ("larbench", "benchmark", "lar", "baselines", "torch", "transformers")
sys.modules.update(dict.fromkeys(hidden, None))
sys.path.insert(0, sys.argv[1])
from onnx_larbench import load
found = load(sys.argv[1])("Anna swam in the Blue Nile. It rained.")
print([(one["type"], one["start"], one["end"]) for one in found])
"""


def test_onnxruntime_finds_the_same(model: Path, tmp_path: Path) -> None:
    """In a process of its own, without this project, torch or transformers."""
    pytest.importorskip("onnxruntime")
    from larbench.models.onnx import compare_onnx, difference, export_onnx

    loaded = load_model(model)
    folder = export_onnx(loaded, model, tmp_path / "out")
    long = Sentence("long", TARGET.test[0].tokens * 60)  # longer than the tagger's window
    sentences = [*SENTENCES, long]
    assert difference(folder, tagger_of(loaded)[0], sentences) < 1e-4
    assert compare_onnx(folder, loaded, sentences) == 1.0
    done = subprocess.run(
        [sys.executable, "-c", ONNX_LOADER, str(folder)], capture_output=True, text=True, env={"PATH": ""}
    )
    assert done.returncode == 0, done.stderr
    wanted = loaded.predict([Sentence("1", ("Anna", "swam", "in", "the", "Blue", "Nile", "."))])
    assert len(eval(done.stdout)) >= len(wanted[0]) > 0  # noqa: S307 - a list that the lines above print


def test_what_onnxruntime_computes_otherwise_is_refused(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnxruntime")
    monkeypatch.setattr("larbench.models.onnx.AGREE", 0.0)
    code, _, err = call("export", str(model), "--to", "onnx", "--out", str(tmp_path / "out"))
    assert code == 2
    assert "log-probabilities differ by" in err
    assert not (tmp_path / "out").exists()
