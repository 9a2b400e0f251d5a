"""The folder of a saved model: what it says of itself, its files by their hashes, how it is loaded.

``model.json`` ends in the hash of its own content and names every other file with its SHA-256. Weights are
safetensors, all else is JSON: nothing that is read runs. The method's code is that of this installation,
found by its registered name.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict

import benchmark
from benchmark.domains.corpus import EntityType, Mention, Sentence
from benchmark.errors import InputError, UsageError
from benchmark.method import Method
from benchmark.registry import method_class
from benchmark.store.atomic_io import read_sealed_json, remove_tree, sealed_json, sync_folder, write_durable
from benchmark.store.redact import portable
from benchmark.validation import validate
from larbench.models.saveable import Saveable
from larbench.tagger.backbones import file_sha256, fingerprint, hub_model

SCHEMA = 1
MODEL_FILE, CARD, STATE, BACKBONE = "model.json", "README.md", "state", "backbone"
_TODO = "the folder is damaged or was changed: copy it again, or train the model again"
_NO_DATA_OF_BACKBONE = ("*.bin", "*.pt", "*.pth", "*.h5", "*.msgpack", "*.onnx", "*.py")  # not needed to load


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class TypeOf(_Table):
    """A target type, as ``EntityType``."""

    name: str
    readable: str
    description: str
    same_as: str = ""


class Corpus(_Table):
    """A corpus that the model learned from: where it comes from, its name, language, content, sizes."""

    corpus: str
    name: str
    language: str
    content_sha256: str
    sentences: dict[str, int]


class ScoreOf(_Table):
    """Exact micro-F1 on a split, a fraction, with its 95 % interval over sentences."""

    f1: float
    low: float
    high: float
    sentences: int
    mentions: int


class About(_Table):
    """What a model says of itself."""

    schema_: int
    larbench: str
    method: str
    params: dict[str, Any]
    own_backbone: bool
    backbone: str | None
    setting: str
    seed: int
    source: Corpus
    source_limit: int | None
    target: Corpus
    types: list[TypeOf]
    scores: dict[str, ScoreOf]
    licence: str
    made: str
    files: dict[str, str]


@dataclass(frozen=True)
class Model:
    """A fitted method that was loaded, with what its folder says of it."""

    about: About
    method: Method

    @property
    def types(self) -> tuple[EntityType, ...]:
        """The types that it finds."""
        return tuple(EntityType(**kind.model_dump()) for kind in self.about.types)

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Mention]]:
        """Return the mentions of each sentence."""
        return self.method.predict(sentences)


def check_saveable(method: Method, name: str) -> Saveable:
    """Return the method, or raise ``UsageError`` where it has no ``save`` and ``load``."""
    if not isinstance(method, Saveable):
        raise UsageError(
            f"the method {name} has no save(folder) and load(folder): it cannot be kept as a model"
        )
    return method


def save_model(folder: Path, method: Method, about: Mapping[str, Any], card: str) -> None:
    """Write a model's folder, as a whole or not at all.

    Parameters
    ----------
    folder : Path
        Where; it must not exist.
    method : Method
        A fitted one.
    about : Mapping
        The fields of ``About`` but for those that this function knows.
    card : str
        The text of README.md.

    Raises
    ------
    UsageError
        Where the folder exists, or the method cannot be saved.
    """
    saveable = check_saveable(method, about["method"])
    refuse_existing(folder)
    draft = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    try:
        (draft / STATE).mkdir(parents=True)
        saveable.save(draft / STATE)
        own = _copy_backbone(method, draft)
        (draft / CARD).write_text(card, encoding="utf-8")
        content = {
            "schema": SCHEMA,
            "larbench": benchmark.__version__,
            **about,
            "params": portable(method.get_params()),
            "own_backbone": own,
            "backbone": None if (name := _backbone(method)) is None else fingerprint(name),
            "files": {name: file_sha256(draft / name) for name in _files(draft)},
        }
        write_durable(draft / MODEL_FILE, sealed_json(content, "model"))
        sync_folder(draft)
        draft.rename(folder)
    except BaseException:  # Ctrl-C too: no draft stays behind
        remove_tree(draft)
        raise


def refuse_existing(folder: Path) -> None:
    """Raise ``UsageError`` where a folder that is to be made is there, or cannot be."""
    if folder.exists() or folder.is_symlink():
        raise UsageError(f"{folder} exists already: name another folder, nothing is written over")
    if not folder.resolve().parent.is_dir():
        raise UsageError(f"{folder.parent} is no folder: make it first")


def read_about(folder: Path) -> About:
    """Return what a model says of itself, every file checked by its hash.

    Raises ``InputError`` where the folder is none of a model, is damaged, or holds files besides.
    """
    path = folder / MODEL_FILE
    if not path.is_file():
        todo = "train one: larbench train --method NAME --domain FOLDER --out MODEL"
        raise InputError("no model", path=folder, expected=f"a folder with {MODEL_FILE}", todo=todo)
    content = read_sealed_json(path, "model", schema=SCHEMA, todo=_TODO)
    content["schema_"] = content.pop("schema")
    about = validate(About, content, path=path, todo=_TODO)
    for name in about.files:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise InputError(f"the file {name!r}", path=path, expected="files below the folder", todo=_TODO)
    there = set(_files(folder)) - {MODEL_FILE}
    if odd := sorted(there ^ set(about.files)):
        found = "a file that model.json does not name" if odd[0] in there else "no such file"
        raise InputError(found, path=folder / odd[0], expected="the files that model.json names", todo=_TODO)
    for name, expected in about.files.items():
        if (found := file_sha256(folder / name)) != expected:
            wanted = f"{expected[:12]}…, as model.json says"
            raise InputError(
                f"bytes with SHA-256 {found[:12]}…", path=folder / name, expected=wanted, todo=_TODO
            )
    return about


def load_model(folder: Path, *, device: str = "cpu") -> Model:
    """Return the model of a folder.

    Parameters
    ----------
    folder : Path
        As ``save_model`` wrote it.
    device : str
        Where torch computes, as ``cpu`` or ``cuda``.

    Returns
    -------
    Model
        It predicts as the fitted method did.

    Raises
    ------
    InputError
        Where the folder is none of a model, is damaged, or its backbone is another here.
    UsageError
        Where its method is not installed.
    """
    about = read_about(folder)
    params = dict(about.params)
    if about.own_backbone:
        params[BACKBONE] = str((folder / BACKBONE).resolve())
    method = method_class(about.method)(**params)
    name = _backbone(method)
    if name is not None and fingerprint(name) != about.backbone:
        raise InputError(
            f"the backbone {name} with the fingerprint {fingerprint(name)[:20]}…",
            path=folder,
            expected=f"{str(about.backbone)[:20]}…, which it was trained on",
            todo="install that version of it",
        )
    check_saveable(method, about.method).load(folder / STATE, device=device)
    return Model(about, method)


def _backbone(method: Method) -> str | None:
    name = method.get_params().get(BACKBONE)
    return name if isinstance(name, str) else None


def _copy_backbone(method: Method, draft: Path) -> bool:
    """Copy a backbone that is a folder of this machine: elsewhere it would not be found."""
    name = _backbone(method)
    if name is None or hub_model(name) is not None or name == "mini":
        return False
    shutil.copytree(name, draft / BACKBONE, ignore=shutil.ignore_patterns(*_NO_DATA_OF_BACKBONE))
    return True


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
