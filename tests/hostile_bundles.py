"""Bundles that somebody made to do harm: each by a name, with words of the line that refuses it."""

from __future__ import annotations

import json
import os
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from submission_bundles import CARD, all_cells, files_of

FIRST = "predictions/zero-shot/politics/s1.jsonl"
Make = Callable[[Path], Path]


def zipped(folder: Path, files: Mapping[str, bytes]) -> Path:
    path = folder / "bundle.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def unpacked(folder: Path, files: Mapping[str, bytes] | None = None) -> Path:
    root = folder / "bundle"
    for name, content in (files_of(all_cells(1)) if files is None else files).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def with_entry(name: str, content: bytes = b"x", attributes: int = 0) -> Make:
    """A sound bundle with one entry more."""

    def make(folder: Path) -> Path:
        path = zipped(folder, files_of(all_cells(1)))
        with zipfile.ZipFile(path, "a") as archive:
            info = zipfile.ZipInfo(name)
            info.external_attr = attributes << 16
            archive.writestr(info, content)
        return path

    return make


def with_line(line: bytes) -> Make:
    """A bundle whose hashes are right and of which one prediction line is this."""

    def make(folder: Path) -> Path:
        cells = all_cells(1)
        place = ("zero-shot", "politics", 1)
        rest = cells[place].split(b"\n", 1)[1]
        return zipped(folder, files_of({**cells, place: line + b"\n" + rest}))

    return make


def sentence(mentions: str, name: str = "politics/test/0") -> bytes:
    return f'{{"id": {json.dumps(name)}, "mentions": {mentions}}}'.encode()


def with_card(text: str) -> Make:
    return lambda folder: zipped(folder, files_of(all_cells(1), card=text))


def with_manifest(content: bytes) -> Make:
    return lambda folder: zipped(folder, {**files_of(all_cells(1)), "manifest.json": content})


def with_name(name: str) -> Make:
    """A bundle whose manifest and method.toml agree on a name."""

    def make(folder: Path) -> Path:
        files = files_of(all_cells(1))
        manifest = json.loads(files["manifest.json"])
        manifest["name"] = name
        return zipped(folder, {**files, "manifest.json": json.dumps(manifest).encode()})

    return make


def null_name(folder: Path) -> Path:
    """An entry that some readers take for manifest.json and others for a program."""
    path = with_entry("manifest.json|.exe")(folder)
    path.write_bytes(path.read_bytes().replace(b"manifest.json|.exe", b"manifest.json\0.exe"))
    return path


# ---- bombs


def bomb(folder: Path) -> Path:
    """Sixty-four megabytes of zeros in as many kilobytes."""
    path = folder / "bundle.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files_of(all_cells(1)).items():
            if name != FIRST:
                archive.writestr(name, content)
        with archive.open(FIRST, "w", force_zip64=True) as file:
            for _ in range(64):
                file.write(bytes(1 << 20))
    return path


def liar(folder: Path) -> Path:
    """A bomb whose entry says that it is small: size and checksum in both headers are changed."""
    path = bomb(folder)
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(FIRST)
        offset, start = info.header_offset, archive.start_dir
    data = bytearray(path.read_bytes())
    small = struct.pack("<L", 100)
    data[offset + 22 : offset + 26] = small
    at = data.find(b"PK\x01\x02", start)
    while data[at + 46 : at + 46 + len(FIRST)] != FIRST.encode():
        at = data.find(b"PK\x01\x02", at + 1)
    data[at + 24 : at + 28] = small
    path.write_bytes(bytes(data))
    return path


def overlapping(folder: Path) -> Path:
    """Many entries that share one compressed stream, each within its bound and too much together."""
    files = files_of(all_cells(1))
    path = zipped(folder, files)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("predictions/zero-shot/ai/s100.jsonl", bytes(15 << 20))
        info = archive.getinfo("predictions/zero-shot/ai/s100.jsonl")
        for seed in range(101, 140):
            twin = zipfile.ZipInfo(f"predictions/zero-shot/ai/s{seed}.jsonl")
            for field in ("header_offset", "compress_size", "file_size", "CRC", "compress_type"):
                setattr(twin, field, getattr(info, field))
            archive.filelist.append(twin)
            archive.NameToInfo[twin.filename] = twin
        archive._didModify = True
    return path


def million(folder: Path) -> Path:
    """A list of a million entries, all of one file: ``zipfile`` would take minutes to write or read it."""
    path = folder / "bundle.zip"
    number = 1_000_000
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, 0, 0, 0, 6, *[0] * 6) + b"a.json"
    low = number & 0xFFFF
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, low, low, len(entry) * number, 0, 0)
    path.write_bytes(entry * number + end)
    return path


def many(folder: Path) -> Path:
    """As many entries as fit below the bound on a bundle's size, and more than a list may have."""
    path = folder / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for seed in range(5_000):
            archive.writestr(f"predictions/zero-shot/ai/s{seed}.jsonl", b"")
    return path


def many_files(folder: Path) -> Path:
    root = unpacked(folder)
    for seed in range(2_100):
        (root / f"predictions/zero-shot/ai/s{seed + 10}.jsonl").write_bytes(b"")
    return root


def sparse(folder: Path) -> Path:
    root = unpacked(folder)
    with (root / FIRST).open("r+b") as file:
        file.truncate(1 << 40)
    return root


def zip64(folder: Path) -> Path:
    """A sound bundle with a zip64 locator that points to another list of entries."""
    path = zipped(folder, files_of(all_cells(1)))
    data = path.read_bytes()
    path.write_bytes(data[:-22] + struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1) + data[-22:])
    return path


# ---- folders


def linked(folder: Path) -> Path:
    root = unpacked(folder)
    secret = folder / "secret.jsonl"
    secret.write_bytes((root / FIRST).read_bytes())
    (root / FIRST).unlink()
    (root / FIRST).symlink_to(secret)
    return root


def linked_folder(folder: Path) -> Path:
    root = unpacked(folder)
    (root / "predictions").rename(folder / "elsewhere")
    (root / "predictions").symlink_to(folder / "elsewhere")
    return root


def hard_linked(folder: Path) -> Path:
    root = unpacked(folder)
    os.link(root / FIRST, folder / "other-name")
    return root


def pipe(folder: Path) -> Path:
    root = unpacked(folder)
    (root / FIRST).unlink()
    os.mkfifo(root / FIRST)
    return root


def deep_folder(folder: Path) -> Path:
    root = unpacked(folder)
    (root / "predictions/zero-shot/ai" / "/".join("d" * 200)).mkdir(parents=True)
    return root


# ---- broken files


def cut(folder: Path) -> Path:
    path = zipped(folder, files_of(all_cells(1)))
    path.write_bytes(path.read_bytes()[:-30])
    return path


def flipped(folder: Path) -> Path:
    path = zipped(folder, files_of(all_cells(1)))
    data = bytearray(path.read_bytes())
    at = data.find(FIRST.encode()) + len(FIRST) + 5
    data[at] ^= 0xFF
    path.write_bytes(bytes(data))
    return path


def encrypted(folder: Path) -> Path:
    path = zipped(folder, files_of(all_cells(1)))
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1
    path.write_bytes(bytes(data))
    return path


def lzma(folder: Path) -> Path:
    path = folder / "bundle.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for name, content in files_of(all_cells(1)).items():
            archive.writestr(name, content)
    return path


def other_hash(folder: Path) -> Path:
    files = files_of(all_cells(1))
    return zipped(folder, {**files, FIRST: files[FIRST] + b"\n"})


def twice(folder: Path) -> Path:
    path = zipped(folder, files_of(all_cells(1)))
    with zipfile.ZipFile(path, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr(FIRST, b"")
    return path


_DEEP = 100_000
_ACROSS = '[[0, 1, "person"], [0, 2, "person"]]'

HOSTILE: dict[str, tuple[Make, str]] = {
    "a path up": (with_entry("../../runs/evil.json"), r"the entry '\.\./\.\./runs/evil\.json'"),
    "an absolute path": (with_entry("/etc/passwd"), "the entry '/etc/passwd'"),
    "a path up inside": (with_entry("predictions/../../evil"), "the entry"),
    "a windows path": (with_entry("C:\\evil"), "the entry"),
    "a name with a null": (null_name, "the entry"),
    "a file of code": (with_entry("predictions/__init__.py"), "the entry"),
    "a link in a zip": (with_entry("evil", b"/etc/passwd", stat.S_IFLNK | 0o777), "a link or device"),
    "a link under a good name": (
        with_entry("predictions/zero-shot/ai/s9.jsonl", b"/etc/passwd", stat.S_IFLNK | 0o777),
        "a link or device",
    ),
    "a device in a zip": (with_entry("evil", b"", stat.S_IFCHR | 0o666), "a link or device"),
    "a link in a folder": (linked, "a link or device"),
    "a linked folder": (linked_folder, "a link or device"),
    "a hard link": (hard_linked, "a link or device"),
    "a pipe": (pipe, "a link or device"),
    "a deep folder": (deep_folder, "the folder"),
    "a zip bomb": (bomb, "bytes; expected at most"),
    "a zip bomb that says it is small": (liar, "cannot be unpacked|SHA-256|bytes"),
    "a bomb of overlapping entries": (overlapping, "MiB in all|does not name"),
    "a million entries": (million, "bytes; expected at most|entries in a list"),
    "too many entries": (many, "5,000 entries in a list"),
    "too many files": (many_files, "more than 2,000 files"),
    "a sparse file of a terabyte": (sparse, "bytes; expected at most"),
    "a zip64 list of entries": (zip64, "zip64"),
    "a cut zip": (cut, "no zip file"),
    "a flipped byte": (flipped, "cannot be unpacked|SHA-256"),
    "an encrypted entry": (encrypted, "encrypted"),
    "a compression that takes memory": (lzma, "compressed by method 14"),
    "one entry twice": (twice, "twice"),
    "other bytes than the manifest says": (other_hash, "other bytes than the manifest"),
    "no zip": (lambda f: zipped(f, {}).rename(f / "e.zip"), "no manifest.json"),
    "deep JSON": (with_line(b"[" * _DEEP + b"]" * _DEEP), "nested too deep"),
    "a deep manifest": (with_manifest(b"[" * _DEEP + b"]" * _DEEP), "nested too deep"),
    "a huge line": (with_line(sentence("[" + "1," * 300_000 + "1]")), "a line of more than"),
    "a huge manifest": (with_manifest(b"[" + b"1," * (1 << 20) + b"1]"), "bytes; expected at most"),
    "a manifest of sixty thousand keys": (
        with_manifest(json.dumps({f"k{number}": 1 for number in range(60_000)}).encode()),
        "more than 20,000 values",
    ),
    "a manifest of empty cells": (with_manifest(b'{"cells": [' + b"{}, " * 19_000 + b"{}]}"), "no cells"),
    "half a surrogate as a key": (with_manifest(b'{"\\ud800": 1}'), "found '.ud800'"),
    "half a surrogate as a name": (with_manifest(b'{"name": "\\ud800"}'), "name '.ud800'"),
    "a manifest that is a list": (with_manifest(b"[[], {}]"), "found a list"),
    "a huge number": (with_line(sentence("[[" + "9" * 9_000 + ', 1, "person"]]')), "thousands of digits"),
    "NaN": (with_line(sentence('[[NaN, 1, "person"]]')), "NaN"),
    "infinity": (with_line(sentence('[[1e999, 1, "person"]]')), "beyond all bounds"),
    "a boolean offset": (with_line(sentence('[[false, true, "person"]]')), r"the mention \[False, True"),
    "a fraction": (with_line(sentence('[[0.0, 1.0, "person"]]')), "the mention"),
    "a mention out of range": (with_line(sentence('[[7, 9, "person"]]')), r"\[7, 9, 'person'\].*≤ 8"),
    "a negative mention": (with_line(sentence('[[-1, 1, "person"]]')), "the mention"),
    "an empty mention": (with_line(sentence('[[1, 1, "person"]]')), "the mention"),
    "overlapping mentions": (with_line(sentence(_ACROSS)), "the overlapping mentions"),
    "one mention twice": (with_line(sentence('[[0, 1, "person"], [0, 1, "person"]]')), "overlapping"),
    "an undeclared type": (with_line(sentence('[[0, 1, "<script>"]]')), "the type '<script>'"),
    "a foreign sentence": (with_line(sentence("[]", "music/test/0")), "foreign sentence id 'music/test/0'"),
    "a sentence of train": (with_line(sentence("[]", "politics/train/0")), "foreign sentence id"),
    "a sentence twice": (with_line(sentence("[]", "politics/test/1")), "politics/test/1 a second time"),
    "a sentence without a line": (with_line(b""), "broken JSON|no line for"),
    "one key twice": (with_line(b'{"id": "politics/test/0", "id": "x", "mentions": []}'), "one key twice"),
    "half a surrogate": (with_line(sentence('[[0, 1, "\\ud800"]]')), "the type"),
    "latin-1": (with_line("Zürich".encode("latin-1")), "not UTF-8"),
    "UTF-16": (with_line(sentence("[]").decode().encode("utf-16")), "not UTF-8"),
    "a manifest in UTF-16": (with_manifest("{}".encode("utf-16")), "not UTF-8"),
    "a method.toml in latin-1": (lambda f: latin(f), "not UTF-8"),
    "HTML in the name": (with_name("<script>alert(1)</script>"), "name '<script>"),
    "a control character in the name": (with_name("mine\x1b[2J"), r"name 'mine\\x1b\[2J'"),
    "a right-to-left override in the name": (with_name("mine\u202egnp"), r"name 'mine\\u202egnp'"),
    "a path as the name": (with_name("../records"), "name '../records'"),
    "HTML in an author": (with_card(CARD.replace("Ada Example", "<img src=x onerror=alert(1)>")), "authors"),
    "a control character in an author": (with_card(CARD.replace("Ada Example", "Ada\\u0007")), "authors"),
    "a link that runs code": (with_card(CARD + 'code = "javascript:alert(1)"\n'), "code = 'javascript"),
    "a deep method.toml": (with_card(CARD + "x = " + "[" * 5_000 + "]" * 5_000), "nested too deep|no TOML"),
    "an unknown key": (with_card(CARD + "tier = 're-run'\n"), "the unknown key 'tier'"),
    "a claim of NaN": (with_card(CARD + "[claims.zero-shot]\nai = nan\n"), "nan"),
    "a claim of infinity": (with_card(CARD + "[claims.zero-shot]\nai = inf\n"), "inf"),
}


def latin(folder: Path) -> Path:
    files = files_of(all_cells(1))
    return zipped(folder, {**files, "method.toml": CARD.replace("Ada", "Zoë").encode("latin-1")})
