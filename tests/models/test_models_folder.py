"""A model is saved, refused where it is damaged, and predicts what the fitted method and the cell did."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from cells_cli import call
from toys import SOURCE, TARGET

from benchmark.domains.corpus import Sentence
from benchmark.errors import InputError, UsageError
from benchmark.run.fit_predict import predict
from benchmark.store.atomic_io import sealed_json
from benchmark.store.predictions import render_predictions
from benchmark.store.store import Store
from benchmark.task import SUPERVISED, ZERO_SHOT
from larbench.models.documents import LINES, Answer, read_questions
from larbench.models.folder import load_model, read_about
from larbench.models.text_domain import load_target
from larbench.models.training import Training, choose_setting, fit, train_model


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("store"))


def _train(method: str, setting: str, backbone: str, folder: Path, store: Store, **params: Any) -> Training:
    training = Training(method, SOURCE, TARGET, setting, 7, {"backbone": backbone, **params})
    train_model(training, folder, store=store)
    return training


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, tiny_backbone: str, store: Store) -> Path:
    folder = tmp_path_factory.mktemp("models") / "fine"
    _train("fine-tune", SUPERVISED, tiny_backbone, folder, store)
    return folder


@pytest.mark.parametrize(("method", "setting"), [("fine-tune", SUPERVISED), ("lar-direct", ZERO_SHOT)])
def test_a_loaded_model_predicts_what_the_method_does(
    method: str, setting: str, tiny_backbone: str, tmp_path: Path, store: Store
) -> None:
    training = _train(method, setting, tiny_backbone, tmp_path / "m", store)
    fitted = fit(training, store, device="cpu", tell=lambda _: None)
    loaded = load_model(tmp_path / "m")
    assert loaded.types == TARGET.types
    sides = [predict(one, TARGET.test, TARGET.type_names) for one in (fitted, loaded.method)]
    assert render_predictions(sides[0]) == render_predictions(sides[1])
    assert any(sides[0].values())


def test_the_model_is_whole_by_itself(model: Path, tmp_path: Path) -> None:
    """A backbone that is a folder of this machine is copied, and none of its paths is told."""
    elsewhere = shutil.copytree(model, tmp_path / "elsewhere")
    assert load_model(elsewhere).predict([Sentence("1", ("Anna", "swam"))]) == load_model(model).predict(
        [Sentence("1", ("Anna", "swam"))]
    )
    assert read_about(model).params["backbone"] == "tiny-backbone"
    assert {path.suffix for path in model.rglob("*") if path.is_file()} <= {
        ".json",
        ".safetensors",
        ".md",
        ".txt",
    }


def test_its_card_says_data_scores_and_use(model: Path) -> None:
    card = (model / "README.md").read_text(encoding="utf-8")
    score = read_about(model).scores["test"]
    assert f"| test | {100 * score.f1:.1f} | {100 * score.low:.1f} to {100 * score.high:.1f} |" in card
    for part in ("language: en", "own/waters", "Licence of the data: not stated", "## Intended use"):
        assert part in card


@pytest.mark.parametrize(
    "name", ["state/weights.safetensors", "state/method.json", "README.md", "model.json"]
)
def test_a_damaged_one_is_refused(name: str, model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(model, tmp_path / "m")
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(bytes(content))
    with pytest.raises(InputError, match=r"damaged|SHA-256|JSON"):
        load_model(folder)


def test_a_file_more_or_less_is_refused(model: Path, tmp_path: Path) -> None:
    more = shutil.copytree(model, tmp_path / "more")
    (more / "state" / "extra.py").write_text("raise SystemExit", encoding="utf-8")
    with pytest.raises(InputError, match=r"a file that model\.json does not name"):
        load_model(more)
    less = shutil.copytree(model, tmp_path / "less")
    (less / "state" / "tagger.json").unlink()
    with pytest.raises(InputError, match="no such file"):
        load_model(less)


def _resealed(folder: Path, **changes: Any) -> None:
    content = json.loads((folder / "model.json").read_bytes())
    content.pop("model_sha256")
    (folder / "model.json").write_bytes(sealed_json(content | changes, "model"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": 2}, "model schema 2"),
        ({"files": {"../x": "0"}}, "files below the folder"),
        ({"seed": "x"}, "seed = 'x'"),
        ({"backbone": "sha256:0"}, "which it was trained on"),
    ],
)
def test_one_that_was_changed_is_refused(
    changes: dict[str, Any], said: str, model: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(model, tmp_path / "m")
    _resealed(folder, **changes)
    with pytest.raises(InputError, match=said):
        load_model(folder)


def test_a_method_that_is_not_installed_is_named(model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(model, tmp_path / "m")
    _resealed(folder, method="fine-tuned")
    with pytest.raises(UsageError, match="fine-tune"):
        load_model(folder)


def test_nothing_is_written_over_and_no_draft_stays(model: Path, tiny_backbone: str, store: Store) -> None:
    with pytest.raises(UsageError, match="exists already"):
        _train("fine-tune", SUPERVISED, tiny_backbone, model, store)
    assert [path.name for path in model.parent.iterdir()] == ["fine"]


def test_what_cannot_be_saved_is_said_before_it_is_trained(tmp_path: Path, store: Store) -> None:
    with pytest.raises(UsageError, match="cannot be kept as a model"):
        train_model(Training("llm-prompt", SOURCE, TARGET, SUPERVISED), tmp_path / "m", store=store)


def test_the_setting_follows_from_method_and_labels() -> None:
    assert choose_setting("fine-tune", TARGET) == SUPERVISED
    assert choose_setting("source-only", TARGET) == ZERO_SHOT
    assert choose_setting("lar-direct", TARGET) == SUPERVISED


def test_predict_on_the_command_line(model: Path, tmp_path: Path) -> None:
    """All forms in, all forms out; predictions are those of the method on the same sentences, to the byte."""
    asked = [one.unlabelled() for one in TARGET.test]
    wanted = predict(load_model(model).method, TARGET.test, TARGET.type_names)
    lines = tmp_path / "test.jsonl"
    lines.write_text(
        "".join(json.dumps({"id": s.id, "tokens": s.tokens}) + "\n" for s in asked), encoding="utf-8"
    )
    code, out, err = call("predict", "--model", str(model), str(lines), "--to", "predictions")
    assert (code, out) == (0, render_predictions(wanted).decode())
    assert "7 sentences" in err
    text = tmp_path / "text.txt"
    text.write_text("Anna swam in the Elbe. The\nSkyway crosses the Ems!\n\nBob", encoding="utf-8")
    code, out, _ = call("predict", "--model", str(model), str(text))
    found = [json.loads(line) for line in out.splitlines()]
    assert [one["text"] for one in found] == ["Anna swam in the Elbe.", "The\nSkyway crosses the Ems!", "Bob"]
    whole = text.read_text(encoding="utf-8")
    for one in found:
        for span in one["spans"]:
            assert one["text"][span["start"] : span["end"]] == span["text"]
            begin = one["offset"] + span["start"]
            assert whole[begin : begin + len(span["text"])] == span["text"]
            assert 0 < span["confidence"] <= 1
    assert any(one["spans"] for one in found)
    rows = tmp_path / "rows.conll"
    rows.write_text("".join("".join(f"{w}\tO\n" for w in s.tokens) + "\n" for s in asked), encoding="utf-8")
    code, out, _ = call("predict", "--model", str(model), str(rows))
    assert [line.split("\t")[0] for line in out.splitlines() if line] == [w for s in asked for w in s.tokens]
    assert out.count("B-") == sum(map(len, wanted.values()))
    code, out, _ = call("predict", "--model", str(model), str(text), "--from", "tokens", "--block", "1")
    assert code == 0
    assert len(out.splitlines()) == 3


def test_predict_tells_the_time_that_predicting_took(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = tmp_path / "text.txt"
    text.write_text("Anna swam. Bob met Eve.", encoding="utf-8")
    clock = [0.0]

    def slowly(*_: Any, **__: Any) -> Any:
        clock[0] += 7.0
        yield Answer(next(read_questions([(1, "Anna swam.")], LINES, "text")), [], [])

    monkeypatch.setattr("larbench.models.predicting.answers", slowly)
    monkeypatch.setattr("larbench.commands.predict.time.monotonic", lambda: clock[0])
    code, _, err = call("predict", "--model", str(model), str(text))
    assert (code, err) == (0, "1 sentences, 0.1 a second\n1 sentences in 7.0 s, 0.1 a second\n")


def test_predict_says_what_is_wrong(model: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"tokens": ["a"]}\n{"words": []}\n', encoding="utf-8")
    code, _, err = call("predict", "--model", str(model), str(bad))
    assert code == 2
    assert "bad.jsonl:2: found" in err
    code, _, err = call("predict", "--model", str(tmp_path), str(bad))
    assert code == 2
    assert "larbench train" in err
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9\n")
    code, _, err = call("predict", "--model", str(model), str(tmp_path / "latin.txt"))
    assert (code, "not UTF-8" in err) == (2, True)


def test_a_folder_of_raw_text_is_a_target_without_labels(tiny_backbone: str, tmp_path: Path) -> None:
    waters = tmp_path / "waters"
    waters.mkdir()
    (waters / "notes.txt").write_text("Anna swam in the Elbe. Bob met Eve.\n\nThe Ems was cold.", "utf-8")
    with pytest.raises(InputError):
        load_target(str(waters))
    (waters / "domain.toml").write_text('language = "en"\n[types.river]\nname = "river"\n', "utf-8")
    target = load_target(str(waters))
    assert [len(one.tokens) for one in target.train] == [6, 4, 5]
    assert (target.name, target.type_names, target.dev, target.test) == ("waters", ("river",), (), ())
    by_lines = load_target(str(waters), form="lines")
    assert [len(one.tokens) for one in by_lines.train] == [10, 5]
    training = Training("lar-direct", SOURCE, target, ZERO_SHOT, 7, {"backbone": tiny_backbone, "rounds": 1})
    assert train_model(training, tmp_path / "m", store=Store(tmp_path / "store")) == {}
    assert "Not measured" in (tmp_path / "m" / "README.md").read_text(encoding="utf-8")
    with pytest.raises(UsageError, match="no labelled sentence"):
        train_model(
            Training("fine-tune", SOURCE, target, SUPERVISED), tmp_path / "n", store=Store(tmp_path / "store")
        )
