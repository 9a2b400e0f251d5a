"""Artefacts: what is expensive and shared between cells (a source tagger's weights), made once.

An artefact is a folder of files with a manifest of their SHA-256; it appears by one rename. A damaged one is
named and made again. Artefacts belong to a machine: they are no part of a published result.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.cells.files import canonical_json, read_json, remove_tree, sha256, sync_folder, write_durable
from benchmark.cells.record import SAFE_NAME
from benchmark.errors import InputError
from benchmark.task import MakeFiles

if TYPE_CHECKING:
    from benchmark.cells.store import Store

_MANIFEST = "manifest.json"


class Artefacts:
    """The artefacts of a store: what a method gets as ``task.workspace.artefacts``.

    ``seconds`` adds up the time that was spent on them, whether in making or in waiting for another
    process that does: it belongs to no one cell.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.seconds = 0.0
        self._depth = 0

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
        with self._timed(), self.store.lock(f"artefact-{kind}-{folder.name}"):
            found = self.get(kind, key)
            if found is not None:
                return found
            files = dict(make())
            self._write(folder, {"kind": kind, "key": key}, files)
            return files

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """Add the time of this block to ``seconds``, once where blocks are nested."""
        start = time.perf_counter()
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0:
                self.seconds += time.perf_counter() - start

    def _folder(self, kind: str, key: dict[str, object]) -> Path:
        if not SAFE_NAME.fullmatch(kind):
            raise ValueError(f"the kind {kind!r} is no name of letters, digits and . _ @ + -")
        return self.store.root / "artefacts" / kind / sha256(canonical_json(key))[:32]

    def _write(self, folder: Path, about: Mapping[str, object], files: Mapping[str, bytes]) -> None:
        for name in files:
            if not SAFE_NAME.fullmatch(name) or name == _MANIFEST:
                raise ValueError(f"an artefact cannot hold a file called {name!r}")
        manifest = {**about, "sha256": {name: sha256(content) for name, content in files.items()}}
        draft = self.store.temporary / f"{folder.name}.{secrets.token_hex(8)}"
        with self.store.writing(folder):
            draft.mkdir(parents=True)
            folder.parent.mkdir(parents=True, exist_ok=True)
            try:
                for name, content in files.items():
                    write_durable(draft / name, content)
                write_durable(draft / _MANIFEST, json.dumps(manifest, indent=1).encode())
                sync_folder(draft)
                remove_tree(folder)  # a damaged one: the lock keeps others from reading it meanwhile
                draft.rename(folder)
            except BaseException:  # Ctrl-C too: no draft stays behind
                remove_tree(draft)
                raise
            sync_folder(folder.parent)


def _read(folder: Path) -> dict[str, bytes]:
    manifest = read_json(folder / _MANIFEST) if (folder / _MANIFEST).is_file() else None
    hashes = manifest.get("sha256") if isinstance(manifest, dict) else None
    if not isinstance(hashes, dict):
        raise InputError("no manifest with hashes", path=folder / _MANIFEST)
    files = {}
    for name, expected in hashes.items():
        path = folder / name
        if not SAFE_NAME.fullmatch(name) or not path.is_file():
            raise InputError("no such file", path=path, expected="a file that the manifest names")
        files[name] = path.read_bytes()
        if sha256(files[name]) != expected:
            found = f"bytes with SHA-256 {sha256(files[name])[:12]}…"
            raise InputError(found, path=path, expected=f"{str(expected)[:12]}…, as the manifest says")
    return files
