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
from benchmark.store.predictions import Triple, parse_predictions, parse_spans, render_predictions
from benchmark.store.store import Store
from leaderboard.results.gold import GoldShelf
from leaderboard.submit.bundle import MANIFEST, METHOD, Bundle
from leaderboard.submit.card import Card, parse_card
from leaderboard.submit.findings import Findings
from leaderboard.submit.manifest import Claim
from leaderboard.submit.places import places_of, suite_folder
from leaderboard.submit.scores import Place
from leaderboard.submit.validate import Checked, read_cells

SCHEMA = 1
KIND = "submission"
SUBMISSION = "submission.json"


@dataclass(frozen=True)
class Stored:
    """A submission in a store: where it lies, what was said of it, and the SHA-256 of each cell's file."""

    folder: Path
    card: Card
    added: str
    digests: Mapping[Place, str]

    def path(self, place: Place) -> Path:
        """Return the file of a cell's predictions."""
        return self.folder / Claim(*place, "").path

    def predictions(self, place: Place) -> dict[str, list[Mention]]:
        """Return a cell's predictions; ``InputError`` where its bytes are not those that were added."""
        return parse_predictions(self._content(place), self.path(place))

    def predicted_spans(self, place: Place) -> dict[str, list[Triple]]:
        """Return what ``predictions`` does, mentions left as lists: soon done, where many are scored."""
        return parse_spans(self._content(place), self.path(place))

    def _content(self, place: Place) -> bytes:
        path = self.path(place)
        content = _read(path)
        if sha256(content) != self.digests[place]:
            raise _damaged(path, "other bytes than were added")
        return content


def add(bundle: Bundle, checked: Checked, store: Store, shelf: GoldShelf) -> Stored:
    """Store a bundle that was checked; every file is checked again as it is read.

    Raises ``UsageError`` where the suite has a submission of that name, ``Refused`` where the bundle has
    changed since it was checked. Until the last step nothing is there, and no existing file is touched.
    """
    manifest = checked.manifest
    parent = suite_folder(store.root, manifest.suite)
    store.temporary.mkdir(parents=True, exist_ok=True)
    with store.lock(f"submissions-{manifest.suite}"), store.writing(parent):
        _refuse_taken(parent, manifest.name)
        draft = store.temporary / f"{manifest.name}.{secrets.token_hex(8)}"
        try:
            _write(draft, bundle, checked, store, shelf)
            parent.mkdir(parents=True, exist_ok=True)
            draft.rename(parent / manifest.name)
        except BaseException:  # Ctrl-C too: no draft stays behind
            remove_tree(draft)
            raise
        sync_folder(parent)
    return read_stored(parent / manifest.name)


def _refuse_taken(parent: Path, name: str) -> None:
    taken = [path.name for path in parent.glob("*") if path.name.casefold() == name.casefold()]
    if taken:
        raise UsageError(
            f"there is a submission {taken[0]!r}: take it back with `python -m leaderboard submit undo` first"
        )


def _write(draft: Path, bundle: Bundle, checked: Checked, store: Store, shelf: GoldShelf) -> None:
    texts = {MANIFEST: bundle.read(MANIFEST), METHOD: bundle.read(METHOD)}
    findings = Findings()
    if sha256(texts[METHOD]) != checked.manifest.method_sha256:
        findings.add("other bytes than were checked", bundle.place(METHOD))
    places = places_of(store, checked.manifest.suite)
    cells = []
    draft.mkdir()
    for claim, _, predicted in read_cells(bundle, checked.manifest.cells, places, shelf, findings):
        content = render_predictions(predicted)
        path = draft / claim.path
        path.parent.mkdir(parents=True, exist_ok=True)
        write_durable(path, content)
        place = {"setting": claim.setting, "domain": claim.domain, "seed": claim.seed}
        cells.append({**place, "sha256": sha256(content)})
    findings.refuse()
    for name, content in texts.items():
        write_durable(draft / name, content)
    sealed = {
        "schema": SCHEMA,
        "name": checked.manifest.name,
        "suite": checked.manifest.suite,
        "added": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "files": {name: sha256(content) for name, content in texts.items()},
        "cells": cells,
    }
    write_durable(draft / SUBMISSION, sealed_json(sealed, KIND))


def undo(store: Store, suite: str, name: str) -> Path:
    """Take a submission back: its folder goes, and nothing else. ``UsageError`` where there is none."""
    folder = suite_folder(store.root, suite) / name
    names = [path.name for path in sorted(folder.parent.glob("*"))]
    if name not in names:
        raise UsageError(f"no submission {name!r} in {folder.parent}; there are {', '.join(names) or 'none'}")
    with store.lock(f"submissions-{suite}"), store.writing(folder):
        grave = store.temporary / f"{name}.{secrets.token_hex(8)}"
        store.temporary.mkdir(parents=True, exist_ok=True)
        folder.rename(grave)
        remove_tree(grave)
        if not any(folder.parent.iterdir()):
            folder.parent.rmdir()
    return folder


def submissions(store_root: Path, suite: str) -> Iterator[Stored]:
    """Yield the submissions of a suite, by name; ``InputError`` names a damaged one."""
    for folder in sorted(suite_folder(store_root, suite).glob("*")):
        if folder.is_dir():
            yield read_stored(folder)


def read_stored(folder: Path) -> Stored:
    """Read a submission; ``InputError`` names the file that is missing or damaged."""
    todo = _todo(folder)
    if not (folder / SUBMISSION).is_file():
        raise _damaged(folder / SUBMISSION, "no such file")
    found = read_sealed_json(folder / SUBMISSION, KIND, schema=SCHEMA, todo=todo)
    for name in (MANIFEST, METHOD):
        if sha256(_read(folder / name)) != found["files"][name]:
            raise _damaged(folder / name, "other bytes than were added")
    findings = Findings()
    card = parse_card(_read(folder / METHOD), str(folder / METHOD), findings)
    if card is None:
        raise findings.errors[0]
    digests = {(c["setting"], c["domain"], c["seed"]): c["sha256"] for c in found["cells"]}
    return Stored(folder, card, found["added"], digests)


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


def suite_of(store_root: Path, name: str) -> str:
    """Return the only suite of a store that has a submission of that name; ``UsageError`` otherwise."""
    suites = sorted(path.parents[1].name for path in store_root.glob(f"*/submissions/{glob.escape(name)}"))
    if len(suites) == 1:
        return suites[0]
    told = f"suites {', '.join(suites)} have one: say which with --suite" if suites else "no suite has one"
    raise UsageError(f"the submission {name!r} in {store_root}: {told}")


def stored_named(store_root: Path, suite: str, name: str) -> Stored:
    """Return a submission by its name; ``UsageError`` where there is none."""
    folder = suite_folder(store_root, suite)
    names = [path.name for path in sorted(folder.glob("*"))]
    if name not in names:
        raise UsageError(f"no submission {name!r} in {folder}; there are {', '.join(names) or 'none'}")
    return read_stored(folder / name)
