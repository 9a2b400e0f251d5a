"""Artefacts of a store at a URL: looked for on this machine, then at the URL, else made and put into both."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from benchmark.errors import InputError
from benchmark.store.artefacts import (
    MANIFEST,
    ArtefactHome,
    Artefacts,
    hashes_of,
    make_manifest,
    render_manifest,
)
from benchmark.store.atomic_io import parse_json, sha256
from benchmark.store.object_storage import ObjectStorage
from benchmark.task import MakeFiles


class _RemoteHome(ArtefactHome, Protocol):
    objects: ObjectStorage

    def lock(self, name: str) -> AbstractContextManager[object]:
        """Return the lock of that name."""


class RemoteArtefacts(Artefacts):
    """The artefacts of a store at a URL. Of several that are made for one key the first counts."""

    store: _RemoteHome

    def get(self, kind: str, key: dict[str, object]) -> dict[str, bytes] | None:
        """Return the files stored under this key, here or at the URL, or None. Damaged ones are named."""
        found = super().get(kind, key)
        if found is not None:
            return found
        folder = self._folder(kind, key)
        stored = self._stored(folder)
        if stored is None:
            return None
        with self.store.lock(f"copy-{kind}-{folder.name}"):  # of this machine: one process writes the copy
            found = super().get(kind, key)
            if found is None:
                self._write(folder, *stored)
        return stored[1] if found is None else found

    def get_or_make(self, kind: str, key: dict[str, object], make: MakeFiles) -> dict[str, bytes]:
        """Return the stored files, making and storing them first where they are absent or damaged.

        Machines that ask at once wait for the one that makes them (see ``remote.lease``).
        """
        with self._timed():
            found = self.get(kind, key)  # most often it is there, and nobody need be asked to wait
            if found is None:
                return super().get_or_make(kind, key, make)
            self._note_saved(self._folder(kind, key))
            return found

    def _store(self, folder: Path, about: Mapping[str, object], files: dict[str, bytes]) -> dict[str, bytes]:
        objects, place = self.store.objects, _place(folder)
        manifest = make_manifest(about, files)
        for content in files.values():
            objects.put(f"{place}/{sha256(content)}", content)
        if not objects.create(f"{place}/{MANIFEST}", render_manifest(manifest)):
            first = self._stored(folder)
            if first is not None:
                self._write(folder, *first)
                return first[1]
            objects.put(f"{place}/{MANIFEST}", render_manifest(manifest))  # in place of a damaged one
        self._write(folder, manifest, files)
        return files

    def _stored(self, folder: Path) -> tuple[dict[str, object], dict[str, bytes]] | None:
        """Return manifest and files of an artefact at the URL; None where it is absent or damaged."""
        objects, place = self.store.objects, _place(folder)
        text = objects.get(f"{place}/{MANIFEST}")
        if text is None:
            return None
        path = f"{objects.url}/{place}"
        try:
            manifest = parse_json(text, f"{path}/{MANIFEST}")
            files = {}
            for name, digest in hashes_of(manifest, f"{path}/{MANIFEST}").items():
                content = objects.get(f"{place}/{digest}")
                if content is None or sha256(content) != digest:
                    raise InputError(
                        "no such object" if content is None else "other bytes", path=f"{path}/{digest}"
                    )
                files[name] = content
        except InputError as error:
            self.store.warn(f"damaged, and not used: {error}")
            return None
        return manifest, files


def _place(folder: Path) -> str:
    return f"artefacts/{folder.parent.name}/{folder.name}"
