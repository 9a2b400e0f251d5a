"""Where a GLiNER model's files lie, found without the network and without importing torch."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from larbench.tagger.backbones import file_sha256
from larbench.tagger.hub import TOKENIZER_FILES, cached_file, parse_id

CONFIG, WEIGHTS = "gliner_config.json", "model.safetensors"
_TOKENIZER = "tokenizer_config.json"


def missing_package() -> str | None:
    """Return why GLiNER cannot be imported, or None where it can."""
    if importlib.util.find_spec("gliner") is None:
        return "gliner is not installed: pip install 'larbench[gliner]'"
    return None


def missing_weights(name: str) -> str | None:
    """Return why the model called ``name`` cannot be loaded from this machine, or None where it can.

    ``name`` is a folder that GLiNER saved, or ``owner/name`` or ``owner/name@revision`` of the model hub, in
    the local cache of the hub's client. Nothing is downloaded. Only weights as safetensors are taken: nothing
    is unpickled.
    """
    folder = find_folder(name)
    if folder is None:
        if parse_id(name) is None:
            return f"no folder {name!r} with GLiNER's weights, and no such id of the model hub"
        return f"no copy of {name} in the local hub cache: {_how_to_fetch(name)}"
    for file in (CONFIG, WEIGHTS):
        if not (folder / file).is_file():
            return f"no {file} of {name}: save the model with save_pretrained, and give its folder"
    try:
        settings = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except ValueError:
        return f"the {CONFIG} of {name} is no JSON"
    encoder = str(settings.get("model_name", "")) if isinstance(settings, dict) else ""
    wanted = [] if (folder / _TOKENIZER).is_file() else [_TOKENIZER]
    wanted += [] if isinstance(settings, dict) and settings.get("encoder_config") else ["config.json"]
    if any(_cached(encoder, file) is None for file in wanted):
        return (
            f"{name} stands on {encoder}, of which the local hub cache has no copy: {_how_to_fetch(encoder)}"
        )
    return None


def find_folder(name: str) -> Path | None:
    """Return the folder with the model's files, whole or not; None where there is none."""
    if Path(name).is_dir():
        return Path(name)
    config = _cached(name, CONFIG)
    return None if config is None else config.parent


def fingerprint(name: str) -> dict[str, str]:
    """Return what tells models apart in a cell's identity: their files, and the version of GLiNER."""
    folder = find_folder(name)
    try:
        found = {"gliner": version("gliner")}
    except PackageNotFoundError:
        found = {}
    if folder is None:
        return found
    model = None if Path(name).is_dir() else parse_id(name)
    weights = _files_sha256(folder) if model is None else f"hub:{model.repo}@{folder.name}"
    return {**found, "weights": weights}


def _cached(name: str, file: str) -> Path | None:
    """Return a file of the hub's model in the local cache, or of a folder."""
    if Path(name).is_dir():
        return Path(name) / file if (Path(name) / file).is_file() else None
    model = parse_id(name)
    return None if model is None else cached_file(model, file)


def _how_to_fetch(name: str) -> str:
    model = parse_id(name)
    revision = "" if model is None or model.revision == "main" else f" --revision {model.revision}"
    return f"run once with network: hf download {name if model is None else model.repo}{revision}"


@cache
def _files_sha256(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in (CONFIG, WEIGHTS, *TOKENIZER_FILES):
        if (folder / name).is_file():
            digest.update(f"{name} {file_sha256(folder / name)}\n".encode())
    return "sha256:" + digest.hexdigest()
