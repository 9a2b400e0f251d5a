"""Submissions in a store: ``<store>/<suite>/submissions/<name>/``, which appears and goes by one rename.

submission.json                                which cells it has, and the hashes of all files here (sealed)
manifest.json, method.toml                     as they were submitted, to the byte
predictions/<setting>/<domain>/s<seed>.jsonl   what was predicted, in the form that own cells have
"""

from __future__ import annotations

import glob
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmark.domains.corpus import Mention
from benchmark.errors import InputError, UsageError
from benchmark.store.atomic_io import (
    read_sealed_json,
    remove_tree,
    sealed_json,
    sha256,
    sync_folder,
    write_durable,
)
from benchmark.store.predictions import Triple, parse_predictions, parse_spans
from benchmark.store.store import Store
from leaderboard.submit.bundle import MANIFEST, METHOD
from leaderboard.submit.card import Card, parse_card
from leaderboard.submit.check import Checked
from leaderboard.submit.findings import Findings
from leaderboard.submit.manifest import CellKey, predictions_name

SCHEMA = 1
KIND = "submission"
SUBMISSION = "submission.json"


@dataclass(frozen=True)
class StoredSubmission:
    """A submission in a store: where it lies, what was said of it, and the SHA-256 of each cell's file."""

    folder: Path
    card: Card
    added: str
    digests: Mapping[CellKey, str]

    def path(self, key: CellKey) -> Path:
        """Return the file of a cell's predictions."""
        return self.folder / predictions_name(key)

    def predictions(self, key: CellKey) -> dict[str, list[Mention]]:
        """Return a cell's predictions; ``InputError`` where its bytes are not those that were added."""
        return parse_predictions(self._content(key), self.path(key))

    def predicted_spans(self, key: CellKey) -> dict[str, list[Triple]]:
        """Return what ``predictions`` does, mentions left as lists: soon done, where many are scored."""
        return parse_spans(self._content(key), self.path(key))

    def _content(self, key: CellKey) -> bytes:
        path = self.path(key)
        content = _read(path)
        if sha256(content) != self.digests[key]:
            raise _damaged(path, "other bytes than were added")
        return content


def add(checked: Checked, store: Store) -> StoredSubmission:
    """Put a checked bundle into the store, in the store's own form.

    Until the last step nothing is there, and no existing file is touched.

    Raises
    ------
    UsageError
        Where the suite has a submission of that name.
    """
    manifest = checked.manifest
    parent = submissions_folder(store.root, manifest.suite)
    store.temporary.mkdir(parents=True, exist_ok=True)
    added = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with store.lock(f"submissions-{manifest.suite}"), store.writing(parent):
        _refuse_taken(parent, manifest.name)
        draft = store.temporary / f"{manifest.name}.{secrets.token_hex(8)}"
        try:
            _write(draft, checked, added)
            parent.mkdir(parents=True, exist_ok=True)
            draft.rename(parent / manifest.name)
        except BaseException:  # Ctrl-C too: no draft stays behind
            remove_tree(draft)
            raise
        sync_folder(parent)
    return StoredSubmission(parent / manifest.name, checked.card, added, checked.digests)


def _refuse_taken(parent: Path, name: str) -> None:
    taken = [path.name for path in parent.glob("*") if path.name.casefold() == name.casefold()]
    if taken:
        raise UsageError(
            f"there is a submission {taken[0]!r}: take it back with `python -m leaderboard submit undo` first"
        )


def _write(draft: Path, checked: Checked, added: str) -> None:
    draft.mkdir()
    cells = []
    for key, content in checked.contents.items():
        path = draft / predictions_name(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_durable(path, content)
        cells.append(
            {**dict(zip(("setting", "domain", "seed"), key, strict=True)), "sha256": sha256(content)}
        )
    for name, content in checked.texts.items():
        write_durable(draft / name, content)
    sealed = {
        "schema": SCHEMA,
        "name": checked.manifest.name,
        "suite": checked.manifest.suite,
        "added": added,
        "files": {name: sha256(content) for name, content in checked.texts.items()},
        "cells": cells,
    }
    write_durable(draft / SUBMISSION, sealed_json(sealed, KIND))


def undo(store: Store, suite: str, name: str) -> Path:
    """Take a submission back: its folder goes, and nothing else. ``UsageError`` where there is none."""
    folder = _folder_of(store.root, suite, name)
    with store.lock(f"submissions-{suite}"), store.writing(folder):
        removed = store.temporary / f"{name}.{secrets.token_hex(8)}"
        store.temporary.mkdir(parents=True, exist_ok=True)
        folder.rename(removed)
        remove_tree(removed)
        if not any(folder.parent.iterdir()):
            folder.parent.rmdir()
    return folder


def submissions_folder(store_root: Path, suite: str) -> Path:
    """Return where a suite's submissions lie in a store."""
    return store_root / suite / "submissions"


def submissions(store_root: Path, suite: str) -> Iterator[StoredSubmission]:
    """Yield the submissions of a suite, by name; ``InputError`` names a damaged one."""
    for folder in sorted(submissions_folder(store_root, suite).glob("*")):
        if folder.is_dir():
            yield read_submission(folder)


def submission_named(store_root: Path, suite: str, name: str) -> StoredSubmission:
    """Return a submission by its name; ``UsageError`` where there is none."""
    return read_submission(_folder_of(store_root, suite, name))


def _folder_of(store_root: Path, suite: str, name: str) -> Path:
    folder = submissions_folder(store_root, suite)
    names = [path.name for path in sorted(folder.glob("*"))]
    if name not in names:
        raise UsageError(f"no submission {name!r} in {folder}; there are {', '.join(names) or 'none'}")
    return folder / name


def suite_of(store_root: Path, name: str) -> str:
    """Return the only suite of a store that has a submission of that name; ``UsageError`` otherwise."""
    suites = sorted(path.parents[1].name for path in store_root.glob(f"*/submissions/{glob.escape(name)}"))
    if len(suites) == 1:
        return suites[0]
    told = f"suites {', '.join(suites)} have one: say which with --suite" if suites else "no suite has one"
    raise UsageError(f"the submission {name!r} in {store_root}: {told}")


def read_submission(folder: Path) -> StoredSubmission:
    """Read a submission; ``InputError`` names the file that is missing or damaged."""
    if not (folder / SUBMISSION).is_file():
        raise _damaged(folder / SUBMISSION, "no such file")
    found = read_sealed_json(folder / SUBMISSION, KIND, schema=SCHEMA, todo=_todo(folder))
    texts = {name: _read(folder / name) for name in (MANIFEST, METHOD)}
    for name, content in texts.items():
        if sha256(content) != found["files"][name]:
            raise _damaged(folder / name, "other bytes than were added")
    findings = Findings()
    card = parse_card(texts[METHOD], str(folder / METHOD), findings)
    if card is None:
        raise findings.errors[0]
    digests = {(c["setting"], c["domain"], c["seed"]): c["sha256"] for c in found["cells"]}
    return StoredSubmission(folder, card, found["added"], digests)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _damaged(path, f"an unreadable file ({error.strerror})") from error


def _damaged(path: Path, found: str) -> InputError:
    folder = next((one for one in path.parents if one.parent.name == "submissions"), path.parent)
    return InputError(found, path=path, expected="a submission as `submit add` wrote it", todo=_todo(folder))


def _todo(folder: Path) -> str:
    return f"take it back with `python -m leaderboard submit undo {folder.name}`, and add it again"
