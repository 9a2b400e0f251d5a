"""Encoders on the model hub: which commit a name stands for, and where its files lie on this machine.

The hub's own client does the work and follows its environment variables (HF_HOME, HF_HUB_CACHE,
HF_HUB_OFFLINE, HF_ENDPOINT, HF_TOKEN). Only settings, tokenizer files and safetensors are downloaded:
nothing that would have to be unpickled or run.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import InputError

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "spiece.model",
    "spm.model",
    "sentencepiece.bpe.model",
)
WEIGHT_PATTERNS = ("model.safetensors", "model-*-of-*.safetensors")
_INDEX = "model.safetensors.index.json"
VOCABULARIES = frozenset(TOKENIZER_FILES) - {
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
}
_DOWNLOADED = ("config.json", *TOKENIZER_FILES, *WEIGHT_PATTERNS, _INDEX)
_ID = re.compile(r"(?P<repo>[A-Za-z0-9][\w.-]*/[A-Za-z0-9_][\w.-]*)(@(?P<revision>[\w.-]+(/[\w.-]+)*))?")
_NEVER = re.compile(r"--|\.\.|[-.](/|$)|/[-.]|\.git$")  # what the hub refuses in an id
_COMMIT = re.compile(r"[0-9a-f]{40}")
_DEFAULT_REVISION = "main"


@dataclass(frozen=True)
class HubModel:
    """A repository of the model hub at a revision: a full commit hash, or a branch or tag that may move."""

    repo: str
    revision: str

    def __str__(self) -> str:
        return self.repo if self.revision == _DEFAULT_REVISION else f"{self.repo}@{self.revision}"

    @property
    def pinned(self) -> bool:
        """Whether the revision is a commit, so that it names the same files for ever."""
        return _COMMIT.fullmatch(self.revision) is not None


def parse_id(name: str) -> HubModel | None:
    """Return what ``owner/name`` or ``owner/name@revision`` stands for; None where it is no such id."""
    match = _ID.fullmatch(name)
    if match is None or _NEVER.search(match["repo"]) or len(match["repo"]) > 96:
        return None
    return HubModel(match["repo"], match["revision"] or _DEFAULT_REVISION)


def at_commit(model: HubModel) -> HubModel:
    """Return the model at its commit: its own, or the one that the local cache holds for its branch or tag.

    The network is never asked, so a branch means what was fetched last, until it is fetched again. Raises
    ``InputError`` where nothing was.
    """
    if model.pinned:
        return model
    config = cached_file(model, "config.json")
    if config is None:
        raise InputError(
            f"no copy of {model} in the local hub cache, so no commit that it stands for",
            expected="a model that was fetched, or a full commit hash: owner/name@<40 hex digits>",
            todo=f"run once with network: python -m larbench.tagger fetch {model}; or give a folder",
        )
    return HubModel(model.repo, config.parent.name)


def find_or_fetch(model: HubModel) -> Path:
    """Return the folder with the model's files, after downloading them where they are not local."""
    found = at_commit(model)
    return _local(found) or fetch(found)


def fetch(model: HubModel, *, progress: bool = False) -> Path:
    """Bring the model's files into the local cache, and return their folder, whose name is the commit.

    Raises ``InputError`` where the hub cannot be reached or has no such model, and where the revision has
    no weights as safetensors.
    """
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.utils.tqdm import disable_progress_bars, enable_progress_bars

    if constants.HF_HUB_OFFLINE:
        raise _not_fetched(model, "HF_HUB_OFFLINE is set")
    (enable_progress_bars if progress else disable_progress_bars)()
    try:
        folder = Path(
            snapshot_download(model.repo, revision=model.revision, allow_patterns=list(_DOWNLOADED))
        )
    except Exception as error:  # the client's own, its HTTP library's (of which there are two), the system's
        raise _not_fetched(model, _describe(error)) from error
    if not _complete(folder):
        raise InputError(
            f"{', '.join(sorted(path.name for path in folder.iterdir())) or 'none of the files'}",
            path=f"{model} on the model hub",
            expected="config.json, a tokenizer, and weights as model.safetensors",
            todo="many repositories keep a converted copy under a pull request: owner/name@refs/pr/<number>; "
            "or save the model yourself with save_pretrained and give the path of its folder",
        )
    return folder


def cached_file(model: HubModel, name: str) -> Path | None:
    """Return a file of the model in the local cache, or None; no network."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(model.repo, name, revision=model.revision)
    return Path(found) if isinstance(found, str) else None


def _local(model: HubModel) -> Path | None:
    """Return the model's folder in the local cache where no file of it is missing; no network."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        # the client knows which files a download that broke off has left out
        found = snapshot_download(
            model.repo, revision=model.revision, allow_patterns=list(_DOWNLOADED), local_files_only=True
        )
    except LocalEntryNotFoundError:
        return None
    return Path(found) if _complete(Path(found)) else None


def _complete(folder: Path) -> bool:
    names = {path.name for path in folder.iterdir()}
    if _INDEX in names:
        shards = set(json.loads((folder / _INDEX).read_text(encoding="utf-8"))["weight_map"].values())
        whole = shards <= names
    else:
        whole = "model.safetensors" in names
    return whole and "config.json" in names and bool(VOCABULARIES & names)


def _not_fetched(model: HubModel, why: str) -> InputError:
    return InputError(
        f"no copy of {model} in the local hub cache, and it could not be fetched ({why})",
        expected="the model's files in the cache, or the network",
        todo=f"run once with network: python -m larbench.tagger fetch {model}; or give the path of a folder",
    )


def _describe(error: BaseException) -> str:
    """Return an error's kind and HTTP status; not its text, which may hold an address with credentials."""
    from huggingface_hub.errors import LocalEntryNotFoundError

    while isinstance(error, LocalEntryNotFoundError) and error.__cause__ is not None:
        error = error.__cause__  # it only says that the cache has nothing either
    status = getattr(getattr(error, "response", None), "status_code", None)
    return type(error).__name__ if status is None else f"{type(error).__name__}, HTTP {status}"
