"""A bundle, a zip file or a folder, opened without trusting it: names, kinds and sizes before any byte.

Nothing is ever unpacked to disk: files are read into memory one by one, each within its bound. A full
submission to a suite of five domains, two settings and three seeds holds thirty files of predictions of some
fifty kilobytes each; every bound is at least ten times what that needs.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import InputError, shown
from leaderboard.submit.findings import Findings

MIB = 1024 * 1024
ARCHIVE_BYTES = 64 * MIB  # of a zip file
FILES = 2_000  # in a bundle, folders included
DIRECTORY_BYTES = MIB // 2  # of a zip file's list of its content
UNPACKED_BYTES = 128 * MIB  # of all files together
PREDICTIONS_BYTES = 16 * MIB  # of one file
MANIFEST_BYTES = MIB
METHOD_BYTES = 64 * 1024

MANIFEST, METHOD = "manifest.json", "method.toml"
LAYOUT = f"{MANIFEST}, {METHOD} and predictions/<setting>/<domain>/s<seed>.jsonl"
PART = r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,59}"
PREDICTIONS = re.compile(rf"predictions/({PART})/({PART})/s(0|[1-9][0-9]{{0,9}})\.jsonl")
_FOLDER = re.compile(rf"predictions(/{PART}){{0,2}}/")
_DEEPEST = 4  # parts of the longest path
_TODO = "make the bundle with `python -m leaderboard submit pack`"
_SIZE = "a smaller one: only predictions belong into it"


@dataclass(frozen=True)
class Bundle:
    """What a bundle holds: the size of each file in bytes, and how to read one."""

    path: Path
    sizes: Mapping[str, int]
    _read: Callable[[str, int], bytes]

    def read(self, name: str) -> bytes:
        """Return a file's content; ``InputError`` where it is not what its entry says, or too large."""
        content = self._read(name, limit_of(name))
        if len(content) > limit_of(name):
            raise InputError(f"more than {limit_of(name):,} bytes", path=self.place(name), todo=_SIZE)
        return content

    def place(self, name: str) -> str:
        """Return how messages name a file of the bundle."""
        return f"{self.path}/{name}"


def limit_of(name: str) -> int:
    """Return how many bytes a file of a bundle may have."""
    return {MANIFEST: MANIFEST_BYTES, METHOD: METHOD_BYTES}.get(name, PREDICTIONS_BYTES)


@contextmanager
def open_bundle(path: Path) -> Iterator[Bundle]:
    """Open a zip file or a folder as a bundle.

    Raises ``Refused`` with every entry that a bundle may not have: unknown names (which any way out of the
    folder is), links, devices, too many or too large files; ``InputError`` for what is no bundle at all.
    """
    if path.is_dir():
        yield _folder(path)
    elif path.is_file():
        with path.open("rb") as file:
            _check_archive(path, os.fstat(file.fileno()).st_size, file.read, file.seek)
            try:
                archive = zipfile.ZipFile(file)
            except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
                raise InputError(f"a broken zip file ({error})", path=path, todo=_TODO) from error
            with archive:
                yield _zip(path, archive)
    else:
        raise InputError("no such file or folder", path=path, expected="a bundle", todo=_TODO)


# ---- zip files


def _check_archive(path: Path, size: int, read: Callable[[int], bytes], seek: Callable[[int], int]) -> None:
    """Bound a zip file by its last record, so that ``zipfile`` never loads an endless list of entries.

    That record is the 22 bytes at the very end of a file without a comment, where ``zipfile`` looks first
    too; see APPNOTE.TXT of PKWARE, 4.3.16.
    """
    if size > ARCHIVE_BYTES:
        raise InputError(f"{size:,} bytes", path=path, expected=f"at most {ARCHIVE_BYTES:,}", todo=_SIZE)
    seek(max(0, size - 42))
    tail = read(42)
    seek(0)
    if len(tail) < 22 or tail[-22:-18] != b"PK\x05\x06" or tail[-2:] != b"\0\0":
        raise InputError("no zip file without a comment", path=path, expected="a zip file", todo=_TODO)
    if tail[:4] == b"PK\x06\x07":
        raise InputError("a zip file of the format zip64", path=path, expected="a plain one", todo=_TODO)
    entries, directory = struct.unpack("<HL", tail[-12:-6])
    if entries > FILES or directory > DIRECTORY_BYTES:
        found = f"{entries:,} entries in a list of {directory:,} bytes"
        expected = f"at most {FILES:,} in {DIRECTORY_BYTES:,}"
        raise InputError(found, path=path, expected=expected, todo=_SIZE)


def _zip(path: Path, archive: zipfile.ZipFile) -> Bundle:
    infos: dict[str, zipfile.ZipInfo] = {}
    findings = Findings()
    place = str(path)
    for info in archive.infolist():
        name = info.orig_filename
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            findings.add(f"the entry {shown(name)}, a link or device", place, expected="plain files")
        elif name.endswith("/") and _FOLDER.fullmatch(name) and not info.file_size:
            continue
        elif not known(name):
            findings.add(f"the entry {shown(name)}", place, expected=LAYOUT)
        elif name.casefold() in infos:
            findings.add(f"the entry {shown(name)} twice", place, expected="each file once")
        elif info.flag_bits & 0x1:
            findings.add(f"the encrypted entry {shown(name)}", place, expected="plain files")
        elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            method = f"compressed by method {info.compress_type}"
            findings.add(f"the entry {shown(name)} {method}", place, expected="stored or deflated files")
        infos[name.casefold()] = info
    kept = {i.orig_filename: i for i in infos.values() if known(i.orig_filename)}
    sizes = {name: info.file_size for name, info in kept.items()}
    _check_sizes(path, sizes, findings)
    findings.refuse()

    def read(name: str, limit: int) -> bytes:
        try:
            with archive.open(kept[name]) as file:
                return file.read(limit + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as e:
            found = f"an entry that cannot be unpacked ({shown(str(e))})"
            raise InputError(found, path=f"{path}/{name}", todo=_TODO) from e

    return Bundle(path, sizes, read)


# ---- folders


def _folder(path: Path) -> Bundle:
    findings = Findings()
    sizes: dict[str, int] = {}
    for number, (name, status) in enumerate(_walk(path, "", 1)):
        if number >= FILES:
            raise InputError(f"more than {FILES:,} files", path=path, expected=LAYOUT, todo=_SIZE)
        if stat.S_ISDIR(status.st_mode):
            if not _FOLDER.fullmatch(name + "/"):
                findings.add(f"the folder {shown(name)}", str(path), expected=LAYOUT)
        elif not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
            found = f"{shown(name)}, a link or device"
            findings.add(found, str(path), expected="plain files, each under one name")
        elif not known(name):
            findings.add(f"the file {shown(name)}", str(path), expected=LAYOUT)
        else:
            sizes[name] = status.st_size
    _check_sizes(path, sizes, findings)
    findings.refuse()

    def read(name: str, limit: int) -> bytes:
        return _read_plain(path / name, limit)

    return Bundle(path, sizes, read)


def _walk(folder: Path, prefix: str, depth: int) -> Iterator[tuple[str, os.stat_result]]:
    """Yield every entry below a folder with its status, links not followed and no deeper than a bundle is."""
    with os.scandir(folder) as entries:
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            name = f"{prefix}{entry.name}"
            yield name, status
            if stat.S_ISDIR(status.st_mode) and depth < _DEEPEST and _FOLDER.fullmatch(name + "/"):
                yield from _walk(Path(entry.path), f"{name}/", depth + 1)


def _read_plain(path: Path, limit: int) -> bytes:
    """Read at most ``limit`` + 1 bytes of a plain file; a link put in its place since is not followed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise InputError("a link or device", path=path, expected="a plain file")
            return file.read(limit + 1)
    except OSError as error:
        raise InputError(f"an unreadable file ({error.strerror})", path=path) from error


# ---- both


def known(name: str) -> bool:
    """Return whether a bundle has a file of that name."""
    return name in (MANIFEST, METHOD) or PREDICTIONS.fullmatch(name) is not None


def _check_sizes(path: Path, sizes: Mapping[str, int], findings: Findings) -> None:
    for name, size in sizes.items():
        if size > limit_of(name):
            expected = f"at most {limit_of(name):,}"
            findings.add(f"{size:,} bytes", f"{path}/{name}", expected=expected, todo=_SIZE)
    if sum(sizes.values()) > UNPACKED_BYTES:
        found = f"files of {sum(sizes.values()) // MIB:,} MiB in all"
        findings.add(found, str(path), expected=f"at most {UNPACKED_BYTES // MIB} MiB", todo=_SIZE)
    for name in (MANIFEST, METHOD):
        if name not in sizes:
            findings.add(f"no {name}", str(path), expected=LAYOUT, todo=_TODO)
