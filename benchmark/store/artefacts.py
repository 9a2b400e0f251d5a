"""Artefacts: what is expensive and shared between cells (a source tagger's weights), made once.

An artefact is a folder of files with a manifest of their SHA-256; it appears by one rename. A damaged one is
named and made again. Artefacts belong to a machine: they are no part of a published result.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from benchmark.errors import InputError
from benchmark.store.atomic_io import (
    canonical_json,
    read_json,
    remove_tree,
    sha256,
    sync_folder,
    write_durable,
)
from benchmark.store.record import SAFE_NAME
from benchmark.task import MakeFiles

MANIFEST = "manifest.json"


class ArtefactHome(Protocol):
    """What artefacts need of the store that they lie in."""

    root: Path
    warn: Callable[[str], None]

    @property
    def temporary(self) -> Path:
        """Where drafts are written."""

    def hold_lock(self, name: str) -> AbstractContextManager[None]:
        """Hold the lock of that name."""

    def writing(self, path: Path) -> AbstractContextManager[None]:
        """Tell of a path that cannot be written."""


class Artefacts:
    """The artefacts of a store: what a method gets as ``task.workspace.artefacts``.

    ``seconds`` adds up the time that was spent on them, whether in making or in waiting for another
    process that does: it belongs to no one cell. ``saved`` adds up what making those took that were there,
    ``needed`` what making all of them would have taken a cell that was alone.
    """

    def __init__(self, store: ArtefactHome) -> None:
        self.store = store
        self.seconds = 0.0
        self._depth = 0
        self._saved: dict[Path, float] = {}
        self._needed: dict[Path, float] = {}
        self._inner: list[
            tuple[int, float]
        ] = []  # of each that is being made: depth, seconds of what it needs

    @property
    def saved(self) -> float:
        """Seconds that it had taken to make what was found: each once, however often it was asked for."""
        return sum(self._saved.values())

    @property
    def needed(self) -> float:
        """Seconds that making all that was asked for takes, each once, without waiting and reading."""
        return sum(self._needed.values())

    def get(self, kind: str, key: dict[str, object]) -> dict[str, bytes] | None:
        """Return the files stored under this key, or None. Damaged ones are named, and count as absent."""
        folder = self._folder(kind, key)
        if not folder.is_dir():
            return None
        try:
            return _read(folder)
        except InputError as error:
            self.store.warn(f"damaged, and not used: {error}")
            return None

    def get_or_make(self, kind: str, key: dict[str, object], make: MakeFiles) -> dict[str, bytes]:
        """Return the stored files, making and storing them first where they are absent or damaged.

        Processes that ask at once wait for the one that makes them; where it dies, the next one makes them.
        """
        folder = self._folder(kind, key)
        with self._timed(), self.store.hold_lock(f"artefact-{kind}-{folder.name}"):
            found = self.get(kind, key)
            if found is not None:
                self._note_saved(folder)
                return found
            start, saved = time.perf_counter(), self.saved
            self._inner.append((self._depth, 0.0))
            try:
                files = dict(make())
            finally:
                _, inner = self._inner.pop()
            seconds = time.perf_counter() - start
            self._needed.setdefault(folder, seconds - inner)
            # as if nothing that it needs had been there
            seconds += self.saved - saved
            return self._store(folder, {"kind": kind, "key": key, "seconds": round(seconds, 3)}, files)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """Add the time of this block to ``seconds``, once where blocks are nested."""
        start = time.perf_counter()
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            took = time.perf_counter() - start
            if self._depth == 0:
                self.seconds += took
            elif self._inner and self._inner[-1][0] == self._depth:
                self._inner[-1] = (self._depth, self._inner[-1][1] + took)

    def _note_saved(self, folder: Path) -> None:
        seconds = read_json(folder / MANIFEST).get("seconds")
        self._saved[folder] = seconds if isinstance(seconds, float) else 0.0  # older ones do not say
        self._needed.setdefault(folder, self._saved[folder])

    def _folder(self, kind: str, key: dict[str, object]) -> Path:
        if not SAFE_NAME.fullmatch(kind):
            raise ValueError(f"the kind {kind!r} is no name of letters, digits and . _ @ + -")
        return self.store.root / "artefacts" / kind / sha256(canonical_json(key))[:32]

    def _store(self, folder: Path, about: Mapping[str, object], files: dict[str, bytes]) -> dict[str, bytes]:
        """Store what was made; return it, or what another machine stored before it."""
        self._write(folder, make_manifest(about, files), files)
        return files

    def _write(self, folder: Path, manifest: Mapping[str, object], files: Mapping[str, bytes]) -> None:
        draft = self.store.temporary / f"{folder.name}.{secrets.token_hex(8)}"
        with self.store.writing(folder):
            draft.mkdir(parents=True)
            folder.parent.mkdir(parents=True, exist_ok=True)
            try:
                for name, content in files.items():
                    write_durable(draft / name, content)
                write_durable(draft / MANIFEST, render_manifest(manifest))
                sync_folder(draft)
                remove_tree(folder)  # a damaged one: the lock keeps others from reading it meanwhile
                draft.rename(folder)
            except BaseException:  # Ctrl-C too: no draft stays behind
                remove_tree(draft)
                raise
            sync_folder(folder.parent)


def make_manifest(about: Mapping[str, object], files: Mapping[str, bytes]) -> dict[str, object]:
    """Return what an artefact says of itself; ``ValueError`` for a file that it cannot hold."""
    for name in files:
        if not SAFE_NAME.fullmatch(name) or name == MANIFEST:
            raise ValueError(f"an artefact cannot hold a file called {name!r}")
    return {**about, "sha256": {name: sha256(content) for name, content in files.items()}}


def render_manifest(manifest: Mapping[str, object]) -> bytes:
    """Render a manifest as its file holds it."""
    return json.dumps(manifest, indent=1).encode()


def hashes_of(manifest: object, path: Path | str) -> dict[str, str]:
    """Return file → SHA-256 of a manifest; ``InputError`` names ``path`` where it is none."""
    hashes = manifest.get("sha256") if isinstance(manifest, dict) else None
    if not isinstance(hashes, dict) or not all(isinstance(value, str) for value in hashes.values()):
        raise InputError("no manifest with hashes", path=path)
    for name in hashes:
        if not SAFE_NAME.fullmatch(name):
            raise InputError(f"a file called {name!r}", path=path, expected="letters, digits and . _ @ + -")
    return hashes


def _read(folder: Path) -> dict[str, bytes]:
    path = folder / MANIFEST
    files = {}
    for name, expected in hashes_of(read_json(path) if path.is_file() else None, path).items():
        path = folder / name
        if not path.is_file():
            raise InputError("no such file", path=path, expected="a file that the manifest names")
        files[name] = path.read_bytes()
        if sha256(files[name]) != expected:
            found = f"bytes with SHA-256 {sha256(files[name])[:12]}…"
            raise InputError(found, path=path, expected=f"{expected[:12]}…, as the manifest says")
    return files
